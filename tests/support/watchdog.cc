// SPDX-License-Identifier: Apache-2.0
#include "tests/support/watchdog.h"

#include <unistd.h>

#include <cstdio>

namespace keyward::testing_support {

Watchdog::Watchdog(std::chrono::seconds limit, void (*on_end)())
    : thread_([this, limit, on_end] {
        std::unique_lock lock(mutex_);
        if (ended_.wait_for(lock, limit, [this] { return done_; })) return;
        std::fputs("watchdog: the test hangs; ending it so that nothing stays blocked\n", stderr);
        if (on_end) on_end();
        ::_exit(99);
      }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
    ended_.notify_one();
  }
  thread_.join();
}

}  // namespace keyward::testing_support
