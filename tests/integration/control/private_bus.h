// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "platform/linux/event_loop.h"
#include "tests/integration/control/temp_dir.h"

namespace keyward {

// A dbus-daemon of this test's own, to stand for the system bus; ends with the object. Sets
// DBUS_SYSTEM_BUS_ADDRESS for as long.
class PrivateBus {
 public:
  // `activatable`: a name that the bus would start a service for (which then fails to come up).
  explicit PrivateBus(const std::string& activatable = "");
  ~PrivateBus();

  bool up() const { return pid_ > 0; }

 private:
  TempDir dir_;
  pid_t pid_ = -1;
};

// A polkit that answers as it is told, on a thread of its own.
class FakePolkit {
 public:
  struct Call {
    std::string kind;
    std::uint32_t pid = 0;
    std::uint64_t start_time = 0;
    std::int32_t uid = -1;
    std::string action;
    std::string message;  // polkit.message
    std::uint32_t flags = 0;
    std::string cancellation;
  };
  struct Answer {
    bool authorized = false;
    bool challenge = false;
    bool dismissed = false;
    bool silent = false;  // never answers
    bool error = false;
  };

  // What it says without a person, and with one.
  FakePolkit(Answer without, Answer with);
  ~FakePolkit();

  bool up() const { return up_; }
  std::vector<Call> calls();
  std::vector<std::string> cancelled();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  bool up_ = false;
};

}  // namespace keyward
