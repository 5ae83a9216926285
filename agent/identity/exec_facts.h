// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/program.h"
#include "agent/model/subject.h"

namespace keyward::identity {

// What was observed of a program when it was executed. The platform fills it once; nothing in it is
// read again from the process, which may have rewritten its own arguments since.
struct ExecFacts {
  ProcessId process;
  std::uint64_t exec_id = 0;
  std::uint32_t uid = 0;
  std::uint32_t login_uid = 0xffffffffu;
  std::int32_t session = 0;
  std::int32_t tty = 0;

  ProgramFile executable;  // path, id and evidence; its role is decided here
  bool executable_deleted = false;
  bool executable_in_memory = false;
  bool foreign_user_namespace = false;
  bool traced = false;
  bool exec_missed = false;

  std::vector<std::string> argv;
  bool argv_truncated = false;
  std::vector<std::string> environment;  // "NAME=value"
  bool environment_truncated = false;    // too large, or could not be read
  std::string cwd;                       // empty: not known for certain
  std::string cgroup;
  std::chrono::sys_time<std::chrono::nanoseconds> exec_time{};
  std::vector<std::string> homes;  // of the user, from the user database: HOME can lie

  SubjectPtr parent;          // what forked it
  bool parent_known = false;  // true without a parent: the first process, started by the kernel
};

// Answers questions about files while a subject is resolved. May block on disk.
class FileJudge {
 public:
  virtual ~FileJudge() = default;
  // The file at an absolute path with its evidence; kMissing evidence where there is none.
  virtual ProgramFile Describe(const std::string& path) = 0;
  // True when anybody but root could change what this absolute path names: the file, a directory
  // above it, or a symbolic link on the way. A name that does not exist: whether others can make
  // it.
  virtual bool OthersCanWrite(const std::string& path) = 0;
  // Names in a directory, bounded; empty when it can't be read.
  virtual std::vector<std::string> Names(const std::string& directory) = 0;
};

}  // namespace keyward::identity
