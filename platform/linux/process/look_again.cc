// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/process/look_again.h"

#include <sys/sysmacros.h>

#include <algorithm>

#include "platform/linux/process/proc_files.h"
#include "platform/linux/process/proc_reader.h"

namespace keyward::linux_os {
namespace {

// A browser has some 2,000 mappings of 120 bytes. What is longer is not looked through, and
// tainted.
constexpr std::size_t kMostMaps = 4 << 20;
constexpr std::size_t kMostSeen = 1024;
constexpr auto kSeenFor = std::chrono::seconds(2);

bool IsSharedMemory(std::string_view path) {
  return path.starts_with("/memfd:") || path.starts_with("/SYSV") || path == "/dev/zero";
}

}  // namespace

std::string ForeignMapping(std::string_view maps, const ProgramFile& own, Ownership& ownership) {
  std::string_view previous;  // a library's mappings follow each other
  while (!maps.empty()) {
    const auto end = std::min(maps.find('\n'), maps.size());
    const std::string_view line = maps.substr(0, end);
    maps.remove_prefix(std::min(end + 1, maps.size()));
    const auto mapping = ParseMapping(line);
    if (!mapping || !mapping->executable || mapping->inode == 0) continue;
    if (mapping->path == previous || IsSharedMemory(mapping->path)) continue;
    previous = mapping->path;
    if (mapping->inode == own.id.inode &&
        ::makedev(mapping->device_major, mapping->device_minor) == own.id.device)
      continue;
    const std::string path(mapping->path);
    if (ownership.OthersCanWrite(path)) return path;
  }
  return {};
}

bool LaterTaints::MapsForeignCode(std::int32_t pid, const Subject& subject) {
  std::string maps;
  if (!ReadFile(ProcPath(pid, "maps"), kMostMaps, maps)) return true;
  return maps.size() >= kMostMaps || !ForeignMapping(maps, subject.executable, ownership_).empty();
}

Taints LaterTaints::Look(std::int32_t pid, const Subject& subject) {
  Taints taints;
  std::string text;
  const auto status =
      ReadFile(ProcPath(pid, "status"), 8192, text) ? ParseStatus(text) : std::nullopt;
  if (!status) {  // gone, or not to be seen
    taints.Add(Taint::kExecMissed);
    return taints;
  }
  if (status->tracer != 0) taints.Add(Taint::kTraced);

  const auto now = std::chrono::steady_clock::now();
  const std::pair key{pid, subject.exec_id};
  {
    const std::lock_guard lock(mutex_);
    const auto it = seen_.find(key);
    if (it != seen_.end() && it->second.code_kb == status->code_kb &&
        now - it->second.when < kSeenFor) {
      if (it->second.foreign) taints.Add(Taint::kForeignCode);
      return taints;
    }
  }
  const Seen seen{status->code_kb, MapsForeignCode(pid, subject), now};
  if (seen.foreign) taints.Add(Taint::kForeignCode);
  const std::lock_guard lock(mutex_);
  if (seen_.size() >= kMostSeen) seen_.clear();
  seen_[key] = seen;
  return taints;
}

}  // namespace keyward::linux_os
