// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/model/incident.h"

namespace keyward::journal {

// RFC 3339 in UTC, microseconds, the rest cut off: "2026-11-25T03:15:59.123456Z".
std::string FormatTime(Time time);

// RFC 3339 with any offset and up to nine decimals; nothing for another form, a date that does not
// exist, or a time beyond what Time can hold (1677 to 2262).
std::optional<Time> ParseTime(std::string_view text);

}  // namespace keyward::journal
