// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "agent/journal/journal.h"
#include "agent/journal/sqlite.h"
#include "tests/unit/journal/memory_vfs.h"
#include "tests/unit/journal/sample.h"

namespace keyward::journal {
namespace {

using testing::AnyOf;
using testing::IsSubsetOf;
using Fault = MemoryDisk::Fault;
using Failing = MemoryDisk::Failing;
using Crash = MemoryDisk::Crash;

constexpr int kAppends = 12;
const char* const kPath = "/incidents.db";

Journal::Options On(const MemoryDisk& disk) {
  Journal::Options options;
  options.vfs = disk.vfs_name();
  return options;
}

// Appends and prunes on a disk that fails; a journal that can't be opened or an append that fails
// is left at that, as the error said. Gives what was acknowledged.
std::vector<IncidentId> AppendThroughFaults(const MemoryDisk& disk) {
  std::vector<IncidentId> acknowledged;
  auto journal = Journal::Open(kPath, On(disk));
  if (!journal) {
    EXPECT_THAT(journal.error().code, AnyOf(ErrorCode::kIo, ErrorCode::kFull))
        << journal.error().what;
    return acknowledged;
  }
  Incident incident = Sample();
  for (int n = 0; n < kAppends; ++n) {
    const Result<IncidentId> id = (*journal)->Append(incident);
    if (id) {
      acknowledged.push_back(*id);
    } else {
      EXPECT_THAT(id.error().code, AnyOf(ErrorCode::kIo, ErrorCode::kFull)) << id.error().what;
    }
  }
  return acknowledged;  // the journal closes on the failing disk
}

std::vector<IncidentId> ReadAll(const MemoryDisk& disk) {
  const auto journal = OpenOrDie(kPath, On(disk));
  std::vector<IncidentId> ids;
  const auto incidents = journal->Query({});
  EXPECT_TRUE(incidents) << incidents.error().what;
  if (incidents)
    for (const Incident& incident : *incidents) ids.push_back(incident.id);
  return ids;
}

std::string CheckIntegrity(const MemoryDisk& disk) {
  Database db = Database::Open(kPath, SQLITE_OPEN_READWRITE, disk.vfs_name()).value();
  Statement check = db.Prepare("PRAGMA integrity_check").value();
  EXPECT_TRUE(check.Step().value());
  return std::string(check.Text(0));
}

class JournalFaultTest : public testing::TestWithParam<std::tuple<Fault, Failing, Crash>> {};

// Fails the n-th disk operation, for every n until a run gets through: once, then for good. What
// was acknowledged is there afterwards, whatever of the unsynced writes the crash kept.
TEST_P(JournalFaultTest, EveryAcknowledgedIncidentSurvives) {
  const auto [fault, failing, crash] = GetParam();
  bool reached = true;
  int n = 1;
  for (; reached; ++n) {
    SCOPED_TRACE("fault at operation " + std::to_string(n));
    MemoryDisk disk;
    disk.FailAt(fault, failing, n);
    const std::vector<IncidentId> acknowledged = AppendThroughFaults(disk);
    reached = disk.fault_reached();
    disk.Heal();
    disk.PowerCut(crash, static_cast<unsigned>(n));
    const std::vector<IncidentId> there = ReadAll(disk);
    ASSERT_THAT(acknowledged, IsSubsetOf(there));
    ASSERT_EQ(CheckIntegrity(disk), "ok");
    if (!reached) {
      EXPECT_EQ(acknowledged.size(), static_cast<std::size_t>(kAppends));
    }
  }
  EXPECT_GT(n, 100) << "the faults went through opening and appending";
}

std::string NameOf(const testing::TestParamInfo<std::tuple<Fault, Failing, Crash>>& info) {
  const auto [fault, failing, crash] = info.param;
  std::string name = fault == Fault::kOnce ? "Once" : "ForGood";
  name += failing == Failing::kIo ? "Io" : "Full";
  if (crash == Crash::kKeepsNothing) return name + "KeepsNothing";
  return name + (crash == Crash::kKeepsSome ? "KeepsSome" : "KeepsEverything");
}

INSTANTIATE_TEST_SUITE_P(Disks, JournalFaultTest,
                         testing::Combine(testing::Values(Fault::kOnce, Fault::kPersistent),
                                          testing::Values(Failing::kIo, Failing::kFull),
                                          testing::Values(Crash::kKeepsNothing, Crash::kKeepsSome,
                                                          Crash::kKeepsEverything)),
                         NameOf);

// The disk that the tests above believe in: without a sync nothing survives.
TEST(MemoryDiskTest, AWriteThatWasNotSyncedIsLost) {
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  for (const char* synchronous : {"FULL", "OFF"}) {
    MemoryDisk disk;
    Database db = Database::Open(kPath, kFlags, disk.vfs_name()).value();
    ASSERT_TRUE(db.Run("PRAGMA journal_mode = WAL; CREATE TABLE t (x)"));
    ASSERT_TRUE(db.Run(std::string("PRAGMA synchronous = ") + synchronous));
    ASSERT_TRUE(db.Run("INSERT INTO t VALUES (1)"));
    MemoryDisk after;
    after.files = disk.files;
    after.PowerCut(Crash::kKeepsNothing);
    Database reopened = Database::Open(kPath, kFlags, after.vfs_name()).value();
    EXPECT_EQ(reopened.Number("SELECT count(*) FROM t").value(),
              std::string(synchronous) == "FULL" ? 1 : 0)
        << synchronous;
  }
}

TEST(MemoryDiskTest, AnAppendSurvivesAPowerCutWithTheJournalOpen) {
  for (const Crash crash : {Crash::kKeepsNothing, Crash::kKeepsSome, Crash::kKeepsEverything}) {
    MemoryDisk disk;
    const auto journal = OpenOrDie(kPath, On(disk));
    std::vector<IncidentId> acknowledged;
    for (int n = 0; n < 40; ++n) {
      acknowledged.push_back(journal->Append(Sample()).value());
      MemoryDisk after;
      after.files = disk.files;
      after.PowerCut(crash, static_cast<unsigned>(n));
      ASSERT_THAT(acknowledged, IsSubsetOf(ReadAll(after)));
    }
  }
}

}  // namespace
}  // namespace keyward::journal
