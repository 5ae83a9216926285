// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "platform/include/engine.h"
#include "platform/linux/gate_fanotify/fanotify_groups.h"

namespace keyward::linux_os {

// The opens that wait while a person is asked: few, each with a deadline. Whoever takes one out
// owes its reply.
//
// Threads: any; one short lock a call.
class HeldOpens {
 public:
  struct Held {
    WaitingOpen open;
    platform::Question question;
  };

  HeldOpens(std::chrono::milliseconds hold, int per_user) : hold_(hold), per_user_(per_user) {}

  // The question that the open becomes, or nothing when this person has too many already.
  std::optional<platform::Question> Prepare(const platform::VerdictRecord& record);
  void Hold(WaitingOpen open, platform::Question question);
  std::optional<Held> Take(std::uint64_t id);
  // Those whose time is over by `now`.
  std::vector<Held> TakeExpired(std::chrono::steady_clock::time_point now);
  std::vector<Held> TakeAll();
  std::optional<std::chrono::steady_clock::time_point> NextDeadline() const;

 private:
  const std::chrono::milliseconds hold_;
  const int per_user_;
  mutable std::mutex mutex_;
  std::uint64_t next_id_ = 1;
  std::map<std::uint64_t, Held> held_;  // ids rise, and so do deadlines
};

}  // namespace keyward::linux_os
