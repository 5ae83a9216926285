// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/time_text.h"

#include <cstdio>

namespace keyward::journal {
namespace {

// Reads `text` from the left; a mistake anywhere makes all of it wrong.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  int Number(int digits) {
    int value = 0;
    for (int i = 0; i < digits; ++i) value = value * 10 + Digit();
    return value;
  }
  void Expect(std::string_view any_of) {
    if (text_.empty() || any_of.find(text_[0]) == std::string_view::npos) {
      good_ = false;
    } else {
      text_.remove_prefix(1);
    }
  }
  bool Accept(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool AtDigit() const { return !text_.empty() && text_[0] >= '0' && text_[0] <= '9'; }
  bool Done() const { return good_ && text_.empty(); }

 private:
  int Digit() {
    if (!AtDigit()) {
      good_ = false;
      return 0;
    }
    const int digit = text_[0] - '0';
    text_.remove_prefix(1);
    return digit;
  }

  std::string_view text_;
  bool good_ = true;
};

std::chrono::nanoseconds Fraction(Reader& reader) {
  std::int64_t ns = 0;
  std::int64_t scale = 100'000'000;
  while (reader.AtDigit() && scale > 0) {
    ns += reader.Number(1) * scale;
    scale /= 10;
  }
  return std::chrono::nanoseconds(ns);  // a tenth decimal is left over, so Done() refuses it
}

}  // namespace

std::string FormatTime(Time time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss<microseconds> clock(floor<microseconds>(time - day));
  char text[40];
  const int length = std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return std::string(text, static_cast<std::size_t>(length));
}

std::optional<Time> ParseTime(std::string_view text) {
  using namespace std::chrono;
  Reader reader(text);
  const int y = reader.Number(4);
  reader.Expect("-");
  const int mon = reader.Number(2);
  reader.Expect("-");
  const int d = reader.Number(2);
  reader.Expect("Tt ");
  const int h = reader.Number(2);
  reader.Expect(":");
  const int min = reader.Number(2);
  reader.Expect(":");
  const int s = reader.Number(2);
  nanoseconds fraction{0};
  if (reader.Accept('.')) {
    if (!reader.AtDigit()) return std::nullopt;
    fraction = Fraction(reader);
  }
  minutes offset{0};
  if (!reader.Accept('Z') && !reader.Accept('z')) {
    const bool west = reader.Accept('-');
    if (!west) reader.Expect("+");
    const int oh = reader.Number(2);
    reader.Expect(":");
    const int om = reader.Number(2);
    if (oh > 23 || om > 59) return std::nullopt;
    offset = minutes((west ? -1 : 1) * (oh * 60 + om));
  }
  const year_month_day date{year(y), month(static_cast<unsigned>(mon)),
                            day(static_cast<unsigned>(d))};
  // 1678 to 2261: the years that Time holds whole.
  if (!reader.Done() || !date.ok() || h > 23 || min > 59 || s > 60 || y < 1678 || y > 2261)
    return std::nullopt;
  return Time(sys_days(date)) + hours(h) + minutes(min) + seconds(s) + fraction - offset;
}

}  // namespace keyward::journal
