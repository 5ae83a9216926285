// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/model/program.h"

namespace keyward::linux_os {

// What a stream saw of one exec: numbers of the kernel and bounded text, nothing judged yet.
struct ExecRecord {
  std::uint64_t seq = 0;         // of this exec; unique while the agent runs
  std::uint64_t parent_seq = 0;  // of what did it, or forked what did it; 0 = not recorded
  bool missed = false;           // nothing but the number of the process is known
  bool first_process = false;    // started by the kernel itself: has no parent
  std::int32_t pid = 0;
  std::uint64_t start_ticks = 0;
  std::uint32_t uid = 0;
  std::uint32_t login_uid = 0xffffffffu;
  FileId executable;
  std::uint32_t generation = 0;  // of the inode; 0 = not known
  std::uint32_t links = 1;
  std::uint64_t file_system = 0;  // magic number
  FileId cwd;
  std::uint64_t user_namespace = 0;
  bool traced = false;
  std::string filename;  // as it was given to exec; empty when not known
  std::string interp;    // what was executed in the end: the interpreter of a script
  std::vector<std::string> argv;
  bool argv_truncated = false;
  std::vector<std::string> environment;
  bool environment_truncated = false;
  std::chrono::sys_time<std::chrono::nanoseconds> time{};
};

// What a subject keeps of a command line.
inline constexpr std::size_t kMostArguments = 256;
inline constexpr std::size_t kMostArgumentBytes = 4096;
inline constexpr std::size_t kMostVariables = 4096;
inline constexpr std::size_t kMostEnvironmentBytes = 32768;

}  // namespace keyward::linux_os
