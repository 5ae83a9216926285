// SPDX-License-Identifier: Apache-2.0
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "platform/linux/process/exec_stream.h"
#include "platform/linux/process/proc_event.h"
#include "platform/linux/process/snapshot.h"
#include "platform/linux/unique_fd.h"

namespace keyward::linux_os {
namespace {

constexpr int kReceiveBuffer = 8 << 20;

// The kernel queues an event within the fork, exec or exit itself. So whoever empties the socket
// before he looks a process up has an answer that is not older than the question; only what /proc
// says about the new program comes later.
class ConnectorStream : public ExecStream {
 public:
  ConnectorStream(UniqueFd socket, UniqueFd epoll, UniqueFd wake)
      : socket_(std::move(socket)), epoll_(std::move(epoll)), wake_(std::move(wake)) {}

  int descriptor() const override { return epoll_.get(); }

  bool Drain(const std::function<void(ExecRecord)>& take, Deadline until) override {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t n = ::read(wake_.get(), &count, sizeof count);
    do {
      Exec exec;
      {
        const std::lock_guard lock(mutex_);
        EmptySocket();
        if (execs_.empty()) return true;
        exec = execs_.front();
        execs_.pop_front();
      }
      take(RecordOf(exec));
    } while (std::chrono::steady_clock::now() < until);
    return false;
  }

  std::uint64_t SeqOf(std::int32_t pid, int) override {
    const std::lock_guard lock(mutex_);
    EmptySocket();
    const auto it = latest_.find(pid);
    return it == latest_.end() ? 0 : it->second;
  }

  bool Assign(std::int32_t pid, std::uint64_t start_ticks, int, std::uint64_t seq) override {
    const std::lock_guard lock(mutex_);
    EmptySocket();
    const auto birth = BirthOf(pid);
    if (!birth || birth->start_ticks != start_ticks) return false;
    return latest_.emplace(pid, seq).second;
  }

  std::uint64_t missed() const override { return missed_.load(std::memory_order_relaxed); }

 private:
  struct Exec {
    std::int32_t pid = 0;
    std::uint64_t seq = 0;
    std::uint64_t parent_seq = 0;
  };

  // Needs mutex_.
  void EmptySocket() {
    alignas(nlmsghdr) std::array<char, 1024> message;
    for (;;) {
      sockaddr_nl from{};
      socklen_t length = sizeof from;
      const ssize_t n = ::recvfrom(socket_.get(), message.data(), message.size(), MSG_DONTWAIT,
                                   reinterpret_cast<sockaddr*>(&from), &length);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == ENOBUFS) {
        // Some events are lost, and nobody says which: nobody is known until his next exec.
        latest_.clear();
        missed_.fetch_add(1, std::memory_order_relaxed);
        continue;
      }
      if (n < 0) return;
      if (from.nl_pid != 0) continue;  // another process speaking, not the kernel
      if (const auto event = ParseProcEvent(message.data(), static_cast<std::size_t>(n)))
        Apply(*event);
    }
  }

  void Apply(const ProcEvent& event) {
    switch (event.kind) {
      case ProcEvent::Kind::kFork: {
        const auto parent = latest_.find(event.parent);
        if (parent == latest_.end()) {
          latest_.erase(event.pid);
        } else {
          const std::uint64_t seq = parent->second;
          latest_[event.pid] = seq;
        }
        return;
      }
      case ProcEvent::Kind::kExec: {
        const auto before = latest_.find(event.pid);
        execs_.push_back({event.pid, ++seq_, before == latest_.end() ? 0 : before->second});
        latest_[event.pid] = seq_;
        const std::uint64_t one = 1;
        [[maybe_unused]] const ssize_t n = ::write(wake_.get(), &one, sizeof one);
        return;
      }
      case ProcEvent::Kind::kExit: latest_.erase(event.pid); return;
    }
  }

  ExecRecord RecordOf(const Exec& exec) {
    ExecRecord record;
    auto read = RecordFromProc(exec.pid);
    {
      // Did it exec again while we read? Then nobody knows which of the two we have seen.
      const std::lock_guard lock(mutex_);
      EmptySocket();
      const auto now = latest_.find(exec.pid);
      if (read && now != latest_.end() && now->second == exec.seq) {
        record = std::move(*read);
        record.time = std::chrono::system_clock::now();
      } else {
        record.pid = exec.pid;
        record.missed = true;
        missed_.fetch_add(1, std::memory_order_relaxed);
      }
    }
    record.seq = exec.seq;
    record.parent_seq = exec.parent_seq;
    return record;
  }

  const UniqueFd socket_;
  const UniqueFd epoll_;  // over the socket and wake_
  const UniqueFd wake_;   // somebody else has emptied the socket
  std::mutex mutex_;
  std::unordered_map<std::int32_t, std::uint64_t> latest_;  // by process id
  std::deque<Exec> execs_;                                  // not yet read from /proc
  std::uint64_t seq_ = std::uint64_t{1} << 32;              // numbers below are the snapshot's
  std::atomic<std::uint64_t> missed_{0};
};

Result<> Subscribe(int socket) {
  struct Message {
    nlmsghdr netlink;
    char rest[sizeof(cn_msg) + sizeof(std::uint32_t)];
  } message{};
  static_assert(NLMSG_HDRLEN == sizeof(nlmsghdr));
  cn_msg connector{};
  connector.id = {CN_IDX_PROC, CN_VAL_PROC};
  connector.len = sizeof(std::uint32_t);
  const std::uint32_t listen = PROC_CN_MCAST_LISTEN;
  std::memcpy(message.rest, &connector, sizeof connector);
  std::memcpy(message.rest + sizeof connector, &listen, sizeof listen);
  message.netlink.nlmsg_len = NLMSG_LENGTH(sizeof connector + sizeof listen);
  message.netlink.nlmsg_type = NLMSG_DONE;
  if (::send(socket, &message, message.netlink.nlmsg_len, 0) < 0)
    return OsError("subscribe to the process connector", errno);
  return {};
}

}  // namespace

Result<std::unique_ptr<ExecStream>> OpenConnectorStream() {
  UniqueFd socket(
      ::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR));
  if (!socket) return OsError("open the process connector", errno);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = CN_IDX_PROC;
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return OsError("join the process connector", errno);
  if (auto subscribed = Subscribe(socket.get()); !subscribed) return subscribed.error();

  UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  for (const int fd : {socket.get(), wake.get()}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0)
      return OsError("watch the process connector", errno);
  }
  return std::unique_ptr<ExecStream>(
      std::make_unique<ConnectorStream>(std::move(socket), std::move(epoll), std::move(wake)));
}

}  // namespace keyward::linux_os
