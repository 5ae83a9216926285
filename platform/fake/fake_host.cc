// SPDX-License-Identifier: Apache-2.0
#include "platform/fake/fake_host.h"

#include <utility>

namespace keyward::fake {

std::shared_ptr<FakeConnection> FakeControl::Connect(std::uint32_t uid) {
  platform::Peer peer;
  peer.pid = 100;
  peer.uid = uid;
  auto connection = std::make_shared<FakeConnection>(peer);
  Ask(connection, R"({"request":"hello","protocol":1})");
  return connection;
}

std::vector<std::string> FakeControl::Ask(const std::shared_ptr<FakeConnection>& connection,
                                          const std::string& message) {
  connection->sent.clear();
  on_message_(connection, message);
  return std::exchange(connection->sent, {});
}

void FakeHost::RunPosted() {
  std::unique_lock lock(mutex_);
  while (!posted_.empty()) {
    auto work = std::move(posted_.front());
    posted_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

Result<int> FakeHost::Run() {
  while (true) {
    RunPosted();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || !posted_.empty(); });
    if (stopped_ && posted_.empty()) return *stopped_;
  }
}

void FakeHost::Stop(int status) {
  const std::lock_guard lock(mutex_);
  stopped_ = status;
  changed_.notify_all();
}

void FakeHost::Post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  posted_.push_back(std::move(work));
  changed_.notify_all();
}

Result<> FakeHost::After(Slot slot, std::chrono::milliseconds, std::function<void()> work) {
  timers_[slot] = std::move(work);
  return {};
}

void FakeHost::FireTimer(Slot slot) {
  if (auto work = std::exchange(timers_[slot], nullptr)) work();
}

Result<std::unique_ptr<platform::Engine>> FakeHost::MakeEngine(const std::string&,
                                                               platform::EngineHost& host,
                                                               platform::EngineSettings settings) {
  auto engine = std::make_unique<FakeEngine>(host, std::move(settings));
  engine_ = engine.get();
  return engine;
}

Result<> FakeHost::OnHomesChanged(std::function<void()> work) {
  homes_changed = std::move(work);
  return {};
}

Result<> FakeHost::OnPolicyFilesChanged(std::function<void()> work) {
  policy_files_changed = std::move(work);
  return {};
}

Result<> FakeHost::WriteStateFile(const std::string& name, std::string_view text) {
  if (state_is_read_only) return Error{ErrorCode::kFull, "write " + name + ": no space left"};
  state_files[name] = text;
  return {};
}

Result<std::string> FakeHost::ReadStateFile(const std::string& name) {
  const auto known = state_files.find(name);
  if (known == state_files.end()) return Error{ErrorCode::kNotFound, "read " + name};
  return known->second;
}

}  // namespace keyward::fake
