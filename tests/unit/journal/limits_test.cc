// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/journal/sample.h"

namespace keyward::journal {
namespace {

TEST(LimitTest, AnOrdinaryIncidentIsLeftAsItIs) {
  Incident incident = Sample();
  Limit(incident);
  EXPECT_EQ(Everything(incident), Everything(Sample()));
}

TEST(LimitTest, AHostileOneIsCutAndSaysSo) {
  Incident incident = Sample();
  incident.path.assign(100'000, 'p');
  incident.subject.argv.assign(1'000'000, "");
  incident.subject.argv[0].assign(10'000, 'a');
  incident.taint_details.assign(5000, std::string(5000, 't'));
  incident.ancestry.assign(500, RecordedProcess{});
  for (RecordedProcess& ancestor : incident.ancestry) ancestor.argv.assign(1000, "an argument");
  Limit(incident);
  EXPECT_THAT(incident.path, testing::EndsWith("… (95904 bytes more)"));
  EXPECT_EQ(incident.subject.argv[0].size(), 10'000u);
  EXPECT_THAT(incident.subject.argv.back(), testing::EndsWith(" more)"));
  EXPECT_THAT(incident.taint_details.back(), "… (4968 more)");
  EXPECT_EQ(incident.ancestry.size(), kMostAncestors);
  EXPECT_LT(Everything(incident).size(), 300'000u);
}

TEST(LimitTest, AnArgumentLongerThanAllMayBeEndsTheList) {
  Incident incident = Sample();
  incident.subject.argv = {"python3", "-c", std::string(50'000, 'x'), "after"};
  Limit(incident);
  ASSERT_EQ(incident.subject.argv.size(), 4u);
  EXPECT_LT(incident.subject.argv[2].size(), kLongestArguments + 32);
  EXPECT_EQ(incident.subject.argv[3], "… (1 more)");
}

}  // namespace
}  // namespace keyward::journal
