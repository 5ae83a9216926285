// SPDX-License-Identifier: Apache-2.0
#include "agent/control/timestamp.h"

#include <chrono>
#include <cstdint>
#include <cstdio>

namespace keyward::control {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

// Reads digits off the front of a text; once something is missing, everything after it is too.
class Digits {
 public:
  explicit Digits(std::string_view text) : rest_(text) {}

  int Number(int digits) {
    int value = 0;
    for (int i = 0; i < digits; ++i) {
      if (rest_.empty() || rest_[0] < '0' || rest_[0] > '9') {
        ok_ = false;
        return 0;
      }
      value = value * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }

  void Sign(char c) {
    if (!Take(c)) ok_ = false;
  }

  bool Take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  nanoseconds Fraction() {
    std::int64_t value = 0;
    int digits = 0;
    for (; digits < 9 && !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; ++digits) {
      value = value * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    if (digits == 0) ok_ = false;
    for (; digits < 9; ++digits) value *= 10;
    return nanoseconds(value);
  }

  bool ok() const { return ok_; }
  bool done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

std::string FormatTime(Time time) {
  const auto day = floor<days>(time);
  const std::chrono::year_month_day date{day};
  const auto of_day = floor<milliseconds>(time - day);
  const std::int64_t ms = of_day.count();
  char text[48];
  const int length =
      std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d",
                    static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                    static_cast<unsigned>(date.day()), static_cast<int>(ms / 3'600'000),
                    static_cast<int>(ms / 60'000 % 60), static_cast<int>(ms / 1000 % 60));
  std::string result(text, static_cast<std::size_t>(length));
  if (ms % 1000 != 0) {
    std::snprintf(text, sizeof text, ".%03d", static_cast<int>(ms % 1000));
    result += text;
  }
  return result + "Z";
}

std::optional<Time> ParseTime(std::string_view text) {
  Digits in(text);
  const int year = in.Number(4);
  in.Sign('-');
  const int month = in.Number(2);
  in.Sign('-');
  const int day = in.Number(2);
  if (!in.Take('T') && !in.Take(' ')) return std::nullopt;
  const int hour = in.Number(2);
  in.Sign(':');
  const int minute = in.Number(2);
  in.Sign(':');
  const int second = in.Number(2);
  const nanoseconds fraction = in.Take('.') ? in.Fraction() : nanoseconds(0);
  minutes offset{0};
  if (!in.Take('Z')) {
    const int sign = in.Take('-') ? -1 : 1;
    if (sign == 1) in.Sign('+');
    const int offset_hours = in.Number(2);
    in.Sign(':');
    const int offset_minutes = in.Number(2);
    if (offset_hours > 23 || offset_minutes > 59) return std::nullopt;
    offset = sign * (hours(offset_hours) + minutes(offset_minutes));
  }
  if (!in.done() || year < 1970 || year > 2200 || hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return Time(std::chrono::sys_days(date)) + hours(hour) + minutes(minute) + seconds(second) +
         fraction - offset;
}

}  // namespace keyward::control
