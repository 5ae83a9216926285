// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/time_text.h"

#include <gtest/gtest.h>

namespace keyward::journal {
namespace {

Time Ns(std::int64_t ns) { return Time(std::chrono::nanoseconds(ns)); }

TEST(FormatTimeTest, IsRfc3339InMicroseconds) {
  EXPECT_EQ(FormatTime(Ns(0)), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(FormatTime(Ns(1'764'040'559'123'456'789)), "2025-11-25T03:15:59.123456Z");
  EXPECT_EQ(FormatTime(Ns(-1)), "1969-12-31T23:59:59.999999Z");
}

TEST(ParseTimeTest, TakesWhatTheStandardAllows) {
  const struct {
    const char* text;
    std::int64_t ns;
  } cases[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"1970-01-01t00:00:00z", 0},
      {"1970-01-01 00:00:01+00:00", 1'000'000'000},
      {"2025-11-25T03:15:59.123456789Z", 1'764'040'559'123'456'789},
      {"2025-11-25T04:15:59.5+01:00", 1'764'040'559'500'000'000},
      {"2025-11-24T22:45:59-04:30", 1'764'040'559'000'000'000},
      {"2024-02-29T00:00:00Z", 1'709'164'800'000'000'000},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto time = ParseTime(c.text);
    ASSERT_TRUE(time.has_value());
    EXPECT_EQ(time->time_since_epoch().count(), c.ns);
  }
}

TEST(ParseTimeTest, RefusesTheRest) {
  for (const char* text :
       {"", "yesterday", "2025-11-25", "2025-11-25T03:15:59", "2025-02-29T00:00:00Z",
        "2025-13-01T00:00:00Z", "2025-01-01T24:00:00Z", "2025-01-01T00:60:00Z",
        "2025-01-01T00:00:00.Z", "2025-01-01T00:00:00.1234567890Z", "2025-01-01T00:00:00Zx",
        "2025-01-01T00:00:00+24:00", "9999-01-01T00:00:00Z", "0001-01-01T00:00:00Z",
        "2025-1-01T00:00:00Z", "2025-01-01T00:00:00*00:00"})
    EXPECT_FALSE(ParseTime(text).has_value()) << text;
}

}  // namespace
}  // namespace keyward::journal
