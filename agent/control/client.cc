// SPDX-License-Identifier: Apache-2.0
#include "agent/control/client.h"

#include <utility>

namespace keyward::control {

Result<std::unique_ptr<Session>> Session::Open(std::unique_ptr<platform::ControlClient> client,
                                               const std::string& run_dir) {
  const Result<> connected = client->Connect(run_dir);
  if (!connected) return connected.error();
  std::unique_ptr<Session> session(new Session(std::move(client)));
  const Result<std::string> greeting = session->AskOne(HelloRequest{kProtocolVersion});
  if (!greeting) return greeting.error();
  const Result<HelloReply> hello = ParseHello(*greeting);
  if (!hello) return hello.error();
  session->version_ = hello->version;
  return session;
}

Result<bool> Session::Ask(const Request& request, const std::function<bool(const Reply&)>& row) {
  const Result<> sent = client_->Send(WriteRequest(request));
  if (!sent) return sent.error();
  for (;;) {
    const Result<std::string> message = client_->Receive();
    if (!message && message.error().code == ErrorCode::kNotFound)
      return Error{ErrorCode::kIo, "the daemon closed the connection",
                   "it was stopped, or too much was asked of it at once; try again", 0};
    if (!message) return message.error();
    const Result<Reply> reply = ParseReply(*message);
    if (!reply) return reply.error();
    if (reply->error) return *reply->error;
    if (reply->kind == "end") return reply->more;
    if (!row(*reply)) return false;
  }
}

Result<std::string> Session::AskOne(const Request& request) {
  std::string data;
  const Result<bool> asked = Ask(request, [&data](const Reply& reply) {
    data = reply.data;
    return true;
  });
  if (!asked) return asked.error();
  if (data.empty()) return Error{ErrorCode::kCorrupt, "the daemon answered nothing", "", 0};
  return data;
}

}  // namespace keyward::control
