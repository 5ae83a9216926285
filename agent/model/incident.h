// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/asset.h"
#include "agent/model/finding.h"
#include "agent/model/operation.h"
#include "agent/model/subject.h"
#include "agent/model/verdict.h"

namespace keyward {

using Time = std::chrono::sys_time<std::chrono::nanoseconds>;

// What an incident is about. Numbers are stored: never renumbered.
enum class IncidentKind : std::uint8_t {
  kAccess = 1,    // a subject and an asset: refused, asked about, audited
  kGap = 2,       // for a while verdicts could not be given or recorded; count says how many
  kOverride = 3,  // enforcing was switched off or on again
  kApproval = 4,  // somebody loosened the policy
  kLocation =
      5,  // a protected place that can't be, or must not be: a hostile symlink, a network home
  kPolicy = 6,  // a policy was refused or replaced
};

std::string_view IncidentKindName(IncidentKind kind);
std::optional<IncidentKind> ParseIncidentKind(std::string_view name);

// A process in a recorded incident: what stays known when it is long gone.
struct RecordedProcess {
  std::int32_t pid = 0;
  std::uint64_t start_ticks = 0;
  std::uint32_t uid = 0;
  std::uint32_t login_uid = 0xffffffffu;
  std::int32_t session = 0;
  std::string exe;
  std::string sha256;   // hex; empty when it was not computed
  std::string package;  // "electrum 4.3.4"; empty for none
  std::string script;   // path, "-c", "-m NAME" or "stdin"; empty when not interpreted
  std::string script_sha256;
  std::vector<std::string> argv;
  std::string cwd;
  std::string cgroup;
  std::vector<std::string> evidence;  // plain words, for and against
};

// One event with a count: the same subject, asset, operation and verdict within a window are one.
struct Incident {
  std::int64_t id = 0;  // given by the journal, increasing
  IncidentKind kind = IncidentKind::kAccess;
  Time first{};
  Time last{};
  std::uint64_t count = 1;
  Outcome outcome = Outcome::kDeny;
  bool monitored = false;  // would have been refused; the rule only records
  Operation operation = Operation::kRead;
  std::uint32_t owner_uid = 0;  // whose asset: decides who may see the incident
  std::string asset;            // asset id; empty where no asset is concerned
  std::string asset_name;       // as people know it
  AssetClass asset_class = AssetClass::kWalletSecret;
  Severity severity = Severity::kMedium;
  std::string path;  // the first path of the fold
  std::string rule;  // rule id
  Location rule_where;
  std::uint64_t policy_version = 0;
  std::string engine;               // "fanotify", "kernel", "fake"
  std::vector<std::string> attack;  // ATT&CK technique ids, most specific first
  Taints taints;
  std::vector<std::string> taint_details;
  RecordedProcess subject;
  std::vector<RecordedProcess> ancestry;  // parent first
  std::string judged_as;                  // the program whose standing decided
  std::string message;                    // the rule's own words, or what happened for other kinds
  std::string link;
  std::uint64_t dropped = 0;  // events lost before this one was recorded, since the last incident
};

// ATT&CK techniques (v18) that an access of this class by this subject shows.
std::vector<std::string> AttackTechniques(AssetClass asset_class, Operation operation,
                                          const Subject& subject);

RecordedProcess Record(const Subject& subject);

}  // namespace keyward
