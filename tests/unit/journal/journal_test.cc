// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/unit/journal/sample.h"

namespace keyward::journal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::unique_ptr<Journal> OpenToRead(const std::string& path) {
  Journal::Options options;
  options.mode = Journal::Mode::kReadOnly;
  return OpenOrDie(path, options);
}

std::vector<IncidentId> Ids(Journal& journal, const Filter& filter) {
  const auto incidents = journal.Query(filter);
  if (!incidents) throw std::runtime_error(incidents.error().what);
  std::vector<IncidentId> ids;
  for (const Incident& incident : *incidents) ids.push_back(incident.id);
  EXPECT_EQ(journal.Count(filter).value(), ids.size());
  return ids;
}

TEST(JournalTest, EveryFieldComesBackAfterReopening) {
  const ScratchDirectory dir;
  IncidentId id = 0;
  {
    const auto journal = OpenOrDie(dir.Path("incidents.db"));
    id = journal->Append(Sample()).value();
  }
  const auto journal = OpenOrDie(dir.Path("incidents.db"));
  Incident want = Sample();
  want.id = id;
  EXPECT_EQ(Everything(journal->Get(id).value()), Everything(want));
}

TEST(JournalTest, BytesThatAreNotTextComeBack) {
  const ScratchDirectory dir;
  const auto journal = OpenOrDie(dir.Path("incidents.db"));
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  Incident incident = Sample();
  for (std::string* text :
       {&incident.path, &incident.asset, &incident.message, &incident.judged_as, &incident.link,
        &incident.rule, &incident.rule_where.file, &incident.asset_name, &incident.engine,
        &incident.subject.exe, &incident.subject.script, &incident.subject.cwd,
        &incident.subject.cgroup, &incident.subject.package})
    *text = all + "'; DROP TABLE incident; -- \\x41";
  incident.subject.argv = {all, "\xff\xfe", "", "\\x00"};
  incident.subject.evidence = {all};
  incident.taint_details = {all};
  incident.ancestry[0].argv = {all};
  incident.id = journal->Append(incident).value();
  EXPECT_EQ(Everything(journal->Get(incident.id).value()), Everything(incident));

  Filter filter;
  filter.asset = incident.asset;
  EXPECT_THAT(Ids(*journal, filter), ElementsAre(incident.id));
}

TEST(JournalTest, TheLargestAndSmallestNumbersComeBack) {
  const ScratchDirectory dir;
  const auto journal = OpenOrDie(dir.Path("incidents.db"));
  Incident incident = Sample();
  incident.owner_uid = 0xffffffffu;
  incident.subject.uid = 0xffffffffu;
  incident.subject.login_uid = 0xffffffffu;
  incident.subject.pid = -1;
  incident.subject.start_ticks = ~0ull;
  incident.first = Time::min();
  incident.last = Time::max();
  incident.id = journal->Append(incident).value();
  EXPECT_EQ(Everything(journal->Get(incident.id).value()), Everything(incident));

  incident.count = ~0ull;  // SQLite's integers are signed: it stays at the largest of them
  const Incident back = journal->Get(journal->Append(incident).value()).value();
  EXPECT_EQ(back.count, static_cast<std::uint64_t>(INT64_MAX));
}

TEST(JournalTest, ABatchIsAllOrNone) {
  const ScratchDirectory dir;
  Journal::Options options;
  options.max_pages = 60;
  const auto journal = OpenOrDie(dir.Path("incidents.db"), options);
  const std::vector<Incident> few(3, Sample());
  EXPECT_THAT(journal->AppendBatch(few).value(), ElementsAre(1, 2, 3));
  const std::vector<Incident> many(1000, Sample());
  const auto failed = journal->AppendBatch(many);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kFull) << failed.error().what;
  EXPECT_THAT(Ids(*journal, {}), ElementsAre(3, 2, 1));
  EXPECT_TRUE(journal->Append(Sample())) << "it goes on where there is room";
}

TEST(JournalTest, RaisingNeverLowers) {
  const ScratchDirectory dir;
  const auto journal = OpenOrDie(dir.Path("incidents.db"));
  Incident incident = Sample();
  const IncidentId id = journal->Append(incident).value();
  const Journal::Raise up[] = {{id, 1000, incident.last + std::chrono::seconds(9), 7}};
  ASSERT_TRUE(journal->Commit({}, up));
  const Journal::Raise down[] = {{id, 1, incident.first, 0}, {id + 99, 5, incident.last, 0}};
  ASSERT_TRUE(journal->Commit({}, down)) << "a row that was pruned is no error";
  const Incident back = journal->Get(id).value();
  EXPECT_EQ(back.count, 1000u);
  EXPECT_EQ(back.last, incident.last + std::chrono::seconds(9));
  EXPECT_EQ(back.dropped, 7u);
}

TEST(JournalTest, OneWriterAtATime) {
  const ScratchDirectory dir;
  const std::string path = dir.Path("incidents.db");
  auto first = OpenOrDie(path);
  const auto second = Journal::Open(path, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kBusy);
  EXPECT_THAT(second.error().what, HasSubstr("another Keyward is writing " + path));
  ASSERT_TRUE(first->Append(Sample())) << "the first is not disturbed";
  first.reset();
  EXPECT_TRUE(Journal::Open(path, {}));
}

TEST(JournalTest, ReadersSeeWhatIsCommittedWhileItIsWritten) {
  const ScratchDirectory dir;
  const auto writer = OpenOrDie(dir.Path("incidents.db"));
  ASSERT_TRUE(writer->Append(Sample()));
  const auto reader = OpenToRead(dir.Path("incidents.db"));
  EXPECT_THAT(Ids(*reader, {}), ElementsAre(1));
  ASSERT_TRUE(writer->Append(Sample()));
  EXPECT_THAT(Ids(*reader, {}), ElementsAre(2, 1));

  const auto refused = reader->Append(Sample());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kDenied);
}

TEST(JournalTest, ACopyCanBeRead) {
  const ScratchDirectory dir;
  auto writer = OpenOrDie(dir.Path("incidents.db"));
  ASSERT_TRUE(writer->AppendBatch(std::vector<Incident>(5, Sample())));
  std::filesystem::create_directory(dir.root() / "with log");
  for (const char* name : {"incidents.db", "incidents.db-wal"})
    std::filesystem::copy(dir.Path(name), dir.root() / "with log" / name);
  EXPECT_EQ(OpenToRead(dir.Path("with log/incidents.db"))->Count({}).value(), 5u);

  ASSERT_TRUE(writer->Close());
  std::filesystem::copy(dir.Path("incidents.db"), dir.Path("alone ?#%.db"));
  EXPECT_EQ(OpenToRead(dir.Path("alone ?#%.db"))->Count({}).value(), 5u);
}

// As on read-only media: the log's shared memory can't be made, as SQLite follows no link there.
TEST(JournalTest, ACopyWhereNothingCanBeWrittenIsReadIfItIsWhole) {
  const ScratchDirectory dir;
  const std::string path = dir.Path("copy ?#%.db");
  auto writer = OpenOrDie(path);
  ASSERT_TRUE(writer->Append(Sample()));
  ASSERT_TRUE(writer->Close());
  std::filesystem::create_symlink(dir.Path("nowhere"), path + "-shm");
  EXPECT_EQ(OpenToRead(path)->Count({}).value(), 1u);

  std::filesystem::copy(path, path + "-wal",  // a log that could hold more
                        std::filesystem::copy_options::overwrite_existing);
  Journal::Options options;
  options.mode = Journal::Mode::kReadOnly;
  const auto refused = Journal::Open(path, options);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().hint, HasSubstr("-wal"));
}

TEST(JournalTest, ReadingWhatIsNotThereMakesNothing) {
  const ScratchDirectory dir;
  Journal::Options options;
  options.mode = Journal::Mode::kReadOnly;
  const auto journal = Journal::Open(dir.Path("incidents.db"), options);
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, ErrorCode::kNotFound) << journal.error().what;
  EXPECT_TRUE(std::filesystem::is_empty(dir.root()));
}

TEST(JournalTest, EachConditionNarrows) {
  const ScratchDirectory dir;
  const auto journal = OpenOrDie(dir.Path("incidents.db"));
  Incident a = Sample();  // 1
  a.first = At(100);
  a.last = At(110);
  a.severity = Severity::kLow;
  a.outcome = Outcome::kAudit;
  a.owner_uid = 1000;
  Incident b = Sample();  // 2
  b.first = At(200);
  b.last = At(210);
  b.severity = Severity::kCritical;
  b.asset = "metamask";
  b.owner_uid = 1001;
  Incident c = Sample();  // 3
  c.first = At(300);
  c.last = At(310);
  c.severity = Severity::kHigh;
  c.kind = IncidentKind::kGap;
  c.owner_uid = 0;
  ASSERT_TRUE(journal->AppendBatch(std::vector<Incident>{a, b, c}));

  const auto with = [](auto set) {
    Filter filter;
    set(filter);
    return filter;
  };
  const struct {
    const char* name;
    Filter filter;
    std::vector<IncidentId> want;
  } cases[] = {
      {"none", {}, {3, 2, 1}},
      {"since", with([](Filter& f) { f.since = At(210); }), {3, 2}},
      {"since, just after", with([](Filter& f) { f.since = At(211); }), {3}},
      {"until", with([](Filter& f) { f.until = At(200); }), {2, 1}},
      {"kind", with([](Filter& f) { f.kind = IncidentKind::kGap; }), {3}},
      {"outcome", with([](Filter& f) { f.outcome = Outcome::kAudit; }), {1}},
      {"asset", with([](Filter& f) { f.asset = "metamask"; }), {2}},
      {"asset, none", with([](Filter& f) { f.asset = "meta%"; }), {}},
      {"severity", with([](Filter& f) { f.min_severity = Severity::kHigh; }), {3, 2}},
      {"owner", with([](Filter& f) { f.owner_uid = 1001; }), {2}},
      {"owner root", with([](Filter& f) { f.owner_uid = 0; }), {3}},
      {"after", with([](Filter& f) { f.after_id = 1; }), {3, 2}},
      {"before", with([](Filter& f) { f.before_id = 3; }), {2, 1}},
      {"all at once",
       with([](Filter& f) {
         f.since = At(1);
         f.until = At(999);
         f.asset = "metamask";
         f.outcome = Outcome::kDeny;
         f.owner_uid = 1001;
         f.min_severity = Severity::kCritical;
         f.kind = IncidentKind::kAccess;
         f.after_id = 1;
         f.before_id = 3;
       }),
       {2}},
  };
  for (const auto& c2 : cases) {
    SCOPED_TRACE(c2.name);
    EXPECT_EQ(Ids(*journal, c2.filter), c2.want);
  }
  Filter newest;
  newest.limit = 2;
  const auto incidents = journal->Query(newest).value();
  ASSERT_EQ(incidents.size(), 2u);
  EXPECT_EQ(incidents[1].id, 2);
  EXPECT_EQ(journal->Get(4).error().code, ErrorCode::kNotFound);
}

TEST(JournalTest, StatsTellWhatIsThere) {
  const ScratchDirectory dir;
  const auto journal = OpenOrDie(dir.Path("incidents.db"));
  EXPECT_EQ(journal->ReadStats().value().newest_id, 0);
  ASSERT_TRUE(journal->AppendBatch(std::vector<Incident>(7, Sample())));
  const Journal::Stats stats = journal->ReadStats().value();
  EXPECT_EQ(stats.schema_version, 1);
  EXPECT_EQ(stats.incidents, 7u);
  EXPECT_EQ(stats.oldest_id, 1);
  EXPECT_EQ(stats.newest_id, 7);
  EXPECT_GT(stats.bytes, 7u * 500);
  EXPECT_EQ(stats.pruned.count, 0u);
}

TEST(JournalTest, ADirectoryThatIsNotThereIsNamed) {
  const auto journal = Journal::Open("/nonexistent/keyward/incidents.db", {});
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(journal.error().what, HasSubstr("/nonexistent/keyward"));
}

}  // namespace
}  // namespace keyward::journal
