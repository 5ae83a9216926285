// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/times.h"

#include <charconv>

#include "agent/control/timestamp.h"

namespace keyward::cli {

using std::chrono::duration_cast;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

std::string Ago(Time time, Time now, platform::CommandHost& host) {
  const auto passed = duration_cast<seconds>(now - time);
  if (passed < seconds(0) || passed >= hours(24))
    return host.LocalDate(time) + " " + host.LocalTime(time).substr(0, 5);
  if (passed < minutes(1)) return "just now";
  if (passed < hours(1)) return std::to_string(duration_cast<minutes>(passed).count()) + " min ago";
  return std::to_string(duration_cast<hours>(passed).count()) + " h ago";
}

std::string Moment(Time time, Time now, platform::CommandHost& host) {
  const std::string date = host.LocalDate(time);
  return (date == host.LocalDate(now) ? "today" : date) + " " + host.LocalTime(time);
}

std::optional<seconds> ParseDuration(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  constexpr std::int64_t kMost = 10'000'000;
  if (error != std::errc() || number <= 0 || number > kMost) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit == "s") return seconds(number);
  if (unit == "m" || unit == "min") return seconds(minutes(number));
  if (unit == "h") return seconds(hours(number));
  if (unit == "d") return seconds(hours(24 * number));
  if (unit == "w") return seconds(hours(24 * 7 * number));
  return std::nullopt;
}

std::optional<Time> ParseSince(std::string_view text, Time now) {
  if (const auto duration = ParseDuration(text)) return now - *duration;
  constexpr std::size_t kDateLength = 10;
  if (text.size() == kDateLength) return control::ParseTime(std::string(text) + "T00:00:00Z");
  return control::ParseTime(text);
}

}  // namespace keyward::cli
