// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/identity/exec_facts.h"
#include "agent/model/hash.h"
#include "agent/model/program.h"
#include "platform/linux/process/dpkg.h"
#include "platform/linux/process/ownership.h"

namespace keyward::linux_os {

// How far a look at a file goes.
enum class Depth : std::uint8_t {
  kQuick,  // who can write it: some microseconds, no content is read
  kFull,   // also its digest, its package, whether somebody approved it
};

// Looks at program files and remembers what it found for as long as a file is the same (device,
// inode, size, both times). Ownership is never remembered: a directory above may have changed.
// Any thread; kFull reads the file once.
class FileEvidence {
 public:
  explicit FileEvidence(std::string dpkg_root = "/") : dpkg_(std::move(dpkg_root)) {}

  ProgramFile Describe(const std::string& path, Depth depth);
  Ownership& ownership() { return ownership_; }
  DpkgDatabase& dpkg() { return dpkg_; }
  // True for the SHA-256 of content that a person approved; asked anew at every look.
  void SetApproved(std::function<bool(const Sha256&)> approved);

 private:
  struct Content {
    std::optional<Sha256> sha256;
    std::optional<PackageName> package;
    std::optional<Evidence> evidence;  // what the package database says of the content
  };
  struct Key {
    std::uint64_t device, inode, size;
    std::int64_t modified_ns, changed_ns;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct HashKey {
    std::size_t operator()(const Key& k) const noexcept;
  };
  struct Cached {
    std::string path;
    Content content;
    std::list<Key>::iterator used;
  };

  Content ContentOf(const std::string& path, const Key& key, bool others_can_write);
  Content ReadContent(const std::string& path, const Key& key, bool others_can_write,
                      bool& lasting);
  bool IsApproved(const Sha256& hash);

  Ownership ownership_;
  DpkgDatabase dpkg_;
  std::mutex mutex_;  // of the cache and of approved_
  std::shared_ptr<const std::function<bool(const Sha256&)>> approved_;
  std::unordered_map<Key, Cached, HashKey> cache_;
  std::list<Key> recent_;  // last used first
};

// FileEvidence as identity asks it, to one depth.
class EvidenceJudge : public identity::FileJudge {
 public:
  EvidenceJudge(FileEvidence& evidence, Depth depth) : evidence_(evidence), depth_(depth) {}
  ProgramFile Describe(const std::string& path) override {
    return evidence_.Describe(path, depth_);
  }
  bool OthersCanWrite(const std::string& path) override {
    return evidence_.ownership().OthersCanWrite(path);
  }
  std::vector<std::string> Names(const std::string& directory) override;

 private:
  FileEvidence& evidence_;
  const Depth depth_;
};

}  // namespace keyward::linux_os
