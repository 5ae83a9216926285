// SPDX-License-Identifier: Apache-2.0
#include "agent/control/replies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/control/timestamp.h"
#include "tests/unit/control/fakes.h"

namespace keyward::control {
namespace {

using testing::HasSubstr;

TEST(RepliesTest, EveryReplyReadsBackAsItWasWritten) {
  FakeService service;
  const auto same = [](const auto& reply, auto parse) {
    const std::string json = ToJson(reply);
    SCOPED_TRACE(json);
    const auto read = parse(json);
    ASSERT_TRUE(read.has_value()) << read.error().what;
    EXPECT_EQ(ToJson(*read), json);
  };
  same(service.status, ParseStatus);
  same(service.doctor, ParseDoctor);
  same(service.policy, ParsePolicy);
  same(service.approvals[0], ParseApproval);
  same(service.places[0], ParseProtected);
  same(service.assets[0], ParseAsset);
  same(*service.Explain(Viewer{0, true}, ExplainRequest{"/a", 7, Operation::kWrite}), ParseExplain);
  same(ExplainReply{}, ParseExplain);
  same(OverrideReply{true, ParseTime("2026-03-01T00:00:00Z")}, ParseOverride);
  same(QuestionRow{}, ParseQuestion);
  same(Finding{FindingLevel::kWarning, {"a.toml", 3}, "m", "h"}, ParseFinding);
}

TEST(RepliesTest, AnExplanationHasTheKeysOfTheContract) {
  const std::string json = ToJson(ExplainReply{});
  for (const char* key :
       {"\"path\"", "\"asset\"", "\"operation\"", "\"program\":{\"id\"", "\"evidence\":[",
        "\"taints\":[", "\"verdict\"", "\"rule\":{\"id\"", "\"file\"", "\"line\"", "\"reason\""})
    EXPECT_THAT(json, HasSubstr(key));
}

TEST(RepliesTest, WhatSomebodyElseWroteComesOutAsAscii) {
  AssetRow row;
  row.path = "/home/a/\x1b[2J\u202e\xff";
  const std::string json = ToJson(row);
  for (const char c : json) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << static_cast<int>(c);
  EXPECT_THAT(json, HasSubstr("\\u001b[2J\\u202e\\ufffd"));
}

TEST(RepliesTest, ANewerDaemonsKeysAreIgnoredAndWrongTypesAreNot) {
  const struct {
    const char* json;
    bool accepted;
  } cases[] = {
      {R"({"id":"x","uid":7,"new_key":{"a":1}})", true},
      {R"({"id":null})", true},
      {R"({})", true},
      {R"({"uid":-1})", false},
      {R"({"uid":4294967296})", false},
      {R"({"id":7})", false},
      {R"({"class":"no-such-class"})", false},
      {R"([])", false},
      {R"({)", false},
      {"", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.json);
    EXPECT_EQ(ParseAsset(c.json).has_value(), c.accepted);
  }
}

TEST(ReplyTest, TellsRowsEndsAndErrorsApart) {
  const auto row = ParseReply(WriteReply("asset", R"({"id":"x"})"));
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->kind, "asset");
  EXPECT_EQ(row->data, R"({"id":"x"})");
  EXPECT_FALSE(row->error);
  const auto end = ParseReply(WriteEnd(true));
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->kind, "end");
  EXPECT_TRUE(end->more);
  const auto error = ParseReply(WriteError(Error{ErrorCode::kFull, "wh\"at", "hint", 5}));
  ASSERT_TRUE(error.has_value());
  ASSERT_TRUE(error->error.has_value());
  EXPECT_EQ(error->error->code, ErrorCode::kFull);
  EXPECT_EQ(error->error->what, "wh\"at");
  EXPECT_EQ(error->error->hint, "hint");
  for (const char* text : {"", "[]", "{}", R"({"reply":1})", R"({"reply":"end","more":2})"})
    EXPECT_FALSE(ParseReply(text).has_value()) << text;
}

TEST(SummarizeAssetsTest, GroupsByPersonAndFoldsNames) {
  FakeService service;
  const auto users = SummarizeAssets(service.assets);
  ASSERT_EQ(users.size(), 2u);
  EXPECT_EQ(users[0].user, "alice");
  EXPECT_EQ(users[0].count, 3u);
  ASSERT_EQ(users[0].groups.size(), 2u);
  EXPECT_EQ(users[0].groups[0].group, AssetGroup::kWallets);
  EXPECT_EQ(users[0].groups[1].count, 2u);
  EXPECT_THAT(users[0].groups[1].names, testing::ElementsAre("SSH keys (2)"));
  EXPECT_TRUE(SummarizeAssets({}).empty());
}

TEST(TimestampTest, ReadsAndWritesRfc3339) {
  const struct {
    const char* text;
    const char* normal;  // nullptr: refused
  } cases[] = {
      {"2026-03-01T14:02:11Z", "2026-03-01T14:02:11Z"},
      {"2026-03-01T14:02:11.5Z", "2026-03-01T14:02:11.500Z"},
      {"2026-03-01T14:02:11.123456789Z", "2026-03-01T14:02:11.123Z"},
      {"2026-03-01T14:02:11+02:00", "2026-03-01T12:02:11Z"},
      {"2026-02-28T23:30:00-01:30", "2026-03-01T01:00:00Z"},
      {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
      {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
      {"2023-02-29T00:00:00Z", nullptr},
      {"2026-13-01T00:00:00Z", nullptr},
      {"2026-03-01T24:00:00Z", nullptr},
      {"2026-03-01T14:02:11", nullptr},
      {"2026-03-01T14:02:11.Z", nullptr},
      {"2026-03-01T14:02:11Zx", nullptr},
      {"2026-03-01", nullptr},
      {"1969-12-31T23:59:59Z", nullptr},
      {"9999-01-01T00:00:00Z", nullptr},
      {"", nullptr},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto time = ParseTime(c.text);
    ASSERT_EQ(time.has_value(), c.normal != nullptr);
    if (time) {
      EXPECT_EQ(FormatTime(*time), c.normal);
    }
  }
}

}  // namespace
}  // namespace keyward::control
