// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/mount_table.h"

#include <array>

#include "platform/linux/state_files.h"

namespace keyward::linux_os {
namespace {

constexpr std::size_t kMaxMountinfo = 8u << 20;

bool IsOctal(char c) { return c >= '0' && c <= '7'; }

// The kernel writes space, tab, newline and backslash as \ooo.
std::string Unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && IsOctal(text[i + 1]) && IsOctal(text[i + 2]) &&
        IsOctal(text[i + 3])) {
      out.push_back(static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                      (text[i + 3] - '0')));
      i += 3;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

std::string_view NextField(std::string_view& line) {
  const std::size_t end = line.find(' ');
  const std::string_view field = line.substr(0, end);
  line = end == std::string_view::npos ? std::string_view{} : line.substr(end + 1);
  return field;
}

// 36 35 98:0 /root /mount/point rw,noatime master:1 - ext3 /dev/root rw
std::optional<MountPoint> ParseLine(std::string_view line) {
  for (int i = 0; i < 4; ++i) NextField(line);
  const std::string_view path = NextField(line);
  if (path.empty() || path.front() != '/') return std::nullopt;
  while (!line.empty() && NextField(line) != "-") {
  }
  const std::string_view type = NextField(line);
  if (type.empty()) return std::nullopt;
  return MountPoint{Unescape(path), std::string(type)};
}

}  // namespace

bool IsWithin(std::string_view path, std::string_view directory) {
  if (directory == "/") return !path.empty() && path.front() == '/';
  if (path.substr(0, directory.size()) != directory) return false;
  return path.size() == directory.size() || path[directory.size()] == '/';
}

MountTable MountTable::Parse(std::string_view mountinfo) {
  MountTable table;
  while (!mountinfo.empty()) {
    const std::size_t end = mountinfo.find('\n');
    if (auto mount = ParseLine(mountinfo.substr(0, end)))
      table.mounts_.push_back(std::move(*mount));
    if (end == std::string_view::npos) break;
    mountinfo.remove_prefix(end + 1);
  }
  return table;
}

Result<MountTable> MountTable::Read() {
  auto text = ReadWholeFile("/proc/self/mountinfo", kMaxMountinfo);
  if (!text) return text.error();
  return Parse(*text);
}

std::optional<MountPoint> MountTable::Of(std::string_view path) const {
  const MountPoint* best = nullptr;
  for (const MountPoint& mount : mounts_)
    if (IsWithin(path, mount.path) && (!best || mount.path.size() >= best->path.size()))
      best = &mount;
  if (!best) return std::nullopt;
  return *best;
}

bool MountTable::Unprotectable(std::string_view type) {
  constexpr std::array<std::string_view, 14> kTypes{"nfs",    "nfs4", "cifs",   "smb3",  "smbfs",
                                                    "9p",     "afs",  "ceph",   "ncpfs", "coda",
                                                    "autofs", "fuse", "lustre", "vboxsf"};
  if (type.substr(0, 5) == "fuse." || type == "fuseblk") return true;
  for (const auto known : kTypes)
    if (type == known) return true;
  return false;
}

bool MountTable::PassesUnprotectable(std::string_view path) const {
  for (const MountPoint& mount : mounts_)
    if (Unprotectable(mount.type) && IsWithin(path, mount.path)) return true;
  return false;
}

}  // namespace keyward::linux_os
