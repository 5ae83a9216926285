// SPDX-License-Identifier: Apache-2.0
// kill -9 at random moments: no incident that was acknowledged is lost, none is counted lower than
// it was acknowledged with, and the database is never damaged.
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <thread>

#include "agent/journal/journal.h"
#include "agent/journal/sqlite.h"
#include "agent/journal/writer.h"

namespace keyward::journal {
namespace {

constexpr int kRounds = 60;

// What the child says after a commit: this row is there, with at least this count.
struct Acknowledged {
  std::int64_t id;
  std::uint64_t count;
};

Incident Try(int n) {
  Incident i;
  i.first = i.last = Time(std::chrono::system_clock::now());
  i.asset = "asset" + std::to_string(n);
  i.path = std::string(200, 'p');
  i.subject.pid = n;
  i.subject.exe = "/usr/bin/cat";
  i.subject.argv = {"cat", std::string(300, 'a')};
  i.ancestry.resize(3);
  return i;
}

void Say(int pipe, Acknowledged what) {
  // One write of less than PIPE_BUF: it arrives whole or not at all.
  if (write(pipe, &what, sizeof what) != static_cast<ssize_t>(sizeof what)) _exit(3);
}

// Appends batches and raises counts as fast as it can, until it is killed.
[[noreturn]] void AppendForever(const std::string& path, int pipe, unsigned seed) {
  Journal::Options options;
  options.retention.max_incidents = 1'000'000;
  auto journal = Journal::Open(path, options);
  if (!journal) _exit(2);
  std::mt19937 random(seed);
  std::map<std::int64_t, std::uint64_t> rows;
  for (int n = 0;; ++n) {
    std::vector<Incident> batch(1 + random() % 4, Try(n));
    std::vector<const Incident*> added;
    for (const Incident& incident : batch) added.push_back(&incident);
    std::vector<Journal::Raise> raised;
    if (!rows.empty()) {
      const auto row = std::next(rows.begin(), static_cast<long>(random() % rows.size()));
      raised.push_back({row->first, row->second + 1 + random() % 9, batch[0].last, 0});
    }
    const auto ids = (*journal)->Commit(added, raised);
    if (!ids) _exit(4);
    for (const IncidentId id : *ids) {
      rows[id] = 1;
      Say(pipe, {id, 1});
    }
    for (const Journal::Raise& raise : raised) {
      rows[raise.id] = raise.count;
      Say(pipe, {raise.id, raise.count});
    }
  }
}

// The same through the writer's thread, with folding.
[[noreturn]] void SubmitForever(const std::string& path, int pipe, unsigned seed) {
  auto journal = Journal::Open(path, {});
  if (!journal) _exit(2);
  Writer::Options options;
  options.fold.update_every = std::chrono::milliseconds(5);
  Writer::Events events;
  events.on_committed = [pipe](const Incident& i, bool) { Say(pipe, {i.id, i.count}); };
  events.on_failing = [](const Error&) { _exit(4); };
  Writer writer(std::move(*journal), options, nullptr, events);
  writer.Start();
  std::mt19937 random(seed);
  while (true) {
    writer.Submit(Try(static_cast<int>(random() % 200)));
    if (random() % 16 == 0) std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

// Runs `child` for a random while, kills it, and gives what it has acknowledged.
template <class Child>
std::map<std::int64_t, std::uint64_t> RunAndKill(Child child, std::mt19937& random) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("pipe");
  const auto seed = static_cast<unsigned>(random());
  const pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    alarm(60);  // if this test dies, so does the child
    child(ends[1], seed);
  }
  close(ends[1]);
  // From the middle of opening (a few milliseconds) to well into the checkpoints.
  const auto life = std::chrono::microseconds(random() % (random() % 2 == 0 ? 15'000 : 150'000));
  std::thread killer([pid, life] {
    std::this_thread::sleep_for(life);
    kill(pid, SIGKILL);
  });
  // Drained while it runs, so that a full pipe never holds the child.
  std::map<std::int64_t, std::uint64_t> acknowledged;
  Acknowledged what{};
  while (read(ends[0], &what, sizeof what) == static_cast<ssize_t>(sizeof what))
    acknowledged[what.id] = std::max(acknowledged[what.id], what.count);
  close(ends[0]);
  killer.join();
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "status " << status;
  return acknowledged;
}

class CrashTest : public testing::Test {
 protected:
  CrashTest() {
    std::string name = (std::filesystem::temp_directory_path() / "keyward-crash-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    dir_ = name;
  }
  ~CrashTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }

  void Check(const std::map<std::int64_t, std::uint64_t>& acknowledged) {
    auto journal = Journal::Open(path(), {});
    ASSERT_TRUE(journal) << journal.error().what;
    for (const auto& [id, count] : acknowledged) {
      const Result<Incident> incident = (*journal)->Get(id);
      ASSERT_TRUE(incident) << incident.error().what;
      ASSERT_GE(incident->count, count) << "incident " << id;
    }
    journal->reset();
    Database db = Database::Open(path(), SQLITE_OPEN_READWRITE, "").value();
    Statement check = db.Prepare("PRAGMA integrity_check").value();
    ASSERT_TRUE(check.Step().value());
    ASSERT_EQ(check.Text(0), "ok");
  }

  template <class Child>
  void KillInALoop(Child child) {
    std::mt19937 random(std::random_device{}());
    std::map<std::int64_t, std::uint64_t> all;
    int rounds_with_rows = 0;
    for (int round = 0; round < kRounds; ++round) {
      SCOPED_TRACE("round " + std::to_string(round));
      // A new journal now and then, so that its making is interrupted as well.
      if (round % 4 == 0) {
        for (const char* suffix : {"", "-wal", "-shm", ".lock"})
          std::filesystem::remove(path() + suffix);
        all.clear();
      }
      const auto acknowledged = RunAndKill(child, random);
      if (!acknowledged.empty()) ++rounds_with_rows;
      for (const auto& [id, count] : acknowledged) all[id] = std::max(all[id], count);
      Check(all);
      if (HasFatalFailure()) return;
    }
    EXPECT_GT(rounds_with_rows, kRounds / 4) << "the children got to their work";
  }

  std::string path() const { return (dir_ / "incidents.db").string(); }

 private:
  std::filesystem::path dir_;
};

// The child is forked before the parent opens anything: SQLite knows the locks of its own process.
TEST_F(CrashTest, AnotherProcessIsToldThatOneWrites) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t pid = fork();
  if (pid == 0) {
    alarm(60);
    char go = 0;
    if (read(ends[0], &go, 1) != 1) _exit(3);
    const auto journal = Journal::Open(path(), {});
    _exit(!journal && journal.error().code == ErrorCode::kBusy ? 0 : 1);
  }
  const auto journal = Journal::Open(path(), {});
  EXPECT_TRUE(journal);
  EXPECT_EQ(write(ends[1], "x", 1), 1);
  int status = -1;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(CrashTest, WhatTheJournalAcknowledgedIsThere) {
  KillInALoop([this](int pipe, unsigned seed) { AppendForever(path(), pipe, seed); });
}

TEST_F(CrashTest, WhatTheWriterAcknowledgedIsThere) {
  KillInALoop([this](int pipe, unsigned seed) { SubmitForever(path(), pipe, seed); });
}

}  // namespace
}  // namespace keyward::journal
