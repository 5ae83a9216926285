// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "platform/linux/unique_fd.h"

namespace keyward::linux_os {

// A path followed component by component, as open() would follow it.
struct PathWalk {
  std::string resolved;  // every link followed; up to where the walk ended
  bool exists = false;
  bool others_can_write = false;
  bool foreign = false;  // ended at a place that may answer late or lie
};

// Whether others than root decide what a path names: they own or may write the file, a directory
// above it, or a directory that a symbolic link on the way lies in. A name that does not exist
// counts as theirs when they could make it. So do:
// - a sticky directory (/tmp): anybody may put a file there;
// - /proc and /dev but /dev/null: links there lead to what a process holds;
// - file systems whose owners are another machine's or program's word (FUSE, NFS, 9p…).
// POSIX ACLs need no look of their own: the mask of named users and groups shows as the group bits.
//
// Never asks such a foreign file system anything, so a call can't hang on one. Any thread.
// Cost: one statx a component, about 1 µs each, and a poll of the mount table.
class Ownership {
 public:
  Ownership();
  // To the end of an absolute path, whoever can write it.
  PathWalk Walk(const std::string& path) { return Follow(path, false); }
  bool OthersCanWrite(const std::string& path) { return Follow(path, true).others_can_write; }
  // On a file system that may answer late or lie.
  bool OnForeignFileSystem(std::string_view path);

 private:
  PathWalk Follow(const std::string& path, bool stop_when_writable);
  void RefreshMounts();
  bool BelowForeignMount(std::string_view path);

  std::mutex mutex_;
  UniqueFd mount_table_;
  std::vector<std::string> foreign_mounts_;
};

// Mount points of foreign file systems in the text of /proc/PID/mountinfo.
std::vector<std::string> ForeignMounts(std::string_view mountinfo);

}  // namespace keyward::linux_os
