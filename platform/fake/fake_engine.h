// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "platform/include/engine.h"

namespace keyward::fake {

// An engine without a kernel: opens are what a test says they are, judged by the policy in force
// exactly as a real one judges them.
class FakeEngine : public platform::Engine {
 public:
  FakeEngine(platform::EngineHost& host, platform::EngineSettings settings)
      : host_(host), settings_(std::move(settings)) {}

  // A subject opens a path. True: it got it; false: refused; nothing: held, see `held()`.
  std::optional<bool> Open(const SubjectPtr& subject, const std::string& path, Operation operation,
                           Taints later_taints = {});
  // What exists on this imagined machine.
  void AddFile(const std::string& path);
  const std::vector<platform::Question>& held() const { return held_; }
  const std::map<std::uint64_t, platform::Answer>& answered() const { return answered_; }

  Result<> Start(platform::PolicyPtr policy) override;
  void Apply(platform::PolicyPtr policy) override { policy_ = std::move(policy); }
  void SetHomes(std::vector<policy::Home> homes) override { settings_.homes = std::move(homes); }
  void Stop() override {}
  void AnswerQuestion(std::uint64_t id, platform::Answer answer) override;
  Coverage coverage() const override;
  platform::EngineCounters counters() const override { return counters_; }
  std::vector<platform::FoundAsset> found_assets() const override;
  SubjectPtr FindSubject(std::int32_t pid) override;

 private:
  platform::EngineHost& host_;
  platform::EngineSettings settings_;
  platform::PolicyPtr policy_;
  platform::EngineCounters counters_;
  std::vector<std::string> files_;
  std::map<std::int32_t, SubjectPtr> subjects_;
  std::vector<platform::Question> held_;
  std::map<std::uint64_t, platform::Answer> answered_;
};

}  // namespace keyward::fake
