// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/model/incident.h"
#include "agent/model/result.h"
#include "agent/policy/compiled_policy.h"
#include "agent/policy/layer.h"
#include "platform/include/control_transport.h"
#include "platform/include/process_inspector.h"

namespace keyward::platform {

// What the command line needs of the system it runs on; one implementation is linked in.
class CommandHost {
 public:
  virtual ~CommandHost() = default;

  virtual std::unique_ptr<ControlClient> NewControlClient() = 0;
  virtual std::unique_ptr<ProcessInspector> NewProcessInspector() = 0;
  // Empty names leave a layer out.
  virtual Result<std::vector<policy::Layer>> ReadLayers(const std::string& policy_dir,
                                                        const std::string& admin_dir,
                                                        const std::string& state_dir) = 0;
  // One file, or the policy files of one directory.
  virtual Result<std::vector<policy::SourceFile>> ReadPolicyFiles(const std::string& path) = 0;
  virtual Result<std::vector<policy::Home>> LocalHomes() = 0;
  virtual Result<policy::Home> ParseHomeOption(const std::string& text) = 0;

  virtual std::uint32_t OwnUid() = 0;
  virtual std::int32_t OwnPid() = 0;
  // Absolute, every symbolic link of what exists followed, as the kernel would open it.
  virtual std::string ResolvePath(const std::string& path) = 0;
  // A program as the shell would find it: a path as it is, a name by PATH; empty when there is
  // none.
  virtual std::string FindProgram(const std::string& name) = 0;
  // The words after `#!` of a script that the kernel would run by an interpreter, without `env`:
  // the interpreter (resolved) and its own arguments. Empty for anything else.
  virtual std::vector<std::string> Shebang(const std::string& path) = 0;
  virtual bool IsDirectory(const std::string& path) = 0;

  virtual bool OutputIsTerminal() = 0;
  virtual int TerminalWidth() = 0;  // 80 when unknown
  // "14:02:11", "2026-03-01" in the caller's zone.
  virtual std::string LocalTime(Time time) = 0;
  virtual std::string LocalDate(Time time) = 0;
  // Lets a write to a closed pipe be an error instead of the end.
  virtual void IgnoreClosedPipe() = 0;
  // Starts polkit's own text agent for this process where none would answer on this terminal; it
  // ends with the returned object.
  class Agent {
   public:
    virtual ~Agent() = default;
  };
  virtual std::unique_ptr<Agent> StartTextAgent() = 0;
};

std::unique_ptr<CommandHost> MakeCommandHost();

}  // namespace keyward::platform
