// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/model/asset.h"
#include "agent/model/coverage.h"
#include "agent/model/finding.h"
#include "agent/model/incident.h"
#include "agent/model/operation.h"
#include "agent/model/result.h"
#include "agent/model/subject.h"
#include "agent/model/verdict.h"

// What the daemon answers, typed. docs/CLI.md has the JSON of each: `keyward --json` prints it as
// it came.
namespace keyward::control {

struct HelloReply {
  int protocol = 0;
  std::string version;  // of the daemon
};

// Something protected that exists on this machine.
struct AssetRow {
  std::uint32_t uid = 0;
  std::string user;
  std::string id;
  std::string name;  // "MetaMask in Google Chrome"
  std::string kind;
  AssetClass asset_class = AssetClass::kWalletSecret;
  Severity severity = Severity::kHigh;
  std::string path;
};

// The newest incident in one line: "python3 ~/x.py → Electrum wallet".
struct IncidentLine {
  std::int64_t id = 0;
  Time last{};
  std::uint32_t uid = 0;  // whose asset
  Outcome outcome = Outcome::kDeny;
  std::string program;  // ProgramLine() of the subject
  std::string asset_name;
};

struct GroupSummary {
  AssetGroup group = AssetGroup::kWallets;
  std::uint32_t count = 0;
  std::vector<std::string> names;  // "Electrum wallet", "SSH keys (2)"
};

struct UserSummary {
  std::uint32_t uid = 0;
  std::string user;
  std::uint32_t count = 0;
  std::vector<GroupSummary> groups;  // in the order of AssetGroup, empty ones left out
};

struct StatusReply {
  std::string version;  // of the daemon
  std::string engine;
  std::string identity;
  std::string kernel;
  std::uint64_t policy_version = 0;
  std::uint64_t policy_serial = 0;
  bool monitoring = false;  // the machine-wide override is on: nothing is refused
  std::optional<Time> monitoring_until;
  Time since{};
  std::vector<UserSummary> users;
  std::uint64_t stopped_today = 0;  // incidents, not tries
  std::optional<IncidentLine> newest;
  std::vector<NotCovered> not_covered;
};

// The assets of each person, grouped and named as `keyward status` shows them.
std::vector<UserSummary> SummarizeAssets(const std::vector<AssetRow>& rows);

struct EvidenceRow {
  std::string kind;  // EvidenceKindName
  bool supports = false;
  std::string detail;
};

struct ExplainProgram {
  std::string id;  // the path that names the program: the script's where there is one
  std::string exe;
  std::string script;  // path, "-m NAME", "-c" or "stdin"; empty when not interpreted
  std::string package;
  std::string sha256;
  std::string standing;  // StandingName
  std::vector<EvidenceRow> evidence;
};

struct ExplainReply {
  std::string path;
  std::string asset;  // empty: the path is not protected
  std::string asset_name;
  Location asset_where;
  Operation operation = Operation::kRead;
  std::int32_t pid = 0;  // 0 where the program is only imagined
  ExplainProgram program;
  std::vector<std::string> taints;  // TaintName
  std::vector<std::string> taint_details;
  std::string judged_as;              // the program whose standing decided, where it is another one
  std::vector<std::string> ancestry;  // parent first, ProgramLine of each
  Outcome verdict = Outcome::kAllow;
  bool monitored = false;  // would have been refused; is only recorded
  std::string rule;        // empty: no rule had to decide
  Location rule_where;
  std::string rule_meaning;
  std::string message;
  std::string link;
  std::string reason;    // one or two plain sentences: what, and why
  std::string to_allow;  // what to type to let it in; empty where there is nothing to allow
};

enum class CheckState : std::uint8_t { kOk, kWarning, kFailure };
std::string_view CheckStateName(CheckState state);

struct DoctorCheck {
  std::string id;  // "control-socket"
  CheckState state = CheckState::kOk;
  std::string what;
  std::string hint;
};

struct DoctorReply {
  std::string version;
  Coverage coverage;
  std::vector<DoctorCheck> checks;
  std::vector<std::pair<std::string, std::uint64_t>> counters;  // "judged", "refused"…
};

struct ApprovalRow {
  std::uint64_t id = 0;  // 0: it was for one open only and is over
  std::uint32_t uid = 0;
  std::string asset;
  std::string asset_name;
  std::string program_path;
  std::string sha256;
  std::string package;
  bool read = true;
  bool write = false;
  std::optional<Time> expires;
  bool until_exit = false;
  Time created{};
  std::string authority;
};

// A person's own place.
struct ProtectedRow {
  std::uint64_t id = 0;
  std::uint32_t uid = 0;
  std::string path;
  bool directory = false;
  std::vector<std::string> programs;
  Time created{};
};

struct RuleRow {
  std::string id;
  Location where;
  std::string layer;  // LayerKindName
  std::string meaning;
};

struct LayerRow {
  std::string layer;
  std::vector<std::string> files;
};

struct PolicyReply {
  std::uint64_t version = 0;
  std::uint64_t serial = 0;
  bool monitoring = false;
  std::optional<Time> next_change;
  std::uint64_t assets = 0;
  std::vector<LayerRow> layers;
  std::vector<RuleRow> rules;
  Findings findings;  // of the last compilation, the refused one as well
};

struct OverrideReply {
  bool monitoring = false;
  std::optional<Time> until;
};

// An open that is held while a person is asked.
struct QuestionRow {
  std::uint64_t id = 0;
  std::uint32_t uid = 0;  // whose asset
  Time deadline{};
  std::string asset;
  std::string asset_name;
  std::string path;
  Operation operation = Operation::kRead;
  std::string program;  // ProgramLine of the subject
  std::int32_t pid = 0;
  std::vector<std::string> evidence;
};

std::string ToJson(const HelloReply& reply);
std::string ToJson(const AssetRow& row);
std::string ToJson(const StatusReply& reply);
std::string ToJson(const ExplainReply& reply);
std::string ToJson(const DoctorReply& reply);
std::string ToJson(const ApprovalRow& row);
std::string ToJson(const ProtectedRow& row);
std::string ToJson(const RuleRow& row);
std::string ToJson(const Finding& finding);
std::string ToJson(const PolicyReply& reply);
std::string ToJson(const OverrideReply& reply);
std::string ToJson(const QuestionRow& row);

// The same, read back by the caller's program. Tolerant of keys that a newer daemon adds.
Result<HelloReply> ParseHello(std::string_view json);
Result<AssetRow> ParseAsset(std::string_view json);
Result<StatusReply> ParseStatus(std::string_view json);
Result<ExplainReply> ParseExplain(std::string_view json);
Result<DoctorReply> ParseDoctor(std::string_view json);
Result<ApprovalRow> ParseApproval(std::string_view json);
Result<ProtectedRow> ParseProtected(std::string_view json);
Result<RuleRow> ParseRule(std::string_view json);
Result<Finding> ParseFinding(std::string_view json);
Result<PolicyReply> ParsePolicy(std::string_view json);
Result<OverrideReply> ParseOverride(std::string_view json);
Result<QuestionRow> ParseQuestion(std::string_view json);

// One message of the daemon.
struct Reply {
  std::string kind;            // "status", "asset", …, "end", "error"
  std::string data;            // JSON of kind's data
  bool more = false;           // "end": there is more; ask for the next page
  std::optional<Error> error;  // "error"
};

std::string WriteReply(std::string_view kind, std::string_view data_json);
std::string WriteEnd(bool more);
std::string WriteError(const Error& error);
Result<Reply> ParseReply(std::string_view message);

}  // namespace keyward::control
