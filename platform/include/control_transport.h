// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/model/result.h"

namespace keyward::platform {

// Who is at the other end, as the kernel says (not as they say).
struct Peer {
  std::int32_t pid = 0;
  std::uint64_t start_ticks = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

// One accepted connection on the daemon's side. Messages are whole: one JSON document each.
class ControlConnection {
 public:
  virtual ~ControlConnection() = default;
  virtual const Peer& peer() const = 0;
  // Queues a message. A reader that is too slow (over 1 MiB queued) is cut off: false from then on.
  virtual bool Send(std::string_view message) = 0;
  virtual void Close() = 0;
};

// The daemon's end: calls back on the thread that runs the loop.
class ControlServer {
 public:
  using OnMessage = std::function<void(std::shared_ptr<ControlConnection>, std::string message)>;
  using OnClosed = std::function<void(const std::shared_ptr<ControlConnection>&)>;
  virtual ~ControlServer() = default;
  virtual Result<> Listen(const std::string& run_dir, OnMessage on_message, OnClosed on_closed) = 0;
  virtual void StopListening() = 0;
};

// The caller's end: blocking, one request and its answers.
class ControlClient {
 public:
  virtual ~ControlClient() = default;
  // kNotFound: no daemon; kDenied: may not; checks that the socket belongs to root or to ourselves.
  virtual Result<> Connect(const std::string& run_dir) = 0;
  virtual Result<> Send(std::string_view message) = 0;
  // The next message; kNotFound at the end of the stream.
  virtual Result<std::string> Receive() = 0;
};

}  // namespace keyward::platform
