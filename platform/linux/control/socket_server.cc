// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/control/socket_server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "platform/linux/control/socket_place.h"
#include "platform/linux/unique_fd.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77  // Linux 6.5; not in Debian 12's headers
#endif

namespace keyward::linux_os {
namespace {

using platform::ControlConnection;
using platform::Peer;

constexpr int kSendBuffer = 2 * 1024 * 1024;  // one message is at most half of it

class Server;

class Connection : public ControlConnection, public std::enable_shared_from_this<Connection> {
 public:
  Connection(Server& server, UniqueFd fd, Peer peer)
      : server_(&server), fd_(std::move(fd)), peer_(peer) {}

  const Peer& peer() const override { return peer_; }
  bool Send(std::string_view message) override;
  void Close() override;

  bool closed() const { return server_ == nullptr; }
  Result<> Watch(EventLoop& loop);
  // The server goes: nothing is called back any more.
  void Abandon() {
    source_.reset();
    server_ = nullptr;
    fd_.Reset();
  }

 private:
  void OnReady(std::uint32_t events);
  void ReadOne();
  void WriteQueued();

  Server* server_;  // nullptr once closed
  UniqueFd fd_;
  Peer peer_;
  EventLoop::SourcePtr source_;
  std::deque<std::string> queue_;
  std::size_t queued_bytes_ = 0;
};

class Server : public platform::ControlServer {
 public:
  Server(EventLoop& loop, SocketServerLimits limits) : loop_(loop), limits_(limits) {}
  ~Server() override {
    StopListening();
    for (auto& [raw, connection] : connections_) connection->Abandon();
  }

  Result<> Listen(const std::string& run_dir, OnMessage on_message, OnClosed on_closed) override;
  void StopListening() override;

  const SocketServerLimits& limits() const { return limits_; }
  void Deliver(const std::shared_ptr<Connection>& connection, std::string message) {
    on_message_(connection, std::move(message));
  }
  // Later, never within a call of the connection: whoever closes it may be in the middle of it.
  void Forget(const std::shared_ptr<Connection>& connection) {
    loop_.Post([alive = std::weak_ptr<bool>(alive_), this, connection] {
      if (alive.expired()) return;
      if (connections_.erase(connection.get()) > 0) on_closed_(connection);
    });
  }

 private:
  void Accept();
  bool Crowded(std::uint32_t uid) const;

  EventLoop& loop_;
  SocketServerLimits limits_;
  OnMessage on_message_;
  OnClosed on_closed_;
  UniqueFd directory_;
  UniqueFd listener_;
  EventLoop::SourcePtr source_;
  std::map<Connection*, std::shared_ptr<Connection>> connections_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// Who connected, held still by a pidfd while its start time is read: a number that was used again
// in between is noticed. Nothing when the process is gone already.
std::optional<Peer> PeerOf(const UniqueFd& fd) {
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0)
    return std::nullopt;
  int raw = -1;
  length = sizeof raw;
  const bool held = ::getsockopt(fd.get(), SOL_SOCKET, SO_PEERPIDFD, &raw, &length) == 0;
  const UniqueFd pidfd(held ? raw : -1);
  Peer peer{credentials.pid, StartTicks(credentials.pid), credentials.uid, credentials.gid};
  if (peer.start_ticks == 0) return std::nullopt;
  if (pidfd) {
    pollfd gone{pidfd.get(), POLLIN, 0};
    if (::poll(&gone, 1, 0) != 0) return std::nullopt;
  }
  return peer;
}

Result<> Connection::Watch(EventLoop& loop) {
  auto source = loop.AddFd(fd_.get(), EPOLLIN, [this](std::uint32_t events) { OnReady(events); });
  if (!source) return source.error();
  source_ = std::move(*source);
  return {};
}

bool Connection::Send(std::string_view message) {
  if (closed()) return false;
  if (queue_.empty()) {
    const ssize_t sent =
        ::send(fd_.get(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) return true;
    if (errno != EAGAIN) {
      Close();
      return false;
    }
  }
  if (queued_bytes_ + message.size() > server_->limits().queued_bytes) {
    Close();
    return false;
  }
  queue_.emplace_back(message);
  queued_bytes_ += message.size();
  const Result<> watched = source_->SetEvents(EPOLLIN | EPOLLOUT);
  if (!watched) Close();
  return !closed();
}

void Connection::Close() {
  if (closed()) return;
  Server* const server = std::exchange(server_, nullptr);
  const std::shared_ptr<Connection> self = shared_from_this();
  source_.reset();
  fd_.Reset();
  server->Forget(self);
}

void Connection::OnReady(std::uint32_t events) {
  const std::shared_ptr<Connection> self = shared_from_this();
  if ((events & EPOLLOUT) != 0) WriteQueued();
  if (!closed() && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) ReadOne();
}

// One message a round, so that no caller keeps the others waiting.
void Connection::ReadOne() {
  // One byte more than is allowed: what is too large is seen to be.
  std::string message(server_->limits().message_bytes + 1, '\0');
  const ssize_t got = ::recv(fd_.get(), message.data(), message.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return Close();
  message.resize(static_cast<std::size_t>(got));
  server_->Deliver(shared_from_this(), std::move(message));
}

void Connection::WriteQueued() {
  while (!queue_.empty()) {
    const std::string& next = queue_.front();
    if (::send(fd_.get(), next.data(), next.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
      if (errno != EAGAIN) Close();
      return;
    }
    queued_bytes_ -= next.size();
    queue_.pop_front();
  }
  const Result<> watched = source_->SetEvents(EPOLLIN);
  if (!watched) Close();
}

// A name that nobody answers at was left behind by a daemon that was killed.
Result<> RemoveStale(const UniqueFd& directory, const std::string& run_dir) {
  const SocketAddress place = AddressBelow(directory);
  const UniqueFd probe(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe) return OsError("make a socket", errno);
  const auto* address = reinterpret_cast<const sockaddr*>(&place.address);
  if (::connect(probe.get(), address, place.length) == 0 || errno == EAGAIN)
    return Error{ErrorCode::kBusy, run_dir + ": another keywardd answers there",
                 "stop it first, or give this one another --run-dir", 0};
  if (::unlinkat(directory.get(), kControlSocketName, 0) != 0 && errno != ENOENT)
    return OsError("remove the old socket in " + run_dir, errno);
  return {};
}

Result<> Server::Listen(const std::string& run_dir, OnMessage on_message, OnClosed on_closed) {
  if (::mkdir(run_dir.c_str(), 0755) != 0 && errno != EEXIST)
    return OsError("make " + run_dir, errno);
  Result<UniqueFd> directory = OpenRunDirectory(run_dir);
  if (!directory) return directory.error();
  const Result<> removed = RemoveStale(*directory, run_dir);
  if (!removed) return removed.error();
  UniqueFd listener(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener) return OsError("make a socket", errno);
  const SocketAddress place = AddressBelow(*directory);
  const auto* address = reinterpret_cast<const sockaddr*>(&place.address);
  if (::bind(listener.get(), address, place.length) != 0)
    return OsError("bind " + run_dir + "/" + kControlSocketName, errno);
  // Everybody may connect: what they may do is decided by who they are.
  if (::fchmodat(directory->get(), kControlSocketName, 0666, 0) != 0)
    return OsError("open " + run_dir + "/" + kControlSocketName + " to callers", errno);
  if (::listen(listener.get(), 16) != 0) return OsError("listen in " + run_dir, errno);
  on_message_ = std::move(on_message);
  on_closed_ = std::move(on_closed);
  auto source = loop_.AddFd(listener.get(), EPOLLIN, [this](std::uint32_t) { Accept(); });
  if (!source) return source.error();
  source_ = std::move(*source);
  listener_ = std::move(listener);
  directory_ = std::move(*directory);
  return {};
}

void Server::StopListening() {
  source_.reset();
  if (!listener_) return;
  listener_.Reset();
  (void)::unlinkat(directory_.get(), kControlSocketName, 0);
  directory_.Reset();
}

bool Server::Crowded(std::uint32_t uid) const {
  int of_uid = 0;
  for (const auto& [raw, connection] : connections_)
    if (connection->peer().uid == uid) ++of_uid;
  // Root gets in however many others there are.
  const bool full = static_cast<int>(connections_.size()) >= limits_.connections && uid != 0;
  return full || of_uid >= limits_.connections_per_uid;
}

void Server::Accept() {
  UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd) return;
  const std::optional<Peer> peer = PeerOf(fd);
  if (!peer || Crowded(peer->uid)) return;
  // Beyond the system's limit where we may, within it where not.
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUFFORCE, &kSendBuffer, sizeof kSendBuffer) != 0)
    (void)::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
  auto connection = std::make_shared<Connection>(*this, std::move(fd), *peer);
  if (!connection->Watch(loop_)) return;
  connections_.emplace(connection.get(), std::move(connection));
}

}  // namespace

std::unique_ptr<platform::ControlServer> MakeSocketServer(EventLoop& loop,
                                                          SocketServerLimits limits) {
  return std::make_unique<Server>(loop, limits);
}

}  // namespace keyward::linux_os
