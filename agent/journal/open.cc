// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/open.h"

#include <sqlite3.h>

#include <filesystem>

#include "agent/journal/schema.h"

namespace keyward::journal {
namespace {

constexpr int kWait_ms = 5000;  // for a reader that recovers the log, at most

// The file name as a URI that says: nobody writes this, there is no log to look at.
std::string ImmutableUri(const std::string& path) {
  std::string uri = "file:";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      const auto byte = static_cast<unsigned char>(c);
      uri += '%';
      uri += kDigits[byte >> 4];
      uri += kDigits[byte & 15];
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

bool HasLog(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path + "-wal", error);
  return !error && size > 0;
}

Result<Database> OpenAndCheck(const std::string& name, int flags, const std::string& vfs) {
  Result<Database> db = Database::Open(name, flags, vfs);
  if (!db) return db;
  db->SetBusyTimeout(kWait_ms);
  const Result<int> version = CheckVersion(*db, SchemaVersion());
  if (!version) return version.error();
  if (*version == 0) return Error{ErrorCode::kNotFound, name + " is an empty journal", {}, 0};
  return db;
}

}  // namespace

Result<Database> OpenWriterLock(const std::string& path, const std::string& vfs) {
  const std::string name = path + ".lock";
  Result<Database> lock = Database::Open(name, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs);
  if (!lock) return lock;
  // No rollback journal, as nothing is ever written: the lock leaves one empty file.
  Result<> held = lock->Run("PRAGMA journal_mode = MEMORY");
  if (held) held = lock->Run("BEGIN EXCLUSIVE");
  if (held) return lock;
  if (held.error().code == ErrorCode::kBusy)
    return Error{ErrorCode::kBusy, "another Keyward is writing " + path,
                 "a second one needs a --state-dir of its own", 0};
  return held.error();
}

Result<Database> OpenForWriting(const std::string& path, const Journal::Options& options) {
  Result<Database> db =
      Database::Open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, options.vfs);
  if (!db) return db;
  db->SetBusyTimeout(kWait_ms);
  db->CheckpointOnClose(false);  // until we know that it is ours to change
  const Result<int> version = CheckVersion(*db, SchemaVersion());
  if (!version) return version.error();
  // auto_vacuum can only be chosen before the first table.
  Result<> set = db->Run("PRAGMA auto_vacuum = INCREMENTAL");
  if (set) set = db->Run("PRAGMA journal_mode = WAL");
  if (set) set = db->Run("PRAGMA synchronous = FULL");
  if (set) set = db->Run("PRAGMA journal_size_limit = 4194304");
  if (set) set = db->Run("PRAGMA trusted_schema = OFF");
  if (set && options.max_pages > 0)
    set = db->Run("PRAGMA max_page_count = " + std::to_string(options.max_pages));
  if (set) set = Migrate(*db, *version, Migrations());
  if (!set) return set.error();
  db->CheckpointOnClose(true);
  return db;
}

Result<Database> OpenForReading(const std::string& path, const Journal::Options& options) {
  Result<Database> db = OpenAndCheck(path, SQLITE_OPEN_READONLY, options.vfs);
  const bool cannot_share =
      !db && (db.error().code == ErrorCode::kIo || db.error().code == ErrorCode::kDenied);
  std::error_code ignored;
  if (!cannot_share || !std::filesystem::exists(path, ignored)) return db;
  // A directory where the shared memory of the log can't be made: read-only media, another's copy.
  if (HasLog(path))
    return Error{db.error().code, db.error().what,
                 "copy the database together with its -wal file into a directory of your own", 0};
  return OpenAndCheck(ImmutableUri(path), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, options.vfs);
}

}  // namespace keyward::journal
