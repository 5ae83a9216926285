// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/journal/query.h"
#include "agent/journal/retention.h"
#include "agent/model/incident.h"
#include "agent/model/result.h"

namespace keyward::journal {

using IncidentId = std::int64_t;

// The store of incidents: one SQLite database, described to the column in docs/JOURNAL.md.
//
// Acknowledged means committed: when Append() or Commit() gives a value, the rows are in the
// write-ahead log and the log is synced; kill -9 and a power cut lose none of them. When it gives
// an error, none of them is in the journal, and it may be tried again.
// Ownership: one Journal for writing at a time, held by a lock beside the database; any number of
// read-only ones meanwhile, each with a connection of its own.
// Threads: one at a time.
class Journal {
 public:
  enum class Mode { kWrite, kReadOnly };

  struct Options {
    Mode mode = Mode::kWrite;
    Retention retention;
    std::string vfs;              // of SQLite's; empty for the system's
    std::uint64_t max_pages = 0;  // a bound that is kFull when it is reached; 0 for none
  };

  // What a fold has grown by since its row was written.
  struct Raise {
    IncidentId id = 0;
    std::uint64_t count = 0;
    Time last{};
    std::uint64_t dropped = 0;
  };

  struct Stats {
    int schema_version = 0;
    std::uint64_t incidents = 0;
    std::uint64_t bytes = 0;  // of the database, without its log
    IncidentId oldest_id = 0;
    IncidentId newest_id = 0;
    Pruned pruned;
  };

  // For writing: makes the file (its directory must exist; permissions are the umask's), brings an
  // older schema up to date. For reading: changes nothing, works beside a writer and on a copy.
  // kBusy: another one writes. kUnsupported: a newer Keyward wrote it. kInvalid: not a journal.
  // kNotFound: nothing there to read. None of these changes the file.
  static Result<std::unique_ptr<Journal>> Open(const std::string& path, const Options& options);
  ~Journal();

  Result<IncidentId> Append(const Incident& incident);
  // One transaction: all or none. `ids` are in the order of `incidents`.
  Result<std::vector<IncidentId>> AppendBatch(std::span<const Incident> incidents);
  // The same with counts that have grown. Pointers, so that a writer need not copy.
  Result<std::vector<IncidentId>> Commit(std::span<const Incident* const> added,
                                         std::span<const Raise> raised);
  // Keeps to Options::retention; the one who appends calls it from time to time.
  Result<std::uint64_t> Prune(Time now);

  Result<std::vector<Incident>> Query(const Filter& filter);
  Result<std::uint64_t> Count(const Filter& filter);
  Result<Incident> Get(IncidentId id);
  Result<Stats> ReadStats();

  // Ends it with the reason why not everything could be closed well. Nothing is lost then either.
  Result<> Close();

 private:
  class Impl;
  explicit Journal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace keyward::journal
