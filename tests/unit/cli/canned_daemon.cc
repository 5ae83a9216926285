// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cli/canned_daemon.h"

#include <future>
#include <map>
#include <utility>

#include "agent/control/timestamp.h"
#include "agent/journal/incident_json.h"
#include "platform/linux/control/socket_server.h"

namespace keyward::cli {
namespace {

using platform::ControlConnection;

// The connection with another name at its end.
class Renamed : public ControlConnection {
 public:
  Renamed(std::shared_ptr<ControlConnection> real, std::uint32_t uid)
      : real_(std::move(real)), peer_(real_->peer()) {
    peer_.uid = uid;
  }
  const platform::Peer& peer() const override { return peer_; }
  bool Send(std::string_view message) override { return real_->Send(message); }
  void Close() override { real_->Close(); }

 private:
  std::shared_ptr<ControlConnection> real_;
  platform::Peer peer_;
};

class SameAnswer : public platform::Authority {
 public:
  SameAnswer(linux_os::EventLoop& loop, platform::AuthorityAnswer answer)
      : loop_(loop), answer_(answer) {}
  void Ask(const platform::Peer&, const std::string&, const std::string&,
           std::function<void(platform::AuthorityDecision)> done) override {
    loop_.Post([done = std::move(done), answer = answer_] { done({answer, "as the test says"}); });
  }

 private:
  linux_os::EventLoop& loop_;
  platform::AuthorityAnswer answer_;
};

control::QuestionRow BackupAsks() {
  control::QuestionRow question;
  question.id = 3;
  question.uid = control::FakeService::kAlice;
  question.deadline = *control::ParseTime("2025-03-01T14:05:00Z");
  question.asset = "electrum";
  question.asset_name = "Electrum wallet";
  question.path = "/home/alice/.electrum/wallets/default_wallet";
  question.program = "~/bin/backup";
  question.pid = 999;
  question.evidence = {"others than root can change it"};
  return question;
}

}  // namespace

CannedDaemon::CannedDaemon(std::uint32_t uid, platform::AuthorityAnswer authority) {
  std::promise<bool> started;
  auto made = linux_os::EventLoop::Create();
  if (!made) return;
  loop_ = std::move(*made);
  loop_->Post([&started] { started.set_value(true); });
  thread_ = std::thread([this, uid, authority] { Run(uid, authority); });
  up_ = started.get_future().get();
}

CannedDaemon::~CannedDaemon() {
  if (!thread_.joinable()) return;
  loop_->Stop(0);
  thread_.join();
}

void CannedDaemon::Run(std::uint32_t uid, platform::AuthorityAnswer authority_answer) {
  control::FakeService service;
  SameAnswer authority(*loop_, authority_answer);
  control::Dispatcher dispatcher(service, authority, {"0.1.0", journal::ToJson});
  std::map<ControlConnection*, std::shared_ptr<Renamed>> names;
  const auto server = linux_os::MakeSocketServer(*loop_);
  const Result<> listening = server->Listen(
      run_dir(),
      [&](const std::shared_ptr<ControlConnection>& real, const std::string& message) {
        auto& renamed = names[real.get()];
        if (!renamed) renamed = std::make_shared<Renamed>(real, uid);
        const std::shared_ptr<Renamed> held = renamed;
        dispatcher.OnMessage(held, message);
        if (message.find("\"watch\"") == std::string::npos) return;
        dispatcher.Publish(service.incidents[1]);
        dispatcher.PublishQuestion(BackupAsks());
        dispatcher.PublishQuestionClosed(3, control::FakeService::kAlice);
        held->Close();
      },
      [&](const std::shared_ptr<ControlConnection>& real) {
        const auto it = names.find(real.get());
        if (it == names.end()) return;
        dispatcher.OnClosed(it->second);
        names.erase(it);
      });
  if (listening) (void)loop_->Run();
}

}  // namespace keyward::cli
