// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "agent/model/result.h"
#include "platform/linux/unique_fd.h"

namespace keyward::linux_os {

// An open that waits in the kernel until Reply. Whoever holds it owes a reply.
struct WaitingOpen {
  UniqueFd file;   // the object, opened for us by the kernel; its number is the event's name
  UniqueFd pidfd;  // of the opener; may be empty when it died meanwhile
  std::int32_t pid = 0;
};

// The group whose events wait for a verdict. Marks are on single directories and files, never on a
// mount or a file system: every other open on the machine costs nothing.
//
// Owns the group's descriptor: closing it lets every waiter pass. Must not own anything that a
// waiter could be holding. Threads: any may mark and reply; one reads.
class PermissionGroup {
 public:
  static Result<PermissionGroup> Open();

  // Opens of the files directly in a directory: `name` in `directory`, or the directory itself when
  // `name` is empty.
  Result<> MarkDirectory(int directory) const;
  // The file `name` in `directory`, by inode: follows it through renames and hard links.
  Result<> MarkFile(int directory, const char* name) const;

  // Calls `take` for each event that is there; returns false at once when there is none.
  Result<bool> Read(const std::function<void(WaitingOpen)>& take) const;
  // Answers and closes. An opener that has died meanwhile is no error.
  void Reply(const WaitingOpen& open, bool allow) const;

  int fd() const { return fd_.get(); }
  void Close() { fd_.Reset(); }

 private:
  explicit PermissionGroup(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

// A name that came to or left a watched directory.
struct NameEvent {
  std::uint64_t mask = 0;       // FAN_CREATE, FAN_MOVED_TO…, with FAN_ONDIR for directories
  std::uint64_t directory = 0;  // DirectoryKey of the watched directory
  std::string_view name;        // valid during the call
  // Handle of the object itself (kernel 5.17 on), for open_by_handle_at; nullptr when unknown.
  const void* object = nullptr;  // struct file_handle*
};

// The group that reports names after the fact: creations, moves, deletions, links. Events carry no
// descriptor and wait for nobody.
class NotificationGroup {
 public:
  static Result<NotificationGroup> Open();

  Result<> Watch(int directory) const;
  Result<bool> Read(const std::function<void(const NameEvent&)>& take) const;
  int fd() const { return fd_.get(); }

 private:
  explicit NotificationGroup(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

// A number for a directory by its file handle, equal to NameEvent::directory. No descriptor has to
// be kept open for it, so that the file system can be unmounted.
Result<std::uint64_t> DirectoryKey(int directory);

}  // namespace keyward::linux_os
