// SPDX-License-Identifier: Apache-2.0
#include "platform/fake/fake_engine.h"

#include <chrono>

#include "agent/model/clock.h"

namespace keyward::fake {

Result<> FakeEngine::Start(platform::PolicyPtr policy) {
  policy_ = std::move(policy);
  return {};
}

void FakeEngine::AddFile(const std::string& path) { files_.push_back(path); }

std::optional<bool> FakeEngine::Open(const SubjectPtr& subject, const std::string& path,
                                     Operation operation, Taints later_taints) {
  subjects_[subject->process.pid] = subject;
  const auto place = policy_->FindPlace(path, settings_.homes);
  if (!place) return true;
  ++counters_.judged;
  policy::AccessRequest request;
  request.subject = subject.get();
  request.asset = place->asset;
  request.operation = operation;
  request.later_taints = later_taints;
  if (place->home < settings_.homes.size()) request.owner_uid = settings_.homes[place->home].uid;
  const Verdict verdict = policy_->Decide(request);
  if (verdict.outcome == Outcome::kAllow && !verdict.monitored) return true;
  platform::VerdictRecord record;
  record.time = Now();
  record.subject = subject;
  record.policy = policy_;
  record.asset = place->asset;
  record.owner_uid = request.owner_uid;
  record.path = path;
  record.operation = operation;
  record.verdict = verdict;
  record.later_taints = later_taints;
  record.passed = verdict.monitored || LetsPass(verdict.outcome);
  if (verdict.outcome == Outcome::kAsk && !record.passed) {
    platform::Question question{held_.size() + 1, std::chrono::steady_clock::now() + settings_.hold,
                                record};
    if (host_.OnQuestion(question)) {
      held_.push_back(std::move(question));
      return std::nullopt;
    }
  }
  if (!record.passed) ++counters_.refused;
  const bool passed = record.passed;
  host_.OnGiving();
  host_.OnVerdict(std::move(record));
  return passed;
}

void FakeEngine::AnswerQuestion(std::uint64_t id, platform::Answer answer) {
  for (platform::Question& question : held_) {
    if (question.id != id || answered_.contains(id)) continue;
    answered_[id] = answer;
    question.record.passed = answer == platform::Answer::kAllowOnce;
    host_.OnGiving();
    host_.OnQuestionClosed(id);
    host_.OnVerdict(question.record);
  }
}

Coverage FakeEngine::coverage() const {
  Coverage coverage;
  coverage.engine = "fake";
  coverage.identity = "said by the test";
  return coverage;
}

std::vector<platform::FoundAsset> FakeEngine::found_assets() const {
  std::vector<platform::FoundAsset> found;
  for (const std::string& path : files_)
    if (const auto place = policy_->FindPlace(path, settings_.homes))
      found.push_back({place->asset, settings_.homes.at(place->home).uid, path});
  return found;
}

SubjectPtr FakeEngine::FindSubject(std::int32_t pid) {
  const auto found = subjects_.find(pid);
  return found == subjects_.end() ? nullptr : found->second;
}

}  // namespace keyward::fake
