// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/process/snapshot.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <time.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "platform/linux/process/proc_files.h"
#include "platform/linux/process/proc_reader.h"
#include "platform/linux/unique_fd.h"

namespace keyward::linux_os {
namespace {

constexpr std::size_t kMostStat = 1024;
constexpr std::size_t kMostStatus = 8192;

std::chrono::sys_time<std::chrono::nanoseconds> TimeOf(std::uint64_t start_ticks) {
  timespec boot{};
  ::clock_gettime(CLOCK_BOOTTIME, &boot);
  const auto since_boot =
      std::chrono::seconds(boot.tv_sec) + std::chrono::nanoseconds(boot.tv_nsec);
  const auto started = std::chrono::nanoseconds(
      start_ticks * (1'000'000'000u / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK))));
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now() -
                                                                (since_boot - started));
}

void ReadFiles(std::int32_t pid, ExecRecord& r) {
  struct stat st {};
  const UniqueFd exe(::open(ProcPath(pid, "exe").c_str(), O_PATH | O_CLOEXEC));
  if (exe && ::fstat(exe.get(), &st) == 0) {
    r.executable = {st.st_dev, st.st_ino};
    r.links = static_cast<std::uint32_t>(st.st_nlink);
    struct statfs fs {};
    if (::fstatfs(exe.get(), &fs) == 0) r.file_system = static_cast<std::uint64_t>(fs.f_type);
  }
  const UniqueFd cwd(::open(ProcPath(pid, "cwd").c_str(), O_PATH | O_CLOEXEC));
  if (cwd && ::fstat(cwd.get(), &st) == 0) r.cwd = {st.st_dev, st.st_ino};
  if (::stat(ProcPath(pid, "ns/user").c_str(), &st) == 0) r.user_namespace = st.st_ino;
  r.filename = ReadLink(ProcPath(pid, "exe"));
  constexpr std::string_view kDeleted = " (deleted)";
  if (r.links == 0 && std::string_view(r.filename).ends_with(kDeleted))
    r.filename.resize(r.filename.size() - kDeleted.size());
}

}  // namespace

std::optional<Birth> BirthOf(std::int32_t pid) {
  std::string text;
  if (!ReadFile(ProcPath(pid, "stat"), kMostStat, text)) return std::nullopt;
  const auto stat = ParseStat(text);
  if (!stat) return std::nullopt;
  return Birth{stat->parent, stat->start_ticks};
}

std::optional<ExecRecord> RecordFromProc(std::int32_t pid) {
  const auto birth = BirthOf(pid);
  std::string text;
  if (!birth || !ReadFile(ProcPath(pid, "status"), kMostStatus, text)) return std::nullopt;
  const auto status = ParseStatus(text);
  if (!status) return std::nullopt;

  ExecRecord r;
  r.pid = pid;
  r.start_ticks = birth->start_ticks;
  r.first_process = birth->parent == 0;
  r.uid = status->uid;
  r.traced = status->tracer != 0;
  r.time = TimeOf(birth->start_ticks);
  if (ReadFile(ProcPath(pid, "loginuid"), 32, text))
    r.login_uid = ParseNumber(text).value_or(0xffffffffu);
  ReadFiles(pid, r);
  if (r.filename.empty()) return std::nullopt;

  if (ReadFile(ProcPath(pid, "cmdline"), 2 * kMostArgumentBytes, text)) {
    TextList list = ParseNulList(text, kMostArguments, kMostArgumentBytes);
    r.argv = std::move(list.items);
    r.argv_truncated = list.truncated;
  }
  r.environment_truncated = true;
  if (ReadFile(ProcPath(pid, "environ"), kMostEnvironmentBytes + 1, text)) {
    TextList list = ParseNulList(text, kMostVariables, kMostEnvironmentBytes);
    r.environment = std::move(list.items);
    r.environment_truncated = list.truncated || text.size() > kMostEnvironmentBytes;
  }
  // Gone, and its number given to another, while we were reading.
  const auto after = BirthOf(pid);
  if (!after || after->start_ticks != r.start_ticks) return std::nullopt;
  return r;
}

}  // namespace keyward::linux_os
