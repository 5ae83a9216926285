// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "agent/model/incident.h"
#include "agent/model/result.h"

namespace keyward::journal {

// One incident as one line of JSON, without the line's end: what `keyward incidents --json` prints
// and the control socket carries. The keys are a contract, see docs/JOURNAL.md. The line is pure
// ASCII, so that nothing an attacker wrote can act on a terminal; bytes that are not UTF-8 are
// written as EscapeBytes() does.
std::string ToJson(const Incident& incident);

// What ToJson() wrote, by this version or a newer one: unknown keys are ignored, a missing one
// keeps its default. Times come back in microseconds. kInvalid for anything else.
Result<Incident> FromJson(std::string_view json);

}  // namespace keyward::journal
