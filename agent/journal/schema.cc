// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/schema.h"

#include <array>

namespace keyward::journal {
namespace {

// Columns hold what is searched and sorted; a process, the ancestry and the lists are JSON text:
// they are written and read whole, never joined, one row an incident keeps a commit and a prune
// cheap, and SQLite's JSON functions reach inside for a responder who wants to.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE incident (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  kind           INTEGER NOT NULL,
  first_ns       INTEGER NOT NULL,
  last_ns        INTEGER NOT NULL,
  count          INTEGER NOT NULL,
  dropped        INTEGER NOT NULL,
  outcome        INTEGER NOT NULL,
  monitored      INTEGER NOT NULL,
  operation      INTEGER NOT NULL,
  severity       INTEGER NOT NULL,
  owner_uid      INTEGER NOT NULL,
  asset          TEXT NOT NULL,
  asset_name     TEXT NOT NULL,
  asset_class    TEXT NOT NULL,
  path           TEXT NOT NULL,
  rule           TEXT NOT NULL,
  rule_file      TEXT NOT NULL,
  rule_line      INTEGER NOT NULL,
  policy_version INTEGER NOT NULL,
  engine         TEXT NOT NULL,
  judged_as      TEXT NOT NULL,
  taints         INTEGER NOT NULL,
  message        TEXT NOT NULL,
  link           TEXT NOT NULL,
  subject        TEXT NOT NULL,
  ancestry       TEXT NOT NULL,
  attack         TEXT NOT NULL,
  taint_details  TEXT NOT NULL
) STRICT;
CREATE INDEX incident_by_last ON incident (last_ns);
CREATE INDEX incident_by_owner ON incident (owner_uid, id);
CREATE TABLE pruned (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  count   INTEGER NOT NULL,
  last_id INTEGER NOT NULL,
  when_ns INTEGER NOT NULL
) STRICT;
INSERT INTO pruned VALUES (1, 0, 0, 0);
)sql";

constexpr std::array<Migration, 1> kMigrations{{{1, kVersion1}}};

}  // namespace

std::span<const Migration> Migrations() { return kMigrations; }
int SchemaVersion() { return kMigrations.back().to; }

Result<int> CheckVersion(Database& db, int newest) {
  const Result<std::int64_t> version = db.Number("PRAGMA user_version");
  if (!version) return version.error();
  const Result<std::int64_t> application = db.Number("PRAGMA application_id");
  if (!application) return application.error();
  const Result<std::int64_t> tables = db.Number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  if (*version == 0 && *application == 0 && *tables == 0) return 0;
  if (*application != kApplicationId || *version < 1)
    return Error{ErrorCode::kInvalid, db.path() + " is a database, but not a Keyward journal",
                 "it was not changed; move it away or name another place", 0};
  if (*version > newest)
    return Error{ErrorCode::kUnsupported,
                 db.path() + " was written by a newer Keyward: its schema is version " +
                     std::to_string(*version) + ", this one knows " + std::to_string(newest),
                 "it was not changed; use the newer Keyward, or move it away to begin a new one",
                 0};
  return static_cast<int>(*version);
}

Result<> Migrate(Database& db, int from, std::span<const Migration> steps) {
  for (const Migration& step : steps) {
    if (step.to <= from) continue;
    Result<Transaction> transaction = Transaction::Begin(db);
    if (!transaction) return transaction.error();
    const Result<> done = db.Run(std::string(step.sql) +
                                 ";PRAGMA application_id = " + std::to_string(kApplicationId) +
                                 ";PRAGMA user_version = " + std::to_string(step.to));
    if (!done) {
      Error error = done.error();
      error.what = "schema version " + std::to_string(step.to) + ": " + error.what;
      return error;
    }
    const Result<> committed = transaction->Commit();
    if (!committed) return committed.error();
  }
  return {};
}

}  // namespace keyward::journal
