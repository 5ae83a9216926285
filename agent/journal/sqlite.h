// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "agent/model/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace keyward::journal {

// What SQLite's `code` means to us, with `act` ("write /var/lib/keyward/incidents.db") before its
// words. `db` may be null.
Error SqliteError(sqlite3* db, int code, std::string_view act);

// One prepared statement. Bind, Step, read columns, Reset; it must go before its Database.
class Statement {
 public:
  void Bind(int index, std::int64_t value);
  void Bind(int index, std::string_view text);
  // True: there is a row. A bind that failed is reported here. After false or an error the
  // statement is reset and can be bound anew.
  Result<bool> Step();
  // Steps a statement that gives no rows.
  Result<> Run();
  void Reset();

  std::int64_t Int(int column) const;
  std::string_view Text(int column) const;  // until the next Step or Reset

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(sqlite3_stmt* statement, std::string act)
      : statement_(statement), act_(std::move(act)) {}

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::string act_;
  int bind_error_ = 0;
};

// One connection, used by one thread at a time.
class Database {
 public:
  // `flags` as for sqlite3_open_v2; `vfs` empty for the system's.
  static Result<Database> Open(const std::string& path, int flags, const std::string& vfs);

  Result<Statement> Prepare(std::string_view sql);
  // Runs every statement of `sql`, which is ours: nothing from outside is ever part of it.
  Result<> Run(const std::string& sql);
  Result<std::int64_t> Number(std::string_view sql);

  std::int64_t last_id() const;
  std::int64_t changes() const;
  bool in_transaction() const;
  void SetBusyTimeout(int timeout_ms);
  // While off, closing leaves the log beside the database and the database as it is.
  void CheckpointOnClose(bool on);
  // kBusy while a Statement is alive.
  Result<> Close();
  const std::string& path() const { return path_; }

 private:
  struct CloseHandle {
    void operator()(sqlite3* db) const;
  };
  explicit Database(std::string path) : path_(std::move(path)) {}
  std::string Act(std::string_view verb) const { return std::string(verb) + " " + path_; }

  std::unique_ptr<sqlite3, CloseHandle> db_;
  std::string path_;
};

// Rolls back at the end of its scope unless it was committed.
class Transaction {
 public:
  static Result<Transaction> Begin(Database& db);
  Transaction(Transaction&& other) noexcept : db_(other.db_) { other.db_ = nullptr; }
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<> Commit();

 private:
  explicit Transaction(Database* db) : db_(db) {}
  Database* db_;
};

}  // namespace keyward::journal
