// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <string>

#include "agent/model/result.h"
#include "platform/linux/unique_fd.h"

namespace keyward::linux_os {

// The directory of the socket, opened: root's or our own, and nobody else may write it. Server and
// client ask for the same, so neither can be led to another's.
Result<UniqueFd> OpenRunDirectory(const std::string& run_dir);

// The socket below an open directory as an address: through /proc/self/fd, so that the directory
// can't be exchanged in between and its path may be longer than sun_path.
struct SocketAddress {
  sockaddr_un address{};
  socklen_t length = 0;
};
SocketAddress AddressBelow(const UniqueFd& directory);

// Field 22 of /proc/PID/stat; 0 when the process is gone.
std::uint64_t StartTicks(std::int32_t pid);

}  // namespace keyward::linux_os
