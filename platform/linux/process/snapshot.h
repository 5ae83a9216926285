// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "platform/linux/process/exec_record.h"

namespace keyward::linux_os {

// A running process as an exec record, read from /proc: for what is older than the stream, for the
// process connector, and for looking at a process without a daemon. The process may have rewritten
// its arguments, environment and working directory since its exec. Nothing when it is gone, or is a
// thread of the kernel.
std::optional<ExecRecord> RecordFromProc(std::int32_t pid);

// The parent's number and the start of a process; nothing when it is gone.
struct Birth {
  std::int32_t parent = 0;
  std::uint64_t start_ticks = 0;
};
std::optional<Birth> BirthOf(std::int32_t pid);

}  // namespace keyward::linux_os
