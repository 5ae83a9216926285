// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/process/dpkg.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "platform/linux/process/proc_files.h"
#include "platform/linux/unique_fd.h"

namespace keyward::linux_os {
namespace {

constexpr std::string_view kMd5sums = ".md5sums";
constexpr std::size_t kMostPackages = 0xffff;
constexpr std::size_t kMostListBytes = 32 << 20;
constexpr std::size_t kMostFiles = 4 << 20;

// FNV-1a, folded to 48 bits. A collision only costs one more look into a list.
std::uint64_t Hash48(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325u;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return (h ^ h >> 48) & 0xffffffffffffu;
}

std::string_view TakeLine(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

// "0123…  usr/bin/x": the path, or nothing.
std::string_view PathOf(std::string_view line) {
  return line.size() > 34 && line[32] == ' ' ? line.substr(34) : std::string_view();
}

std::string_view NameOf(std::string_view info_name) {
  return info_name.substr(0, info_name.find(':'));
}

// Whether a directory that shows this time may have changed again without showing another: file
// systems count in ticks of the kernel, 4 ms in Debian 12's and 10 at most.
bool MayHideAChange(const timespec& changed) {
  constexpr std::int64_t kTicksNs = 20'000'000;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::int64_t seconds = now.tv_sec - changed.tv_sec;
  if (seconds < -1 || seconds > 1) return false;
  const std::int64_t age = seconds * 1'000'000'000 + now.tv_nsec - changed.tv_nsec;
  return age > -kTicksNs && age < kTicksNs;
}

}  // namespace

DpkgDatabase::DpkgDatabase(std::string root)
    : root_(std::move(root)), merged_usr_([this] {
        struct stat st {};
        return ::lstat((root_ + "/bin").c_str(), &st) == 0 && S_ISLNK(st.st_mode);
      }()) {}

std::string DpkgDatabase::Canonical(std::string_view path) const {
  while (path.starts_with('/')) path.remove_prefix(1);
  if (path.starts_with("./")) path.remove_prefix(2);
  const bool top = path.starts_with("bin/") || path.starts_with("sbin/") ||
                   (path.starts_with("lib") && !path.starts_with("libexec"));
  return merged_usr_ && top ? "usr/" + std::string(path) : std::string(path);
}

void DpkgDatabase::ReadDiversions() {
  diversions_.clear();
  std::string text;
  if (!ReadFile(root_ + "/var/lib/dpkg/diversions", kMostListBytes, text)) return;
  std::string_view rest = text;
  while (!rest.empty()) {
    Diversion d;
    d.from = Canonical(TakeLine(rest));
    d.to = Canonical(TakeLine(rest));
    d.package = TakeLine(rest);
    if (!d.from.empty() && !d.to.empty()) diversions_.push_back(std::move(d));
  }
}

void DpkgDatabase::Refresh() {
  const std::string info = root_ + "/var/lib/dpkg/info";
  struct stat st {};
  if (::stat(info.c_str(), &st) != 0) {
    packages_.clear();
    index_.clear();
    return;
  }
  if (st.st_mtim.tv_sec == read_at_.tv_sec && st.st_mtim.tv_nsec == read_at_.tv_nsec) return;
  // What may go on changing unseen is read, but not taken for known.
  read_at_ = MayHideAChange(st.st_mtim) ? timespec{} : st.st_mtim;
  packages_.clear();
  index_.clear();
  for (std::string& name : ListNames(info, 1 << 20)) {
    if (!std::string_view(name).ends_with(kMd5sums) || packages_.size() == kMostPackages) continue;
    const std::uint64_t number = packages_.size();
    ForEachLine(info + "/" + name, [&](std::string_view line) {
      const std::string_view path = PathOf(line);
      if (!path.empty()) index_.push_back(Hash48(Canonical(path)) << 16 | number);
      return index_.size() < kMostFiles;
    });
    name.resize(name.size() - kMd5sums.size());
    packages_.push_back(std::move(name));
  }
  std::sort(index_.begin(), index_.end());
  index_.shrink_to_fit();
  ReadDiversions();
}

std::optional<std::string> DpkgDatabase::RecordedMd5(const std::string& info_name,
                                                     std::string_view canonical) {
  std::optional<std::string> md5;
  ForEachLine(root_ + "/var/lib/dpkg/info/" + info_name + std::string(kMd5sums),
              [&](std::string_view line) {
                if (Canonical(PathOf(line)) != canonical) return true;
                md5 = line.substr(0, 32);
                return false;
              });
  return md5;
}

std::string DpkgDatabase::VersionOf(std::string_view info_name) {
  const std::string_view name = NameOf(info_name);
  const std::string_view architecture =
      name.size() < info_name.size() ? info_name.substr(name.size() + 1) : std::string_view();
  bool named = false;  // in the stanza of that package
  bool right = false;  // and of that architecture
  std::string version;
  const auto value = [](std::string_view line, std::string_view field) {
    return line.starts_with(field) ? line.substr(field.size()) : std::string_view();
  };
  ForEachLine(root_ + "/var/lib/dpkg/status", [&](std::string_view line) {
    if (line.empty()) {
      if (named && right) return false;
      named = false;
    } else if (value(line, "Package: ") == name) {
      named = true;
      right = architecture.empty();
      version.clear();
    } else if (named && line.starts_with("Version: ")) {
      version = value(line, "Version: ");
    } else if (named && value(line, "Architecture: ") == architecture) {
      right = true;
    }
    return true;
  });
  return named && right ? version : std::string();
}

std::optional<DpkgDatabase::Owner> DpkgDatabase::FindRecorded(std::string_view canonical,
                                                              std::string_view only,
                                                              std::string_view except) {
  const std::uint64_t wanted = Hash48(canonical);
  for (auto it = std::lower_bound(index_.begin(), index_.end(), wanted << 16);
       it != index_.end() && *it >> 16 == wanted; ++it) {
    const std::string& info_name = packages_[*it & 0xffff];
    const std::string_view name = NameOf(info_name);
    if ((!only.empty() && name != only) || (!except.empty() && name == except)) continue;
    if (auto md5 = RecordedMd5(info_name, canonical))
      return Owner{{std::string(name), VersionOf(info_name), "dpkg"}, std::move(*md5)};
  }
  return std::nullopt;
}

std::optional<DpkgDatabase::Owner> DpkgDatabase::FindOwner(std::string_view path) {
  const std::lock_guard lock(mutex_);
  Refresh();
  const std::string canonical = Canonical(path);
  for (const Diversion& d : diversions_) {
    // What others ship as `from` lies at `to`; only the diverter's own file lies at `from`.
    if (canonical == d.to) return FindRecorded(d.from, "", d.package);
    if (canonical == d.from) return FindRecorded(d.from, d.package, "");
  }
  return FindRecorded(canonical, "", "");
}

bool DpkgDatabase::BeingChanged() const {
  const UniqueFd fd(::open((root_ + "/var/lib/dpkg/lock").c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return false;
  struct flock lock {};
  lock.l_type = F_RDLCK;
  lock.l_whence = SEEK_SET;
  return ::fcntl(fd.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

std::size_t DpkgDatabase::entries() {
  const std::lock_guard lock(mutex_);
  Refresh();
  return index_.size();
}

}  // namespace keyward::linux_os
