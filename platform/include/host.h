// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/model/result.h"
#include "agent/policy/compiled_policy.h"
#include "agent/policy/layer.h"
#include "platform/include/authority.h"
#include "platform/include/control_transport.h"
#include "platform/include/engine.h"

namespace keyward::platform {

// Two numbers that outlive the process that counts in them (not the machine): verdicts given, and
// those of them whose incident is committed. What a dead daemon had given and not committed is the
// gap that its successor reports.
struct VerdictCounters {
  std::atomic<std::uint64_t> given{0};
  std::atomic<std::uint64_t> committed{0};
};

struct HostOptions {
  std::string policy_dir;  // the shipped catalogue
  std::string admin_dir;
  std::string state_dir;
  std::string run_dir;
  // USER=DIR: protects that directory as that user's home, instead of the homes in the user
  // database; nothing outside of these is marked then.
  std::vector<std::string> homes;
};

// What the daemon needs of the system it runs on; one implementation is linked in.
//
// Threads: the one that made it runs the loop and calls everything but Post() and Stop().
class Host {
 public:
  virtual ~Host() = default;

  // The loop. Run() returns what Stop() was given.
  virtual Result<int> Run() = 0;
  virtual void Stop(int status) = 0;
  virtual void Post(std::function<void()> work) = 0;
  // Once, after `delay`, with slack so that wake-ups coalesce; a later call with the same slot
  // replaces the earlier one.
  enum class Slot { kPolicyExpiry, kReload, kHomes, kSlots };
  virtual Result<> After(Slot slot, std::chrono::milliseconds delay,
                         std::function<void()> work) = 0;
  // SIGTERM and SIGINT, SIGHUP: blocked from now on in threads that are started later.
  virtual Result<> OnStopRequested(std::function<void()> work) = 0;
  virtual Result<> OnReloadRequested(std::function<void()> work) = 0;

  // kDenied, kUnsupported with what this machine lacks, by name.
  virtual Result<std::unique_ptr<Engine>> MakeEngine(const std::string& kind, EngineHost& host,
                                                     EngineSettings settings) = 0;
  virtual Result<std::vector<policy::Home>> Homes() = 0;
  // Users that come and go, homes that appear. Called on the loop.
  virtual Result<> OnHomesChanged(std::function<void()> work) = 0;
  virtual std::string UserName(std::uint32_t uid) = 0;

  virtual ControlServer& control() = 0;
  virtual Authority& authority() = 0;

  // Lowest first: catalogue, administrator, people.
  virtual Result<std::vector<policy::Layer>> ReadLayers() = 0;
  // Calls on the loop when a file of the administrator's has changed.
  virtual Result<> OnPolicyFilesChanged(std::function<void()> work) = 0;

  // Makes run_dir and state_dir, ours alone; kBusy while another daemon holds them.
  virtual Result<> ClaimDirectories() = 0;
  // Replaces a file of state_dir, all or nothing, on disk before it returns.
  virtual Result<> WriteStateFile(const std::string& name, std::string_view text) = 0;
  virtual Result<std::string> ReadStateFile(const std::string& name) = 0;
  virtual Result<VerdictCounters*> MapVerdictCounters() = 0;

  // Tells the service manager that protection is in force.
  virtual void NotifyReady(const std::string& status) = 0;
};

std::unique_ptr<Host> MakeHost(const HostOptions& options);

}  // namespace keyward::platform
