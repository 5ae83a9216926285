// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/program.h"
#include "agent/model/taint.h"

namespace keyward {

// A process, safe against reuse of its number.
struct ProcessId {
  std::int32_t pid = 0;
  std::uint64_t start_ticks = 0;  // field 22 of /proc/PID/stat, clock ticks since boot
  friend bool operator==(const ProcessId&, const ProcessId&) = default;
};

// How a script came to its interpreter.
enum class ScriptSource : std::uint8_t {
  kFile,      // shebang or argument: `python3 /usr/bin/electrum`
  kModule,    // `python3 -m pip`: the file is whatever the module search finds
  kArgument,  // `-c`, `-e`: the code is in the arguments
  kStandardInput,
};

std::string_view ScriptSourceName(ScriptSource source);

struct Script {
  ScriptSource source = ScriptSource::kFile;
  ProgramFile file;    // empty path unless source is kFile
  std::string module;  // for kModule
};

// How the class table of the default rules sees a subject that is not an asset's own program.
enum class Standing : std::uint8_t {
  kClean,     // a trusted program, untainted
  kStranger,  // unpackaged script, unowned or user-writable program, tainted
};

std::string_view StandingName(Standing standing);

// A running program, as it was at its exec: immutable, one object per exec, shared by the process
// and its forked children. What can change later (traced, code mapped since) is looked at when it
// opens something and arrives as extra taints beside the request.
struct Subject {
  ProcessId process;          // the one that did the exec
  std::uint64_t exec_id = 0;  // unique since the daemon's start; 0 = unknown
  std::uint32_t uid = 0;
  std::uint32_t login_uid = 0xffffffffu;
  std::int32_t session = 0;
  std::int32_t tty = 0;  // device number of the controlling terminal, 0 = none
  ProgramFile executable;
  std::optional<Script> script;
  std::vector<std::string> argv;  // at exec; bounded, argv_truncated tells
  bool argv_truncated = false;
  std::string cwd;
  std::string cgroup;  // "system.slice/ssh.service"
  std::chrono::sys_time<std::chrono::nanoseconds> exec_time{};
  Taints taints;
  std::vector<std::string> taint_details;  // one plain clause a taint, where there is more to say
  std::shared_ptr<const Subject> parent;   // what forked it, as it was then

  // What this subject is judged as: itself, or for a tool or interpreter without a packaged script
  // the nearest ancestor that is neither (identity::Judge). `judged_generations` is how many
  // parents up: 0 = itself.
  Standing standing = Standing::kStranger;
  int judged_generations = 0;

  // The subject that `judged_generations` points to.
  const Subject& judged() const;
  // The file that names the program: the script where there is one with a path, else the
  // executable.
  const ProgramFile& program() const;
};

using SubjectPtr = std::shared_ptr<const Subject>;

}  // namespace keyward
