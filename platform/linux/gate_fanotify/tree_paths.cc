// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/gate_fanotify/tree_paths.h"

#include <unistd.h>

#include <array>
#include <climits>

namespace keyward::linux_os {

FileId IdOf(const struct stat& st) { return {st.st_dev, st.st_ino}; }

std::uint64_t IdKey(FileId id) {
  return id.inode * 0x9e3779b97f4a7c15ull ^ (id.device * 0xc2b2ae3d27d4eb4full);
}

std::string Join(const std::string& directory, std::string_view name) {
  std::string path = directory == "/" ? "" : directory;
  path += '/';
  path += name;
  return path;
}

std::string LinkTarget(int fd) {
  std::array<char, PATH_MAX> target;
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t n = ::readlink(link.c_str(), target.data(), target.size());
  return n > 0 ? std::string(target.data(), static_cast<std::size_t>(n)) : std::string();
}

}  // namespace keyward::linux_os
