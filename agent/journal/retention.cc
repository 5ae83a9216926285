// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/retention.h"

#include <algorithm>

namespace keyward::journal {
namespace {

constexpr std::uint64_t kRowsAtOnce = 1000;

struct Size {
  std::uint64_t bytes = 0;
  std::uint64_t incidents = 0;
};

Result<Size> Measure(Database& db) {
  const Result<std::uint64_t> bytes = UsedBytes(db);
  if (!bytes) return bytes.error();
  const Result<std::int64_t> incidents = db.Number("SELECT count(*) FROM incident");
  if (!incidents) return incidents.error();
  return Size{*bytes, static_cast<std::uint64_t>(*incidents)};
}

// How many rows to take, by their average size: half a percent more than needed, so that a full
// journal is not pruned again by the next incident.
std::uint64_t RowsOver(const Size& size, std::uint64_t max_bytes, std::uint64_t max_incidents) {
  std::uint64_t rows = 0;
  if (size.incidents > max_incidents) rows = size.incidents - max_incidents + max_incidents / 200;
  if (size.bytes > max_bytes && size.incidents > 0) {
    const std::uint64_t average = std::max<std::uint64_t>(size.bytes / size.incidents, 1);
    rows = std::max(rows, (size.bytes - max_bytes + max_bytes / 200) / average + 1);
  }
  return std::min(rows, size.incidents);
}

// Deletes the oldest rows, `rows` at most, of those that ended before `before_ns`. It stops at the
// first younger one: ids stay without holes below, so that `last_id` says it all.
Result<std::uint64_t> DeleteOldest(Database& db, std::uint64_t rows, std::int64_t before_ns,
                                   Time now) {
  Result<Transaction> transaction = Transaction::Begin(db);
  if (!transaction) return transaction.error();
  Result<Statement> last = db.Prepare(
      "SELECT max(id) FROM (SELECT id FROM incident WHERE id < coalesce("
      "(SELECT min(id) FROM incident WHERE last_ns >= ?1), 9223372036854775807) "
      "ORDER BY id LIMIT ?2)");
  if (!last) return last.error();
  last->Bind(1, before_ns);
  last->Bind(2, static_cast<std::int64_t>(rows));
  const Result<bool> found = last->Step();
  if (!found) return found.error();
  const std::int64_t last_id = *found ? last->Int(0) : 0;
  last->Reset();
  if (last_id == 0) return std::uint64_t{0};

  Result<Statement> remove = db.Prepare("DELETE FROM incident WHERE id <= ?1");
  if (!remove) return remove.error();
  remove->Bind(1, last_id);
  const Result<> removed = remove->Run();
  if (!removed) return removed.error();
  const std::int64_t count = db.changes();

  Result<Statement> record =
      db.Prepare("UPDATE pruned SET count = count + ?1, last_id = max(last_id, ?2), when_ns = ?3");
  if (!record) return record.error();
  record->Bind(1, count);
  record->Bind(2, last_id);
  record->Bind(3, now.time_since_epoch().count());
  const Result<> recorded = record->Run();
  if (!recorded) return recorded.error();
  const Result<> committed = transaction->Commit();
  if (!committed) return committed.error();
  return static_cast<std::uint64_t>(count);
}

// Takes down to the bounds what ended before `before_ns`.
Result<std::uint64_t> Reduce(Database& db, std::uint64_t max_bytes, std::uint64_t max_incidents,
                             std::int64_t before_ns, Time now) {
  std::uint64_t taken = 0;
  while (true) {
    const Result<Size> size = Measure(db);
    if (!size) return size.error();
    const std::uint64_t rows = RowsOver(*size, max_bytes, max_incidents);
    if (rows == 0) return taken;
    const Result<std::uint64_t> done =
        DeleteOldest(db, std::min(rows, kRowsAtOnce), before_ns, now);
    if (!done) return done.error();
    if (*done == 0) return taken;
    taken += *done;
  }
}

}  // namespace

Result<std::uint64_t> Prune(Database& db, const Retention& retention, Time now) {
  const Time before = now - retention.keep_newest;
  Result<std::uint64_t> taken = Reduce(db, retention.max_bytes, retention.max_incidents,
                                       before.time_since_epoch().count(), now);
  if (!taken) return taken;
  const Result<std::uint64_t> more =
      Reduce(db, retention.max_bytes * 2, retention.max_incidents * 2, INT64_MAX, now);
  if (!more) return more;
  *taken += *more;
  if (*taken > 0) {
    const Result<> freed = db.Run("PRAGMA incremental_vacuum");
    if (!freed) return freed.error();
  }
  return taken;
}

Result<Pruned> ReadPruned(Database& db) {
  Result<Statement> statement = db.Prepare("SELECT count, last_id, when_ns FROM pruned");
  if (!statement) return statement.error();
  const Result<bool> row = statement->Step();
  if (!row) return row.error();
  Pruned pruned;
  if (*row) {
    pruned.count = static_cast<std::uint64_t>(statement->Int(0));
    pruned.last_id = statement->Int(1);
    pruned.when = Time(std::chrono::nanoseconds(statement->Int(2)));
  }
  return pruned;
}

Result<std::uint64_t> UsedBytes(Database& db) {
  const Result<std::int64_t> pages = db.Number("PRAGMA page_count");
  if (!pages) return pages.error();
  const Result<std::int64_t> free = db.Number("PRAGMA freelist_count");
  if (!free) return free.error();
  const Result<std::int64_t> size = db.Number("PRAGMA page_size");
  if (!size) return size.error();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(*pages - *free, 0) * *size);
}

}  // namespace keyward::journal
