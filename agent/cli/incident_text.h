// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "agent/cli/command.h"
#include "agent/model/incident.h"

namespace keyward::cli {

// One line: number, verdict, when, how often, who and what.
std::string IncidentRow(const Context& context, const Incident& incident);
// The whole, in the order in which a reader needs it; `full` adds hashes, arguments, evidence.
void PrintIncident(const Context& context, const Incident& incident, bool full);

}  // namespace keyward::cli
