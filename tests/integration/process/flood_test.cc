// SPDX-License-Identifier: Apache-2.0
// Thousands of short programs at once: nobody may be taken for somebody else.
#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "tests/integration/process/fixture.h"

namespace keyward::linux_os {
namespace {

constexpr int kPrograms = 4000;

// `true` and `head` by turns, so that a stale answer is a wrong one.
void Flood(int programs) {
  std::vector<pid_t> running;
  const auto collect = [&running] {
    for (const pid_t pid : running) ::waitpid(pid, nullptr, 0);
    running.clear();
  };
  for (int i = 0; i < programs; ++i) {
    std::array<const char*, 2> nothing{"true", nullptr};
    std::array<const char*, 4> little{"head", "-c0", "/dev/null", nullptr};
    const bool even = i % 2 == 0;
    pid_t pid = 0;
    if (::posix_spawn(&pid, even ? "/usr/bin/true" : "/usr/bin/head", nullptr, nullptr,
                      const_cast<char**>(even ? nothing.data() : little.data()), environ) == 0)
      running.push_back(pid);
    if (running.size() >= 32) collect();
  }
  collect();
}

TEST_P(SubjectSourceTest, AFloodOfExecsGivesNobodyAnotherIdentity) {
  ASSERT_NO_FATAL_FAILURE(OpenSource());
  if (IsSkipped()) return;
  std::atomic<bool> over{false};
  std::thread flood([&over] {
    Flood(kPrograms);
    over = true;
  });
  int asked = 0;
  int known = 0;
  while (!over) {
    const Child cat("/usr/bin/cat", {"cat"}, {.uid = kStranger});
    const SubjectPtr s = SubjectOf(cat);
    ++asked;
    EXPECT_TRUE(s);
    if (!s || s->taints.Has(Taint::kExecMissed)) continue;
    ++known;
    EXPECT_EQ(s->executable.path, "/usr/bin/cat");
    EXPECT_EQ(s->process.pid, cat.pid());
  }
  flood.join();
  EXPECT_GT(known, 0);
  RecordProperty("asked", asked);
  RecordProperty("known", known);
  std::printf("%d programs; asked %d times, known %d, execs missed %llu, subjects %llu\n",
              kPrograms, asked, known, static_cast<unsigned long long>(source_->execs_missed()),
              static_cast<unsigned long long>(source_->subject_count()));
  // What is gone is forgotten: the table follows what runs, not what ran.
  EXPECT_LT(source_->subject_count(), 2500u);
}

TEST_P(SubjectSourceTest, AChainOfExecsStaysBounded) {
  ASSERT_NO_FATAL_FAILURE(OpenSource());
  if (IsSkipped()) return;
  const std::string script =
      scratch_.Write("chain.sh",
                     "if [ $1 -gt 0 ]; then exec /bin/sh $0 $(($1 - 1)); fi\n"
                     "exec cat\n");
  const Child child("/bin/sh", {"sh", script, "300"}, {.uid = kStranger});
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  SubjectPtr s = SubjectOf(child);
  while (s && s->executable.path != "/usr/bin/cat" && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    s = SubjectOf(child);
  }
  ASSERT_TRUE(s);
  EXPECT_EQ(s->executable.path, "/usr/bin/cat");
  EXPECT_EQ(s->standing, Standing::kStranger);
  // The connector may find a shell gone that it wanted to look at: then that one is nobody.
  if (!s->judged().taints.Has(Taint::kExecMissed)) {
    EXPECT_EQ(s->judged().program().path, script);
  }
  int generations = 0;
  for (const Subject* a = s.get(); a != nullptr; a = a->parent.get()) ++generations;
  EXPECT_LE(generations, 64);
}

}  // namespace
}  // namespace keyward::linux_os
