// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/process/proc_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "platform/linux/unique_fd.h"

namespace keyward::linux_os {
namespace {

struct CloseDirectory {
  void operator()(DIR* d) const { ::closedir(d); }
};

// Calls `take` with each name until it returns false.
template <class F>
void ForEachName(const std::string& directory, F take) {
  const std::unique_ptr<DIR, CloseDirectory> d(::opendir(directory.c_str()));
  if (!d) return;
  while (const dirent* entry = ::readdir(d.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != ".." && !take(name)) return;
  }
}

}  // namespace

bool ReadFile(const std::string& path, std::size_t max, std::string& text) {
  text.clear();
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return false;
  std::array<char, 4096> block;
  while (text.size() < max) {
    const ssize_t n = ::read(fd.get(), block.data(), std::min(block.size(), max - text.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    if (n == 0) break;
    text.append(block.data(), static_cast<std::size_t>(n));
  }
  return true;
}

bool ForEachLine(const std::string& path, const std::function<bool(std::string_view)>& take) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return false;
  std::vector<char> block(32 * 1024);
  std::size_t held = 0;
  bool skipping = false;
  for (;;) {
    const ssize_t n = ::read(fd.get(), block.data() + held, block.size() - held);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    const std::string_view all(block.data(), held + static_cast<std::size_t>(n));
    std::size_t begin = 0;
    for (auto end = all.find('\n'); end != std::string_view::npos; end = all.find('\n', begin)) {
      if (!std::exchange(skipping, false) && !take(all.substr(begin, end - begin))) return true;
      begin = end + 1;
    }
    if (n == 0) {
      if (begin < all.size() && !skipping) take(all.substr(begin));
      return true;
    }
    held = all.size() - begin;
    if (held == block.size()) {
      skipping = true;
      held = 0;
    }
    std::memmove(block.data(), all.data() + begin, held);
  }
}

std::vector<int> ListNumbers(const std::string& directory, std::size_t max) {
  std::vector<int> numbers;
  ForEachName(directory, [&](std::string_view name) {
    int value = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
    if (error == std::errc() && end == name.data() + name.size()) numbers.push_back(value);
    return numbers.size() < max;
  });
  return numbers;
}

std::vector<std::string> ListNames(const std::string& directory, std::size_t max) {
  std::vector<std::string> names;
  ForEachName(directory, [&](std::string_view name) {
    names.emplace_back(name);
    return names.size() < max;
  });
  return names;
}

std::string ReadLink(const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t n = ::readlink(path.c_str(), target.data(), target.size());
  return n > 0 ? std::string(target.data(), static_cast<std::size_t>(n)) : std::string();
}

std::string ProcPath(int pid, const char* name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

}  // namespace keyward::linux_os
