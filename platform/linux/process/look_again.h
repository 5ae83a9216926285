// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "agent/model/subject.h"
#include "agent/model/taint.h"
#include "platform/linux/process/ownership.h"

namespace keyward::linux_os {

// What may have changed in a process since its exec: somebody traces it, or it maps executable code
// from a file that others than root can write.
//
// Not taints: anonymous executable memory and memfd mappings (just-in-time compilers, libffi, .NET
// and graphics drivers make them; only code that runs in the process already can), the subject's
// own executable, and a file that an upgrade has deleted below directories that root alone writes.
//
// Cost: one small read of /proc/PID/status; the mappings are read again only when the amount of
// executable memory has changed, or after a moment. Any thread.
class LaterTaints {
 public:
  explicit LaterTaints(Ownership& ownership) : ownership_(ownership) {}
  Taints Look(std::int32_t pid, const Subject& subject);

 private:
  struct Seen {
    std::uint64_t code_kb = 0;
    bool foreign = false;
    std::chrono::steady_clock::time_point when{};
  };
  bool MapsForeignCode(std::int32_t pid, const Subject& subject);

  Ownership& ownership_;
  std::mutex mutex_;
  std::map<std::pair<std::int32_t, std::uint64_t>, Seen> seen_;  // by process and exec
};

// The first mapping of /proc/PID/maps that is foreign code; empty when there is none.
std::string ForeignMapping(std::string_view maps, const ProgramFile& own, Ownership& ownership);

}  // namespace keyward::linux_os
