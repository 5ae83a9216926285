// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "agent/model/incident.h"
#include "platform/include/engine.h"

namespace keyward::daemon {

// An incident as it is told: from what the gate knew at the verdict.
Incident IncidentOf(const platform::VerdictRecord& record, std::uint64_t count, Time first);

// Takes verdicts from the engine's threads at any rate and hands incidents to the journal. The same
// subject, asset and verdict within one round are one, counted; a gate is never kept waiting.
class Recorder {
 public:
  using Sink = std::function<void(Incident)>;

  explicit Recorder(Sink sink);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  void Take(platform::VerdictRecord record);
  // Hands on what is pending, then ends the thread.
  void Stop();

 private:
  struct Key {
    const Subject* subject;
    std::uint32_t asset;
    std::uint16_t browser;
    Operation operation;
    Outcome outcome;
    bool passed;
    auto operator<=>(const Key&) const = default;
  };
  struct Pending {
    platform::VerdictRecord record;
    std::uint64_t count = 0;
    Time first{};
  };
  static constexpr std::size_t kMaxPending = 8192;

  void Loop();

  const Sink sink_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Key, Pending> pending_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace keyward::daemon
