// SPDX-License-Identifier: Apache-2.0
// What works without a daemon, and what every run keeps to.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/integration/control/temp_dir.h"
#include "tests/unit/cli/canned_daemon.h"
#include "tests/unit/cli/run_program.h"

namespace keyward::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kPolicy = R"(
[[class]]
name = "wallet-secret"
owner = "allow"
clean = "ask"
stranger = "deny"
meaning = "Only the wallet's own program may touch it"

[[asset]]
id = "electrum"
name = "Electrum wallet"
kind = "desktop-wallet"
class = "wallet-secret"
severity = "critical"
[asset.linux]
locations = ["~/.electrum/wallets/**"]
programs = ["cat"]

[[interpreter]]
id = "sh"
names = ["sh", "dash", "bash"]
code_options = ["-c"]
shell = true
)";

class OfflineTest : public testing::Test {
 protected:
  OfflineTest() {
    dir_.Write("policies/all.toml", kPolicy);
    dir_.Write("home/.electrum/wallets/w", "x");
    dir_.Write("home/thief.sh", "#!/bin/sh\ncat\n", 0755);
    wallet_ = dir_.path() + "/home/.electrum/wallets/w";
  }
  Ran Run(std::vector<std::string> arguments) {
    for (const std::string& word :
         {std::string("--policy-dir"), dir_.path() + "/policies", std::string("--admin-dir"),
          dir_.path() + "/none", std::string("--state-dir"), dir_.path() + "/state",
          std::string("--run-dir"), dir_.path() + "/run", std::string("--home"),
          "4321=" + dir_.path() + "/home"})
      arguments.push_back(word);
    return RunKeyward(arguments);
  }

  TempDir dir_;
  std::string wallet_;
};

TEST_F(OfflineTest, ExplainSaysWhyAScriptIsRefused) {
  const Ran ran = Run({"explain", wallet_, "--exe", dir_.path() + "/home/thief.sh", "--json"});
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_EQ(ran.err, "");
  const json answer = json::parse(ran.out);
  EXPECT_EQ(answer["verdict"], "deny");
  EXPECT_EQ(answer["asset"], "electrum");
  EXPECT_EQ(answer["program"]["script"], dir_.path() + "/home/thief.sh");
  EXPECT_FALSE(answer["program"]["evidence"].empty());
  EXPECT_EQ(answer["rule"]["file"], "policies/all.toml");
  EXPECT_GT(answer["rule"]["line"], 0);
  EXPECT_THAT(std::string(answer["reason"]),
              StartsWith("Refused. Only the wallet's own program may touch it; this is a script"));
}

TEST_F(OfflineTest, ExplainSaysWhyTheOwnProgramIsAllowed) {
  const Ran ran = Run({"explain", wallet_, "--exe", "cat"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, StartsWith("Allowed. This is cat"));
  EXPECT_THAT(ran.out, HasSubstr("judged"));
}

TEST_F(OfflineTest, ExplainFollowsALinkToWhatIsProtected) {
  std::filesystem::create_symlink(wallet_, dir_.path() + "/innocent");
  const Ran ran = Run(
      {"explain", dir_.path() + "/innocent", "--exe", dir_.path() + "/home/thief.sh", "--json"});
  EXPECT_EQ(json::parse(ran.out)["path"], wallet_);
  EXPECT_EQ(ran.status, 1);
}

TEST_F(OfflineTest, ExplainOfAPathThatIsNotProtectedIsFine) {
  const Ran ran = Run({"explain", "/etc/hostname", "--exe", "cat", "--json"});
  EXPECT_EQ(ran.status, 0);
  const json answer = json::parse(ran.out);
  EXPECT_TRUE(answer["asset"].is_null());
  EXPECT_TRUE(answer["rule"]["id"].is_null());
}

TEST_F(OfflineTest, ExplainLooksAtAProcessThatRuns) {
  const Ran ran = Run({"explain", wallet_, "--pid", std::to_string(::getpid()), "--json"});
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_EQ(json::parse(ran.out)["pid"], ::getpid());
  EXPECT_EQ(Run({"explain", wallet_, "--pid", "4194304"}).status, 2) << "no such process";
}

TEST_F(OfflineTest, PolicyCheckIsSilentAboutNothingAndLoudAboutMistakes) {
  const Ran good = Run({"policy", "check"});
  EXPECT_EQ(good.status, 0) << good.err;
  EXPECT_THAT(good.out, StartsWith("No mistakes: 1 assets"));
  EXPECT_EQ(good.err, "");
  const std::string file =
      dir_.Write("20-team.toml", "[[asset_rule]]\nid = \"x\"\nasets = [\"electrum\"]\n");
  const Ran bad = Run({"policy", "check", file});
  EXPECT_EQ(bad.status, 1);
  EXPECT_EQ(bad.out, "");
  EXPECT_THAT(bad.err, HasSubstr("keyward: error: " + file + ":3: unknown key \"asets\""));
  EXPECT_THAT(bad.err, HasSubstr("keyward: hint: did you mean \"assets\"?"));
  const Ran bad_json = Run({"policy", "check", file, "--json"});
  EXPECT_EQ(bad_json.status, 1);
  EXPECT_EQ(bad_json.err, "");
  const json answer = json::parse(bad_json.out);
  EXPECT_EQ(answer["ok"], false);
  EXPECT_TRUE(std::any_of(
      answer["findings"].begin(), answer["findings"].end(),
      [](const json& finding) { return finding["line"] == 3 && finding["level"] == "error"; }));
  EXPECT_EQ(Run({"policy", "check", dir_.path() + "/none.toml"}).status, 2);
}

TEST_F(OfflineTest, PolicyShowReadsTheFiles) {
  const Ran ran = Run({"policy", "show"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, StartsWith("Of the policy files, no daemon answers: 1 assets"));
}

TEST_F(OfflineTest, APolicyThatOthersCanWriteIsNotFollowed) {
  dir_.Write("policies/loose.toml", "", 0666);
  const Ran ran = Run({"explain", wallet_, "--exe", "cat"});
  EXPECT_EQ(ran.status, 4);
  EXPECT_THAT(ran.err, HasSubstr("policies/loose.toml: others than"));
}

TEST_F(OfflineTest, WhatNeedsTheDaemonSaysSoWithStatusThree) {
  for (const std::vector<std::string>& command : {std::vector<std::string>{"status"},
                                                  {"assets"},
                                                  {"incidents"},
                                                  {"incidents", "show", "1"},
                                                  {"watch"},
                                                  {"protect", "/tmp"},
                                                  {"unprotect", "/tmp"},
                                                  {"approve", "1", "--once"},
                                                  {"approvals"},
                                                  {"approvals", "remove", "1"},
                                                  {"policy", "reload"},
                                                  {"policy", "override", "off"},
                                                  {"doctor"}}) {
    SCOPED_TRACE(command[0]);
    const Ran ran = Run(command);
    EXPECT_EQ(ran.status, 3) << ran.err;
    EXPECT_EQ(ran.out, "");
    EXPECT_THAT(ran.err, HasSubstr("keyward: error: no daemon answers in "));
    EXPECT_THAT(ran.err, HasSubstr("keyward: hint: "));
  }
}

TEST_F(OfflineTest, AnInterpreterIsNotApproved) {
  const CannedDaemon daemon(control::FakeService::kAlice);
  const Ran ran = RunKeyward({"approve", "--asset", "electrum", "--exe", "sh", "--policy-dir",
                              dir_.path() + "/policies", "--run-dir", daemon.run_dir()});
  EXPECT_EQ(ran.status, 2) << ran.out;
  EXPECT_THAT(ran.err, HasSubstr("can't be approved"));
}

TEST_F(OfflineTest, AnApprovalBindsAPackageOrTheContent) {
  const CannedDaemon daemon(control::FakeService::kAlice);
  const auto approve = [&](std::vector<std::string> more) {
    std::vector<std::string> words{
        "approve",   "--asset",        "electrum", "--policy-dir", dir_.path() + "/policies",
        "--run-dir", daemon.run_dir(), "--exe"};
    words.insert(words.end(), more.begin(), more.end());
    return RunKeyward(words);
  };
  dir_.Write("home/tool", "binary", 0755);
  const Ran own = approve({dir_.path() + "/home/tool", "--json"});
  EXPECT_EQ(own.status, 0) << own.err;
  EXPECT_EQ(json::parse(own.out)["program_path"], dir_.path() + "/home/tool");
  const Ran none = approve({dir_.path() + "/home/none"});
  EXPECT_EQ(none.status, 2);
}

TEST(ProgramTest, AClosedPipeIsNoError) {
  const CannedDaemon daemon(control::FakeService::kAlice);
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  ::close(ends[0]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  std::string run_dir = daemon.run_dir();
  char program[] = "keyward";
  char command[] = "assets";
  char option[] = "--run-dir";
  char* argv[] = {program, command, option, run_dir.data(), nullptr};
  pid_t pid = -1;
  ASSERT_EQ(::posix_spawn(&pid, KEYWARD_PROGRAM, &actions, nullptr, argv, environ), 0);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  int status = -1;
  ::waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(ProgramTest, AFullDiskIsAnError) {
  const Ran ran = RunKeyward({"--version"});
  EXPECT_EQ(ran.status, 0);
  const std::string command = std::string(KEYWARD_PROGRAM) + " --help > /dev/full 2>/dev/null";
  EXPECT_EQ(WEXITSTATUS(::system(command.c_str())), 1);
}

TEST(ProgramTest, ColourIsAskedForOrATerminals) {
  const CannedDaemon daemon(control::FakeService::kAlice);
  const std::vector<std::string> status{"status", "--run-dir", daemon.run_dir()};
  EXPECT_THAT(RunKeyward(status).out, testing::Not(HasSubstr("\x1b[")));
  auto always = status;
  always.insert(always.end(), {"--color", "always"});
  EXPECT_THAT(RunKeyward(always, {"NO_COLOR=1"}).out, HasSubstr("\x1b["));
}

}  // namespace
}  // namespace keyward::cli
