// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "platform/include/engine.h"
#include "platform/linux/gate_fanotify/fanotify_engine.h"
#include "tests/support/run.h"
#include "tests/support/watchdog.h"

namespace keyward::linux_os {

using testing_support::RunOptions;
using testing_support::RunProgram;
using testing_support::RunResult;
using testing_support::Watchdog;

// What the engine told, for a test to look at.
class RecordingHost : public platform::EngineHost {
 public:
  void OnGiving() noexcept override {}
  void OnVerdict(platform::VerdictRecord record) override;
  void OnIncident(Incident incident) override;
  bool OnQuestion(const platform::Question& question) override;
  void OnQuestionClosed(std::uint64_t id) override;

  std::vector<platform::VerdictRecord> verdicts();
  std::vector<Incident> incidents();
  bool WaitFor(const std::function<bool()>& condition);  // called with the lock held
  std::vector<platform::Question> questions_;            // under mutex_
  std::vector<std::uint64_t> closed_;
  bool someone_watches = false;
  std::mutex mutex_;

 private:
  std::condition_variable changed_;
  std::vector<platform::VerdictRecord> verdicts_;
  std::vector<Incident> incidents_;
};

// A home of its own in a temporary directory, a wallet in it, and an engine that protects it.
class EngineTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // Compiles `rules` (after the words that every test needs) or fails the test.
  platform::PolicyPtr Policy(const std::string& rules = "");
  void StartEngine(const std::string& rules = "");

  std::string MakeFile(const std::string& relative, const std::string& text = "secret");
  void MakeDirectory(const std::string& relative);
  bool Reads(const std::string& program, const std::string& path);
  // The attacker of the tests, the way it goes, and where: 0 got it, 1 refused, 2 could not try.
  int Attack(const std::string& way, const std::string& path, unsigned uid = 0);

  static constexpr unsigned kUid = 4242;
  std::string root_;  // the test's own directory
  std::string home_;
  std::string scratch_;  // outside of the home, writable by everybody
  RecordingHost host_;
  platform::EngineSettings settings_;
  FanotifyOptions options_{.whole_system = false, .allow_tracepoint = true};
  std::unique_ptr<platform::Engine> engine_;

 private:
  std::unique_ptr<Watchdog> watchdog_;
};

}  // namespace keyward::linux_os
