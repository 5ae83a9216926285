// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/journal/memory_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <random>

namespace keyward::journal {
namespace {

using File = MemoryDisk::File;

// What SQLite holds for an open file: plain C first, our part behind it.
struct OpenFile {
  sqlite3_file base;
  MemoryDisk* disk;
  std::shared_ptr<File>* file;
};

OpenFile* Of(sqlite3_file* file) { return reinterpret_cast<OpenFile*>(file); }
File& Data(sqlite3_file* file) { return **Of(file)->file; }
MemoryDisk* DiskOf(sqlite3_vfs* vfs) { return static_cast<MemoryDisk*>(vfs->pAppData); }

void Apply(std::string& content, const MemoryDisk::Write& write) {
  if (write.truncate) {
    content.resize(write.offset);
    return;
  }
  content.resize(std::max(content.size(), write.offset + write.data.size()));
  content.replace(write.offset, write.data.size(), write.data);
}

int Close(sqlite3_file* file) {
  --Data(file).users;
  delete Of(file)->file;
  return SQLITE_OK;
}

int Read(sqlite3_file* file, void* to, int amount, sqlite3_int64 offset) {
  if (Of(file)->disk->Fails()) return SQLITE_IOERR_READ;
  const std::string& content = Data(file).current;
  const auto wanted = static_cast<std::size_t>(amount);
  const auto at = std::min(static_cast<std::size_t>(offset), content.size());
  const std::size_t got = std::min(wanted, content.size() - at);
  std::memcpy(to, content.data() + at, got);
  if (got == wanted) return SQLITE_OK;
  std::memset(static_cast<char*>(to) + got, 0, wanted - got);
  return SQLITE_IOERR_SHORT_READ;
}

int Put(sqlite3_file* file, MemoryDisk::Write write) {
  Apply(Data(file).current, write);
  Data(file).unsynced.push_back(std::move(write));
  return SQLITE_OK;
}

int WriteTo(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset) {
  MemoryDisk::Write write{
      static_cast<std::size_t>(offset),
      std::string(static_cast<const char*>(from), static_cast<std::size_t>(amount)), false};
  if (!Of(file)->disk->Fails()) return Put(file, std::move(write));
  write.data.resize(write.data.size() / 2);  // a failed write may have begun
  Put(file, std::move(write));
  return Of(file)->disk->error(SQLITE_IOERR_WRITE);
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (Of(file)->disk->Fails()) return SQLITE_IOERR_TRUNCATE;
  return Put(file, {static_cast<std::size_t>(size), {}, true});
}

int Sync(sqlite3_file* file, int) {
  if (Of(file)->disk->Fails()) return Of(file)->disk->error(SQLITE_IOERR_FSYNC);
  Data(file).durable = Data(file).current;
  Data(file).unsynced.clear();
  return SQLITE_OK;
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  if (Of(file)->disk->Fails()) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(Data(file).current.size());
  return SQLITE_OK;
}

// One connection a file: every lock is granted.
int Lock(sqlite3_file*, int) { return SQLITE_OK; }
int CheckReservedLock(sqlite3_file*, int* taken) {
  *taken = 0;
  return SQLITE_OK;
}
int FileControl(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int SectorSize(sqlite3_file*) { return 512; }
int Characteristics(sqlite3_file*) { return 0; }

int ShmMap(sqlite3_file* file, int page, int size, int extend, void volatile** at) {
  auto& shared = Data(file).shared;
  *at = nullptr;
  if (static_cast<std::size_t>(page) >= shared.size()) {
    if (extend == 0) return SQLITE_OK;
    if (Of(file)->disk->Fails()) return Of(file)->disk->error(SQLITE_IOERR_SHMSIZE);
    while (shared.size() <= static_cast<std::size_t>(page))
      shared.push_back(std::make_unique<std::uint8_t[]>(static_cast<std::size_t>(size)));
  }
  *at = shared[static_cast<std::size_t>(page)].get();
  return SQLITE_OK;
}
int ShmLock(sqlite3_file*, int, int, int) { return SQLITE_OK; }
void ShmBarrier(sqlite3_file*) {}
int ShmUnmap(sqlite3_file* file, int remove) {
  if (remove != 0) Data(file).shared.clear();
  return SQLITE_OK;
}

const sqlite3_io_methods kMethods = {2,
                                     Close,
                                     Read,
                                     WriteTo,
                                     Truncate,
                                     Sync,
                                     FileSize,
                                     Lock,
                                     Lock,
                                     CheckReservedLock,
                                     FileControl,
                                     SectorSize,
                                     Characteristics,
                                     ShmMap,
                                     ShmLock,
                                     ShmBarrier,
                                     ShmUnmap,
                                     nullptr,
                                     nullptr};

int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  MemoryDisk* disk = DiskOf(vfs);
  file->pMethods = nullptr;
  if (disk->Fails()) return SQLITE_CANTOPEN;
  auto& slot = disk->files[name != nullptr ? name : "temporary"];
  if (!slot) slot = std::make_shared<File>();
  OpenFile* open = Of(file);
  open->disk = disk;
  open->file = new std::shared_ptr<File>(slot);
  ++slot->users;
  open->base.pMethods = &kMethods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int Delete(sqlite3_vfs* vfs, const char* name, int) {
  if (DiskOf(vfs)->Fails()) return SQLITE_IOERR_DELETE;
  DiskOf(vfs)->files.erase(name);
  return SQLITE_OK;
}

int Exists(sqlite3_vfs* vfs, const char* name, int, int* result) {
  if (DiskOf(vfs)->Fails()) return SQLITE_IOERR_ACCESS;
  *result = DiskOf(vfs)->files.count(name) != 0 ? 1 : 0;
  return SQLITE_OK;
}

int FullPath(sqlite3_vfs*, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

// No failure here has an errno of the system's.
int LastError(sqlite3_vfs*, int, char*) { return 0; }

}  // namespace

MemoryDisk::MemoryDisk() {
  static int number = 0;
  name_ = "memory-disk-" + std::to_string(++number);
  const sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
  vfs_ = std::make_unique<sqlite3_vfs>(*system);  // clock and randomness stay the system's
  vfs_->szOsFile = sizeof(OpenFile);
  vfs_->zName = name_.c_str();
  vfs_->pNext = nullptr;
  vfs_->pAppData = this;
  vfs_->xOpen = Open;
  vfs_->xDelete = Delete;
  vfs_->xAccess = Exists;
  vfs_->xFullPathname = FullPath;
  vfs_->xGetLastError = LastError;
  sqlite3_vfs_register(vfs_.get(), 0);
}

MemoryDisk::~MemoryDisk() { sqlite3_vfs_unregister(vfs_.get()); }

void MemoryDisk::FailAt(Fault fault, Failing failing, int n) {
  fault_ = fault;
  failing_ = failing;
  fail_at_ = n;
  operations_ = 0;
  reached_ = false;
}

bool MemoryDisk::Fails() {
  ++operations_;
  if (fault_ == Fault::kNone || operations_ < fail_at_) return false;
  if (fault_ == Fault::kOnce && operations_ > fail_at_) return false;
  reached_ = true;
  return true;
}

int MemoryDisk::error(int io_error) const {
  return failing_ == Failing::kFull ? SQLITE_FULL : io_error;
}

void MemoryDisk::PowerCut(Crash crash, unsigned seed) {
  std::mt19937 random(seed);
  for (auto& [name, file] : files) {
    // A new object: a connection from before the cut goes on with the old one.
    auto after = std::make_shared<File>();
    after->durable = file->durable;
    for (const Write& write : file->unsynced) {
      if (crash == Crash::kKeepsEverything || (crash == Crash::kKeepsSome && random() % 2 == 0))
        Apply(after->durable, write);
    }
    after->current = after->durable;
    file = std::move(after);
  }
}

}  // namespace keyward::journal
