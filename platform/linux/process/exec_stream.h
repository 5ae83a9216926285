// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "agent/model/result.h"
#include "platform/linux/process/exec_record.h"

namespace keyward::linux_os {

// Where execs come from, and which of them a running process is.
//
// Threads: Drain() and Assign() belong to one thread, SeqOf() may be called by any.
class ExecStream {
 public:
  virtual ~ExecStream() = default;

  // Readable when there is something to drain.
  virtual int descriptor() const = 0;
  // Hands over what has arrived, in the order in which it happened, until `until` or the end; at
  // least one. True when nothing is left: a flood of execs must not keep whoever waits for an
  // answer.
  using Deadline = std::chrono::steady_clock::time_point;
  virtual bool Drain(const std::function<void(ExecRecord)>& take, Deadline until) = 0;
  // The number of the process's latest exec; 0 = not known.
  virtual std::uint64_t SeqOf(std::int32_t pid, int pidfd) = 0;
  // A number for a process that is older than the stream. False when it has one already: then its
  // exec was seen after all.
  virtual bool Assign(std::int32_t pid, std::uint64_t start_ticks, int pidfd,
                      std::uint64_t seq) = 0;
  // Execs that left a process unknown.
  virtual std::uint64_t missed() const = 0;
};

// By BPF programs on the exec and fork tracepoints: synchronous, complete, and out of the
// processes' reach. kUnsupported or kDenied where the kernel will not load them.
Result<std::unique_ptr<ExecStream>> OpenTracepointStream();

// By the process connector: arrives in time, but arguments, environment and working directory are
// read from /proc afterwards, when the program has already been running for a moment.
Result<std::unique_ptr<ExecStream>> OpenConnectorStream();

}  // namespace keyward::linux_os
