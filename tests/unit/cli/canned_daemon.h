// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "platform/include/authority.h"
#include "platform/linux/event_loop.h"
#include "tests/integration/control/temp_dir.h"
#include "tests/unit/control/fakes.h"

namespace keyward::cli {

// A daemon on a thread of its own that answers as control::FakeService does, on a real socket. It
// takes every caller for `uid`. A watcher hears of one incident and one question, then it closes.
class CannedDaemon {
 public:
  explicit CannedDaemon(std::uint32_t uid,
                        platform::AuthorityAnswer authority = platform::AuthorityAnswer::kGranted);
  ~CannedDaemon();

  std::string run_dir() const { return dir_.path() + "/run"; }
  bool up() const { return up_; }

 private:
  void Run(std::uint32_t uid, platform::AuthorityAnswer authority);

  TempDir dir_;
  std::unique_ptr<linux_os::EventLoop> loop_;
  std::thread thread_;
  bool up_ = false;
};

}  // namespace keyward::cli
