// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <array>
#include <filesystem>

#include "agent/journal/journal.h"
#include "tests/unit/journal/sample.h"

namespace keyward::journal {
namespace {

using testing::HasSubstr;

Database OpenRaw(const std::string& path) {
  return Database::Open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "").value();
}

void RunSql(const std::string& path, const std::string& sql) {
  Database db = OpenRaw(path);
  const Result<> done = db.Run(sql);
  ASSERT_TRUE(done) << done.error().what;
}

TEST(SchemaTest, AJournalOfVersion1StillOpens) {
  const ScratchDirectory dir;
  const std::string path = dir.Path("incidents.db");
  RunSql(path, Contents(KEYWARD_TESTDATA "/v1.sql"));
  auto journal = Journal::Open(path, {});
  ASSERT_TRUE(journal) << journal.error().what;
  const Result<Incident> old = (*journal)->Get(17);
  ASSERT_TRUE(old) << old.error().what;
  Incident want = Sample();
  want.id = 17;
  want.path = "/home/alice/caf\xe9";
  EXPECT_EQ(Everything(*old), Everything(want));
  EXPECT_EQ((*journal)->ReadStats().value().pruned.last_id, 4);
  EXPECT_EQ((*journal)->Append(Sample()).value(), 18);
}

TEST(SchemaTest, ANewJournalIsWhatTheGoldenOneIs) {
  const ScratchDirectory dir;
  RunSql(dir.Path("golden.db"), Contents(KEYWARD_TESTDATA "/v1.sql"));
  ASSERT_TRUE(Journal::Open(dir.Path("new.db"), {}));
  Database golden = OpenRaw(dir.Path("golden.db"));
  Database fresh = OpenRaw(dir.Path("new.db"));
  for (const char* pragma : {"auto_vacuum", "application_id", "user_version"}) {
    const std::string sql = std::string("PRAGMA ") + pragma;
    EXPECT_EQ(fresh.Number(sql).value(), golden.Number(sql).value()) << pragma;
  }
  EXPECT_EQ(fresh.Number("PRAGMA auto_vacuum").value(), 2);
  const char* const kSchema =
      "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema ORDER BY name)";
  Statement ours = fresh.Prepare(kSchema).value();
  Statement theirs = golden.Prepare(kSchema).value();
  ASSERT_TRUE(ours.Step().value());
  ASSERT_TRUE(theirs.Step().value());
  EXPECT_EQ(ours.Text(0), theirs.Text(0));
}

TEST(SchemaTest, ANewerJournalIsRefusedAndLeftAsItIs) {
  for (const auto mode : {Journal::Mode::kWrite, Journal::Mode::kReadOnly}) {
    const ScratchDirectory dir;
    const std::string path = dir.Path("incidents.db");
    ASSERT_TRUE(Journal::Open(path, {}));
    RunSql(path, "PRAGMA user_version = 99");
    const std::string before = Contents(path);
    Journal::Options options;
    options.mode = mode;
    const auto journal = Journal::Open(path, options);
    ASSERT_FALSE(journal);
    EXPECT_EQ(journal.error().code, ErrorCode::kUnsupported);
    EXPECT_THAT(journal.error().what, HasSubstr("its schema is version 99, this one knows 1"));
    EXPECT_THAT(journal.error().hint, HasSubstr("not changed"));
    EXPECT_EQ(Contents(path), before);
  }
}

TEST(SchemaTest, WhatIsNoJournalIsRefusedAndLeftAsItIs) {
  const ScratchDirectory dir;
  const std::string other = dir.Path("other.db");
  RunSql(other, "CREATE TABLE wallet (x)");
  const std::string before = Contents(other);
  const auto journal = Journal::Open(other, {});
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(Contents(other), before);

  std::filesystem::copy(KEYWARD_TESTDATA "/v1.sql", dir.Path("text.db"));
  const auto text = Journal::Open(dir.Path("text.db"), {});
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, ErrorCode::kCorrupt);
}

TEST(SchemaTest, ARowOfUnknownWordsIsNamed) {
  const ScratchDirectory dir;
  const std::string path = dir.Path("incidents.db");
  ASSERT_TRUE(OpenOrDie(path)->AppendBatch(std::vector<Incident>(2, Sample())));
  for (const char* damage : {"kind = 77", "outcome = 9", "operation = 0", "severity = 0",
                             "asset_class = 'toy'", "subject = '{'", "ancestry = '{}'"}) {
    SCOPED_TRACE(damage);
    RunSql(path, std::string("UPDATE incident SET ") + damage + " WHERE id = 2");
    const Result<Incident> row = OpenOrDie(path)->Get(2);
    EXPECT_TRUE(OpenOrDie(path)->Get(1)) << "the others are read";
    ASSERT_FALSE(row);
    EXPECT_EQ(row.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(row.error().what, HasSubstr("incident 2 does not read back"));
    RunSql(path,
           "DELETE FROM incident WHERE id = 2;"
           "INSERT INTO incident SELECT 2, kind, first_ns, last_ns, count, dropped, outcome, "
           "monitored, operation, severity, owner_uid, asset, asset_name, asset_class, path, "
           "rule, rule_file, rule_line, policy_version, engine, judged_as, taints, message, "
           "link, subject, ancestry, attack, taint_details FROM incident WHERE id = 1");
  }
}

TEST(MigrateTest, TakesOnlyTheStepsThatAreMissing) {
  const ScratchDirectory dir;
  Database db = OpenRaw(dir.Path("x.db"));
  constexpr std::array<Migration, 3> kSteps{{{1, "CREATE TABLE one (x)"},
                                             {2, "ALTER TABLE one ADD COLUMN y"},
                                             {3, "CREATE TABLE three (x)"}}};
  ASSERT_TRUE(Migrate(db, 0, std::span(kSteps).first(1)));
  EXPECT_EQ(CheckVersion(db, 3).value(), 1);
  ASSERT_TRUE(Migrate(db, 1, kSteps));
  EXPECT_EQ(CheckVersion(db, 3).value(), 3);
  EXPECT_TRUE(db.Run("INSERT INTO one (x, y) VALUES (1, 2); INSERT INTO three VALUES (3)"));
}

TEST(MigrateTest, AStepThatFailsLeavesTheVersionBeforeIt) {
  const ScratchDirectory dir;
  Database db = OpenRaw(dir.Path("x.db"));
  constexpr std::array<Migration, 2> kSteps{
      {{1, "CREATE TABLE one (x)"}, {2, "CREATE TABLE two (x); CREATE TABLE one (x)"}}};
  const Result<> done = Migrate(db, 0, kSteps);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, HasSubstr("schema version 2"));
  EXPECT_EQ(CheckVersion(db, 2).value(), 1);
  EXPECT_EQ(db.Number("SELECT count(*) FROM sqlite_schema WHERE name = 'two'").value(), 0);
}

TEST(MigrateTest, TheStepsAreNumberedWithoutHoles) {
  int want = 1;
  for (const Migration& step : Migrations()) EXPECT_EQ(step.to, want++);
  EXPECT_EQ(SchemaVersion(), want - 1);
}

}  // namespace
}  // namespace keyward::journal
