// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <ctime>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/program.h"

namespace keyward::linux_os {

// dpkg's database: which package a file came with, and the MD5 that its package recorded
// (dpkg-query(1), /var/lib/dpkg/info/*.md5sums). The database is root's own: whoever can forge it
// is root already.
//
// Paths are compared after usrmerge (`/bin/x` is `/usr/bin/x` where /bin is a link) and diversions.
// Memory: 8 bytes a file that has a digest. Built at the first question, built again when the
// directory has changed. Any thread; a question may read disk.
class DpkgDatabase {
 public:
  // `root` is where the database and the links of a merged /usr are looked for: tests give their
  // own.
  explicit DpkgDatabase(std::string root = "/");

  struct Owner {
    PackageName package;
    std::string md5;  // hex
  };
  // `path` is absolute and resolved.
  std::optional<Owner> FindOwner(std::string_view path);

  // A package manager holds the database: files and their records may not agree for a while.
  bool BeingChanged() const;

  std::size_t entries();

 private:
  struct Diversion {
    std::string from;
    std::string to;
    std::string package;  // of the diverter; ":" when it is the administrator's own
  };

  void Refresh();
  void ReadDiversions();
  std::string Canonical(std::string_view path) const;
  std::optional<std::string> RecordedMd5(const std::string& info_name, std::string_view canonical);
  std::string VersionOf(std::string_view package);
  std::optional<Owner> FindRecorded(std::string_view canonical, std::string_view only,
                                    std::string_view except);

  const std::string root_;
  const bool merged_usr_;
  std::mutex mutex_;
  timespec read_at_{};
  std::vector<std::string> packages_;  // "libc6:amd64", by number
  std::vector<std::uint64_t> index_;   // 48 bits of a path's hash, 16 of the package; sorted
  std::vector<Diversion> diversions_;
};

}  // namespace keyward::linux_os
