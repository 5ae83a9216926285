// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "agent/journal/sqlite.h"
#include "agent/model/incident.h"

namespace keyward::journal {

// The table `incident`: the only file that knows the order of its columns.

// The columns as ReadIncident() expects them, for a SELECT.
extern const char* const kIncidentColumns;

// INSERT and UPDATE, prepared once a connection.
class IncidentWriter {
 public:
  static Result<IncidentWriter> Prepare(Database& db);

  // Adds a row; gives its id, which no earlier row ever had.
  Result<std::int64_t> Insert(Database& db, const Incident& incident);
  // Raises what a fold may raise: count, last and dropped never go down. A row that retention has
  // taken meanwhile is no error.
  Result<> Raise(std::int64_t id, std::uint64_t count, Time last, std::uint64_t dropped);

 private:
  IncidentWriter(Statement insert, Statement raise)
      : insert_(std::move(insert)), raise_(std::move(raise)) {}
  Statement insert_;
  Statement raise_;
};

// The row that `statement` stands on. kCorrupt, with the id, where it does not read back.
Result<Incident> ReadIncident(const Statement& statement);

// Severity as it is stored, 1 (low) to 4 (critical).
std::int64_t StoredSeverity(Severity severity);

}  // namespace keyward::journal
