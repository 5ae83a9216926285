// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "agent/model/result.h"
#include "platform/linux/unique_fd.h"

struct sd_event;

namespace keyward::linux_os {

// A thread's loop (sd-event). It owns what it calls back; others send it functions with Post().
//
// Threads: one runs the loop and calls everything but Post() and Stop(), which any thread may.
// Callbacks must not throw.
class EventLoop {
 public:
  // Ends the watching of what it was given for when it goes.
  class Source {
   public:
    virtual ~Source() = default;
    // For AddFd: other EPOLL… events from now on.
    virtual Result<> SetEvents(std::uint32_t epoll_events) = 0;
    // For AddTimer: due once after `delay`, whatever it was before; does not allocate.
    virtual Result<> Arm(std::chrono::microseconds delay) = 0;
    virtual void Disarm() = 0;
  };
  using SourcePtr = std::unique_ptr<Source>;

  static Result<std::unique_ptr<EventLoop>> Create();
  virtual ~EventLoop() = default;

  // `fd` stays the caller's and must outlive the source.
  virtual Result<SourcePtr> AddFd(int fd, std::uint32_t epoll_events,
                                  std::function<void(std::uint32_t)> ready) = 0;
  // Once, between `delay` and `delay + slack`, so that wake-ups coalesce. Not armed when delay < 0.
  virtual Result<SourcePtr> AddTimer(std::chrono::microseconds delay,
                                     std::chrono::microseconds slack,
                                     std::function<void()> due) = 0;
  // Blocks the signal in the calling thread (do this before other threads start) and takes it here.
  virtual Result<SourcePtr> AddSignal(int signal, std::function<void(int)> taken) = 0;

  // Runs `function` on the loop's thread, in order, never within the call.
  virtual void Post(std::function<void()> function) = 0;
  // Until Stop(); returns what Stop was given. What was posted before the stop still runs.
  virtual Result<int> Run() = 0;
  // One round of at most `timeout`: for tests, and for programs that own the outer loop.
  virtual Result<> RunOnce(std::chrono::microseconds timeout) = 0;
  virtual void Stop(int status) = 0;

  // For sd-bus and sd_notify; not owned by the caller.
  virtual sd_event* UnsafeHandle() = 0;
};

}  // namespace keyward::linux_os
