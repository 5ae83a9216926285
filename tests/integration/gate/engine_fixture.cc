// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/gate/engine_fixture.h"

#include <fcntl.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "agent/policy/compiled_policy.h"
#include "platform/linux/unique_fd.h"

namespace keyward::linux_os {
namespace {

// The wallet of the tests belongs to a program that every Debian has and that nobody would trust by
// name: md5sum. cat and sh are general-purpose tools here, as in the catalogue.
constexpr const char* kWords = R"(
[[class]]
name = "wallet-secret"
owner = "allow"
clean = "ask"
stranger = "deny"
[[class]]
name = "startup-file"
owner = "allow"
clean = "allow"
stranger = "deny"
[[class]]
name = "credential"
owner = "allow"
clean = "audit"
stranger = "deny"
[[tool]]
kind = "test"
names = ["cat", "sh", "dash", "bash"]
[[interpreter]]
id = "python"
names = ["python3", "python3.*"]
code_options = ["-c"]
module_options = ["-m"]
[[asset]]
id = "wallet"
name = "Test wallet"
kind = "desktop-wallet"
class = "wallet-secret"
severity = "critical"
[asset.linux]
locations = ["~/.wallet/**", "~/.other/{seed,renamed,*.key}", "~/.dot-secret", "~/.linked/**"]
programs = ["md5sum"]
[[asset]]
id = "startup"
name = "Test start-up file"
kind = "integrity"
class = "startup-file"
severity = "low"
[asset.linux]
locations = ["~/.startup/rc"]
programs = ["md5sum"]
)";

constexpr std::chrono::seconds kLimit{90};

}  // namespace

void RecordingHost::OnVerdict(platform::VerdictRecord record) {
  const std::lock_guard lock(mutex_);
  verdicts_.push_back(std::move(record));
  changed_.notify_all();
}

void RecordingHost::OnIncident(Incident incident) {
  const std::lock_guard lock(mutex_);
  incidents_.push_back(std::move(incident));
  changed_.notify_all();
}

bool RecordingHost::OnQuestion(const platform::Question& question) {
  const std::lock_guard lock(mutex_);
  if (!someone_watches) return false;
  questions_.push_back(question);
  changed_.notify_all();
  return true;
}

void RecordingHost::OnQuestionClosed(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  closed_.push_back(id);
  changed_.notify_all();
}

std::vector<platform::VerdictRecord> RecordingHost::verdicts() {
  const std::lock_guard lock(mutex_);
  return verdicts_;
}

std::vector<Incident> RecordingHost::incidents() {
  const std::lock_guard lock(mutex_);
  return incidents_;
}

bool RecordingHost::WaitFor(const std::function<bool()>& condition) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(20), condition);
}

void EngineTest::SetUp() {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root: fanotify permission events";
  const UniqueFd group(::fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY));
  if (!group) GTEST_SKIP() << "no fanotify permission events here: errno " << errno;
  std::string pattern = "/var/tmp/keyward-gate-XXXXXX";
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  root_ = pattern;
  ASSERT_EQ(::chmod(root_.c_str(), 0755), 0);
  home_ = root_ + "/home";
  scratch_ = root_ + "/scratch";
  ASSERT_EQ(::mkdir(home_.c_str(), 0755), 0);
  ASSERT_EQ(::chown(home_.c_str(), kUid, kUid), 0);
  ASSERT_EQ(::mkdir(scratch_.c_str(), 0777), 0);
  ASSERT_EQ(::chmod(scratch_.c_str(), 0777), 0);
  settings_.homes = {{kUid, "tester", home_}};
  watchdog_ = std::make_unique<Watchdog>(kLimit);
}

void EngineTest::TearDown() {
  if (engine_) engine_->Stop();
  engine_.reset();
  watchdog_.reset();
  if (!root_.empty()) std::filesystem::remove_all(root_);
}

platform::PolicyPtr EngineTest::Policy(const std::string& rules) {
  const policy::Layer catalogue{policy::LayerKind::kCatalogue, {{"words.toml", kWords}}};
  const policy::Layer administrator{policy::LayerKind::kAdministrator, {{"rules.toml", rules}}};
  const policy::Layer layers[] = {catalogue, administrator};
  Findings findings;
  auto compiled = policy::CompiledPolicy::Compile(layers, {}, findings);
  for (const Finding& finding : findings)
    if (finding.level == FindingLevel::kError) ADD_FAILURE() << ToString(finding);
  return compiled ? *compiled : nullptr;
}

void EngineTest::StartEngine(const std::string& rules) {
  auto policy = Policy(rules);
  ASSERT_NE(policy, nullptr);
  engine_ = MakeFanotifyEngine(host_, settings_, options_);
  auto started = engine_->Start(policy);
  ASSERT_TRUE(started.has_value()) << started.error().what;
}

std::string EngineTest::MakeFile(const std::string& relative, const std::string& text) {
  const std::string path = home_ + "/" + relative;
  MakeDirectory(
      relative.substr(0, relative.find('/') == std::string::npos ? 0 : relative.rfind('/')));
  std::ofstream(path) << text;
  EXPECT_EQ(::chown(path.c_str(), kUid, kUid), 0) << path;
  return path;
}

void EngineTest::MakeDirectory(const std::string& relative) {
  std::string path = home_;
  for (std::size_t at = 0; at < relative.size();) {
    const std::size_t slash = std::min(relative.find('/', at), relative.size());
    path += "/" + relative.substr(at, slash - at);
    if (::mkdir(path.c_str(), 0755) == 0) {
      EXPECT_EQ(::chown(path.c_str(), kUid, kUid), 0);
    }
    at = slash + 1;
  }
}

bool EngineTest::Reads(const std::string& program, const std::string& path) {
  return RunProgram({program, path}).status == 0;
}

int EngineTest::Attack(const std::string& way, const std::string& path, unsigned uid) {
  const RunResult result =
      RunProgram({KEYWARD_BINARY_DIR "/bin/reader", way, path, scratch_}, RunOptions{.uid = uid});
  SCOPED_TRACE(result.output);
  return result.status;
}

}  // namespace keyward::linux_os
