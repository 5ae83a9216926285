// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "tests/unit/journal/memory_vfs.h"
#include "tests/unit/journal/sample.h"

namespace keyward::journal {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

struct Counter : VerdictCounter {
  void Given(std::uint64_t n) override { given += n; }
  void Committed(std::uint64_t n) override { committed += n; }
  std::atomic<std::uint64_t> given{0};
  std::atomic<std::uint64_t> committed{0};
};

Incident About(const std::string& asset) {
  Incident i = Sample();
  i.asset = asset;
  i.count = 1;
  i.dropped = 0;
  return i;
}

// A writer without its thread, on a disk in memory, at a time that the test sets.
class SteppedWriterTest : public testing::Test {
 protected:
  void Open(Folder::Options fold = {}) {
    Journal::Options on_disk;
    on_disk.vfs = disk_.vfs_name();
    Writer::Options options;
    options.fold = fold;
    options.tick = [this] { return now_; };
    options.time = [this] { return At(now_.time_since_epoch() / seconds(1)); };
    Writer::Events events;
    events.on_committed = [this](const Incident& i, bool updated) {
      told_.push_back((updated ? "updated " : "new ") + std::to_string(i.id) + " " + i.asset +
                      " x" + std::to_string(i.count));
    };
    events.on_failing = [this](const Error& e) {
      told_.push_back("failing: " + std::string(ErrorCodeName(e.code)));
    };
    events.on_recovered = [this](std::uint64_t late) {
      told_.push_back("recovered, late " + std::to_string(late));
    };
    writer_ =
        std::make_unique<Writer>(OpenOrDie("/incidents.db", on_disk), options, &counter_, events);
  }
  std::optional<Writer::Tick> Step() { return writer_->Step(now_); }
  std::vector<std::string> Told() { return std::exchange(told_, {}); }
  std::vector<Incident> Recorded() {
    EXPECT_TRUE(writer_->Stop());
    Journal::Options on_disk;
    on_disk.vfs = disk_.vfs_name();
    return OpenOrDie("/incidents.db", on_disk)->Query({}).value();
  }

  MemoryDisk disk_;
  Counter counter_;
  Writer::Tick now_{std::chrono::hours(100)};
  std::vector<std::string> told_;
  std::unique_ptr<Writer> writer_;
};

TEST_F(SteppedWriterTest, TheFirstIsCommittedAtOnceItsCountOnceASecond) {
  Open();
  EXPECT_EQ(Step(), std::nullopt) << "nothing to do: sleep without a timer";
  writer_->Submit(About("a"));
  EXPECT_EQ(Step(), std::nullopt);
  EXPECT_THAT(Told(), testing::ElementsAre("new 1 a x1"));
  for (int n = 0; n < 9; ++n) writer_->Submit(About("a"));
  EXPECT_EQ(Step(), now_ + seconds(1));
  EXPECT_THAT(Told(), testing::IsEmpty());
  EXPECT_EQ(counter_.given, 10u);
  EXPECT_EQ(counter_.committed, 1u);
  now_ += seconds(1);
  EXPECT_EQ(Step(), std::nullopt);
  EXPECT_THAT(Told(), testing::ElementsAre("updated 1 a x10"));
  EXPECT_EQ(counter_.committed, 10u);
}

TEST_F(SteppedWriterTest, StoppingCommitsWhatIsLeft) {
  Open();
  writer_->Submit(About("a"));
  Step();
  for (int n = 0; n < 4; ++n) writer_->Submit(About("a"));
  writer_->Submit(About("b"));
  const auto recorded = Recorded();
  ASSERT_EQ(recorded.size(), 2u);
  EXPECT_EQ(recorded[1].count, 5u);
  EXPECT_EQ(counter_.committed, counter_.given);
}

TEST_F(SteppedWriterTest, AFullDiskLosesNothingAndIsAnIncident) {
  Open();
  writer_->Submit(About("a"));
  Step();
  disk_.FailAt(MemoryDisk::Fault::kPersistent, MemoryDisk::Failing::kFull, 1);
  writer_->Submit(About("b"));
  writer_->Submit(About("a"));
  EXPECT_EQ(Step(), now_ + milliseconds(100));
  EXPECT_THAT(Told(), testing::ElementsAre("new 1 a x1", "failing: full"));

  const int operations = disk_.operations();
  writer_->Submit(About("c"));
  EXPECT_EQ(Step(), now_ + milliseconds(100)) << "more incidents don't make it try sooner";
  EXPECT_EQ(disk_.operations(), operations);
  for (const int wait : {200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000}) {
    now_ = *Step();
    EXPECT_EQ(Step(), now_ + milliseconds(wait));
  }
  EXPECT_EQ(counter_.committed, 1u);
  EXPECT_THAT(Told(), testing::IsEmpty()) << "said once";

  disk_.Heal();
  now_ += seconds(30);
  EXPECT_EQ(Step(), std::nullopt);
  EXPECT_THAT(Told(), testing::ElementsAre("updated 1 a x2", "new 2 b x1", "new 3 c x1",
                                           "new 4  x3", "recovered, late 3"));
  EXPECT_EQ(counter_.committed, 4u);
  const auto recorded = Recorded();
  ASSERT_EQ(recorded.size(), 4u);
  EXPECT_EQ(recorded[0].kind, IncidentKind::kGap);
  EXPECT_EQ(recorded[0].count, 3u);
  EXPECT_EQ(recorded[0].first, At(360'000));
  EXPECT_GT(recorded[0].last, At(360'100));
  EXPECT_THAT(recorded[0].message, HasSubstr("3 verdicts were recorded late"));
}

TEST_F(SteppedWriterTest, WhatDoesNotFitInMemoryMeanwhileIsCounted) {
  Folder::Options fold;
  fold.most_held = 3;
  Open(fold);
  disk_.FailAt(MemoryDisk::Fault::kPersistent, MemoryDisk::Failing::kIo, 1);
  for (const char* asset : {"a", "b", "c", "d", "e", "a"}) writer_->Submit(About(asset));
  Step();
  EXPECT_EQ(writer_->dropped(), 0u) << "the two are counted in the last, which fits";
  disk_.Heal();
  now_ += seconds(1);
  Step();
  EXPECT_EQ(counter_.committed, 6u);
  const auto recorded = Recorded();
  ASSERT_EQ(recorded.size(), 4u);
  EXPECT_THAT(recorded[0].message, HasSubstr("6 verdicts were recorded late, 2 of them only as"));
  EXPECT_EQ(recorded[3].asset, "a");
  EXPECT_EQ(recorded[3].count, 2u);
  EXPECT_EQ(recorded[3].dropped, 2u);
}

TEST_F(SteppedWriterTest, StoppingOnAFailingDiskSaysSo) {
  Open();
  disk_.FailAt(MemoryDisk::Fault::kPersistent, MemoryDisk::Failing::kIo, 1);
  writer_->Submit(About("a"));
  const Result<> stopped = writer_->Stop();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kIo);
  EXPECT_EQ(counter_.given - counter_.committed, 1u) << "for the successor's gap";
}

// The n-th operation of the disk fails, once, for every n: what was submitted gets there.
TEST_F(SteppedWriterTest, EverySubmissionGetsThroughAFailureAnywhere) {
  bool reached = true;
  for (int n = 1; reached; ++n) {
    SCOPED_TRACE(n);
    MemoryDisk disk;
    Journal::Options on_disk;
    on_disk.vfs = disk.vfs_name();
    Writer::Options options;
    options.tick = [this] { return now_; };
    Counter counter;
    Writer writer(OpenOrDie("/incidents.db", on_disk), options, &counter, {});
    disk.FailAt(MemoryDisk::Fault::kOnce, MemoryDisk::Failing::kIo, n);
    for (int i = 0; i < 6; ++i) {
      writer.Submit(About(std::to_string(i / 2)));
      writer.Step(now_);
      now_ += seconds(5);
    }
    writer.Step(now_);
    reached = disk.fault_reached();
    ASSERT_EQ(counter.given, 6u);
    ASSERT_EQ(counter.committed, 6u);
    disk.Heal();
    ASSERT_TRUE(writer.Stop());
    std::uint64_t count = 0;
    const auto incidents = OpenOrDie("/incidents.db", on_disk)->Query({}).value();
    for (const Incident& i : incidents)
      if (i.kind == IncidentKind::kAccess) count += i.count;
    ASSERT_EQ(count, 6u);
  }
}

TEST_F(SteppedWriterTest, ItKeepsToTheRetention) {
  Journal::Options on_disk;
  on_disk.vfs = disk_.vfs_name();
  on_disk.retention = {256u << 20, 100, std::chrono::minutes(0)};
  Writer writer(OpenOrDie("/incidents.db", on_disk), {}, &counter_, {});
  for (int n = 0; n < 600; ++n) {
    writer.Submit(About(std::to_string(n)));
    writer.Step(std::chrono::steady_clock::now());
  }
  ASSERT_TRUE(writer.Stop());
  const auto journal = OpenOrDie("/incidents.db", on_disk);
  EXPECT_LE(journal->Count({}).value(), 100u + 256u);
  EXPECT_GT(journal->ReadStats().value().pruned.count, 200u);
}

TEST(WriterTest, AFloodFromManyThreadsIsOneIncidentWithTheRightCount) {
  constexpr int kThreads = 4;
  constexpr int kEach = 25'000;
  const ScratchDirectory dir;
  Counter counter;
  {
    Writer writer(OpenOrDie(dir.Path("incidents.db")), {}, &counter, {});
    writer.Start();
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&writer] {
        for (int n = 0; n < kEach; ++n) writer.Submit(About("electrum"));
      });
    }
    for (std::thread& thread : threads) thread.join();
    const Result<> stopped = writer.Stop();
    ASSERT_TRUE(stopped) << stopped.error().what;
  }
  EXPECT_EQ(counter.given, 100'000u);
  EXPECT_EQ(counter.committed, 100'000u);
  const auto incidents = OpenOrDie(dir.Path("incidents.db"))->Query({}).value();
  ASSERT_EQ(incidents.size(), 1u);
  EXPECT_EQ(incidents[0].count, 100'000u);
  EXPECT_EQ(incidents[0].dropped, 0u);
  EXPECT_LT(std::filesystem::file_size(dir.Path("incidents.db")), 1u << 20);
}

TEST(WriterTest, AFloodOfNewProcessesAndParentsStaysSmall) {
  const ScratchDirectory dir;
  Writer writer(OpenOrDie(dir.Path("incidents.db")), {}, nullptr, {});
  writer.Start();
  for (int n = 0; n < 20'000; ++n) {
    Incident i = About("electrum");
    i.subject.pid = n;
    i.ancestry[0].pid = n + 1;
    i.subject.argv = {"node", std::to_string(n)};
    if (n % 2 == 0) i.subject.script = i.judged_as = "/tmp/" + std::to_string(n);
    writer.Submit(i);
  }
  ASSERT_TRUE(writer.Stop());
  const auto incidents = OpenOrDie(dir.Path("incidents.db"))->Query({}).value();
  EXPECT_LE(incidents.size(), 66u);
  std::uint64_t count = 0;
  for (const Incident& i : incidents) count += i.count;
  EXPECT_EQ(count, 20'000u);
}

TEST(WriterTest, FlushWaitsUntilItIsReadable) {
  const ScratchDirectory dir;
  Writer writer(OpenOrDie(dir.Path("incidents.db")), {}, nullptr, {});
  writer.Start();
  Journal::Options to_read;
  to_read.mode = Journal::Mode::kReadOnly;
  const auto reader = OpenOrDie(dir.Path("incidents.db"), to_read);
  for (std::uint64_t n = 1; n <= 50; ++n) {
    writer.Submit(About("electrum"));
    const Result<> flushed = writer.Flush(seconds(30));
    ASSERT_TRUE(flushed) << flushed.error().what;
    ASSERT_EQ(reader->Get(1).value().count, n);
  }
  EXPECT_TRUE(writer.Stop());
}

TEST(WriterTest, FlushSaysWhyItCouldNot) {
  MemoryDisk disk;
  Journal::Options on_disk;
  on_disk.vfs = disk.vfs_name();
  Writer writer(OpenOrDie("/incidents.db", on_disk), {}, nullptr, {});
  disk.FailAt(MemoryDisk::Fault::kPersistent, MemoryDisk::Failing::kFull, 1);
  writer.Start();
  writer.Submit(About("electrum"));
  const Result<> flushed = writer.Flush(seconds(30));
  ASSERT_FALSE(flushed);
  // Of a full disk SQLite says so at the first try; where the flush met a later one, it can't undo
  // the first any more and speaks of input and output.
  EXPECT_THAT(flushed.error().code, ::testing::AnyOf(ErrorCode::kFull, ErrorCode::kIo));
  EXPECT_FALSE(writer.Stop());
}

TEST(WriterTest, ACallbackMaySubmit) {
  const ScratchDirectory dir;
  Writer* submit_to = nullptr;
  Writer::Events events;
  events.on_committed = [&](const Incident& i, bool) {
    if (i.asset == "a") submit_to->Submit(About("b"));
  };
  Writer writer(OpenOrDie(dir.Path("incidents.db")), {}, nullptr, events);
  submit_to = &writer;
  writer.Start();
  writer.Submit(About("a"));
  ASSERT_TRUE(writer.Flush(seconds(30)));
  ASSERT_TRUE(writer.Flush(seconds(30)));
  ASSERT_TRUE(writer.Stop());
  EXPECT_EQ(OpenOrDie(dir.Path("incidents.db"))->Count({}).value(), 2u);
}

}  // namespace
}  // namespace keyward::journal
