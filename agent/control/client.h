// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/control/replies.h"
#include "agent/control/requests.h"
#include "agent/model/result.h"
#include "platform/include/control_transport.h"

namespace keyward::control {

// The caller's end of the protocol: greeted, then one request at a time. Blocking.
class Session {
 public:
  // kNotFound: no daemon answers. kUnsupported: it speaks another protocol.
  static Result<std::unique_ptr<Session>> Open(std::unique_ptr<platform::ControlClient> client,
                                               const std::string& run_dir);

  // Calls `row` for each answer, in order, until the end, an error of the daemon, or until `row`
  // returns false (the connection is of no more use then). True: there is more to ask for.
  Result<bool> Ask(const Request& request, const std::function<bool(const Reply&)>& row);
  // For requests with one answer: its data.
  Result<std::string> AskOne(const Request& request);

  const std::string& daemon_version() const { return version_; }

 private:
  explicit Session(std::unique_ptr<platform::ControlClient> client) : client_(std::move(client)) {}

  std::unique_ptr<platform::ControlClient> client_;
  std::string version_;
};

}  // namespace keyward::control
