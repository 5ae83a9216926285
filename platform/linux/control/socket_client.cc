// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/control/socket_client.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "platform/linux/control/socket_place.h"
#include "platform/linux/control/socket_server.h"
#include "platform/linux/unique_fd.h"

namespace keyward::linux_os {
namespace {

constexpr std::size_t kMaxReply = 2 * 1024 * 1024;

bool Believed(uid_t owner) { return owner == 0 || owner == ::geteuid(); }

Error NoDaemon(const std::string& run_dir) {
  return Error{ErrorCode::kNotFound, "no daemon answers in " + run_dir,
               "is it running? systemctl status keywardd", 0};
}

Error Impostor(const std::string& run_dir) {
  return Error{ErrorCode::kDenied, "what answers in " + run_dir + " is not root's daemon",
               "it was told nothing; look at who made " + run_dir, 0};
}

class Client : public platform::ControlClient {
 public:
  Result<> Connect(const std::string& run_dir) override {
    Result<UniqueFd> directory = OpenRunDirectory(run_dir);
    if (!directory) {
      if (directory.error().code == ErrorCode::kNotFound) return NoDaemon(run_dir);
      return directory.error();
    }
    struct stat info {};
    if (::fstatat(directory->get(), kControlSocketName, &info, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return NoDaemon(run_dir);
      return OsError("look at the socket in " + run_dir, errno);
    }
    if (!S_ISSOCK(info.st_mode) || !Believed(info.st_uid)) return Impostor(run_dir);
    UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (!fd) return OsError("make a socket", errno);
    const SocketAddress place = AddressBelow(*directory);
    const auto* address = reinterpret_cast<const sockaddr*>(&place.address);
    if (::connect(fd.get(), address, place.length) != 0) {
      if (errno == ECONNREFUSED || errno == ENOENT) return NoDaemon(run_dir);
      return OsError("connect to the daemon in " + run_dir, errno);
    }
    ucred other{};
    socklen_t length = sizeof other;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &other, &length) != 0)
      return OsError("ask who answers in " + run_dir, errno);
    if (!Believed(other.uid)) return Impostor(run_dir);
    fd_ = std::move(fd);
    return {};
  }

  Result<> Send(std::string_view message) override {
    ssize_t sent = -1;
    do {
      sent = ::send(fd_.get(), message.data(), message.size(), MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) return OsError("ask the daemon", errno);
    return {};
  }

  Result<std::string> Receive() override {
    // The size first: a message is taken whole or not at all.
    ssize_t size = -1;
    do {
      size = ::recv(fd_.get(), nullptr, 0, MSG_PEEK | MSG_TRUNC);
    } while (size < 0 && errno == EINTR);
    if (size < 0 && errno != ECONNRESET) return OsError("hear from the daemon", errno);
    if (size <= 0) return Error{ErrorCode::kNotFound, "the daemon closed the connection", "", 0};
    if (static_cast<std::size_t>(size) > kMaxReply)
      return Error{ErrorCode::kCorrupt, "the daemon's answer is too large", "", 0};
    std::string message(static_cast<std::size_t>(size), '\0');
    const ssize_t got = ::recv(fd_.get(), message.data(), message.size(), 0);
    if (got != size) return OsError("hear from the daemon", got < 0 ? errno : EPROTO);
    return message;
  }

 private:
  UniqueFd fd_;
};

}  // namespace

std::unique_ptr<platform::ControlClient> MakeSocketClient() { return std::make_unique<Client>(); }

}  // namespace keyward::linux_os
