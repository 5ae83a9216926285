// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/state_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace keyward::linux_os {
namespace {

Result<> WriteAll(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return OsError("write " + path, errno);
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(fd) != 0) return OsError("sync " + path, errno);
  return {};
}

Result<> MakeParents(const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string parent = path.substr(0, slash);
    if (::mkdir(parent.c_str(), 0755) != 0 && errno != EEXIST)
      return OsError("make " + parent, errno);
  }
  return {};
}

}  // namespace

Result<> ClaimDirectory(const std::string& path, unsigned mode) {
  if (auto made = MakeParents(path); !made) return made.error();
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return OsError("make " + path, errno);
  struct stat st {};
  if (::lstat(path.c_str(), &st) != 0) return OsError("look at " + path, errno);
  if (!S_ISDIR(st.st_mode) || st.st_uid != ::geteuid() || (st.st_mode & 0022) != 0)
    return Error{ErrorCode::kDenied, path + " is not a directory that only this account can write",
                 "remove it, or give another directory"};
  if (::chmod(path.c_str(), mode) != 0) return OsError("set the mode of " + path, errno);
  return {};
}

Result<UniqueFd> LockDirectory(const std::string& directory) {
  const std::string path = directory + "/lock";
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return OsError("open " + path, errno);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return Error{ErrorCode::kBusy, "another keywardd uses " + directory,
                   "stop it, or give this one its own --state-dir and --run-dir"};
    return OsError("lock " + path, errno);
  }
  return fd;
}

Result<> ReplaceFile(const std::string& path, std::string_view text) {
  const std::string fresh = path + ".new";
  UniqueFd fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return OsError("write " + fresh, errno);
  if (auto written = WriteAll(fd.get(), text, fresh); !written) {
    ::unlink(fresh.c_str());
    return written.error();
  }
  fd.Reset();
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return OsError("replace " + path, errno);
  const std::string parent = path.substr(0, path.rfind('/'));
  const UniqueFd directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) return OsError("sync " + parent, errno);
  return {};
}

Result<std::string> ReadWholeFile(const std::string& path, std::size_t limit) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  if (!fd) return OsError("read " + path, errno);
  std::string text;
  std::array<char, 16384> chunk;
  while (true) {
    const ssize_t n = ::read(fd.get(), chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return OsError("read " + path, errno);
    if (n == 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(n));
    if (text.size() > limit)
      return Error{ErrorCode::kInvalid,
                   path + " is larger than " + std::to_string(limit) + " bytes"};
  }
}

}  // namespace keyward::linux_os
