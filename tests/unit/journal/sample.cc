// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/journal/sample.h"

#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

namespace keyward::journal {

Time At(std::int64_t seconds) { return Time(std::chrono::seconds(seconds)); }

Incident Sample() {
  Incident i;
  i.kind = IncidentKind::kAccess;
  i.first = At(1'764'000'000) + std::chrono::nanoseconds(123'456'789);
  i.last = At(1'764'000'002) + std::chrono::nanoseconds(1);
  i.count = 214;
  i.outcome = Outcome::kDeny;
  i.monitored = true;
  i.operation = Operation::kWrite;
  i.owner_uid = 1000;
  i.asset = "electrum";
  i.asset_name = "Electrum wallet";
  i.asset_class = AssetClass::kPrivateKey;
  i.severity = Severity::kCritical;
  i.path = "/home/alice/.electrum/wallets/default_wallet";
  i.rule = "wallet-secret.stranger";
  i.rule_where = {"defaults.toml", 31};
  i.policy_version = 41;
  i.engine = "fanotify";
  i.attack = {"T1552.001", "T1560.001"};
  i.taints = {Taint::kHostileEnvironment, Taint::kDebugFlags};
  i.taint_details = {"LD_PRELOAD names /tmp/x.so"};
  i.subject.pid = 4242;
  i.subject.start_ticks = 987654;
  i.subject.uid = 1000;
  i.subject.login_uid = 1000;
  i.subject.session = 4200;
  i.subject.exe = "/usr/bin/node";
  i.subject.sha256 = std::string(64, 'a');
  i.subject.package = "nodejs 18.19.0";
  i.subject.script = "/home/alice/test-task/telemetry.js";
  i.subject.script_sha256 = std::string(64, 'b');
  i.subject.argv = {"node", "telemetry.js", ""};
  i.subject.cwd = "/home/alice/test-task";
  i.subject.cgroup = "user.slice/user-1000.slice";
  i.subject.evidence = {"the script belongs to no package", "alice can change it"};
  RecordedProcess npm;
  npm.pid = 4200;
  npm.start_ticks = 987000;
  npm.uid = 1000;
  npm.exe = "/usr/bin/node";
  npm.script = "/usr/bin/npm";
  npm.argv = {"npm", "install"};
  i.ancestry = {npm, RecordedProcess{}};
  i.judged_as = "/home/alice/test-task/telemetry.js";
  i.message = "only Electrum may read its wallet";
  i.link = "https://example.org/why";
  i.dropped = 3;
  return i;
}

namespace {

void Put(std::ostream& out, const std::vector<std::string>& list) {
  out << list.size();
  for (const std::string& text : list) out << " <" << text << ">";
  out << "\n";
}

void Put(std::ostream& out, const RecordedProcess& p) {
  out << p.pid << " " << p.start_ticks << " " << p.uid << " " << p.login_uid << " " << p.session
      << " <" << p.exe << "> <" << p.sha256 << "> <" << p.package << "> <" << p.script << "> <"
      << p.script_sha256 << "> <" << p.cwd << "> <" << p.cgroup << ">\n";
  Put(out, p.argv);
  Put(out, p.evidence);
}

}  // namespace

std::string Everything(const Incident& i) {
  std::ostringstream out;
  out << i.id << " " << static_cast<int>(i.kind) << " " << i.first.time_since_epoch().count() << " "
      << i.last.time_since_epoch().count() << " " << i.count << " " << static_cast<int>(i.outcome)
      << " " << i.monitored << " " << static_cast<int>(i.operation) << " " << i.owner_uid << " <"
      << i.asset << "> <" << i.asset_name << "> " << static_cast<int>(i.asset_class) << " "
      << static_cast<int>(i.severity) << " <" << i.path << "> <" << i.rule << "> <"
      << i.rule_where.file << "> " << i.rule_where.line << " " << i.policy_version << " <"
      << i.engine << "> " << i.taints.bits() << " <" << i.judged_as << "> <" << i.message << "> <"
      << i.link << "> " << i.dropped << "\n";
  Put(out, i.attack);
  Put(out, i.taint_details);
  Put(out, i.subject);
  for (const RecordedProcess& p : i.ancestry) Put(out, p);
  return out.str();
}

ScratchDirectory::ScratchDirectory() {
  std::random_device random;
  root_ = std::filesystem::temp_directory_path() /
          ("keyward-journal-" + std::to_string(random()) + std::to_string(random()));
  std::filesystem::create_directory(root_);
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

std::unique_ptr<Journal> OpenOrDie(const std::string& path, const Journal::Options& options) {
  Result<std::unique_ptr<Journal>> journal = Journal::Open(path, options);
  if (!journal) throw std::runtime_error(journal.error().what);
  return std::move(*journal);
}

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace keyward::journal
