// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/result.h"

namespace keyward::linux_os {

struct MountPoint {
  std::string path;  // unescaped
  std::string type;  // "ext4", "nfs4", "fuse.sshfs"
};

// What is mounted where, from /proc/self/mountinfo (proc(5)). Asking it cannot hang, unlike a look
// at the mount itself.
class MountTable {
 public:
  static MountTable Parse(std::string_view mountinfo);
  static Result<MountTable> Read();

  // The file system that `path` is on; the latest mount wins. Nothing for a relative path.
  std::optional<MountPoint> Of(std::string_view path) const;
  // True where Keyward can't protect and a mere look may hang: network, FUSE, autofs.
  static bool Unprotectable(std::string_view type);
  // True when `path` or a mount that it passes through is unprotectable.
  bool PassesUnprotectable(std::string_view path) const;
  const std::vector<MountPoint>& mounts() const { return mounts_; }

 private:
  std::vector<MountPoint> mounts_;  // in the order of the kernel
};

// True when `path` is `directory` or lies below it, by whole components.
bool IsWithin(std::string_view path, std::string_view directory);

}  // namespace keyward::linux_os
