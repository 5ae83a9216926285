// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/journal/sqlite.h"
#include "agent/model/incident.h"

namespace keyward::journal {

// Which incidents; what is not set does not narrow. All that is set must hold.
struct Filter {
  std::optional<Time> since;  // last occurrence at or after
  std::optional<Time> until;  // first occurrence at or before
  std::optional<IncidentKind> kind;
  std::optional<Outcome> outcome;
  std::optional<std::string> asset;
  std::optional<Severity> min_severity;
  std::optional<std::uint32_t> owner_uid;  // set for everybody but root: a user sees what is theirs
  std::optional<std::int64_t> after_id;    // newer than this one
  std::optional<std::int64_t> before_id;   // older than this one: the next page
  std::uint32_t limit = 1000;              // of the newest; 0 for all
};

// Newest first, by id.
Result<std::vector<Incident>> SelectIncidents(Database& db, const Filter& filter);
// How many there are, whatever the limit.
Result<std::uint64_t> CountIncidents(Database& db, const Filter& filter);
// kNotFound where it never was, or was pruned.
Result<Incident> SelectIncident(Database& db, std::int64_t id);

}  // namespace keyward::journal
