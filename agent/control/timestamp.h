// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/model/incident.h"

namespace keyward::control {

// RFC 3339 in UTC: "2026-03-01T14:02:11Z", with milliseconds where there are any.
std::string FormatTime(Time time);
// Years 1970 to 2200, a fraction of up to nine digits, "Z" or an offset.
std::optional<Time> ParseTime(std::string_view text);

}  // namespace keyward::control
