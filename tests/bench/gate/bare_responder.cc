// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/gate/bare_responder.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace keyward::bench {

BareResponder::BareResponder(const std::string& directory, const std::string& file) {
  // The same flags as the engine's: the pidfd that comes with every event is part of the floor.
  group_ = ::fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE |
                               FAN_UNLIMITED_MARKS | FAN_REPORT_PIDFD,
                           O_RDONLY | O_CLOEXEC | O_LARGEFILE | O_NONBLOCK | O_NOATIME);
  stop_ = ::eventfd(0, EFD_CLOEXEC);
  if (group_ < 0 ||
      ::fanotify_mark(group_, FAN_MARK_ADD, FAN_OPEN_PERM | FAN_EVENT_ON_CHILD, AT_FDCWD,
                      directory.c_str()) != 0 ||
      ::fanotify_mark(group_, FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD, file.c_str()) != 0) {
    std::perror("bare responder");
    std::exit(2);
  }
  thread_ = std::thread([this] {
    alignas(fanotify_event_metadata) std::array<char, 65536> buffer;
    while (true) {
      pollfd polled[] = {{group_, POLLIN, 0}, {stop_, POLLIN, 0}};
      ::poll(polled, 2, -1);
      if ((polled[1].revents & POLLIN) != 0) return;
      ssize_t left = ::read(group_, buffer.data(), buffer.size());
      for (auto* event = reinterpret_cast<fanotify_event_metadata*>(buffer.data());
           FAN_EVENT_OK(event, left); event = FAN_EVENT_NEXT(event, left)) {
        const auto* pidfd = reinterpret_cast<const fanotify_event_info_pidfd*>(event + 1);
        const fanotify_response response{event->fd, FAN_ALLOW};
        if (::write(group_, &response, sizeof response) < 0) continue;
        ::close(event->fd);
        if (event->event_len > sizeof(*event) && pidfd->pidfd >= 0) ::close(pidfd->pidfd);
      }
    }
  });
}

BareResponder::~BareResponder() {
  const unsigned long long one = 1;
  if (::write(stop_, &one, sizeof one) < 0) std::perror("stop");
  thread_.join();
  ::close(group_);
  ::close(stop_);
}

}  // namespace keyward::bench
