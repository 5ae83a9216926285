// SPDX-License-Identifier: Apache-2.0
// The fanotify engine on the real kernel: who gets a protected file, by which way, and when.
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>

#include "tests/integration/gate/engine_fixture.h"

namespace keyward::linux_os {
namespace {

constexpr const char* kOwner = "/usr/bin/md5sum";
constexpr const char* kStranger = "/usr/bin/sha1sum";

class GateTest : public EngineTest {};

TEST_F(GateTest, OnlyTheWalletsOwnProgramReadsIt) {
  const std::string wallet = MakeFile(".wallet/keys");
  const std::string other = MakeFile("notes.txt");
  StartEngine();
  EXPECT_TRUE(Reads(kOwner, wallet));
  EXPECT_FALSE(Reads(kStranger, wallet));
  EXPECT_FALSE(Reads("/usr/bin/cat", wallet));
  EXPECT_TRUE(Reads(kStranger, other));
  ASSERT_TRUE(host_.WaitFor([] { return true; }));
  const auto verdicts = host_.verdicts();
  ASSERT_EQ(verdicts.size(), 2u);
  EXPECT_EQ(verdicts[0].path, wallet);
  EXPECT_EQ(verdicts[0].operation, Operation::kRead);
  EXPECT_FALSE(verdicts[0].passed);
  EXPECT_EQ(verdicts[0].subject->executable.path, kStranger);
  EXPECT_EQ(verdicts[0].owner_uid, kUid);
}

TEST_F(GateTest, ListingAndStatStayFree) {
  const std::string wallet = MakeFile(".wallet/keys");
  StartEngine();
  EXPECT_EQ(RunProgram({"/usr/bin/ls", "-l", home_ + "/.wallet"}).status, 0);
  EXPECT_EQ(RunProgram({"/usr/bin/stat", wallet}).status, 0);
  EXPECT_TRUE(host_.verdicts().empty());
}

// Each way to the same bytes, tried by a stranger that is the owner of the files.
TEST_F(GateTest, NoOtherWayLeadsToTheFile) {
  const std::set<std::string> not_as_user{"handle"};
  for (const std::string way :
       {"open", "openat2", "read-write", "hard-link", "symbolic-link", "reopen", "proc-root",
        "rename", "io-uring", "handle", "mmap", "sendfile", "bind-mount", "forked-child"}) {
    SCOPED_TRACE(way);
    const std::string wallet = MakeFile(".wallet/" + way + "/keys");
    if (!engine_) {
      StartEngine();
    } else {
      engine_->Apply(Policy());  // a full look: this test is about ways, not about new directories
    }
    const unsigned uid = not_as_user.contains(way) ? 0 : kUid;
    const int status = Attack(way, wallet, uid);
    if (status == 2) {
      std::printf("this machine can't try: %s\n", way.c_str());
      continue;
    }
    EXPECT_EQ(status, 1);
  }
}

TEST_F(GateTest, AWholeDirectoryCarriedAwayKeepsItsProtection) {
  const std::string wallet = MakeFile(".wallet/deep/keys");
  StartEngine();
  EXPECT_EQ(Attack("rename-parent", wallet, kUid), 1);
}

TEST_F(GateTest, AHardLinkMadeBeforeTheStartIsNoWayIn) {
  const std::string wallet = MakeFile(".wallet/keys");
  const std::string alias = scratch_ + "/older-link";
  ASSERT_EQ(::link(wallet.c_str(), alias.c_str()), 0);
  StartEngine();
  EXPECT_FALSE(Reads(kStranger, alias));
  EXPECT_TRUE(Reads(kOwner, alias));
}

TEST_F(GateTest, AHardLinkThatOutlivesTheOriginalIsNoWayIn) {
  const std::string wallet = MakeFile(".wallet/keys");
  StartEngine();
  const std::string alias = scratch_ + "/link";
  ASSERT_EQ(::link(wallet.c_str(), alias.c_str()), 0);
  ASSERT_EQ(::unlink(wallet.c_str()), 0);
  EXPECT_FALSE(Reads(kStranger, alias));
  engine_->Apply(Policy());
  EXPECT_FALSE(Reads(kStranger, alias)) << "a new policy must not forget what has moved";
}

TEST_F(GateTest, AnAtomicSaveKeepsTheProtection) {
  const std::string wallet = MakeFile(".wallet/keys", "old");
  StartEngine();
  for (int i = 0; i < 20; ++i) {
    const std::string fresh = MakeFile(".wallet/keys.new", "new " + std::to_string(i));
    ASSERT_EQ(std::rename(fresh.c_str(), wallet.c_str()), 0);
    EXPECT_FALSE(Reads(kStranger, wallet));
    EXPECT_TRUE(Reads(kOwner, wallet));
  }
}

TEST_F(GateTest, AFileSavedFromOutsideIntoItsPlaceIsProtected) {
  MakeFile(".wallet/keys");
  StartEngine();
  std::ofstream(scratch_ + "/import") << "secret";
  ASSERT_EQ(std::rename((scratch_ + "/import").c_str(), (home_ + "/.wallet/import").c_str()), 0);
  EXPECT_FALSE(Reads(kStranger, home_ + "/.wallet/import"));
  EXPECT_TRUE(Reads(kOwner, home_ + "/.wallet/import"));
}

TEST_F(GateTest, WhatAppearsLaterIsProtected) {
  StartEngine();  // nothing is there yet
  const std::string wallet = MakeFile(".wallet/a/b/keys");
  // A new directory is marked when its creation has been reported: give it that moment.
  for (int i = 0; i < 200 && engine_->counters().marked_files == 0; ++i) ::usleep(10'000);
  EXPECT_FALSE(Reads(kStranger, wallet));
  EXPECT_TRUE(Reads(kOwner, wallet));
  ASSERT_EQ(engine_->found_assets().size(), 1u);
  EXPECT_EQ(engine_->found_assets()[0].path, home_ + "/.wallet");
}

TEST_F(GateTest, ANewFileInAProtectedDirectoryIsProtectedFromItsFirstOpen) {
  MakeFile(".wallet/keys");
  StartEngine();
  for (int i = 0; i < 50; ++i) {
    const std::string fresh = MakeFile(".wallet/new-" + std::to_string(i));
    EXPECT_FALSE(Reads(kStranger, fresh));
  }
}

TEST_F(GateTest, ANewFileReachedByAnotherMountIsRefused) {
  MakeFile(".wallet/keys");
  StartEngine();
  const int status = Attack("bind-mount-new-file", home_ + "/.wallet/keys", kUid);
  if (status == 2) GTEST_SKIP() << "no user namespaces here";
  EXPECT_EQ(status, 1);
}

TEST_F(GateTest, FilesByNameInASharedDirectoryLeaveTheOthersAlone) {
  const std::string seed = MakeFile(".other/seed");
  const std::string key = MakeFile(".other/a.key");
  const std::string log = MakeFile(".other/log");
  StartEngine();
  EXPECT_FALSE(Reads(kStranger, seed));
  EXPECT_FALSE(Reads(kStranger, key));
  EXPECT_TRUE(Reads(kStranger, log));
  EXPECT_TRUE(Reads(kStranger, log));
}

TEST_F(GateTest, AFileRenamedToAnAssetsNameIsOneAtOnce) {
  MakeFile(".other/seed");
  StartEngine();
  scratch_ = home_ + "/.other";
  for (int i = 0; i < 30; ++i) {
    const std::string log = MakeFile(".other/log");
    EXPECT_TRUE(Reads(kStranger, log)) << "it is no asset yet";
    EXPECT_EQ(Attack("rename", log, kUid), 1) << "opened right after the rename, round " << i;
    // Kept, so that the next file does not get its inode.
    const std::string kept = root_ + "/kept-" + std::to_string(i);
    ASSERT_EQ(::link((scratch_ + "/renamed").c_str(), kept.c_str()), 0);
  }
}

TEST_F(GateTest, AFileDirectlyInTheHomeIsProtectedAndItsNeighboursCostNothing) {
  const std::string secret = MakeFile(".dot-secret");
  const std::string bashrc = MakeFile(".bashrc");
  StartEngine();
  EXPECT_FALSE(Reads(kStranger, secret));
  const auto judged = engine_->counters().judged;
  EXPECT_TRUE(Reads(kStranger, bashrc));
  EXPECT_EQ(engine_->counters().judged, judged) << "a dotfile waited for a verdict";
}

TEST_F(GateTest, IntegrityFilesMayBeReadButNotWritten) {
  const std::string rc = MakeFile(".startup/rc");
  StartEngine(R"(
[[asset_rule]]
id = "no-writes"
assets = ["startup"]
operations = ["write"]
verdict = "deny"
)");
  EXPECT_EQ(Attack("open", rc), 0);
  EXPECT_EQ(Attack("read-write", rc), 1);
}

TEST_F(GateTest, ALinkToTheOwnersOwnDirectoryIsFollowed) {
  const std::string data = root_ + "/data";
  ASSERT_EQ(::mkdir(data.c_str(), 0755), 0);
  std::ofstream(data + "/keys") << "secret";
  ASSERT_EQ(::chown(data.c_str(), kUid, kUid), 0);
  ASSERT_EQ(::chown((data + "/keys").c_str(), kUid, kUid), 0);
  ASSERT_EQ(::symlink(data.c_str(), (home_ + "/.linked").c_str()), 0);
  StartEngine();
  EXPECT_FALSE(Reads(kStranger, data + "/keys"));
  EXPECT_FALSE(Reads(kStranger, home_ + "/.linked/keys"));
  EXPECT_TRUE(Reads(kOwner, home_ + "/.linked/keys"));
}

TEST_F(GateTest, ALinkToSomebodyElsesDirectoryIsRefusedAndRecorded) {
  const std::string foreign = root_ + "/foreign";
  ASSERT_EQ(::mkdir(foreign.c_str(), 0755), 0);
  std::ofstream(foreign + "/file") << "not yours";
  ASSERT_EQ(::symlink(foreign.c_str(), (home_ + "/.linked").c_str()), 0);
  StartEngine();
  EXPECT_TRUE(Reads(kStranger, foreign + "/file"));
  const auto incidents = host_.incidents();
  ASSERT_EQ(incidents.size(), 1u);
  EXPECT_EQ(incidents[0].kind, IncidentKind::kLocation);
  ASSERT_EQ(engine_->coverage().not_covered.size(), 1u);
}

TEST_F(GateTest, SpecialFilesInAProtectedDirectoryHangNobody) {
  MakeFile(".wallet/keys");
  ASSERT_EQ(::mkfifo((home_ + "/.wallet/fifo").c_str(), 0666), 0);
  StartEngine();
  ASSERT_EQ(::mkfifo((home_ + "/.wallet/later").c_str(), 0666), 0);
  EXPECT_FALSE(Reads(kStranger, home_ + "/.wallet/keys"));
}

TEST_F(GateTest, IdentityByTheProcessConnectorGivesTheSameVerdicts) {
  const std::string wallet = MakeFile(".wallet/keys");
  options_.allow_tracepoint = false;
  StartEngine();
  EXPECT_TRUE(Reads(kOwner, wallet));
  EXPECT_FALSE(Reads(kStranger, wallet));
  EXPECT_EQ(engine_->coverage().identity, "process connector");
}

TEST_F(GateTest, AQuestionHoldsItsOpenAndNoOther) {
  const std::string wallet = MakeFile(".wallet/keys");
  host_.someone_watches = true;
  StartEngine();
  std::atomic<int> held{-1};
  std::thread opener([&] { held = RunProgram({kStranger, wallet}).status; });
  ASSERT_TRUE(host_.WaitFor([&] { return !host_.questions_.empty(); }));
  EXPECT_EQ(held, -1) << "the open was not held";
  EXPECT_TRUE(Reads(kOwner, wallet)) << "another open had to wait";
  engine_->AnswerQuestion(host_.questions_[0].id, platform::Answer::kAllowOnce);
  opener.join();
  EXPECT_EQ(held, 0);
  EXPECT_TRUE(host_.WaitFor([&] { return host_.closed_.size() == 1; }));
}

TEST_F(GateTest, WithoutAnAnswerAQuestionIsARefusal) {
  const std::string wallet = MakeFile(".wallet/keys");
  host_.someone_watches = true;
  settings_.hold = std::chrono::milliseconds(200);
  StartEngine();
  EXPECT_FALSE(Reads(kStranger, wallet));
  EXPECT_TRUE(host_.WaitFor([&] { return host_.closed_.size() == 1; }));
  const auto verdicts = host_.verdicts();
  ASSERT_EQ(verdicts.size(), 1u);
  EXPECT_EQ(verdicts[0].verdict.outcome, Outcome::kAsk);
  EXPECT_FALSE(verdicts[0].passed);
}

TEST_F(GateTest, AtMostFourOpensOfAPersonAreHeld) {
  const std::string wallet = MakeFile(".wallet/keys");
  host_.someone_watches = true;
  settings_.hold = std::chrono::seconds(5);
  StartEngine();
  std::vector<std::thread> openers;
  for (int i = 0; i < 4; ++i) openers.emplace_back([&] { RunProgram({kStranger, wallet}); });
  ASSERT_TRUE(host_.WaitFor([&] { return host_.questions_.size() == 4; }));
  const auto before = std::chrono::steady_clock::now();
  EXPECT_FALSE(Reads(kStranger, wallet));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(4));
  engine_->Stop();  // refuses what is held
  for (auto& opener : openers) opener.join();
  EXPECT_EQ(host_.closed_.size(), 4u);
}

TEST_F(GateTest, AFloodOfRefusalsIsAnsweredWhole) {
  const std::string wallet = MakeFile(".wallet/keys");
  StartEngine();
  const RunResult result =
      RunProgram({KEYWARD_BINARY_DIR "/bin/opener", wallet, "20000"}, RunOptions{.uid = kUid});
  EXPECT_EQ(result.output, "20000 refused, 0 opened\n");
  engine_->Stop();  // the last reply is given before it is counted
  EXPECT_EQ(engine_->counters().refused, 20000u);
}

TEST_F(GateTest, StoppingReleasesEverything) {
  const std::string wallet = MakeFile(".wallet/keys");
  StartEngine();
  EXPECT_FALSE(Reads(kStranger, wallet));
  engine_->Stop();
  EXPECT_TRUE(Reads(kStranger, wallet));
}

}  // namespace
}  // namespace keyward::linux_os
