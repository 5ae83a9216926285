// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/journal.h"

#include "agent/journal/incident_table.h"
#include "agent/journal/open.h"
#include "agent/journal/schema.h"
#include "agent/journal/sqlite.h"

namespace keyward::journal {

// Members end in reverse: statements before their database, the database before the lock.
class Journal::Impl {
 public:
  Impl(std::optional<Database> lock, Database db, Options options)
      : lock_(std::move(lock)), db_(std::move(db)), options_(std::move(options)) {}

  std::optional<Database> lock_;
  Database db_;
  std::optional<IncidentWriter> writer_;
  Options options_;
};

Journal::Journal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> Journal::Open(const std::string& path, const Options& options) {
  if (options.mode == Mode::kReadOnly) {
    Result<Database> db = OpenForReading(path, options);
    if (!db) return db.error();
    return std::unique_ptr<Journal>(
        new Journal(std::make_unique<Impl>(std::nullopt, std::move(*db), options)));
  }
  Result<Database> lock = OpenWriterLock(path, options.vfs);
  if (!lock) return lock.error();
  Result<Database> db = OpenForWriting(path, options);
  if (!db) return db.error();
  auto impl = std::make_unique<Impl>(std::move(*lock), std::move(*db), options);
  Result<IncidentWriter> writer = IncidentWriter::Prepare(impl->db_);
  if (!writer) return writer.error();
  impl->writer_.emplace(std::move(*writer));
  return std::unique_ptr<Journal>(new Journal(std::move(impl)));
}

Result<IncidentId> Journal::Append(const Incident& incident) {
  const Incident* const one[] = {&incident};
  Result<std::vector<IncidentId>> ids = Commit(one, {});
  if (!ids) return ids.error();
  return ids->front();
}

Result<std::vector<IncidentId>> Journal::AppendBatch(std::span<const Incident> incidents) {
  std::vector<const Incident*> all;
  all.reserve(incidents.size());
  for (const Incident& incident : incidents) all.push_back(&incident);
  return Commit(all, {});
}

Result<std::vector<IncidentId>> Journal::Commit(std::span<const Incident* const> added,
                                                std::span<const Raise> raised) {
  if (!impl_->writer_)
    return Error{ErrorCode::kDenied, impl_->db_.path() + " is open for reading only", {}, 0};
  Result<Transaction> transaction = Transaction::Begin(impl_->db_);
  if (!transaction) return transaction.error();
  std::vector<IncidentId> ids;
  ids.reserve(added.size());
  for (const Incident* incident : added) {
    const Result<std::int64_t> id = impl_->writer_->Insert(impl_->db_, *incident);
    if (!id) return id.error();
    ids.push_back(*id);
  }
  for (const Raise& r : raised) {
    const Result<> done = impl_->writer_->Raise(r.id, r.count, r.last, r.dropped);
    if (!done) return done.error();
  }
  const Result<> committed = transaction->Commit();
  if (!committed) return committed.error();
  return ids;
}

Result<std::uint64_t> Journal::Prune(Time now) {
  return journal::Prune(impl_->db_, impl_->options_.retention, now);
}

Result<std::vector<Incident>> Journal::Query(const Filter& filter) {
  return SelectIncidents(impl_->db_, filter);
}

Result<std::uint64_t> Journal::Count(const Filter& filter) {
  return CountIncidents(impl_->db_, filter);
}

Result<Incident> Journal::Get(IncidentId id) { return SelectIncident(impl_->db_, id); }

Result<Journal::Stats> Journal::ReadStats() {
  Stats stats;
  stats.schema_version = SchemaVersion();
  const Result<std::uint64_t> bytes = UsedBytes(impl_->db_);
  if (!bytes) return bytes.error();
  stats.bytes = *bytes;
  Result<Statement> ids = impl_->db_.Prepare(
      "SELECT count(*), coalesce(min(id), 0), coalesce(max(id), 0) FROM incident");
  if (!ids) return ids.error();
  const Result<bool> row = ids->Step();
  if (!row) return row.error();
  stats.incidents = static_cast<std::uint64_t>(ids->Int(0));
  stats.oldest_id = ids->Int(1);
  stats.newest_id = ids->Int(2);
  const Result<Pruned> pruned = ReadPruned(impl_->db_);
  if (!pruned) return pruned.error();
  stats.pruned = *pruned;
  return stats;
}

Result<> Journal::Close() {
  impl_->writer_.reset();
  const Result<> closed = impl_->db_.Close();
  impl_->lock_.reset();
  return closed;
}

}  // namespace keyward::journal
