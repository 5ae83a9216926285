// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <thread>

#include "agent/control/client.h"
#include "agent/control/server.h"
#include "platform/linux/control/socket_client.h"
#include "platform/linux/control/socket_place.h"
#include "platform/linux/control/socket_server.h"
#include "platform/linux/event_loop.h"
#include "tests/integration/control/temp_dir.h"
#include "tests/unit/control/fakes.h"

namespace keyward::linux_os {
namespace {

using platform::ControlConnection;

// A server on a thread of its own; ends with the object.
class ServerThread {
 public:
  using OnMessage = platform::ControlServer::OnMessage;

  explicit ServerThread(std::string run_dir, OnMessage on_message, SocketServerLimits limits = {})
      : run_dir_(std::move(run_dir)) {
    std::promise<Result<>> listening;
    auto listened = listening.get_future();
    thread_ = std::thread([this, &listening, on_message, limits] {
      loop_ = std::move(*EventLoop::Create());
      const auto server = MakeSocketServer(*loop_, limits);
      Result<> started = server->Listen(
          run_dir_, on_message,
          [this](const std::shared_ptr<ControlConnection>&) { closed_.fetch_add(1); });
      const bool up = started.has_value();
      listening.set_value(std::move(started));
      if (up) (void)loop_->Run();
    });
    started_ = listened.get();
  }
  ~ServerThread() {
    if (started_) loop_->Stop(0);
    thread_.join();
  }

  const Result<>& started() const { return started_; }
  int closed() const { return closed_.load(); }

 private:
  std::string run_dir_;
  std::unique_ptr<EventLoop> loop_;
  std::atomic<int> closed_{0};
  Result<> started_;
  std::thread thread_;
};

void Echo(const std::shared_ptr<ControlConnection>& connection, const std::string& message) {
  connection->Send(message);
}

TEST(SocketTest, CarriesWholeMessagesBothWays) {
  const TempDir dir;
  const ServerThread server(dir.path() + "/run", Echo);
  ASSERT_TRUE(server.started().has_value()) << server.started().error().what;
  const auto client = MakeSocketClient();
  ASSERT_TRUE(client->Connect(dir.path() + "/run").has_value());
  for (const std::size_t size : {1u, 100u, 65536u}) {
    const std::string text(size, 'x');
    ASSERT_TRUE(client->Send(text).has_value());
    const auto answer = client->Receive();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(*answer, text);
  }
}

TEST(SocketTest, SaysWhoIsAtTheOtherEnd) {
  const TempDir dir;
  std::promise<platform::Peer> peer;
  const ServerThread server(
      dir.path(), [&](const std::shared_ptr<ControlConnection>& connection, const std::string&) {
        peer.set_value(connection->peer());
      });
  const auto client = MakeSocketClient();
  ASSERT_TRUE(client->Connect(dir.path()).has_value());
  ASSERT_TRUE(client->Send("x").has_value());
  const platform::Peer seen = peer.get_future().get();
  EXPECT_EQ(seen.pid, ::getpid());
  EXPECT_EQ(seen.uid, ::getuid());
  EXPECT_EQ(seen.start_ticks, StartTicks(::getpid()));
  EXPECT_GT(seen.start_ticks, 0u);
}

TEST(SocketTest, TheSocketIsOpenToEverybodyAndItsDirectoryToNobody) {
  const TempDir dir;
  const ServerThread server(dir.path() + "/run", Echo);
  struct stat info {};
  ASSERT_EQ(::stat((dir.path() + "/run").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0755u);
  ASSERT_EQ(::stat((dir.path() + "/run/control.sock").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0666u);
}

TEST(SocketTest, ADirectoryThatOthersCanWriteIsRefusedByBothEnds) {
  const TempDir dir;
  ::chmod(dir.path().c_str(), 0777);
  const ServerThread server(dir.path(), Echo);
  ASSERT_FALSE(server.started().has_value());
  EXPECT_EQ(server.started().error().code, ErrorCode::kDenied);
  const auto client = MakeSocketClient();
  const auto connected = client->Connect(dir.path());
  ASSERT_FALSE(connected.has_value());
  EXPECT_EQ(connected.error().code, ErrorCode::kDenied);
}

TEST(SocketTest, AThiefsOwnDaemonIsNotBelieved) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to make another user's files";
  const TempDir dir;
  const ServerThread server(dir.path(), Echo);
  const auto client = MakeSocketClient();
  // Another user's socket in our own directory, and another user's directory.
  ASSERT_EQ(::lchown((dir.path() + "/control.sock").c_str(), 1234, 1234), 0);
  const auto of_socket = client->Connect(dir.path());
  ASSERT_FALSE(of_socket.has_value());
  EXPECT_EQ(of_socket.error().code, ErrorCode::kDenied);
  ASSERT_EQ(::lchown((dir.path() + "/control.sock").c_str(), 0, 0), 0);
  ASSERT_EQ(::chown(dir.path().c_str(), 1234, 1234), 0);
  const auto of_directory = client->Connect(dir.path());
  ASSERT_FALSE(of_directory.has_value());
  EXPECT_EQ(of_directory.error().code, ErrorCode::kDenied);
  ASSERT_EQ(::chown(dir.path().c_str(), 0, 0), 0);
  EXPECT_TRUE(client->Connect(dir.path()).has_value());
}

TEST(SocketTest, NoDaemonIsNotFound) {
  const TempDir dir;
  const auto client = MakeSocketClient();
  const std::string missing = dir.path() + "/none";
  for (const std::string& run_dir : {missing, dir.path()}) {
    const auto connected = client->Connect(run_dir);
    ASSERT_FALSE(connected.has_value());
    EXPECT_EQ(connected.error().code, ErrorCode::kNotFound);
  }
}

TEST(SocketTest, ASecondDaemonIsRefusedAndADeadOnesSocketReplaced) {
  const TempDir dir;
  {
    const ServerThread first(dir.path(), Echo);
    ASSERT_TRUE(first.started().has_value());
    const ServerThread second(dir.path(), Echo);
    ASSERT_FALSE(second.started().has_value());
    EXPECT_EQ(second.started().error().code, ErrorCode::kBusy);
    EXPECT_TRUE(MakeSocketClient()->Connect(dir.path()).has_value());
  }
  // What a daemon that was killed leaves behind: a name that nobody listens at.
  const auto opened = OpenRunDirectory(dir.path());
  ASSERT_TRUE(opened.has_value());
  {
    const UniqueFd dead(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    const SocketAddress place = AddressBelow(*opened);
    ASSERT_EQ(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&place.address), place.length),
              0);
  }
  EXPECT_EQ(MakeSocketClient()->Connect(dir.path()).error().code, ErrorCode::kNotFound);
  const ServerThread third(dir.path(), Echo);
  EXPECT_TRUE(third.started().has_value());
}

TEST(SocketTest, ACallerTooManyIsClosedAtOnce) {
  const TempDir dir;
  SocketServerLimits limits;
  limits.connections_per_uid = 3;
  const ServerThread server(dir.path(), Echo, limits);
  std::vector<std::unique_ptr<platform::ControlClient>> clients;
  int answered = 0;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(MakeSocketClient());
    ASSERT_TRUE(clients.back()->Connect(dir.path()).has_value());
    if (clients.back()->Send("x") && clients.back()->Receive()) ++answered;
  }
  EXPECT_EQ(answered, 3);
}

TEST(SocketTest, AReaderThatIsTooSlowIsCutAndTheOthersAreServed) {
  const TempDir dir;
  std::atomic<bool> cut{false};
  SocketServerLimits limits;
  limits.queued_bytes = 256 * 1024;
  const ServerThread server(
      dir.path(),
      [&](const std::shared_ptr<ControlConnection>& connection, const std::string& message) {
        if (message == "small") return void(connection->Send("ok"));
        const std::string large(64 * 1024, 'x');
        for (int i = 0; i < 1000 && !cut; ++i) cut = !connection->Send(large);
      },
      limits);
  const auto slow = MakeSocketClient();
  ASSERT_TRUE(slow->Connect(dir.path()).has_value());
  ASSERT_TRUE(slow->Send("large").has_value());
  const auto quick = MakeSocketClient();
  ASSERT_TRUE(quick->Connect(dir.path()).has_value());
  ASSERT_TRUE(quick->Send("small").has_value());
  const auto answer = quick->Receive();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(*answer, "ok");
  EXPECT_TRUE(cut);
  while (slow->Receive()) {
  }  // what was sent before the cut, then the end
}

TEST(SocketTest, WhatWaitsInTheQueueArrivesInOrder) {
  const TempDir dir;
  const ServerThread server(
      dir.path(), [&](const std::shared_ptr<ControlConnection>& connection, const std::string&) {
        for (int i = 0; i < 40; ++i)
          connection->Send(std::to_string(i) + std::string(40 * 1024, ' '));
      });
  const auto client = MakeSocketClient();
  ASSERT_TRUE(client->Connect(dir.path()).has_value());
  ASSERT_TRUE(client->Send("x").has_value());
  for (int i = 0; i < 40; ++i) {
    const auto message = client->Receive();
    ASSERT_TRUE(message.has_value()) << i;
    EXPECT_EQ(std::stoi(*message), i);
  }
}

TEST(SocketTest, ARequestThatIsTooLargeIsSeenToBe) {
  const TempDir dir;
  std::promise<std::size_t> size;
  const ServerThread server(
      dir.path(), [&](const std::shared_ptr<ControlConnection>&, const std::string& message) {
        size.set_value(message.size());
      });
  const auto client = MakeSocketClient();
  ASSERT_TRUE(client->Connect(dir.path()).has_value());
  ASSERT_TRUE(client->Send(std::string(100'000, 'x')).has_value());
  EXPECT_EQ(size.get_future().get(), 64u * 1024 + 1);
}

TEST(SocketTest, TheServerHearsThatACallerLeft) {
  const TempDir dir;
  const ServerThread server(dir.path(), Echo);
  {
    const auto client = MakeSocketClient();
    ASSERT_TRUE(client->Connect(dir.path()).has_value());
    ASSERT_TRUE(client->Send("x").has_value());
    ASSERT_TRUE(client->Receive().has_value());
  }
  // The next caller is served after the leaving was noticed.
  for (int i = 0; i < 100 && server.closed() == 0; ++i) {
    const auto client = MakeSocketClient();
    ASSERT_TRUE(client->Connect(dir.path()).has_value());
    ASSERT_TRUE(client->Send("x").has_value());
    ASSERT_TRUE(client->Receive().has_value());
  }
  EXPECT_GE(server.closed(), 1);
}

// The whole way: session, socket, dispatcher, service.
TEST(SessionTest, AsksADispatcherThroughTheSocket) {
  const TempDir dir;
  control::FakeService service;
  control::FakeAuthority authority;
  control::Dispatcher dispatcher(service, authority, {"0.1.0", control::FakeIncidentJson});
  const ServerThread server(
      dir.path(), [&](const std::shared_ptr<ControlConnection>& connection,
                      const std::string& message) { dispatcher.OnMessage(connection, message); });
  auto session = control::Session::Open(MakeSocketClient(), dir.path());
  ASSERT_TRUE(session.has_value()) << session.error().what;
  EXPECT_EQ((*session)->daemon_version(), "0.1.0");
  const auto data = (*session)->AskOne(control::StatusRequest{});
  ASSERT_TRUE(data.has_value()) << data.error().what;
  const auto status = control::ParseStatus(*data);
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(status->engine, "fanotify");
  const auto missing = (*session)->AskOne(control::IncidentRequest{99});
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
}

TEST(StartTicksTest, CountsFromTheLastParenthesis) {
  const std::uint64_t own = StartTicks(::getpid());
  const pid_t child = ::fork();
  if (child == 0) {
    // A name that would lead a careless reader astray.
    ::prctl(PR_SET_NAME, ") 1 2 3 (");
    ::_exit(StartTicks(::getpid()) >= own ? 0 : 1);
  }
  int status = 1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(StartTicks(child), 0u) << "a process that is gone has none";
}

}  // namespace
}  // namespace keyward::linux_os
