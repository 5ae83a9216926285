// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/process/ownership.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "platform/linux/process/proc_files.h"

namespace keyward::linux_os {
namespace {

constexpr std::size_t kMountTableMost = 4 << 20;
constexpr int kMostLinks = 40;  // as the kernel's

bool IsForeignType(std::string_view type) {
  static constexpr std::array<std::string_view, 14> kTypes{
      "nfs",  "nfs4", "cifs",   "smb3",   "smbfs",  "9p",        "afs",
      "ceph", "coda", "lustre", "vboxsf", "autofs", "glusterfs", "ocfs2"};
  return type.starts_with("fuse") || std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

// mountinfo writes blank, tab, newline and backslash as \ooo.
std::string Unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octal = [&](std::size_t at) {
      return at < text.size() && text[at] >= '0' && text[at] <= '7';
    };
    if (text[i] == '\\' && octal(i + 1) && octal(i + 2) && octal(i + 3)) {
      out.push_back(static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                      (text[i + 3] - '0')));
      i += 3;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

bool IsAtOrBelow(std::string_view path, std::string_view directory) {
  if (!path.starts_with(directory)) return false;
  return directory == "/" || path.size() == directory.size() || path[directory.size()] == '/';
}

bool RootAloneWrites(const struct statx& st) {
  return st.stx_uid == 0 && (st.stx_mode & (S_IWGRP | S_IWOTH)) == 0;
}

// Takes the first component off `rest`; empty at the end.
std::string TakeComponent(std::string& rest) {
  const auto begin = rest.find_first_not_of('/');
  if (begin == std::string::npos) {
    rest.clear();
    return {};
  }
  const auto end = std::min(rest.find('/', begin), rest.size());
  std::string component = rest.substr(begin, end - begin);
  rest.erase(0, end);
  return component;
}

}  // namespace

std::vector<std::string> ForeignMounts(std::string_view text) {
  std::vector<std::string> mounts;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    // 36 35 98:0 /root /mount/point options shared:1 - type source options
    const auto dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    const std::string_view after = line.substr(dash + 3);
    if (!IsForeignType(after.substr(0, after.find(' ')))) continue;
    std::string_view before = line.substr(0, dash);
    for (int i = 0; i < 4 && !before.empty(); ++i)
      before.remove_prefix(std::min(before.find(' ') + 1, before.size()));
    mounts.push_back(Unescape(before.substr(0, before.find(' '))));
  }
  return mounts;
}

Ownership::Ownership() : mount_table_(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)) {
  std::string text;
  if (ReadFile("/proc/self/mountinfo", kMountTableMost, text))
    foreign_mounts_ = ForeignMounts(text);
}

void Ownership::RefreshMounts() {
  // The descriptor polls as an error after every change of the mount table.
  pollfd p{mount_table_.get(), POLLPRI, 0};
  if (::poll(&p, 1, 0) <= 0 || (p.revents & (POLLERR | POLLPRI)) == 0) return;
  std::string text;
  if (ReadFile("/proc/self/mountinfo", kMountTableMost, text))
    foreign_mounts_ = ForeignMounts(text);
}

bool Ownership::BelowForeignMount(std::string_view path) {
  return std::any_of(foreign_mounts_.begin(), foreign_mounts_.end(),
                     [path](const std::string& mount) { return IsAtOrBelow(path, mount); });
}

bool Ownership::OnForeignFileSystem(std::string_view path) {
  const std::lock_guard lock(mutex_);
  RefreshMounts();
  return BelowForeignMount(path);
}

PathWalk Ownership::Follow(const std::string& path, bool stop_when_writable) {
  PathWalk walk;
  if (path.empty() || path.front() != '/') {
    walk.others_can_write = true;
    return walk;
  }
  std::string rest = path;
  std::string& at = walk.resolved;  // without a trailing slash
  for (int links = 0;;) {
    const std::string component = TakeComponent(rest);
    if (component.empty()) {
      walk.exists = true;
      return walk;
    }
    if (component == ".") continue;
    if (component == "..") {
      at.erase(at.empty() ? 0 : at.rfind('/'));
      continue;
    }
    std::string next = at + "/" + component;
    if (next == "/dev" && rest == "/null") return walk;  // nothing comes out of it
    if (IsAtOrBelow(next, "/proc") || IsAtOrBelow(next, "/dev") || OnForeignFileSystem(next)) {
      walk.foreign = walk.others_can_write = true;
      at = std::move(next);
      return walk;
    }
    struct statx st {};
    if (::statx(AT_FDCWD, next.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
                STATX_TYPE | STATX_MODE | STATX_UID, &st) != 0) {
      // What is not there can be made only by who may write the directory above.
      walk.others_can_write |= errno != ENOENT && errno != ENOTDIR;
      at = std::move(next);
      return walk;
    }
    if (S_ISLNK(st.stx_mode)) {
      const std::string target = ReadLink(next);
      if (target.empty() || ++links > kMostLinks) {
        walk.others_can_write = true;
        return walk;
      }
      if (target.front() == '/') at.clear();
      rest = target + "/" + rest;
      continue;
    }
    if (!RootAloneWrites(st)) walk.others_can_write = true;
    at = std::move(next);
    if (walk.others_can_write && stop_when_writable) return walk;
  }
}

}  // namespace keyward::linux_os
