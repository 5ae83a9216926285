// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/control/socket_place.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "platform/linux/control/socket_server.h"

namespace keyward::linux_os {

Result<UniqueFd> OpenRunDirectory(const std::string& run_dir) {
  UniqueFd fd(::open(run_dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return OsError("open " + run_dir, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return OsError("look at " + run_dir, errno);
  if ((info.st_uid != 0 && info.st_uid != ::geteuid()) || (info.st_mode & 022) != 0)
    return Error{ErrorCode::kDenied, run_dir + ": others than root can write it", "", 0};
  return fd;
}

SocketAddress AddressBelow(const UniqueFd& directory) {
  SocketAddress place;
  const std::string path =
      "/proc/self/fd/" + std::to_string(directory.get()) + "/" + kControlSocketName;
  place.address.sun_family = AF_UNIX;
  std::memcpy(place.address.sun_path, path.c_str(), path.size() + 1);
  place.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return place;
}

std::uint64_t StartTicks(std::int32_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return 0;
  char buffer[1024];
  const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
  if (got <= 0) return 0;
  // The name (field 2) may hold spaces and parentheses: count from its last closing one.
  std::string_view text(buffer, static_cast<std::size_t>(got));
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return 0;
  text.remove_prefix(name_end + 1);
  constexpr int kFieldsBetween = 20;  // from field 3 to field 22, a space before each
  for (int i = 0; i < kFieldsBetween; ++i) {
    const std::size_t space = text.find(' ', i == 0 ? 0 : 1);
    if (space == std::string_view::npos) return 0;
    text.remove_prefix(space);
  }
  std::uint64_t ticks = 0;
  text.remove_prefix(1);
  std::from_chars(text.data(), text.data() + text.size(), ticks);
  return ticks;
}

}  // namespace keyward::linux_os
