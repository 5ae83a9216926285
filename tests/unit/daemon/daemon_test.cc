// SPDX-License-Identifier: Apache-2.0
// The whole agent on an imagined machine: from an open to the incident that a person reads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "agent/daemon/daemon.h"
#include "platform/fake/fake_host.h"

namespace keyward::daemon {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::uint32_t kAlice = 1000;
constexpr std::uint32_t kBob = 1001;

constexpr const char* kCatalogue = R"(
[[class]]
name = "wallet-secret"
owner = "allow"
clean = "ask"
stranger = "deny"
[[asset]]
id = "electrum"
name = "Electrum wallet"
kind = "desktop-wallet"
class = "wallet-secret"
severity = "critical"
[asset.linux]
locations = ["~/.electrum/wallets/**"]
programs = ["electrum"]
)";

ProgramFile Packaged(const std::string& path) {
  ProgramFile file;
  file.path = path;
  file.evidence = {{EvidenceKind::kPackage, "Debian package, digest right"}};
  file.package = PackageName{path.substr(path.rfind('/') + 1), "1", "dpkg"};
  return file;
}

SubjectPtr SubjectOf(std::int32_t pid, ProgramFile file) {
  auto subject = std::make_shared<Subject>();
  subject->process.pid = pid;
  subject->exec_id = static_cast<std::uint64_t>(pid);
  subject->uid = kAlice;
  subject->standing = file.trusted() ? Standing::kClean : Standing::kStranger;
  subject->executable = std::move(file);
  return subject;
}

SubjectPtr Electrum() { return SubjectOf(10, Packaged("/usr/bin/electrum")); }
SubjectPtr BackupTool() { return SubjectOf(11, Packaged("/usr/bin/restic")); }
SubjectPtr Thief() {
  ProgramFile file;
  file.path = "/home/alice/Downloads/thief";
  file.evidence = {{EvidenceKind::kUserWritable, "others than root can write it"}};
  return SubjectOf(12, std::move(file));
}

class DaemonTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "keyward-daemon-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    state_dir_ = pattern;
    Boot();
  }
  void TearDown() override {
    daemon_.reset();
    std::filesystem::remove_all(state_dir_);
  }

  void Boot(std::map<std::string, std::string> state_files = {}, std::uint64_t lost = 0) {
    daemon_.reset();
    auto host = std::make_unique<fake::FakeHost>();
    host_ = host.get();
    host_->homes = {{kAlice, "alice", "/home/alice"}, {kBob, "bob", "/home/bob"}};
    host_->layers = {{policy::LayerKind::kCatalogue, {{"catalogue.toml", kCatalogue}}},
                     {policy::LayerKind::kAdministrator, {{"policy.d/team.toml", admin_}}}};
    policy::Layer people{policy::LayerKind::kUser, {}};
    for (const auto& [name, text] : state_files)
      if (name.ends_with(".toml")) people.files.push_back({name, text});
    host_->layers.push_back(std::move(people));
    host_->state_files = std::move(state_files);
    host_->counters.given = lost;
    Options options;
    options.host.state_dir = state_dir_;
    daemon_ = std::make_unique<Daemon>(std::move(host), options);
    const auto started = daemon_->Start();
    ASSERT_TRUE(started.has_value()) << started.error().what;
  }

  std::optional<bool> Open(const SubjectPtr& subject,
                           const std::string& path = "/home/alice/.electrum/wallets/default") {
    return host_->engine().Open(subject, path, Operation::kRead);
  }

  // Every message that a question of this user gets.
  std::vector<std::string> Ask(std::uint32_t uid, const std::string& message) {
    return host_->callers().Ask(host_->callers().Connect(uid), message);
  }
  // The same, until something in it matches: incidents are written by another thread.
  std::vector<std::string> AskUntil(std::uint32_t uid, const std::string& message,
                                    const std::string& wanted) {
    std::vector<std::string> answers;
    for (int i = 0; i < 500; ++i) {
      answers = Ask(uid, message);
      for (const std::string& answer : answers)
        if (answer.find(wanted) != std::string::npos) return answers;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return answers;
  }

  std::string admin_;
  std::string state_dir_;
  fake::FakeHost* host_ = nullptr;
  std::unique_ptr<Daemon> daemon_;
};

constexpr const char* kIncidents = R"({"request":"incidents","limit":20})";

TEST_F(DaemonTest, ARefusalBecomesAnIncidentThatItsOwnerCanRead) {
  EXPECT_EQ(Open(Electrum()), true);
  EXPECT_EQ(Open(Thief()), false);
  EXPECT_THAT(AskUntil(kAlice, kIncidents, "thief"), Contains(HasSubstr("Downloads/thief")));
  EXPECT_THAT(Ask(kBob, kIncidents), Not(Contains(HasSubstr("thief"))));
  EXPECT_THAT(Ask(0, kIncidents), Contains(HasSubstr("thief")));
}

TEST_F(DaemonTest, AFloodIsOneIncidentWithItsCount) {
  const SubjectPtr thief = Thief();
  for (int i = 0; i < 5000; ++i) EXPECT_EQ(Open(thief), false);
  EXPECT_THAT(AskUntil(kAlice, kIncidents, "\"count\":5000"),
              Contains(HasSubstr("\"count\":5000")));
}

TEST_F(DaemonTest, AQuestionIsAskedOnlyWhereSomebodyWatches) {
  EXPECT_EQ(Open(BackupTool()), false) << "held although nobody could answer";
  const auto watcher = host_->callers().Connect(kAlice);
  host_->callers().Ask(watcher, R"({"request":"watch"})");
  EXPECT_EQ(Open(BackupTool()), std::nullopt);
  host_->RunPosted();
  EXPECT_THAT(watcher->sent, Contains(HasSubstr("\"question\"")));
  host_->callers().Disconnect(watcher);
  EXPECT_EQ(Open(BackupTool()), false);
}

TEST_F(DaemonTest, AnswersNeedAPersonBehindThem) {
  const auto watcher = host_->callers().Connect(kAlice);
  host_->callers().Ask(watcher, R"({"request":"watch"})");
  ASSERT_EQ(Open(BackupTool()), std::nullopt);
  host_->RunPosted();
  const std::string approve = R"({"request":"approve","question":1,"term":"once"})";
  EXPECT_THAT(Ask(kAlice, approve), Contains(HasSubstr("\"error\"")));
  EXPECT_TRUE(host_->engine().answered().empty()) << "approved by nobody";
  host_->people().answer = {platform::AuthorityAnswer::kGranted, "polkit auth_admin"};
  EXPECT_THAT(Ask(kAlice, approve), Contains(HasSubstr("\"approval\"")));
  EXPECT_EQ(host_->engine().answered().at(1), platform::Answer::kAllowOnce);
  EXPECT_THAT(AskUntil(kAlice, kIncidents, "\"approval\""),
              Contains(HasSubstr("polkit auth_admin")));
}

TEST_F(DaemonTest, AnApprovalOutlivesTheDaemonAndCanBeTakenBack) {
  host_->people().answer = {platform::AuthorityAnswer::kGranted, "polkit auth_admin"};
  const std::string approve =
      R"({"request":"approve","asset":"electrum","program_path":"/usr/bin/restic",)"
      R"("package":"restic","term":"always"})";
  ASSERT_THAT(Ask(kAlice, approve), Contains(HasSubstr("\"approval\"")));
  EXPECT_EQ(Open(BackupTool()), true);
  EXPECT_EQ(host_->engine().Open(BackupTool(), "/home/bob/.electrum/wallets/w", Operation::kRead),
            false)
      << "Alice's approval opened Bob's wallet";
  EXPECT_EQ(Open(Thief()), false);
  Boot(host_->state_files);
  EXPECT_EQ(Open(BackupTool()), true);
  EXPECT_THAT(Ask(kBob, R"({"request":"remove_approval","id":1})"),
              Contains(HasSubstr("\"error\"")));
  EXPECT_THAT(Ask(kAlice, R"({"request":"remove_approval","id":1})"),
              Contains(HasSubstr("\"approval\"")));
  EXPECT_EQ(Open(BackupTool()), false);
}

TEST_F(DaemonTest, AFullDiskChangesNothing) {
  host_->people().answer = {platform::AuthorityAnswer::kGranted, "polkit auth_admin"};
  host_->state_is_read_only = true;
  EXPECT_THAT(Ask(kAlice, R"({"request":"approve","asset":"electrum",)"
                          R"("program_path":"/usr/bin/restic","package":"restic",)"
                          R"("term":"always"})"),
              Contains(HasSubstr("no space left")));
  EXPECT_EQ(Open(BackupTool()), false);
}

TEST_F(DaemonTest, APersonProtectsWhatIsTheirs) {
  EXPECT_THAT(Ask(kAlice, R"({"request":"protect","path":"/home/bob/x"})"),
              Contains(HasSubstr("not in your home")));
  ASSERT_THAT(Ask(kAlice, R"({"request":"protect","path":"/home/alice/seed.txt"})"),
              Contains(HasSubstr("\"protected\"")));
  EXPECT_EQ(Open(Thief(), "/home/alice/seed.txt"), false);
  EXPECT_THAT(Ask(kAlice, R"({"request":"unprotect","path":"/home/alice/seed.txt"})"),
              Contains(HasSubstr("\"error\"")))
      << "to unprotect loosens";
  host_->people().answer = {platform::AuthorityAnswer::kGranted, "polkit auth_admin"};
  EXPECT_THAT(Ask(kAlice, R"({"request":"unprotect","path":"/home/alice/seed.txt"})"),
              Contains(HasSubstr("\"protected\"")));
  EXPECT_EQ(Open(Thief(), "/home/alice/seed.txt"), true);
}

TEST_F(DaemonTest, ProtectingAProtectedPlaceDoesNotLetAnybodyIn) {
  EXPECT_THAT(Ask(kAlice, R"({"request":"protect","path":"/home/alice/.electrum/wallets/default",)"
                          R"("programs":["thief"]})"),
              Contains(HasSubstr("protected already")));
  Ask(kAlice, R"({"request":"protect","path":"/home/alice/.electrum","programs":["restic"]})");
  EXPECT_EQ(Open(BackupTool()), false);
  EXPECT_EQ(Open(Thief()), false);
}

TEST_F(DaemonTest, ABrokenPolicyFileLeavesTheOldPolicyInForce) {
  host_->layers[1].files[0].text = "[[asset_rule]\nid = ";
  host_->policy_files_changed();
  host_->FireTimer(platform::Host::Slot::kReload);
  EXPECT_EQ(Open(Thief()), false);
  EXPECT_THAT(AskUntil(0, kIncidents, "\"policy\""), Contains(HasSubstr("mistakes")));
}

TEST_F(DaemonTest, AfterARestartWithABrokenPolicyFileTheLastGoodOneIsInForce) {
  admin_ = R"(
[[asset_rule]]
id = "team-restic"
assets = ["electrum"]
programs = ["restic"]
verdict = "allow"
)";
  Boot();
  ASSERT_EQ(Open(BackupTool()), true);
  const auto state = host_->state_files;
  admin_ = "nonsense";
  Boot(state);
  EXPECT_EQ(Open(BackupTool()), true) << "the last good rule was forgotten";
  EXPECT_EQ(Open(Thief()), false);
}

TEST_F(DaemonTest, AUserWhoAppearsLaterIsProtected) {
  const std::string wallet = "/home/carol/.electrum/wallets/w";
  EXPECT_EQ(Open(Thief(), wallet), true) << "nobody lives there yet";
  host_->homes.push_back({1002, "carol", "/home/carol"});
  host_->homes_changed();
  host_->FireTimer(platform::Host::Slot::kHomes);
  EXPECT_EQ(Open(Thief(), wallet), false);
  EXPECT_EQ(Open(Electrum(), wallet), true);
}

TEST_F(DaemonTest, ARuleEndsWhenItExpires) {
  admin_ = R"(
[[asset_rule]]
id = "for-a-while"
assets = ["electrum"]
programs = ["restic"]
verdict = "allow"
expires = 2100-01-01T00:00:00Z
)";
  Boot();
  EXPECT_EQ(Open(BackupTool()), true);
  // The timer is set for the moment of expiry: what it does is compile anew.
  host_->layers[1].files[0].text.replace(host_->layers[1].files[0].text.find("2100"), 4, "2001");
  host_->FireTimer(platform::Host::Slot::kPolicyExpiry);
  EXPECT_EQ(Open(BackupTool()), false);
}

TEST_F(DaemonTest, AnOverrideRecordsAndRefusesNothingUntilItEnds) {
  EXPECT_THAT(Ask(0, R"({"request":"override","duration_s":600})"),
              Contains(HasSubstr("\"error\"")));
  host_->people().answer = {platform::AuthorityAnswer::kGranted, "root without a seat"};
  EXPECT_THAT(Ask(0, R"({"request":"override","duration_s":600})"),
              Contains(HasSubstr("\"monitoring\":true")));
  EXPECT_EQ(Open(Thief()), true);
  EXPECT_THAT(AskUntil(kAlice, kIncidents, "\"monitored\":true"),
              Contains(HasSubstr("\"monitored\":true")));
  Ask(0, R"({"request":"override","duration_s":0})");
  EXPECT_EQ(Open(Thief()), false);
}

TEST_F(DaemonTest, WhatADeadDaemonHadNotWrittenIsAGapWithItsCount) {
  Boot({}, 7);
  EXPECT_THAT(AskUntil(0, kIncidents, "\"gap\""), Contains(HasSubstr("\"count\":7")));
}

TEST_F(DaemonTest, AfterACleanStopNothingIsOwed) {
  for (int i = 0; i < 100; ++i) Open(Thief());
  Ask(kAlice, R"({"request":"protect","path":"/home/alice/seed.txt"})");
  host_->Stop(0);
  ASSERT_TRUE(daemon_->Run().has_value());
  EXPECT_EQ(host_->counters.given.load(), host_->counters.committed.load());
}

}  // namespace
}  // namespace keyward::daemon
