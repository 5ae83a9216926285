// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "agent/journal/sqlite.h"

namespace keyward::journal {

// PRAGMA application_id of a journal: "KWJ1" as a big-endian number.
inline constexpr std::int64_t kApplicationId = 0x4b574a31;

// One step of the schema, from version `to` - 1. Steps are only ever added: what is published
// stays as it is, and a new number in one of the stored enums is a step too (an empty one), so
// that an older program refuses what it could not read.
struct Migration {
  int to;
  const char* sql;
};

// All steps, first to last; docs/JOURNAL.md says what is in each.
std::span<const Migration> Migrations();
int SchemaVersion();

// What the file is, without changing it: 0 for an empty one, else its version. kInvalid where it is
// no journal, kUnsupported where it is newer than `newest`.
Result<int> CheckVersion(Database& db, int newest);

// Brings `db` from version `from` to the last of `steps`, each step in a transaction of its own
// together with the version number: a crash leaves one or the other.
Result<> Migrate(Database& db, int from, std::span<const Migration> steps);

}  // namespace keyward::journal
