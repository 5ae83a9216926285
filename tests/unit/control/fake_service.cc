// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/control/fakes.h"

namespace keyward::control {
namespace {

Time At(const char* text) { return *ParseTime(text); }

RecordedProcess Process(std::int32_t pid, const char* exe, const char* script) {
  RecordedProcess process;
  process.pid = pid;
  process.start_ticks = 7700;
  process.uid = FakeService::kAlice;
  process.exe = exe;
  process.script = script;
  return process;
}

Incident NodeScript(std::int64_t id, std::uint32_t owner) {
  Incident incident;
  incident.id = id;
  incident.first = At("2025-03-01T14:02:11Z");
  incident.last = At("2025-03-01T14:02:13Z");
  incident.count = 214;
  incident.outcome = Outcome::kDeny;
  incident.operation = Operation::kRead;
  incident.owner_uid = owner;
  incident.asset = "electrum";
  incident.asset_name = "Electrum wallet";
  incident.severity = Severity::kCritical;
  incident.path = "/home/alice/.electrum/wallets/default_wallet";
  incident.rule = "wallet-secret.stranger";
  incident.rule_where = {"policies/defaults.toml", 31};
  incident.policy_version = 41;
  incident.engine = "fanotify";
  incident.attack = {"T1552.001"};
  incident.subject = Process(4242, "/usr/bin/node", "/home/alice/Downloads/task/telemetry.js");
  incident.subject.argv = {"node", "telemetry.js"};
  incident.subject.cwd = "/home/alice/Downloads/task";
  incident.subject.evidence = {"no package owns the script, and alice can change it"};
  incident.ancestry = {Process(4212, "/usr/bin/dash", ""), Process(4211, "/usr/bin/npm", "")};
  incident.ancestry[1].package = "npm 9.2.0";
  return incident;
}

AssetRow Asset(std::uint32_t uid, const char* user, const char* id, const char* name,
               AssetClass asset_class, const char* path) {
  return AssetRow{uid, user, id, name, "desktop-wallet", asset_class, Severity::kCritical, path};
}

}  // namespace

FakeService::FakeService() {
  assets = {
      Asset(kAlice, "alice", "electrum", "Electrum wallet", AssetClass::kWalletSecret,
            "/home/alice/.electrum/wallets"),
      Asset(kAlice, "alice", "ssh", "SSH keys", AssetClass::kPrivateKey,
            "/home/alice/.ssh/id_ed25519"),
      Asset(kAlice, "alice", "ssh", "SSH keys", AssetClass::kPrivateKey, "/home/alice/.ssh/id_rsa"),
      Asset(kBob, "bob", "monero", "Monero wallet", AssetClass::kWalletSecret,
            "/home/bob/Monero/wallets"),
  };
  incidents = {NodeScript(18, kBob), NodeScript(17, kAlice)};
  status.version = "0.1.0";
  status.engine = "fanotify";
  status.identity = "exec tracepoint";
  status.kernel = "6.1.0-28-amd64";
  status.policy_version = 41;
  status.policy_serial = 3;
  status.since = At("2025-03-01T08:00:00Z");
  status.users = SummarizeAssets(assets);
  status.stopped_today = 1;
  status.newest = IncidentLine{17,
                               At("2025-03-01T14:02:13Z"),
                               kAlice,
                               Outcome::kDeny,
                               "node ~/Downloads/task/telemetry.js",
                               "Electrum wallet"};
  status.not_covered = {{kAlice, "/home/alice/.config/Exodus",
                         "a network file system: only local ones are protected"},
                        {kBob, "/home/bob/.bitcoin", "a network file system"}};
  doctor.version = "0.1.0";
  doctor.coverage = {"fanotify",
                     "exec tracepoint",
                     "6.1.0-28-amd64",
                     {{"open", "opening a protected file", CoverageLevel::kStops, ""},
                      {"rename", "renaming a protected file", CoverageLevel::kNotices,
                       "the kernel engine would stop it"},
                      {"raw-disk", "reading the raw disk", CoverageLevel::kBlind,
                       "the kernel engine would stop it"}},
                     status.not_covered};
  doctor.checks = {{"engine", CheckState::kOk, "the fanotify engine is in force", ""},
                   {"execs", CheckState::kWarning, "2 starts of programs were missed",
                    "restart them to have them identified"}};
  doctor.counters = {{"judged", 1200}, {"refused", 214}};
  ApprovalRow approval;
  approval.id = 3;
  approval.uid = kAlice;
  approval.asset = "electrum";
  approval.asset_name = "Electrum wallet";
  approval.program_path = "/opt/backup/backup";
  approval.sha256 = std::string(64, 'a');
  approval.created = At("2025-02-01T10:00:00Z");
  approval.expires = At("2030-02-01T10:00:00Z");
  approval.authority = "polkit, a person authenticated for this request";
  approvals = {approval};
  places = {{4, kAlice, "/home/alice/vault", true, {"keepassxc"}, At("2025-02-02T10:00:00Z")}};
  policy.version = 41;
  policy.serial = 3;
  policy.assets = 2;
  policy.layers = {{"catalogue", {"policies/defaults.toml", "policies/catalogue/w.toml"}},
                   {"administrator", {"policy.d/20-team.toml"}}};
  policy.rules = {{"wallet-secret.stranger",
                   {"policies/defaults.toml", 31},
                   "catalogue",
                   "Only the wallet's own program may touch it"},
                  {"team-restic", {"policy.d/20-team.toml", 4}, "administrator", ""}};
  policy.findings = {{FindingLevel::kNote, {"policy.d/20-team.toml", 4}, "it overlaps", ""}};
}

Result<std::vector<Incident>> FakeService::Incidents(const Viewer&,
                                                     const IncidentsRequest& request) {
  std::vector<Incident> page;
  for (const Incident& incident : incidents)
    if ((request.before == 0 || incident.id < request.before) && page.size() < request.limit)
      page.push_back(incident);
  return page;
}

Result<Incident> FakeService::FindIncident(const Viewer&, std::int64_t id) {
  for (const Incident& incident : incidents)
    if (incident.id == id) return incident;
  return Error{ErrorCode::kNotFound, "no incident " + std::to_string(id), "", 0};
}

Result<ExplainReply> FakeService::Explain(const Viewer& viewer, const ExplainRequest& request) {
  if (!viewer.Sees(kAlice)) return Error{ErrorCode::kDenied, "process 4242 is not yours", "", 0};
  ExplainReply reply;
  reply.path = request.path;
  reply.asset = "electrum";
  reply.asset_name = "Electrum wallet";
  reply.asset_where = {"policies/catalogue/wallets/electrum.toml", 12};
  reply.operation = request.operation;
  reply.pid = request.pid;
  reply.program.id = "/home/alice/x/server.js";
  reply.program.exe = "/usr/bin/node";
  reply.program.script = "/home/alice/x/server.js";
  reply.program.standing = "stranger";
  reply.program.evidence = {
      {"user-writable", false, "no package owns the script, and alice can change it"}};
  reply.taints = {"traced"};
  reply.taint_details = {"pid 99 (gdb) traces it"};
  reply.ancestry = {"dash", "npm"};
  reply.verdict = Outcome::kDeny;
  reply.rule = "wallet-secret.stranger";
  reply.rule_where = {"policies/defaults.toml", 31};
  reply.rule_meaning = "Only the wallet's own program may touch it";
  reply.reason =
      "Refused. Only the wallet's own program may touch it; this is a script of yours run by Node.";
  return reply;
}

Result<ProtectedRow> FakeService::Protect(const platform::Peer& peer,
                                          const ProtectRequest& request) {
  changes.push_back("protect " + request.path);
  return ProtectedRow{5,    peer.uid,         request.path,
                      true, request.programs, At("2025-03-01T15:00:00Z")};
}

Result<ApprovalRow> FakeService::RemoveApproval(const Viewer& viewer,
                                                const RemoveApprovalRequest& request) {
  for (const ApprovalRow& row : approvals) {
    if (row.id != request.id || !viewer.Sees(row.uid)) continue;
    changes.push_back("remove " + std::to_string(row.id));
    return row;
  }
  return Error{ErrorCode::kNotFound, "no approval " + std::to_string(request.id),
               "keyward approvals lists them", 0};
}

Result<std::string> FakeService::DescribeApproval(const platform::Peer&,
                                                  const ApproveRequest& request) {
  if (request.asset == "locked")
    return Error{ErrorCode::kDenied, "the rule of this asset is locked", "", 0};
  return "Let " + request.program_path + " read it";
}

Result<ApprovalRow> FakeService::Approve(const platform::Peer& peer, const ApproveRequest& request,
                                         const std::string& how) {
  changes.push_back("approve " + request.asset + " by " + how);
  ApprovalRow row = approvals.front();
  row.id = 6;
  row.uid = peer.uid;
  row.program_path = request.question ? "/home/alice/bin/backup" : request.program_path;
  row.expires.reset();
  row.authority = how;
  return row;
}

Result<ProtectedRow> FakeService::Unprotect(const platform::Peer&, const UnprotectRequest& request,
                                            const std::string& how) {
  changes.push_back("unprotect " + request.path + " by " + how);
  ProtectedRow row = places.front();
  row.path = request.path;
  return row;
}

Result<OverrideReply> FakeService::Override(const platform::Peer&, const OverrideRequest& request,
                                            const std::string& how) {
  changes.push_back("override " + std::to_string(request.duration.count()) + " by " + how);
  return OverrideReply{request.duration.count() > 0, std::nullopt};
}

}  // namespace keyward::control
