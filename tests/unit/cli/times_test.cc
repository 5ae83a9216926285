// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/times.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/cli/output.h"
#include "agent/control/timestamp.h"

namespace keyward::cli {
namespace {

using testing::ElementsAre;

TEST(ParseDurationTest, TakesANumberAndAUnit) {
  const struct {
    const char* text;
    long long seconds;  // 0: refused
  } cases[] = {{"90s", 90},    {"30m", 1800}, {"5min", 300}, {"2h", 7200}, {"3d", 259200},
               {"1w", 604800}, {"", 0},       {"h", 0},      {"2", 0},     {"2 h", 0},
               {"-2h", 0},     {"0h", 0},     {"2y", 0},     {"2hh", 0},   {"99999999h", 0},
               {"1.5h", 0},    {"0x2h", 0}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto duration = ParseDuration(c.text);
    EXPECT_EQ(duration ? duration->count() : 0, c.seconds);
  }
}

TEST(ParseSinceTest, TakesDurationsDatesAndTimes) {
  const Time now = *control::ParseTime("2026-03-01T12:00:00Z");
  const struct {
    const char* text;
    const char* want;  // nullptr: refused
  } cases[] = {{"2h", "2026-03-01T10:00:00Z"},
               {"2026-02-01", "2026-02-01T00:00:00Z"},
               {"2026-02-01T05:06:07Z", "2026-02-01T05:06:07Z"},
               {"yesterday", nullptr},
               {"2026-02-30", nullptr},
               {"", nullptr}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto since = ParseSince(c.text, now);
    ASSERT_EQ(since.has_value(), c.want != nullptr);
    if (since) {
      EXPECT_EQ(control::FormatTime(*since), c.want);
    }
  }
}

TEST(WrapTest, BreaksAtSpacesAndNeverWithinAWord) {
  EXPECT_THAT(Wrap("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(Wrap("one two three", 80), ElementsAre("one two three"));
  EXPECT_THAT(Wrap("/a/very/long/path/indeed x", 5), ElementsAre("/a/very/long/path/indeed", "x"));
  EXPECT_THAT(Wrap("öö öö öö", 5), ElementsAre("öö öö", "öö"));
  EXPECT_THAT(Wrap("a  b", 80), ElementsAre("a  b"));
  EXPECT_THAT(Wrap("aaaa  bbbb", 5), ElementsAre("aaaa", "bbbb"));
  EXPECT_THAT(Wrap("", 5), ElementsAre(""));
}

TEST(PaddedTest, CountsCharactersNotBytes) {
  EXPECT_EQ(Padded("öö", 4), "öö  ");
  EXPECT_EQ(Padded("long", 2), "long");
}

}  // namespace
}  // namespace keyward::cli
