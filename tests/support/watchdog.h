// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace keyward::testing_support {

// Ends the whole test program when a test hangs: that closes its fanotify groups, and `on_end` ends
// the daemons that it started, so nothing on the machine stays blocked.
class Watchdog {
 public:
  explicit Watchdog(std::chrono::seconds limit, void (*on_end)() = nullptr);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace keyward::testing_support
