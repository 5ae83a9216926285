// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "agent/model/incident.h"
#include "platform/include/command_host.h"

namespace keyward::cli {

// "2 min ago" within a day, else the local date and time.
std::string Ago(Time time, Time now, platform::CommandHost& host);
// "today 14:02:11", "2026-03-01 14:02:11".
std::string Moment(Time time, Time now, platform::CommandHost& host);

// "90s", "30m", "2h", "3d", "1w".
std::optional<std::chrono::seconds> ParseDuration(std::string_view text);
// A duration before `now`, an RFC 3339 time, or a date (its start in UTC).
std::optional<Time> ParseSince(std::string_view text, Time now);

}  // namespace keyward::cli
