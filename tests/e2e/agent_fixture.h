// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/run.h"
#include "tests/support/watchdog.h"

// Skips the test, by name, where a program is not installed.
#define KW_NEED(program) \
  if (::access(program, X_OK) != 0) GTEST_SKIP() << program << " is not installed"

namespace keyward::e2e {

using testing_support::RunOptions;
using testing_support::RunProgram;
using testing_support::RunResult;

// The real keywardd with the shipped policies, protecting one scratch home of somebody who is
// nobody on this machine; real programs run in it.
class AgentTest : public ::testing::Test {
 protected:
  static constexpr unsigned kUid = 5;  // games: an account that every Debian has, and nobody uses

  void SetUp() override;
  void TearDown() override;

  void StartAgent();
  void StopAgent(int signal = 15);
  bool AgentRuns() const { return daemon_ > 0; }
  int daemon_pid() const { return daemon_; }

  // As the person whose home it is, in it.
  RunResult AsPerson(const std::vector<std::string>& argv,
                     const std::vector<std::string>& more_environment = {}, int seconds = 60);
  // keyward with this agent's directories; standard output alone.
  RunResult Keyward(std::vector<std::string> arguments, unsigned uid = 0);
  std::vector<nlohmann::json> Incidents();
  // Incidents about `asset` by a program whose path or script contains `who`.
  std::vector<nlohmann::json> IncidentsOf(const std::string& asset, const std::string& who);
  // Fails the test when anything was refused, asked or audited so far: an ordinary day is quiet.
  void ExpectQuiet();

  std::string WriteFile(const std::string& relative, const std::string& text, unsigned mode = 0644);
  std::string Home(const std::string& relative = "") const;
  // A stranger tries to read: true when he got anything.
  bool StrangerReads(const std::string& path);
  bool ThiefReads(const std::string& path);

  std::string root_;
  std::string home_;

 private:
  int daemon_ = -1;
  std::unique_ptr<testing_support::Watchdog> watchdog_;
};

}  // namespace keyward::e2e
