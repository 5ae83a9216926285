// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/operation.h"

namespace keyward::linux_os {

// Parsers of /proc (proc(5)) as pure functions over text. Much of that text is the process's to
// choose: a name with `)` and newlines, an argument that looks like another line. None throws.

struct ProcStat {
  std::int32_t pid = 0;
  std::string name;
  char state = '?';
  std::int32_t parent = 0;
  std::int32_t session = 0;
  std::int32_t tty = 0;
  std::uint64_t start_ticks = 0;
};
std::optional<ProcStat> ParseStat(std::string_view text);

struct ProcStatus {
  std::uint32_t uid = 0;  // effective
  std::int32_t tracer = 0;
  std::uint64_t code_kb = 0;  // VmExe + VmLib: every executable mapping counts
};
std::optional<ProcStatus> ParseStatus(std::string_view text);

struct TextList {
  std::vector<std::string> items;
  bool truncated = false;
};
// cmdline and environ: items that end with a NUL. At most `max_items` and `max_bytes` are kept.
TextList ParseNulList(std::string_view text, std::size_t max_items, std::size_t max_bytes);

struct Mapping {
  bool executable = false;
  std::uint64_t inode = 0;  // 0: no file
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  std::string_view path;  // without " (deleted)"; points into the text
  bool deleted = false;
};
// One line of maps, without its newline.
std::optional<Mapping> ParseMapping(std::string_view line);

// "system.slice/ssh.service": of the unified hierarchy, without the leading slash.
std::string ParseCgroup(std::string_view text);

// loginuid, sessionid: one decimal number.
std::optional<std::uint32_t> ParseNumber(std::string_view text);

// What a thread waits in, by /proc/PID/task/TID/syscall.
enum class WaitingIn : std::uint8_t {
  kRunning,       // in no system call, and not asleep
  kOtherCall,     // a call that opens nothing
  kReadOnlyOpen,  // open or openat with O_RDONLY, or an exec
  kOtherOpen,     // any other open, and every call that might hide one (io_uring)
  kNotByCall,     // asleep without a system call: a page fault, an io_uring worker
};
WaitingIn ParseSyscall(std::string_view text);

// Whether the open that a process waits in (a fanotify permission event) is read-only: true only
// when one thread shows a read-only open and none shows anything that may be more.
Operation OperationOfWaitingOpen(int pid);

}  // namespace keyward::linux_os
