// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/process/facts.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <utility>

#include "agent/identity/path.h"
#include "platform/linux/passwd.h"
#include "platform/linux/process/proc_files.h"
#include "platform/linux/process/proc_reader.h"
#include "platform/linux/unique_fd.h"

namespace keyward::linux_os {
namespace {

std::uint64_t OwnUserNamespace() {
  static const std::uint64_t ns = [] {
    struct stat st {};
    return ::stat("/proc/self/ns/user", &st) == 0 ? st.st_ino : 0;
  }();
  return ns;
}

// True when `path` is the recorded inode. Some file systems (btrfs, overlayfs) show another device
// number to stat(2) than the kernel keeps: there the inode's generation must agree.
bool IsInode(const std::string& path, FileId id, std::uint32_t generation) {
  struct stat st {};
  if (::lstat(path.c_str(), &st) != 0 || st.st_ino != id.inode) return false;
  if (st.st_dev == id.device) return true;
  if (generation == 0 || !S_ISREG(st.st_mode)) return false;
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  int found = 0;
  return fd && ::ioctl(fd.get(), FS_IOC_GETVERSION, &found) == 0 &&
         static_cast<std::uint32_t>(found) == generation;
}

// The working directory's path, if it is still the directory of the record. On a file system that
// may never answer it is only told: whatever lies there is a stranger's.
std::string CwdOf(const ExecRecord& r, FileEvidence& evidence) {
  const std::string link = ProcPath(r.pid, "cwd");
  const std::string path = ReadLink(link);
  if (path.empty() || path.front() != '/') return {};
  if (evidence.ownership().OnForeignFileSystem(path)) return path;
  struct stat st {};
  if (::stat(link.c_str(), &st) != 0 || FileId{st.st_dev, st.st_ino} != r.cwd) return {};
  // The link is looked at twice; a process that moves in between must not be believed.
  return IsInode(path, r.cwd, 0) ? path : std::string();
}

// The path by which the executed inode can be found now; empty when there is none.
std::string ExecutablePath(const ExecRecord& r, const std::string& cwd, FileEvidence& evidence) {
  const std::array<std::string, 3> candidates{
      r.interp.empty() ? std::string() : identity::Absolute(r.interp, cwd),
      r.filename.empty() ? std::string() : identity::Absolute(r.filename, cwd),
      ReadLink(ProcPath(r.pid, "exe"))};
  for (const std::string& candidate : candidates) {
    if (candidate.empty()) continue;
    const PathWalk walk = evidence.ownership().Walk(candidate);
    if (walk.exists && IsInode(walk.resolved, r.executable, r.generation)) return walk.resolved;
  }
  return {};
}

// What can only be told, if the process is still the one of the record.
void AddTold(const ExecRecord& r, identity::ExecFacts& facts) {
  std::string text;
  if (!ReadFile(ProcPath(r.pid, "stat"), 1024, text)) return;
  const auto stat = ParseStat(text);
  if (!stat || stat->start_ticks != r.start_ticks) return;
  facts.session = stat->session;
  facts.tty = stat->tty;
  if (ReadFile(ProcPath(r.pid, "cgroup"), 4096, text)) facts.cgroup = ParseCgroup(text);
}

}  // namespace

identity::ExecFacts FactsOf(ExecRecord r, FileEvidence& evidence) {
  identity::ExecFacts facts;
  facts.process = {r.pid, r.start_ticks};
  facts.exec_id = r.seq;
  facts.uid = r.uid;
  facts.login_uid = r.login_uid;
  facts.exec_time = r.time;
  facts.traced = r.traced;
  facts.foreign_user_namespace = r.user_namespace != OwnUserNamespace();
  facts.parent_known = r.first_process;
  facts.exec_missed = r.missed;
  if (r.missed) {
    facts.executable.evidence.push_back(
        {EvidenceKind::kMissing, "its start was not seen, so its program file is not known"});
    return facts;
  }
  facts.cwd = CwdOf(r, evidence);
  facts.homes = HomesOf(r.uid);
  AddTold(r, facts);

  const std::string path = ExecutablePath(r, facts.cwd, evidence);
  if (!path.empty()) {
    facts.executable = evidence.Describe(path, Depth::kQuick);
  } else {
    facts.executable.id = r.executable;
    facts.executable.path = r.interp.empty() ? r.filename : r.interp;
    facts.executable.evidence.push_back(
        {EvidenceKind::kMissing, "what was executed is not to be found at its path"});
  }
  facts.executable_deleted = r.links == 0;
  facts.executable_in_memory =
      r.links == 0 && (r.file_system == TMPFS_MAGIC || r.file_system == HUGETLBFS_MAGIC);
  facts.argv = std::move(r.argv);
  facts.argv_truncated = r.argv_truncated;
  facts.environment = std::move(r.environment);
  facts.environment_truncated = r.environment_truncated;
  return facts;
}

void KeepJudgedVariables(std::vector<std::string>& environment, const IdentityRules& rules) {
  static constexpr std::array<std::string_view, 5> kReadByIdentity{
      "HOME", "PATH", "PYTHONUSERBASE", "PYTHONNOUSERSITE", "PYTHONHOME"};
  const auto judged = [&rules](const std::string& line) {
    const std::string_view name = std::string_view(line).substr(0, line.find('='));
    return std::find(kReadByIdentity.begin(), kReadByIdentity.end(), name) !=
               kReadByIdentity.end() ||
           std::any_of(
               rules.environment.begin(), rules.environment.end(),
               [name](const EnvironmentRule& rule) { return MatchesName(rule.name, name); });
  };
  environment.erase(std::remove_if(environment.begin(), environment.end(),
                                   [&judged](const std::string& line) { return !judged(line); }),
                    environment.end());
  environment.shrink_to_fit();
}

}  // namespace keyward::linux_os
