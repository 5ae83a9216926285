// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/gate_fanotify/gatekeeper.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <climits>

#include "agent/model/clock.h"
#include "platform/linux/process/proc_reader.h"

namespace keyward::linux_os {
namespace {

constexpr std::size_t kMaxMatches = 2048;

std::string PathOf(const WaitingOpen& open) {
  std::array<char, PATH_MAX> path;
  const std::string link = "/proc/self/fd/" + std::to_string(open.file.get());
  const ssize_t n = ::readlink(link.c_str(), path.data(), path.size());
  return n > 0 ? std::string(path.data(), static_cast<std::size_t>(n)) : std::string();
}

bool Passes(const Verdict& verdict) { return verdict.monitored || LetsPass(verdict.outcome); }

bool Same(const Verdict& a, const Verdict& b) {
  return a.outcome == b.outcome && a.rule == b.rule && a.monitored == b.monitored;
}

bool IsPlainAllow(const Verdict& verdict) {
  return verdict.outcome == Outcome::kAllow && !verdict.monitored;
}

}  // namespace

void Gatekeeper::Reply(const WaitingOpen& open, bool allow) {
  group_.Reply(open, allow);
  judged_.fetch_add(1, std::memory_order_relaxed);
  if (!allow) refused_.fetch_add(1, std::memory_order_relaxed);
}

void Gatekeeper::Judge(WaitingOpen open, const SubjectPtr& subject, const Placement& placement,
                       const InForce& in_force) {
  if (!placement.is_asset()) {
    Reply(open, true);
    return;
  }
  const policy::CompiledPolicy& policy = *in_force.policy;
  const MatchPtr match = MatchOf(subject, policy);
  policy::AccessRequest request;
  request.subject = subject.get();
  request.match = match.get();
  request.asset = placement.asset;
  if (placement.home < in_force.homes.size())
    request.owner_uid = in_force.homes[placement.home].uid;

  // The event does not say whether the open is for reading: it is looked up only when it matters.
  const auto decide = [&](Operation operation) {
    request.operation = operation;
    return policy.Decide(request);
  };
  Verdict verdict = decide(Operation::kWrite);
  Operation operation = Operation::kWrite;
  const Verdict reading = decide(Operation::kRead);
  if (!(IsPlainAllow(verdict) && IsPlainAllow(reading))) {
    operation = OperationOfWaitingOpen(open.pid);
    if (!Same(verdict, reading) && operation == Operation::kRead) verdict = reading;
  }
  if (verdict.outcome != Outcome::kDeny && !policy.asset(placement.asset.asset).writes_only) {
    request.later_taints = subjects_.LookAgain(open.pid, *subject);
    if (!request.later_taints.empty()) {
      if (operation == Operation::kWrite) operation = OperationOfWaitingOpen(open.pid);
      verdict = decide(operation);
    }
  }
  if (IsPlainAllow(verdict)) {
    Reply(open, true);
    return;
  }

  platform::VerdictRecord record;
  record.subject = subject;
  record.policy = in_force.policy;
  record.asset = placement.asset;
  record.owner_uid = request.owner_uid;
  record.operation = operation;
  record.verdict = verdict;
  record.later_taints = request.later_taints;
  record.passed = Passes(verdict);
  if (!record.passed && verdict.outcome == Outcome::kAsk) {
    record.path = PathOf(open);
    record.time = Now();
    if (auto question = held_.Prepare(record)) {
      // Held first: an answer may come before OnQuestion returns.
      const std::uint64_t id = question->id;
      held_.Hold(std::move(open), *question);
      if (host_.OnQuestion(*question)) {
        on_held_();
        return;
      }
      auto unasked = held_.Take(id);
      if (!unasked) return;
      open = std::move(unasked->open);
    }
  }
  host_.OnGiving();
  Reply(open, record.passed);
  if (record.path.empty()) record.path = PathOf(open);
  record.time = Now();
  host_.OnVerdict(std::move(record));
}

void Gatekeeper::RefuseUnplaced(WaitingOpen open, const SubjectPtr& subject,
                                const InForce& in_force) {
  host_.OnGiving();
  Reply(open, false);
  platform::VerdictRecord record;
  record.time = Now();
  record.subject = subject;
  record.policy = in_force.policy;
  record.path = PathOf(open);
  record.operation = Operation::kRead;
  host_.OnVerdict(std::move(record));
}

void Gatekeeper::Close(HeldOpens::Held held, platform::Answer answer) {
  const bool allow = answer == platform::Answer::kAllowOnce;
  host_.OnGiving();
  Reply(held.open, allow);
  host_.OnQuestionClosed(held.question.id);
  held.question.record.passed = allow;
  host_.OnVerdict(std::move(held.question.record));
}

MatchPtr Gatekeeper::MatchOf(const SubjectPtr& subject, const policy::CompiledPolicy& policy) {
  {
    const std::lock_guard lock(match_mutex_);
    if (match_serial_ != policy.serial() || matches_.size() > kMaxMatches) {
      matches_.clear();
      match_serial_ = policy.serial();
    }
    if (const auto found = matches_.find(subject.get()); found != matches_.end())
      return found->second.match;
  }
  auto match = std::make_shared<const policy::ProgramMatch>(policy.MatchProgram(subject->judged()));
  const std::lock_guard lock(match_mutex_);
  if (match_serial_ == policy.serial()) matches_.try_emplace(subject.get(), subject, match);
  return match;
}

}  // namespace keyward::linux_os
