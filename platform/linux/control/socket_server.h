// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "agent/model/result.h"
#include "platform/include/control_transport.h"
#include "platform/linux/event_loop.h"

namespace keyward::linux_os {

inline constexpr const char* kControlSocketName = "control.sock";

struct SocketServerLimits {
  int connections = 64;
  int connections_per_uid = 16;
  std::size_t queued_bytes = 1024 * 1024;  // of answers, before a slow reader is cut
  std::size_t message_bytes = 64 * 1024;   // of one request
};

// run_dir/control.sock, SOCK_SEQPACKET. Anybody may connect; who it is comes from the kernel
// (SO_PEERCRED, and the start time of that process). `run_dir` is made when it is missing, and
// refused when it belongs to somebody else or others can write it. A caller too many is closed at
// once.
//
// Owns: the socket, its connections and the name in run_dir. Threads: the loop's.
std::unique_ptr<platform::ControlServer> MakeSocketServer(EventLoop& loop,
                                                          SocketServerLimits limits = {});

}  // namespace keyward::linux_os
