// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/gate_fanotify/held_opens.h"

#include <algorithm>

namespace keyward::linux_os {

std::optional<platform::Question> HeldOpens::Prepare(const platform::VerdictRecord& record) {
  const std::lock_guard lock(mutex_);
  const auto mine = std::count_if(held_.begin(), held_.end(), [&](const auto& entry) {
    return entry.second.question.record.owner_uid == record.owner_uid;
  });
  if (mine >= per_user_) return std::nullopt;
  return platform::Question{next_id_++, std::chrono::steady_clock::now() + hold_, record};
}

void HeldOpens::Hold(WaitingOpen open, platform::Question question) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t id = question.id;
  held_.emplace(id, Held{std::move(open), std::move(question)});
}

std::optional<HeldOpens::Held> HeldOpens::Take(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  auto node = held_.extract(id);
  if (node.empty()) return std::nullopt;
  return std::move(node.mapped());
}

std::vector<HeldOpens::Held> HeldOpens::TakeExpired(std::chrono::steady_clock::time_point now) {
  const std::lock_guard lock(mutex_);
  std::vector<Held> expired;
  while (!held_.empty() && held_.begin()->second.question.deadline <= now)
    expired.push_back(std::move(held_.extract(held_.begin()).mapped()));
  return expired;
}

std::vector<HeldOpens::Held> HeldOpens::TakeAll() {
  const std::lock_guard lock(mutex_);
  std::vector<Held> all;
  while (!held_.empty()) all.push_back(std::move(held_.extract(held_.begin()).mapped()));
  return all;
}

std::optional<std::chrono::steady_clock::time_point> HeldOpens::NextDeadline() const {
  const std::lock_guard lock(mutex_);
  if (held_.empty()) return std::nullopt;
  return held_.begin()->second.question.deadline;
}

}  // namespace keyward::linux_os
