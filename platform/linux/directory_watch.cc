// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/directory_watch.h"

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace keyward::linux_os {

Result<std::unique_ptr<DirectoryWatch>> DirectoryWatch::Create(
    EventLoop& loop, const std::vector<std::string>& directories, std::function<void()> changed) {
  UniqueFd fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!fd) return OsError("open inotify", errno);
  constexpr std::uint32_t kMask =
      IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR;
  for (const std::string& directory : directories)
    if (::inotify_add_watch(fd.get(), directory.c_str(), kMask) < 0 && errno != ENOENT)
      return OsError("watch " + directory, errno);
  std::unique_ptr<DirectoryWatch> watch(new DirectoryWatch(std::move(fd)));
  auto source = loop.AddFd(watch->fd_.get(), EPOLLIN,
                           [w = watch.get(), changed = std::move(changed)](std::uint32_t) {
                             w->Drain();
                             changed();
                           });
  if (!source) return source.error();
  watch->source_ = std::move(*source);
  return watch;
}

void DirectoryWatch::Drain() const {
  alignas(inotify_event) std::array<char, 4096> buffer;
  while (::read(fd_.get(), buffer.data(), buffer.size()) > 0) {
  }
}

}  // namespace keyward::linux_os
