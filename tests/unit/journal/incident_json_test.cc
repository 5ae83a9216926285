// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/incident_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/unit/journal/sample.h"

namespace keyward::journal {
namespace {

using testing::HasSubstr;
using testing::Not;

Incident InMicroseconds(Incident incident) {
  incident.first = std::chrono::floor<std::chrono::microseconds>(incident.first);
  incident.last = std::chrono::floor<std::chrono::microseconds>(incident.last);
  return incident;
}

// Set KEYWARD_REWRITE_GOLDEN to write it anew; the difference is then looked at.
TEST(IncidentJsonTest, TheKeysAreThePublishedOnes) {
  Incident incident = Sample();
  incident.id = 17;
  const std::string golden = KEYWARD_TESTDATA "/incident.json";
  if (std::getenv("KEYWARD_REWRITE_GOLDEN") != nullptr)
    std::ofstream(golden, std::ios::binary) << ToJson(incident) << "\n";
  EXPECT_EQ(ToJson(incident) + "\n", Contents(golden));
}

TEST(IncidentJsonTest, EveryFieldComesBack) {
  Incident incident = Sample();
  incident.id = 17;
  const Result<Incident> back = FromJson(ToJson(incident));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(Everything(*back), Everything(InMicroseconds(incident)));
}

TEST(IncidentJsonTest, AnEmptyIncidentComesBack) {
  const Result<Incident> back = FromJson(ToJson(Incident{}));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(Everything(*back), Everything(Incident{}));
}

TEST(IncidentJsonTest, WhatConcernsNoAssetHasNoVerdict) {
  Incident gap;
  gap.kind = IncidentKind::kGap;
  const std::string json = ToJson(gap);
  EXPECT_THAT(json, HasSubstr(R"("verdict":null)"));
  EXPECT_THAT(json, HasSubstr(R"("operation":null)"));
  EXPECT_THAT(json, HasSubstr(R"("asset_class":null)"));
}

TEST(IncidentJsonTest, NothingInItActsOnATerminal) {
  Incident incident = Sample();
  incident.path = "/home/alice/\x1b[2J\xc2\x9b\x7f\xe2\x80\xae\xff\n\r";
  const std::string json = ToJson(incident);
  for (const char c : json) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << static_cast<int>(c);
  const Result<Incident> back = FromJson(json);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->path, incident.path);
}

TEST(IncidentJsonTest, ANewerOneIsReadWithoutItsNews) {
  const Result<Incident> incident =
      FromJson(R"({"id":3,"asset":"electrum","colour":"red","subject":{"pid":1,"mood":[]}})");
  ASSERT_TRUE(incident) << incident.error().what;
  EXPECT_EQ(incident->id, 3);
  EXPECT_EQ(incident->subject.pid, 1);
}

TEST(IncidentJsonTest, WhatIsNoIncidentIsRefused) {
  for (const char* text :
       {"", "[]", "17", "{", R"({"id":"x"})", R"({"id":1e3})", R"({"verdict":"maybe"})",
        R"({"subject":{"pid":99999999999}})", R"({"owner_uid":-1})", R"({"attack":[1]})",
        R"({"attack":"T1"})", R"({"first":"noon"})", R"({"monitored":1})", R"({"rule":"x"})",
        R"({"subject":{"ancestry":{}}})", R"({"subject":{"taints":3}})"}) {
    const Result<Incident> incident = FromJson(text);
    ASSERT_FALSE(incident) << text;
    EXPECT_EQ(incident.error().code, ErrorCode::kInvalid) << text;
  }
}

}  // namespace
}  // namespace keyward::journal
