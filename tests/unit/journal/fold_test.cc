// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/fold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/journal/sample.h"

namespace keyward::journal {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Added = Folder::Added;

Folder::Tick Start() { return Folder::Tick(std::chrono::hours(1)); }

// A try by process `pid` of /usr/bin/cat, started by the shell `parent`.
Incident Try(int pid, int parent = 100) {
  Incident i;
  i.first = i.last = At(1000 + pid);
  i.asset = "electrum";
  i.rule = "wallet-secret.stranger";
  i.owner_uid = 1000;
  i.path = "/home/alice/.electrum/wallets/w" + std::to_string(pid);
  i.subject.pid = pid;
  i.subject.start_ticks = static_cast<std::uint64_t>(pid) * 10;
  i.subject.exe = "/usr/bin/cat";
  i.subject.argv = {"cat", "w"};
  i.judged_as = "/usr/bin/bash";
  RecordedProcess shell;
  shell.pid = parent;
  i.ancestry = {shell};
  return i;
}

// Commits what is due, as a journal that never fails; gives the rows.
class Rows {
 public:
  std::vector<Folder::Pending> Commit(Folder& folder, Folder::Tick now, bool everything = false) {
    const auto due = folder.Due(now, everything);
    std::vector<std::int64_t> ids;
    for (const Folder::Pending& p : due) {
      const std::int64_t id = p.id == 0 ? ++last_ : p.id;
      if (p.id == 0) ids.push_back(id);
      counts[id] = p.count;
      dropped[id] = p.dropped;
      verdicts += p.verdicts;
    }
    folder.Committed(due, ids, now);
    return due;
  }
  std::map<std::int64_t, std::uint64_t> counts;
  std::map<std::int64_t, std::uint64_t> dropped;
  std::uint64_t verdicts = 0;

 private:
  std::int64_t last_ = 0;
};

TEST(FolderTest, TheSameProcessIsOneIncidentWhateverThePath) {
  Folder folder({});
  Rows rows;
  EXPECT_EQ(folder.Add(Try(1), Start()), Added::kNew);
  Incident other_path = Try(1);
  other_path.path = "/home/alice/.electrum/config";
  other_path.last = At(5000);
  EXPECT_EQ(folder.Add(other_path, Start()), Added::kFolded);
  const auto due = rows.Commit(folder, Start());
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].count, 2u);
  EXPECT_EQ(due[0].last, At(5000));
  EXPECT_EQ(due[0].incident->path, Try(1).path) << "the first path stays";
}

TEST(FolderTest, WhatHappenedIsNeverMixed) {
  const struct {
    const char* name;
    void (*change)(Incident&);
  } cases[] = {
      {"asset", [](Incident& i) { i.asset = "metamask"; }},
      {"operation", [](Incident& i) { i.operation = Operation::kWrite; }},
      {"outcome", [](Incident& i) { i.outcome = Outcome::kAsk; }},
      {"monitored", [](Incident& i) { i.monitored = true; }},
      {"rule", [](Incident& i) { i.rule = "team"; }},
      {"owner", [](Incident& i) { i.owner_uid = 1001; }},
      {"taints", [](Incident& i) { i.taints.Add(Taint::kTraced); }},
      {"kind", [](Incident& i) { i.kind = IncidentKind::kLocation; }},
      {"another program in the same process", [](Incident& i) { i.subject.exe = "/usr/bin/cp"; }},
      {"another script", [](Incident& i) { i.subject.script = "/x.py"; }},
      {"other arguments",
       [](Incident& i) {
         i.subject.argv = {"cat", "hardlink"};
       }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Folder folder({});
    folder.Add(Try(1), Start());
    Incident other = Try(1);
    c.change(other);
    EXPECT_EQ(folder.Add(other, Start()), Added::kNew);
    EXPECT_EQ(folder.Add(other, Start()), Added::kFolded) << "but it folds with its like";
  }
}

TEST(FolderTest, ALoopOfShortProcessesIsOneIncident) {
  Folder folder({});
  Rows rows;
  EXPECT_EQ(folder.Add(Try(1), Start()), Added::kNew);
  for (int pid = 2; pid <= 1000; ++pid) EXPECT_EQ(folder.Add(Try(pid), Start()), Added::kFolded);
  rows.Commit(folder, Start());
  EXPECT_EQ(rows.counts, (std::map<std::int64_t, std::uint64_t>{{1, 1000}}));
}

TEST(FolderTest, ProcessesOfDifferentParentsAreApartUntilThereAreMany) {
  Folder::Options options;
  options.processes_apart = 3;
  Folder folder(options);
  Rows rows;
  for (int pid = 1; pid <= 10; ++pid) folder.Add(Try(pid, /*parent=*/1000 + pid), Start());
  rows.Commit(folder, Start());
  EXPECT_EQ(rows.counts, (std::map<std::int64_t, std::uint64_t>{{1, 1}, {2, 1}, {3, 8}}));
  Incident other_program = Try(50, 5000);
  other_program.judged_as = "/usr/bin/zsh";
  EXPECT_EQ(folder.Add(other_program, Start()), Added::kNew) << "another program is apart";
}

TEST(FolderTest, WithoutAParentProcessesAreApartUntilThereAreMany) {
  Folder::Options options;
  options.processes_apart = 2;
  Folder folder(options);
  int fresh = 0;
  for (int pid = 1; pid <= 10; ++pid) {
    Incident orphan = Try(pid);
    orphan.ancestry.clear();
    if (folder.Add(orphan, Start()) == Added::kNew) ++fresh;
  }
  EXPECT_EQ(fresh, 2);
}

TEST(FolderTest, AFloodOfNewScriptsEndsInOneRowThatSaysSo) {
  Folder::Options options;
  options.programs_apart = 5;
  Folder folder(options);
  Rows rows;
  const auto script = [](int n) {
    Incident i = Try(n, 1000 + n);
    i.subject.script = "/tmp/" + std::to_string(n) + ".py";
    return i;
  };
  for (int n = 1; n <= 1000; ++n) folder.Add(script(n), Start());
  EXPECT_EQ(folder.Add(script(1), Start()), Added::kFolded) << "a known one goes on being counted";
  const auto due = rows.Commit(folder, Start());
  ASSERT_EQ(due.size(), 6u);
  EXPECT_EQ(rows.counts.at(1), 2u);
  EXPECT_EQ(rows.counts.at(6), 995u);
  EXPECT_THAT(due[5].incident->message, testing::HasSubstr("more than 5 different programs"));
  EXPECT_EQ(due[4].incident->message, "");
  Incident other_asset = script(1001);
  other_asset.asset = "metamask";
  EXPECT_EQ(folder.Add(other_asset, Start()), Added::kNew);
}

TEST(FolderTest, AFoldEndsAfterQuietAndAfterItsLongest) {
  const struct {
    const char* name;
    seconds gap;
    int tries;
    std::size_t rows;
  } cases[] = {
      {"within the quiet time", seconds(60), 2, 1},
      {"after it", seconds(61), 2, 2},
      {"never quiet, within the longest", seconds(50), 13, 1},
      {"never quiet, beyond it", seconds(50), 14, 2},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Folder folder({});
    Rows rows;
    for (int n = 0; n < c.tries; ++n) {
      folder.Add(Try(1), Start() + n * c.gap);
      rows.Commit(folder, Start() + n * c.gap);
    }
    EXPECT_EQ(rows.counts.size(), c.rows);
  }
}

TEST(FolderTest, ActsAreNeverFolded) {
  for (const IncidentKind kind : {IncidentKind::kApproval, IncidentKind::kOverride}) {
    Folder folder({});
    Incident act = Try(1);
    act.kind = kind;
    EXPECT_EQ(folder.Add(act, Start()), Added::kNew);
    EXPECT_EQ(folder.Add(act, Start()), Added::kNew);
  }
}

TEST(FolderTest, AHostilePlaceIsOneIncidentForEachPlace) {
  Folder folder({});
  Incident place;
  place.kind = IncidentKind::kLocation;
  place.path = "/home/alice/.electrum";
  EXPECT_EQ(folder.Add(place, Start()), Added::kNew);
  EXPECT_EQ(folder.Add(place, Start()), Added::kFolded);
  place.path = "/home/alice/.ssh";
  EXPECT_EQ(folder.Add(place, Start()), Added::kNew);
}

TEST(FolderTest, TheFirstIsDueAtOnceAndItsCountOnceASecond) {
  Folder folder({});
  Rows rows;
  EXPECT_FALSE(folder.NextDue().has_value());
  folder.Add(Try(1), Start());
  EXPECT_LE(folder.NextDue().value(), Start());
  rows.Commit(folder, Start());
  EXPECT_TRUE(folder.idle());
  EXPECT_FALSE(folder.NextDue().has_value()) << "an idle folder wants no wake-up";

  folder.Add(Try(1), Start() + milliseconds(10));
  EXPECT_TRUE(folder.Due(Start() + milliseconds(999), false).empty());
  EXPECT_EQ(folder.NextDue().value(), Start() + milliseconds(1000));
  EXPECT_EQ(folder.Due(Start() + milliseconds(10), true).size(), 1u) << "a flush takes it at once";
  EXPECT_EQ(rows.Commit(folder, Start() + milliseconds(1000)).size(), 1u);
  EXPECT_EQ(rows.counts.at(1), 2u);
}

TEST(FolderTest, WhatComesDuringACommitIsWrittenByTheNext) {
  Folder folder({});
  folder.Add(Try(1), Start());
  const auto due = folder.Due(Start(), false);
  folder.Add(Try(1), Start());
  const std::int64_t ids[] = {7};
  folder.Committed(due, ids, Start());
  EXPECT_FALSE(folder.idle());
  const auto next = folder.Due(Start() + seconds(1), false);
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0].id, 7);
  EXPECT_EQ(next[0].count, 2u);
  EXPECT_EQ(next[0].verdicts, 1u);
}

TEST(FolderTest, MemoryIsBoundedWhileTheDiskWorks) {
  Folder::Options options;
  options.most_held = 10;
  Folder folder(options);
  Rows rows;
  for (int n = 0; n < 1000; ++n) {
    Incident i = Try(1);
    i.asset = "asset" + std::to_string(n);
    EXPECT_EQ(folder.Add(i, Start()), Added::kNew);
    rows.Commit(folder, Start());
    EXPECT_LE(folder.held(), 10u);
  }
  EXPECT_EQ(rows.counts.size(), 1000u);
  EXPECT_EQ(rows.verdicts, 1000u);
}

TEST(FolderTest, WhatCanNotEvenBeFoldedIsCountedInTheNext) {
  Folder::Options options;
  options.most_held = 2;
  Folder folder(options);
  Rows rows;
  const auto about = [](const char* asset, int parent = 100) {
    Incident i = Try(parent, parent);
    i.asset = asset;
    return i;
  };
  EXPECT_EQ(folder.Add(about("a"), Start()), Added::kNew);
  EXPECT_EQ(folder.Add(about("b"), Start()), Added::kNew);
  EXPECT_EQ(folder.Add(about("a", 200), Start()), Added::kFolded) << "detail goes before numbers";
  EXPECT_EQ(folder.Add(about("c"), Start()), Added::kDropped);
  EXPECT_EQ(folder.Add(about("d"), Start()), Added::kDropped);
  EXPECT_EQ(folder.dropped(), 2u);
  rows.Commit(folder, Start());
  EXPECT_EQ(folder.Add(about("e"), Start()), Added::kNew);
  EXPECT_EQ(folder.dropped(), 0u);
  rows.Commit(folder, Start());
  EXPECT_EQ(rows.dropped.at(3), 2u);
  EXPECT_EQ(rows.verdicts, 6u) << "each of the six is accounted for once";
}

// Random incidents, commits that fail half the time: the sums must come out right.
TEST(FolderTest, NothingIsEverLostOrCountedTwice) {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    Folder::Options options;
    options.most_held = 1 + random() % 12;
    options.processes_apart = static_cast<std::uint32_t>(1 + random() % 3);
    options.programs_apart = static_cast<std::uint32_t>(1 + random() % 4);
    Folder folder(options);
    Rows rows;
    auto now = Start();
    const int given = 300;
    for (int n = 0; n < given; ++n) {
      now += milliseconds(random() % 20'000);
      Incident i = Try(static_cast<int>(random() % 5), static_cast<int>(random() % 3));
      i.asset = "asset" + std::to_string(random() % 6);
      i.subject.script = "script" + std::to_string(random() % 4);
      if (random() % 10 == 0) i.kind = IncidentKind::kApproval;
      folder.Add(i, now);
      ASSERT_LE(folder.held(), options.most_held);
      if (random() % 2 == 0) rows.Commit(folder, now, random() % 8 == 0);
    }
    rows.Commit(folder, now, true);
    std::uint64_t counted = folder.dropped();
    for (const auto& [id, count] : rows.counts) counted += count;
    for (const auto& [id, count] : rows.dropped) counted += count;
    ASSERT_EQ(counted, static_cast<std::uint64_t>(given)) << "round " << round;
    ASSERT_EQ(rows.verdicts + folder.dropped(), static_cast<std::uint64_t>(given));
    ASSERT_TRUE(folder.idle());
  }
}

}  // namespace
}  // namespace keyward::journal
