// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

#include "agent/journal/sqlite.h"
#include "agent/model/incident.h"

namespace keyward::journal {

// How much is kept. The oldest go first. What is newer than `keep_newest` stays even beyond the
// bounds, so that a flood can't push out what led to it; at twice a bound it goes as well, because
// a full disk would end the record altogether.
struct Retention {
  std::uint64_t max_bytes = 256u << 20;  // of the database file, without its log
  std::uint64_t max_incidents = 100'000;
  std::chrono::minutes keep_newest{60};
};

// What was taken so far, over the life of the journal.
struct Pruned {
  std::uint64_t count = 0;
  std::int64_t last_id = 0;  // everything up to it is gone
  Time when{};               // of the latest prune
};

// Takes what is over the bounds, in transactions of a bounded number of rows, and gives the file's
// free pages back. The record in the table `pruned` is part of the same transactions. Gives how
// many incidents were taken.
Result<std::uint64_t> Prune(Database& db, const Retention& retention, Time now);

Result<Pruned> ReadPruned(Database& db);

// Bytes of the database file that hold something.
Result<std::uint64_t> UsedBytes(Database& db);

}  // namespace keyward::journal
