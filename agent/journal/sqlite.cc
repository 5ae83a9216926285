// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/sqlite.h"

#include <sqlite3.h>

#include <cerrno>

#include "agent/model/check.h"

namespace keyward::journal {
namespace {

ErrorCode CodeOf(int code, int os_errno) {
  // A sync or a mapping that finds no room is an I/O error to SQLite; to us the disk is full.
  if (os_errno == ENOSPC) return ErrorCode::kFull;
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_NOMEM: return ErrorCode::kFull;
    case SQLITE_IOERR: return ErrorCode::kIo;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ErrorCode::kCorrupt;
    case SQLITE_BUSY:
    case SQLITE_PROTOCOL:
    case SQLITE_LOCKED: return ErrorCode::kBusy;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH: return ErrorCode::kDenied;
    case SQLITE_CANTOPEN:
      if (os_errno == ENOENT || os_errno == ENOTDIR) return ErrorCode::kNotFound;
      if (os_errno == EACCES || os_errno == EPERM) return ErrorCode::kDenied;
      return ErrorCode::kIo;
    case SQLITE_TOOBIG: return ErrorCode::kInvalid;
    default: return ErrorCode::kInternal;
  }
}

// SQLite keeps the errno of the last failed call on the connection: it speaks of this failure
// only when the failure is one of the system's.
int ErrnoOf(sqlite3* db, int code) {
  const int primary = code & 0xff;
  const bool system = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN;
  return db != nullptr && system ? sqlite3_system_errno(db) : 0;
}

}  // namespace

Error SqliteError(sqlite3* db, int code, std::string_view act) {
  Error error;
  error.os_errno = ErrnoOf(db, code);
  error.code = CodeOf(code, error.os_errno);
  error.what = std::string(act) + ": " + sqlite3_errstr(code);
  if (error.code == ErrorCode::kInternal && db != nullptr)
    error.what += std::string(" (") + sqlite3_errmsg(db) + ")";
  return error;
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void Statement::Bind(int index, std::int64_t value) {
  const int code = sqlite3_bind_int64(statement_.get(), index, value);
  if (code != SQLITE_OK) bind_error_ = code;
}

void Statement::Bind(int index, std::string_view text) {
  // Copied: most texts are made for the call. An empty view may have no address, which would be
  // NULL.
  const char* data = text.empty() ? "" : text.data();
  const int code = sqlite3_bind_text64(statement_.get(), index, data, text.size(), SQLITE_TRANSIENT,
                                       SQLITE_UTF8);
  if (code != SQLITE_OK) bind_error_ = code;
}

Result<bool> Statement::Step() {
  const int code = bind_error_ != SQLITE_OK ? bind_error_ : sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    Reset();
    return false;
  }
  Error error = SqliteError(sqlite3_db_handle(statement_.get()), code, act_);
  Reset();
  return error;
}

Result<> Statement::Run() {
  const Result<bool> row = Step();
  Reset();
  if (!row) return row.error();
  return {};
}

void Statement::Reset() {
  sqlite3_reset(statement_.get());
  bind_error_ = SQLITE_OK;
}

std::int64_t Statement::Int(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view Statement::Text(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_.get(), column);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

void Database::CloseHandle::operator()(sqlite3* db) const { sqlite3_close_v2(db); }

Result<Database> Database::Open(const std::string& path, int flags, const std::string& vfs) {
  Database database(path);
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &db, flags | SQLITE_OPEN_NOMUTEX,
                                   vfs.empty() ? nullptr : vfs.c_str());
  database.db_.reset(db);
  if (code != SQLITE_OK) return SqliteError(db, code, database.Act("open"));
  sqlite3_extended_result_codes(db, 1);
  return database;
}

Result<Statement> Database::Prepare(std::string_view sql) {
  KW_CHECK(db_ != nullptr);  // used after Close()
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return SqliteError(db_.get(), code, Act("read"));
  return Statement(statement, Act("use"));
}

Result<> Database::Run(const std::string& sql) {
  KW_CHECK(db_ != nullptr);
  const int code = sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return SqliteError(db_.get(), code, Act("write"));
  return {};
}

Result<std::int64_t> Database::Number(std::string_view sql) {
  Result<Statement> statement = Prepare(sql);
  if (!statement) return statement.error();
  const Result<bool> row = statement->Step();
  if (!row) return row.error();
  return *row ? statement->Int(0) : 0;
}

std::int64_t Database::last_id() const { return sqlite3_last_insert_rowid(db_.get()); }
std::int64_t Database::changes() const { return sqlite3_changes64(db_.get()); }
bool Database::in_transaction() const { return sqlite3_get_autocommit(db_.get()) == 0; }
void Database::SetBusyTimeout(int timeout_ms) { sqlite3_busy_timeout(db_.get(), timeout_ms); }

void Database::CheckpointOnClose(bool on) {
  sqlite3_db_config(db_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on ? 0 : 1, nullptr);
}

Result<> Database::Close() {
  const int code = sqlite3_close(db_.get());
  if (code != SQLITE_OK) return SqliteError(db_.get(), code, Act("close"));
  static_cast<void>(db_.release());
  return {};
}

Result<Transaction> Transaction::Begin(Database& db) {
  const Result<> begun = db.Run("BEGIN IMMEDIATE");
  if (!begun) return begun.error();
  return Transaction(&db);
}

Transaction::~Transaction() {
  // Some failures (a full disk, an I/O error) have rolled back already. Where even this fails the
  // next Begin() reports it.
  if (db_ != nullptr && db_->in_transaction()) static_cast<void>(db_->Run("ROLLBACK"));
}

Result<> Transaction::Commit() {
  const Result<> committed = db_->Run("COMMIT");
  if (!committed) return committed.error();
  db_ = nullptr;
  return {};
}

}  // namespace keyward::journal
