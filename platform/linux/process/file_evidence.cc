// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/process/file_evidence.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <utility>

#include "platform/linux/process/digest.h"
#include "platform/linux/process/proc_files.h"
#include "platform/linux/unique_fd.h"

namespace keyward::linux_os {
namespace {

constexpr std::size_t kMostCached = 512;
constexpr std::uint64_t kMostBytes = std::uint64_t{512} << 20;
// A stranger's file is digested for the record only: its size is the stranger's choice.
constexpr std::uint64_t kMostForeignBytes = std::uint64_t{128} << 20;
constexpr std::size_t kMostNames = 4096;

std::int64_t Nanoseconds(const timespec& t) {
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

const char* WhyMissing(const PathWalk& walk) {
  if (walk.resolved.starts_with("/proc") || walk.resolved.starts_with("/dev"))
    return "it is a descriptor or device, not a file with a place of its own";
  if (walk.foreign) return "it is on a network or user file system, whose word is not taken";
  return "there is no such program file";
}

std::string Named(const PackageName& package) {
  return package.version.empty() ? package.name : package.name + " " + package.version;
}

}  // namespace

std::size_t FileEvidence::HashKey::operator()(const Key& k) const noexcept {
  std::uint64_t h = 0;
  for (const std::uint64_t part :
       {k.device, k.inode, k.size, static_cast<std::uint64_t>(k.modified_ns),
        static_cast<std::uint64_t>(k.changed_ns)})
    h = (h ^ part) * 0x9e3779b97f4a7c15u;
  return static_cast<std::size_t>(h ^ h >> 29);
}

void FileEvidence::SetApproved(std::function<bool(const Sha256&)> approved) {
  auto shared = std::make_shared<const std::function<bool(const Sha256&)>>(std::move(approved));
  const std::lock_guard lock(mutex_);
  approved_ = std::move(shared);
}

bool FileEvidence::IsApproved(const Sha256& hash) {
  std::shared_ptr<const std::function<bool(const Sha256&)>> approved;
  {
    const std::lock_guard lock(mutex_);
    approved = approved_;
  }
  return approved && *approved && (*approved)(hash);
}

FileEvidence::Content FileEvidence::ReadContent(const std::string& path, const Key& key,
                                                bool others_can_write, bool& lasting) {
  Content content;
  lasting = false;
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  struct stat st {};
  if (!fd || ::fstat(fd.get(), &st) != 0 || !S_ISREG(st.st_mode) || st.st_dev != key.device ||
      st.st_ino != key.inode)
    return content;
  const auto digests = DigestOf(fd.get(), others_can_write ? kMostForeignBytes : kMostBytes);
  lasting = true;
  if (!digests) return content;
  content.sha256 = digests->sha256;

  const auto owner = dpkg_.FindOwner(path);
  if (!owner) return content;
  content.package = owner->package;
  if (owner->md5 == digests->md5) {
    content.evidence = Evidence{EvidenceKind::kPackage,
                                "Debian package " + Named(owner->package) + ", digest right"};
  } else if (!others_can_write && dpkg_.BeingChanged()) {
    lasting = false;  // files and records come together again when the package manager is done
  } else {
    content.evidence =
        Evidence{EvidenceKind::kDigestMismatch, "Debian package " + Named(owner->package) +
                                                    " recorded another content for this file"};
  }
  return content;
}

FileEvidence::Content FileEvidence::ContentOf(const std::string& path, const Key& key,
                                              bool others_can_write) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = cache_.find(key);
    if (found != cache_.end() && found->second.path == path) {
      recent_.splice(recent_.begin(), recent_, found->second.used);
      return found->second.content;
    }
  }
  bool lasting = false;
  Content content = ReadContent(path, key, others_can_write, lasting);
  if (!lasting) return content;

  const std::lock_guard lock(mutex_);
  const auto found = cache_.find(key);
  if (found != cache_.end()) {
    recent_.erase(found->second.used);
    cache_.erase(found);
  }
  recent_.push_front(key);
  cache_.emplace(key, Cached{path, content, recent_.begin()});
  if (cache_.size() > kMostCached) {
    cache_.erase(recent_.back());
    recent_.pop_back();
  }
  return content;
}

ProgramFile FileEvidence::Describe(const std::string& path, Depth depth) {
  ProgramFile file;
  const PathWalk walk = ownership_.Walk(path);
  file.path = walk.exists ? walk.resolved : path;
  struct stat st {};
  if (!walk.exists || ::lstat(file.path.c_str(), &st) != 0 || !S_ISREG(st.st_mode)) {
    file.evidence.push_back({EvidenceKind::kMissing, WhyMissing(walk)});
    return file;
  }
  file.id = {st.st_dev, st.st_ino};
  const bool others = walk.others_can_write;
  std::optional<Content> content;
  if (depth == Depth::kFull) {
    const Key key{st.st_dev, st.st_ino, static_cast<std::uint64_t>(st.st_size),
                  Nanoseconds(st.st_mtim), Nanoseconds(st.st_ctim)};
    content = ContentOf(file.path, key, others);
    file.sha256 = content->sha256;
    file.package = content->package;
    if (content->evidence) file.evidence.push_back(*content->evidence);
    if (others && content->sha256 && IsApproved(*content->sha256)) {
      file.evidence.push_back({EvidenceKind::kApproved, "approved with exactly this content"});
      return file;
    }
  }
  if (others) {
    file.evidence.push_back(
        {EvidenceKind::kUserWritable, "others than root can change it or its place"});
  } else {
    file.evidence.push_back(
        {EvidenceKind::kRootOwned, "root owns it and every directory above it"});
  }
  return file;
}

std::vector<std::string> EvidenceJudge::Names(const std::string& directory) {
  if (evidence_.ownership().OnForeignFileSystem(directory)) return {};
  return ListNames(directory, kMostNames);
}

}  // namespace keyward::linux_os
