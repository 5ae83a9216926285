// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/model/coverage.h"
#include "agent/model/incident.h"
#include "agent/model/result.h"
#include "agent/model/subject.h"
#include "agent/model/verdict.h"
#include "agent/policy/compiled_policy.h"

namespace keyward::platform {

using PolicyPtr = std::shared_ptr<const policy::CompiledPolicy>;

// One verdict that is worth a record, as the gate gave it. Sent after the reply.
struct VerdictRecord {
  Time time{};
  SubjectPtr subject;
  PolicyPtr policy;
  policy::AssetRef asset;
  std::uint32_t owner_uid = 0;
  std::string path;
  Operation operation = Operation::kRead;
  Verdict verdict;
  bool passed = false;  // what was answered: true for allow, audit, monitored, and an answered ask
  Taints later_taints;
};

// An open that is held while a person is asked.
struct Question {
  std::uint64_t id = 0;
  std::chrono::steady_clock::time_point deadline{};
  VerdictRecord record;
};

enum class Answer : std::uint8_t { kRefuse, kAllowOnce };

// What the agent is to an engine. Called from the engine's threads, but for OnGiving after the
// reply that it is about; must not block on anything that may open a protected file.
class EngineHost {
 public:
  virtual ~EngineHost() = default;
  // Before a reply that OnVerdict will tell of: were the agent to die in between, it is missed.
  // Must do next to nothing.
  virtual void OnGiving() noexcept = 0;
  virtual void OnVerdict(VerdictRecord record) = 0;
  // Something that is not one access: a gap, a place that can't be protected.
  virtual void OnIncident(Incident incident) = 0;
  // An open is held. False when nobody is there to ask: the engine refuses at once.
  virtual bool OnQuestion(const Question& question) = 0;
  // It is answered, timed out or its asker died.
  virtual void OnQuestionClosed(std::uint64_t id) = 0;
};

struct EngineSettings {
  std::vector<policy::Home> homes;
  std::vector<std::string> own_directories;  // the agent's: never become assets by a user's doing
  std::chrono::milliseconds hold{10'000};    // an open is held for so long at most
  int held_per_user = 4;
};

struct EngineCounters {
  std::uint64_t judged = 0;
  std::uint64_t refused = 0;
  std::uint64_t execs_missed = 0;
  std::uint64_t marked_directories = 0;
  std::uint64_t marked_files = 0;
  std::uint64_t subjects = 0;
};

// An asset that really exists on this machine.
struct FoundAsset {
  policy::AssetRef asset;
  std::uint32_t uid = 0;
  std::string path;  // the topmost protected directory or file
};

// Enforces a policy. One is chosen at start. All members but the constructor may be called from any
// one thread of the agent; none blocks for longer than a scan of the protected directories.
class Engine {
 public:
  virtual ~Engine() = default;
  // Protects before it returns: highest severity first.
  virtual Result<> Start(PolicyPtr policy) = 0;
  virtual void Apply(PolicyPtr policy) = 0;
  virtual void SetHomes(std::vector<policy::Home> homes) = 0;
  // Refuses everything that is held, then releases the kernel's objects.
  virtual void Stop() = 0;
  virtual void AnswerQuestion(std::uint64_t id, Answer answer) = 0;

  virtual Coverage coverage() const = 0;
  virtual EngineCounters counters() const = 0;
  virtual std::vector<FoundAsset> found_assets() const = 0;
  // The running process as the engine knows it, with what it learned at exec; nullptr: unknown.
  virtual SubjectPtr FindSubject(std::int32_t pid) = 0;
};

}  // namespace keyward::platform
