// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "platform/fake/fake_engine.h"
#include "platform/include/host.h"

namespace keyward::fake {

// A caller without a socket: who it is, is what the test says.
class FakeConnection final : public platform::ControlConnection {
 public:
  explicit FakeConnection(platform::Peer peer) : peer_(peer) {}
  const platform::Peer& peer() const override { return peer_; }
  bool Send(std::string_view message) override {
    sent.emplace_back(message);
    return !closed;
  }
  void Close() override { closed = true; }

  std::vector<std::string> sent;
  bool closed = false;

 private:
  platform::Peer peer_;
};

class FakeControl final : public platform::ControlServer {
 public:
  Result<> Listen(const std::string&, OnMessage on_message, OnClosed on_closed) override {
    on_message_ = std::move(on_message);
    on_closed_ = std::move(on_closed);
    return {};
  }
  void StopListening() override {}

  std::shared_ptr<FakeConnection> Connect(std::uint32_t uid);
  // Sends a request and gives everything that was answered to it.
  std::vector<std::string> Ask(const std::shared_ptr<FakeConnection>& connection,
                               const std::string& message);
  void Disconnect(const std::shared_ptr<FakeConnection>& connection) { on_closed_(connection); }

 private:
  OnMessage on_message_;
  OnClosed on_closed_;
};

// The person behind a request, as the test plays them.
class FakeAuthority final : public platform::Authority {
 public:
  void Ask(const platform::Peer&, const std::string& action, const std::string& message,
           std::function<void(platform::AuthorityDecision)> done) override {
    asked.push_back(action + ": " + message);
    done(answer);
  }
  platform::AuthorityDecision answer{platform::AuthorityAnswer::kRefused, "nobody agreed"};
  std::vector<std::string> asked;
};

// A machine that a test holds in its hand: files, users, time and callers are what it says.
class FakeHost final : public platform::Host {
 public:
  // Runs what has been posted, on the caller's thread, until nothing is left.
  void RunPosted();
  void FireTimer(Slot slot);
  FakeEngine& engine() { return *engine_; }
  FakeControl& callers() { return control_; }
  FakeAuthority& people() { return authority_; }

  std::vector<policy::Home> homes;
  std::vector<policy::Layer> layers;
  std::map<std::string, std::string> state_files;
  platform::VerdictCounters counters;
  bool state_is_read_only = false;
  std::function<void()> policy_files_changed;
  std::function<void()> homes_changed;

  Result<int> Run() override;
  void Stop(int status) override;
  void Post(std::function<void()> work) override;
  Result<> After(Slot slot, std::chrono::milliseconds delay, std::function<void()> work) override;
  Result<> OnStopRequested(std::function<void()>) override { return {}; }
  Result<> OnReloadRequested(std::function<void()>) override { return {}; }
  Result<std::unique_ptr<platform::Engine>> MakeEngine(const std::string& kind,
                                                       platform::EngineHost& host,
                                                       platform::EngineSettings settings) override;
  Result<std::vector<policy::Home>> Homes() override { return homes; }
  Result<> OnHomesChanged(std::function<void()> work) override;
  std::string UserName(std::uint32_t uid) override { return std::to_string(uid); }
  platform::ControlServer& control() override { return control_; }
  platform::Authority& authority() override { return authority_; }
  Result<std::vector<policy::Layer>> ReadLayers() override { return layers; }
  Result<> OnPolicyFilesChanged(std::function<void()> work) override;
  Result<> ClaimDirectories() override { return {}; }
  Result<> WriteStateFile(const std::string& name, std::string_view text) override;
  Result<std::string> ReadStateFile(const std::string& name) override;
  Result<platform::VerdictCounters*> MapVerdictCounters() override { return &counters; }
  void NotifyReady(const std::string&) override {}

 private:
  FakeControl control_;
  FakeAuthority authority_;
  FakeEngine* engine_ = nullptr;  // the agent owns it
  std::map<Slot, std::function<void()>> timers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> posted_;
  std::optional<int> stopped_;
};

}  // namespace keyward::fake
