// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct sqlite3_vfs;

namespace keyward::journal {

// A disk for SQLite that is in memory, fails where a test wants it to, and forgets at a crash what
// was not synced. One connection a file, one thread.
class MemoryDisk {
 public:
  enum class Fault {
    kNone,
    kOnce,        // the n-th operation fails
    kPersistent,  // it and all after it
  };
  enum class Failing { kIo, kFull };
  enum class Crash {
    kKeepsNothing,  // of what was written since the last sync
    kKeepsEverything,
    kKeepsSome,  // any of the writes, each whole, in any combination
  };

  MemoryDisk();
  ~MemoryDisk();
  MemoryDisk(const MemoryDisk&) = delete;

  // For Journal::Options::vfs.
  const std::string& vfs_name() const { return name_; }

  void FailAt(Fault fault, Failing failing, int n);
  void Heal() { fault_ = Fault::kNone; }
  bool fault_reached() const { return reached_; }
  int operations() const { return operations_; }

  // What is there after the power is back.
  void PowerCut(Crash crash, unsigned seed = 0);

  // Of the file system, used by the VFS functions.
  struct Write {
    std::size_t offset = 0;
    std::string data;
    bool truncate = false;
  };
  struct File {
    std::string current;
    std::string durable;
    std::vector<Write> unsynced;
    std::vector<std::unique_ptr<std::uint8_t[]>> shared;  // the log's index
    int users = 0;
  };
  // Counts one operation; true when it is to fail.
  bool Fails();
  int error(int io_error) const;
  std::map<std::string, std::shared_ptr<File>> files;

 private:
  std::string name_;
  std::unique_ptr<sqlite3_vfs> vfs_;
  Fault fault_ = Fault::kNone;
  Failing failing_ = Failing::kIo;
  int fail_at_ = 0;
  int operations_ = 0;
  bool reached_ = false;
};

}  // namespace keyward::journal
