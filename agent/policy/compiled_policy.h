// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/asset.h"
#include "agent/model/finding.h"
#include "agent/model/identity_rules.h"
#include "agent/model/incident.h"
#include "agent/model/operation.h"
#include "agent/model/result.h"
#include "agent/model/subject.h"
#include "agent/model/verdict.h"
#include "agent/policy/layer.h"
#include "agent/policy/location_trie.h"

namespace keyward::policy {

enum class OperatingSystem : std::uint8_t { kLinux, kMacos, kWindows };

// A home directory whose locations (`~/…`, `$XDG_…`) are protected.
struct Home {
  std::uint32_t uid = 0;
  std::string user;
  std::string path;  // absolute, resolved, no trailing slash
};

struct AssetInfo {
  std::string id;    // "electrum", "ext.nkbihfbeogaeaoehlefnkodbefgpgknn"
  std::string name;  // "Electrum wallet"
  std::string kind;  // "desktop-wallet"
  AssetClass asset_class = AssetClass::kWalletSecret;
  Severity severity = Severity::kHigh;
  bool writes_only = false;            // integrity: reads are free
  std::vector<std::string> locations;  // as written, for this system
  std::vector<std::string> resources;  // not files: "dbus:…", "signal:…"
  std::vector<std::string> programs;   // as written, for this system
  Location where;
  bool personal = false;  // a person's own place, by `keyward protect`
  std::uint32_t uid = 0;  // whose, when personal
};

struct RuleInfo {
  std::string id;  // "wallet-secret.stranger" for a default, else as written
  Location where;
  LayerKind layer = LayerKind::kCatalogue;
  std::string message;  // a rule's own words for the person; empty for none
  std::string link;
  std::string meaning;  // one plain sentence: "Only Electrum may read its wallet"
};

// The program entries of the policy that a program file matches: small, sorted, made once an exec
// and good for the policy that made it (compare `policy_version`).
struct ProgramMatch {
  std::uint64_t policy_serial = 0;
  std::vector<std::uint32_t> programs;
};

// What is judged: a subject that wants to do something to an asset.
struct AccessRequest {
  const Subject* subject = nullptr;
  const ProgramMatch* match = nullptr;  // of subject->judged(); nullptr: looked up here
  AssetRef asset;
  Operation operation = Operation::kRead;
  std::uint32_t owner_uid = 0;  // whose home the asset is in: approvals are per person
  Taints later_taints;          // seen since the exec: traced, code mapped
};

// What every engine executes: catalogue, rules and approvals compiled into one immutable value.
//
// Threads: any may call the const members. A new policy is a new object, swapped whole.
// Cost: Decide() does not allocate, lock, log or grow with the number of rules.
class CompiledPolicy {
 public:
  struct Options {
    OperatingSystem system = OperatingSystem::kLinux;
    Time now{};                 // rules and approvals that have expired by then are left out
    std::uint64_t version = 0;  // of the administrator's or managed policy; 0 = none given
  };

  // Compiles `layers`, lowest first. `findings` gets every mistake and every overlap that the order
  // of rules had to settle: file, line, what, what to do. One mistake refuses the whole (kInvalid).
  static Result<std::shared_ptr<const CompiledPolicy>> Compile(std::span<const Layer> layers,
                                                               const Options& options,
                                                               Findings& findings);
  ~CompiledPolicy();

  const LocationTrie& home_locations() const;      // below a home
  const LocationTrie& absolute_locations() const;  // below "/"

  // The asset of an absolute path and the home it lies in (npos: none), or nothing.
  struct Place {
    AssetRef asset;
    std::size_t home = static_cast<std::size_t>(-1);
  };
  std::optional<Place> FindPlace(std::string_view path, std::span<const Home> homes) const;

  ProgramMatch MatchProgram(const Subject& judged) const;

  // The verdict with the rule that decided. Cannot fail: what cannot be resolved is denied.
  Verdict Decide(const AccessRequest& request) const noexcept;

  std::span<const AssetInfo> assets() const;
  const AssetInfo& asset(AssetIndex index) const;
  std::optional<AssetIndex> FindAsset(std::string_view id) const;
  std::string AssetId(AssetRef ref) const;    // with the browser's name where the id has one
  std::string AssetName(AssetRef ref) const;  // "MetaMask in Google Chrome"
  std::string BrowserName(BrowserIndex index) const;
  const RuleInfo& rule(RuleIndex index) const;
  std::size_t rule_count() const;

  const IdentityRules& identity() const;
  // True when a program file of this basename could be let in somewhere: only such files are worth
  // a digest before they open anything.
  bool NamesProgram(std::string_view basename) const;

  // Machine-wide override: verdicts are recorded, nothing is refused.
  bool monitoring() const;
  std::optional<Time> next_change() const;  // when an expiry makes a new compilation due
  std::uint64_t version() const;            // what Options gave
  std::uint64_t serial() const;             // unique in this process
  std::size_t memory_bytes() const;         // of the tables, about

  // How it is kept: agent/policy/compiled_tables.h, of no use to others.
  struct Tables;

 private:
  explicit CompiledPolicy(std::unique_ptr<const Tables> tables);
  std::unique_ptr<const Tables> tables_;
};

}  // namespace keyward::policy
