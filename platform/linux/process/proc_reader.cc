// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/process/proc_reader.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <charconv>

#include "platform/linux/process/proc_files.h"

namespace keyward::linux_os {
namespace {

// The next word of `text`, words being separated by `separators`; shortens `text`.
std::string_view Word(std::string_view& text, std::string_view separators = " \t\n") {
  const auto begin = text.find_first_not_of(separators);
  if (begin == std::string_view::npos) {
    text = {};
    return {};
  }
  text.remove_prefix(begin);
  const auto end = text.find_first_of(separators);
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(word.size());
  return word;
}

template <class T>
bool Number(std::string_view word, T& value, int base = 10) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
  return error == std::errc() && end == word.data() + word.size() && !word.empty();
}

std::string_view Line(std::string_view& text) {
  const auto end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

constexpr bool IsOpenWithFlagsSecond(long nr) {
#ifdef SYS_open
  return nr == SYS_open;
#else
  return nr < -1;
#endif
}

constexpr bool MayOpenMore(long nr) {
#ifdef SYS_creat
  if (nr == SYS_creat) return true;
#endif
  return nr == SYS_openat2 || nr == SYS_open_by_handle_at || nr == SYS_io_uring_enter ||
         nr == SYS_io_uring_setup || nr == SYS_io_uring_register || nr == SYS_acct ||
         nr == SYS_swapon || nr == SYS_quotactl;
}

WaitingIn OfFlags(std::uint64_t flags) {
  const bool reads = (flags & O_ACCMODE) == O_RDONLY && (flags & O_TRUNC) == 0;
  return reads ? WaitingIn::kReadOnlyOpen : WaitingIn::kOtherOpen;
}

}  // namespace

std::optional<ProcStat> ParseStat(std::string_view text) {
  // The name is in brackets and may hold brackets, blanks and newlines: it ends at the last one.
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open)
    return std::nullopt;
  ProcStat stat;
  std::string_view before = text.substr(0, open);
  if (!Number(Word(before), stat.pid) || stat.pid <= 0) return std::nullopt;
  stat.name = text.substr(open + 1, close - open - 1);

  std::string_view rest = text.substr(close + 1);
  std::array<std::string_view, 20> field;  // from the third of proc(5) on
  for (auto& f : field) f = Word(rest);
  if (field[0].size() != 1) return std::nullopt;
  stat.state = field[0].front();
  if (!Number(field[1], stat.parent) || !Number(field[3], stat.session) ||
      !Number(field[4], stat.tty) || !Number(field[19], stat.start_ticks))
    return std::nullopt;
  return stat;
}

std::optional<ProcStatus> ParseStatus(std::string_view text) {
  ProcStatus status;
  bool uid = false;
  bool tracer = false;
  while (!text.empty()) {
    // "Name:" comes first and is escaped by the kernel: no line of its own can be forged.
    std::string_view line = Line(text);
    const std::string_view key = Word(line);
    if (key == "Uid:") {
      Word(line);
      uid = Number(Word(line), status.uid);
    } else if (key == "TracerPid:") {
      tracer = Number(Word(line), status.tracer);
    } else if (key == "VmExe:" || key == "VmLib:") {
      std::uint64_t kb = 0;
      if (Number(Word(line), kb) && kb < (std::uint64_t{1} << 50)) status.code_kb += kb;
    }
  }
  if (!uid || !tracer) return std::nullopt;
  return status;
}

TextList ParseNulList(std::string_view text, std::size_t max_items, std::size_t max_bytes) {
  TextList list;
  std::size_t bytes = 0;
  while (!text.empty()) {
    const auto end = text.find('\0');
    const std::string_view item = text.substr(0, end);
    if (list.items.size() == max_items || bytes + item.size() > max_bytes) {
      list.truncated = true;
      return list;
    }
    bytes += item.size() + 1;
    list.items.emplace_back(item);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return list;
}

std::optional<Mapping> ParseMapping(std::string_view line) {
  // 7f0c2d000000-7f0c2d021000 r-xp 00000000 08:01 1234   /path that may hold blanks
  Mapping mapping;
  const std::string_view range = Word(line);
  const std::string_view mode = Word(line);
  const std::string_view offset = Word(line);
  const std::string_view device = Word(line);
  const std::string_view inode = Word(line);
  if (range.find('-') == std::string_view::npos || mode.size() != 4 || offset.empty())
    return std::nullopt;
  const auto colon = device.find(':');
  if (colon == std::string_view::npos ||
      !Number(device.substr(0, colon), mapping.device_major, 16) ||
      !Number(device.substr(colon + 1), mapping.device_minor, 16) || !Number(inode, mapping.inode))
    return std::nullopt;
  mapping.executable = mode[2] == 'x';
  const auto path = line.find_first_not_of(' ');
  if (path != std::string_view::npos) mapping.path = line.substr(path);
  constexpr std::string_view kDeleted = " (deleted)";
  if (mapping.path.ends_with(kDeleted)) {
    mapping.deleted = true;
    mapping.path.remove_suffix(kDeleted.size());
  }
  return mapping;
}

std::string ParseCgroup(std::string_view text) {
  std::string_view first;
  while (!text.empty()) {
    const std::string_view line = Line(text);
    const auto second_colon = line.find(':', line.find(':') + 1);
    if (line.find(':') == std::string_view::npos || second_colon == std::string_view::npos)
      continue;
    std::string_view path = line.substr(second_colon + 1);
    while (path.starts_with('/')) path.remove_prefix(1);
    if (line.starts_with("0::")) return std::string(path.substr(0, 512));
    if (first.empty()) first = path;
  }
  return std::string(first.substr(0, 512));
}

std::optional<std::uint32_t> ParseNumber(std::string_view text) {
  std::uint32_t value = 0;
  if (!Number(Word(text), value)) return std::nullopt;
  return value;
}

WaitingIn ParseSyscall(std::string_view text) {
  const std::string_view first = Word(text);
  if (first == "running") return WaitingIn::kRunning;
  long nr = 0;
  if (!Number(first, nr)) return WaitingIn::kOtherOpen;
  if (nr < 0) return WaitingIn::kNotByCall;
  std::array<std::uint64_t, 3> argument{};
  for (auto& a : argument) {
    std::string_view word = Word(text);
    if (!word.starts_with("0x") || !Number(word.substr(2), a, 16)) return WaitingIn::kOtherOpen;
  }
  if (nr == SYS_openat) return OfFlags(argument[2]);
  if (IsOpenWithFlagsSecond(nr)) return OfFlags(argument[1]);
  if (nr == SYS_execve || nr == SYS_execveat) return WaitingIn::kReadOnlyOpen;
  return MayOpenMore(nr) ? WaitingIn::kOtherOpen : WaitingIn::kOtherCall;
}

namespace {

// What the threads of a process wait in, taken together: the worst that any of them shows.
WaitingIn WaitingInOf(int pid) {
  constexpr std::size_t kMostThreads = 4096;
  const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
  const std::vector<int> threads = ListNumbers(tasks, kMostThreads + 1);
  if (threads.empty() || threads.size() > kMostThreads) return WaitingIn::kOtherOpen;
  bool reads = false;
  bool runs = false;
  std::string text;
  for (const int thread : threads) {
    if (!ReadFile(tasks + "/" + std::to_string(thread) + "/syscall", 256, text)) continue;
    switch (ParseSyscall(text)) {
      case WaitingIn::kReadOnlyOpen: reads = true; break;
      case WaitingIn::kRunning: runs = true; break;
      case WaitingIn::kOtherOpen:
      case WaitingIn::kNotByCall: return WaitingIn::kOtherOpen;
      default: break;
    }
  }
  if (reads) return WaitingIn::kReadOnlyOpen;
  return runs ? WaitingIn::kRunning : WaitingIn::kOtherCall;
}

}  // namespace

Operation OperationOfWaitingOpen(int pid) {
  // Its event can be here before the opener has fallen asleep: on a single processor, and on a busy
  // one. It gets that moment, but no more: others wait for their verdicts.
  constexpr int kMoments = 50;
  constexpr unsigned kMomentUs = 100;
  WaitingIn waiting = WaitingInOf(pid);
  for (int i = 0; waiting == WaitingIn::kRunning && i < kMoments; ++i) {
    ::usleep(kMomentUs);
    waiting = WaitingInOf(pid);
  }
  return waiting == WaitingIn::kReadOnlyOpen ? Operation::kRead : Operation::kWrite;
}

}  // namespace keyward::linux_os
