// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/model/result.h"
#include "platform/linux/event_loop.h"
#include "platform/linux/unique_fd.h"

namespace keyward::linux_os {

// Says that something in one of a few directories has changed (inotify); not what. Directories that
// don't exist are left out.
class DirectoryWatch {
 public:
  static Result<std::unique_ptr<DirectoryWatch>> Create(EventLoop& loop,
                                                        const std::vector<std::string>& directories,
                                                        std::function<void()> changed);

 private:
  explicit DirectoryWatch(UniqueFd fd) : fd_(std::move(fd)) {}
  void Drain() const;

  UniqueFd fd_;
  EventLoop::SourcePtr source_;
};

}  // namespace keyward::linux_os
