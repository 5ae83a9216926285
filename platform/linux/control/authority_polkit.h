// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "agent/model/result.h"
#include "platform/include/authority.h"
#include "platform/linux/event_loop.h"

namespace keyward::linux_os {

struct PolkitOptions {
  std::string seats_directory = "/run/systemd/seats";
  std::chrono::seconds patience{120};  // no answer by then is a refusal
};

// Asks polkit on the system bus (DBUS_SYSTEM_BUS_ADDRESS is heeded) for this very request.
//
// polkit says yes to root whoever is behind it, so a caller that is root is never passed on: it is
// granted only where there is neither polkit nor a seat, and told to come from its own account
// otherwise. The bus is connected to when it is first needed, and again after it went away.
//
// Threads: the loop's. Answers that are still owed when it is destroyed are refusals.
std::unique_ptr<platform::Authority> MakePolkitAuthority(EventLoop& loop,
                                                         PolkitOptions options = {});

}  // namespace keyward::linux_os
