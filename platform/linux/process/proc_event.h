// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace keyward::linux_os {

// A message of the process connector that concerns a whole process, not one of its threads.
struct ProcEvent {
  enum class Kind : std::uint8_t { kFork, kExec, kExit };
  Kind kind = Kind::kFork;
  std::int32_t pid = 0;     // the child, for a fork
  std::int32_t parent = 0;  // for a fork: what called it
};

// One netlink message as it was received; nothing for what is short, foreign or about a thread.
std::optional<ProcEvent> ParseProcEvent(const char* data, std::size_t size);

}  // namespace keyward::linux_os
