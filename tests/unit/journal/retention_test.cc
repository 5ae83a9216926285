// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/retention.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "agent/journal/journal.h"
#include "tests/unit/journal/sample.h"

namespace keyward::journal {
namespace {

// Incident n happened at minute n.
std::unique_ptr<Journal> Filled(const std::string& path, const Retention& retention, int rows) {
  Journal::Options options;
  options.retention = retention;
  auto journal = OpenOrDie(path, options);
  std::vector<Incident> incidents;
  for (int minute = 1; minute <= rows; ++minute) {
    incidents.push_back(Sample());
    incidents.back().first = incidents.back().last = At(minute * 60);
  }
  EXPECT_TRUE(journal->AppendBatch(incidents));
  return journal;
}

TEST(RetentionTest, NothingGoesWithinTheBounds) {
  const ScratchDirectory dir;
  const auto journal = Filled(dir.Path("i.db"), {256u << 20, 500, std::chrono::minutes(5)}, 500);
  EXPECT_EQ(journal->Prune(At(500 * 60)).value(), 0u);
  EXPECT_EQ(journal->Count({}).value(), 500u);
}

TEST(RetentionTest, TheOldestGoFirstAndAreCounted) {
  const ScratchDirectory dir;
  const auto journal = Filled(dir.Path("i.db"), {256u << 20, 400, std::chrono::minutes(5)}, 500);
  EXPECT_EQ(journal->Prune(At(500 * 60)).value(), 102u) << "100 over, and half a percent";
  const Journal::Stats stats = journal->ReadStats().value();
  EXPECT_EQ(stats.oldest_id, 103);
  EXPECT_EQ(stats.newest_id, 500);
  EXPECT_EQ(stats.pruned.count, 102u);
  EXPECT_EQ(stats.pruned.last_id, 102);
  EXPECT_EQ(stats.pruned.when, At(500 * 60));
  EXPECT_EQ(journal->Prune(At(500 * 60)).value(), 0u);
}

TEST(RetentionTest, TheNewestMinutesStayBeyondTheBound) {
  const ScratchDirectory dir;
  const auto journal = Filled(dir.Path("i.db"), {256u << 20, 300, std::chrono::minutes(400)}, 500);
  EXPECT_EQ(journal->Prune(At(500 * 60)).value(), 99u);
  EXPECT_EQ(journal->ReadStats().value().oldest_id, 100);
}

TEST(RetentionTest, AtTwiceTheBoundTheNewestGoToo) {
  const ScratchDirectory dir;
  const auto journal =
      Filled(dir.Path("i.db"), {256u << 20, 100, std::chrono::minutes(10'000)}, 500);
  EXPECT_EQ(journal->Prune(At(500 * 60)).value(), 301u);
  EXPECT_EQ(journal->Count({}).value(), 199u);
}

TEST(RetentionTest, TheFileShrinksToItsBound) {
  const ScratchDirectory dir;
  const Retention retention{1u << 20, 1'000'000, std::chrono::minutes(5)};
  const auto journal = Filled(dir.Path("i.db"), retention, 2500);
  const std::uint64_t before = journal->ReadStats().value().bytes;
  ASSERT_GT(before, 3u << 20);
  EXPECT_GT(journal->Prune(At(2500 * 60)).value(), 1000u) << "more than one transaction's worth";
  EXPECT_LE(journal->ReadStats().value().bytes, 1u << 20);
  EXPECT_GT(journal->ReadStats().value().bytes, 900u << 10);
  ASSERT_TRUE(journal->Close());
  EXPECT_LE(std::filesystem::file_size(dir.Path("i.db")), 1u << 20);
}

TEST(RetentionTest, IdsAreNeverUsedAgain) {
  const ScratchDirectory dir;
  {
    const auto journal = Filled(dir.Path("i.db"), {256u << 20, 0, std::chrono::minutes(0)}, 10);
    EXPECT_EQ(journal->Prune(At(9999 * 60)).value(), 10u);
    EXPECT_EQ(journal->Count({}).value(), 0u);
  }
  const auto journal = OpenOrDie(dir.Path("i.db"));
  EXPECT_EQ(journal->Append(Sample()).value(), 11);
  EXPECT_EQ(journal->ReadStats().value().pruned.last_id, 10);
}

}  // namespace
}  // namespace keyward::journal
