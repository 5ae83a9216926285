// SPDX-License-Identifier: Apache-2.0
// The words of the model as text: one table an enum, used by policy files, --json and the journal.
#include <array>
#include <string>
#include <utility>

#include "agent/model/asset.h"
#include "agent/model/coverage.h"
#include "agent/model/hash.h"
#include "agent/model/identity_rules.h"
#include "agent/model/incident.h"
#include "agent/model/operation.h"
#include "agent/model/program.h"
#include "agent/model/subject.h"
#include "agent/model/taint.h"
#include "agent/model/verdict.h"

namespace keyward {
namespace {

template <class E>
using Names = std::pair<E, std::string_view>;

template <class E, std::size_t N>
std::string_view NameIn(const std::array<Names<E>, N>& table, E value) {
  for (const auto& [v, name] : table)
    if (v == value) return name;
  return "unknown";
}

template <class E, std::size_t N>
std::optional<E> ValueIn(const std::array<Names<E>, N>& table, std::string_view text) {
  for (const auto& [value, name] : table)
    if (name == text) return value;
  return std::nullopt;
}

constexpr std::array<Names<Operation>, 10> kOperations{{{Operation::kRead, "read"},
                                                        {Operation::kWrite, "write"},
                                                        {Operation::kCreate, "create"},
                                                        {Operation::kRename, "rename"},
                                                        {Operation::kLink, "link"},
                                                        {Operation::kDelete, "delete"},
                                                        {Operation::kList, "list"},
                                                        {Operation::kTrace, "trace"},
                                                        {Operation::kMount, "mount"},
                                                        {Operation::kSignal, "signal"}}};

constexpr std::array<Names<AssetClass>, kAssetClassCount> kAssetClasses{
    {{AssetClass::kWalletSecret, "wallet-secret"},
     {AssetClass::kBrowserWallet, "browser-wallet"},
     {AssetClass::kBrowserSecret, "browser-secret"},
     {AssetClass::kPrivateKey, "private-key"},
     {AssetClass::kKeyring, "keyring"},
     {AssetClass::kPasswordStore, "password-store"},
     {AssetClass::kWalletCode, "wallet-code"},
     {AssetClass::kStartupFile, "startup-file"},
     {AssetClass::kCredential, "credential"},
     {AssetClass::kProjectSecret, "project-secret"},
     {AssetClass::kWatchOnly, "watch-only"},
     {AssetClass::kDevice, "device"}}};

constexpr std::array<Names<Severity>, 4> kSeverities{{{Severity::kLow, "low"},
                                                      {Severity::kMedium, "medium"},
                                                      {Severity::kHigh, "high"},
                                                      {Severity::kCritical, "critical"}}};

constexpr std::array<Names<Outcome>, 4> kOutcomes{{{Outcome::kAllow, "allow"},
                                                   {Outcome::kAudit, "audit"},
                                                   {Outcome::kAsk, "ask"},
                                                   {Outcome::kDeny, "deny"}}};

constexpr std::array<Names<Taint>, kTaintCount> kTaints{
    {{Taint::kHostileEnvironment, "hostile-environment"},
     {Taint::kForeignCode, "foreign-code"},
     {Taint::kDeletedExecutable, "deleted-executable"},
     {Taint::kMemoryExecutable, "memory-executable"},
     {Taint::kDynamicLoader, "dynamic-loader"},
     {Taint::kTraced, "traced"},
     {Taint::kForeignNamespace, "foreign-namespace"},
     {Taint::kExecMissed, "exec-missed"},
     {Taint::kDebugFlags, "debug-flags"}}};

constexpr std::array<Names<IncidentKind>, 6> kIncidentKinds{{{IncidentKind::kAccess, "access"},
                                                             {IncidentKind::kGap, "gap"},
                                                             {IncidentKind::kOverride, "override"},
                                                             {IncidentKind::kApproval, "approval"},
                                                             {IncidentKind::kLocation, "location"},
                                                             {IncidentKind::kPolicy, "policy"}}};

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string_view OperationName(Operation operation) { return NameIn(kOperations, operation); }
std::optional<Operation> ParseOperation(std::string_view name) {
  return ValueIn(kOperations, name);
}

Access AccessOf(Operation operation) {
  switch (operation) {
    case Operation::kRead:
    case Operation::kList:
    case Operation::kTrace: return Access::kRead;
    default: return Access::kWrite;
  }
}

std::string_view AssetClassName(AssetClass c) { return NameIn(kAssetClasses, c); }
std::optional<AssetClass> ParseAssetClass(std::string_view name) {
  return ValueIn(kAssetClasses, name);
}

AssetGroup GroupOf(AssetClass asset_class) {
  switch (asset_class) {
    case AssetClass::kWalletSecret:
    case AssetClass::kBrowserWallet:
    case AssetClass::kWatchOnly:
    case AssetClass::kWalletCode: return AssetGroup::kWallets;
    case AssetClass::kPrivateKey:
    case AssetClass::kKeyring:
    case AssetClass::kPasswordStore:
    case AssetClass::kCredential:
    case AssetClass::kProjectSecret: return AssetGroup::kKeys;
    case AssetClass::kBrowserSecret: return AssetGroup::kBrowserSecrets;
    default: return AssetGroup::kOther;
  }
}

std::string_view SeverityName(Severity severity) { return NameIn(kSeverities, severity); }
std::optional<Severity> ParseSeverity(std::string_view name) { return ValueIn(kSeverities, name); }

std::string_view OutcomeName(Outcome outcome) { return NameIn(kOutcomes, outcome); }
std::optional<Outcome> ParseOutcome(std::string_view name) { return ValueIn(kOutcomes, name); }

std::string_view TaintName(Taint taint) { return NameIn(kTaints, taint); }
std::optional<Taint> ParseTaint(std::string_view name) { return ValueIn(kTaints, name); }

std::string_view TaintExplanation(Taint taint) {
  switch (taint) {
    case Taint::kHostileEnvironment:
      return "its environment loads code that others than root can write";
    case Taint::kForeignCode: return "it runs code from a file that others than root can write";
    case Taint::kDeletedExecutable: return "its program file was deleted before it started";
    case Taint::kMemoryExecutable: return "it was started from memory, not from a file";
    case Taint::kDynamicLoader: return "it was started through the dynamic loader";
    case Taint::kTraced: return "another process controls it as a debugger";
    case Taint::kForeignNamespace: return "it was started inside somebody's own user namespace";
    case Taint::kExecMissed: return "its start was not seen, so who it is can't be known";
    case Taint::kDebugFlags: return "it was started with switches that hand it to others";
  }
  return "it is not what it seems";
}

std::vector<Taint> Taints::List() const {
  std::vector<Taint> list;
  for (int i = 0; i < kTaintCount; ++i)
    if (Has(static_cast<Taint>(i))) list.push_back(static_cast<Taint>(i));
  return list;
}

std::string_view EvidenceKindName(EvidenceKind kind) {
  switch (kind) {
    case EvidenceKind::kPackage: return "package";
    case EvidenceKind::kRootOwned: return "root-owned";
    case EvidenceKind::kApproved: return "approved";
    case EvidenceKind::kDigestMismatch: return "digest-mismatch";
    case EvidenceKind::kUserWritable: return "user-writable";
    case EvidenceKind::kMissing: return "missing";
  }
  return "missing";
}

bool Supports(EvidenceKind kind) {
  switch (kind) {
    case EvidenceKind::kPackage:
    case EvidenceKind::kRootOwned:
    case EvidenceKind::kApproved: return true;
    default: return false;
  }
}

std::string_view ProgramRoleName(ProgramRole role) {
  switch (role) {
    case ProgramRole::kProgram: return "program";
    case ProgramRole::kTool: return "tool";
    case ProgramRole::kInterpreter: return "interpreter";
    case ProgramRole::kLoader: return "loader";
  }
  return "program";
}

std::string_view ScriptSourceName(ScriptSource source) {
  switch (source) {
    case ScriptSource::kFile: return "file";
    case ScriptSource::kModule: return "module";
    case ScriptSource::kArgument: return "argument";
    case ScriptSource::kStandardInput: return "stdin";
  }
  return "file";
}

std::string_view StandingName(Standing standing) {
  return standing == Standing::kClean ? "clean" : "stranger";
}

std::string_view CoverageLevelName(CoverageLevel level) {
  switch (level) {
    case CoverageLevel::kStops: return "stops";
    case CoverageLevel::kNotices: return "notices";
    case CoverageLevel::kBlind: return "blind";
  }
  return "blind";
}

std::string_view IncidentKindName(IncidentKind kind) { return NameIn(kIncidentKinds, kind); }
std::optional<IncidentKind> ParseIncidentKind(std::string_view name) {
  return ValueIn(kIncidentKinds, name);
}

std::optional<Sha256> ParseSha256(std::string_view hex) {
  Sha256 hash;
  if (hex.size() != hash.bytes.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < hash.bytes.size(); ++i) {
    const int high = HexDigit(hex[2 * i]);
    const int low = HexDigit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    hash.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return hash;
}

std::string ToHex(const Sha256& hash) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(hash.bytes.size() * 2);
  for (const std::uint8_t byte : hash.bytes) {
    hex.push_back(kDigits[byte >> 4]);
    hex.push_back(kDigits[byte & 15]);
  }
  return hex;
}

bool MatchesName(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos && name[resume] != '/') {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace keyward
