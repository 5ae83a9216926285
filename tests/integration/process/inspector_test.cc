// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/process/inspector.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/linux/process/proc_reader.h"
#include "tests/integration/process/fixture.h"

namespace keyward::linux_os {
namespace {

TEST(InspectorTest, AFileHasItsRoleAndEvidence) {
  const auto inspector = MakeProcessInspector();
  const ProgramFile python = inspector->InspectFile("/usr/bin/python3", *TestRules());
  EXPECT_EQ(python.role, ProgramRole::kInterpreter);
  EXPECT_EQ(python.interpreter, "python");
  EXPECT_EQ(inspector->InspectFile("/usr/bin/cat", *TestRules()).role, ProgramRole::kTool);
  EXPECT_FALSE(inspector->InspectFile("/nowhere", *TestRules()).trusted());
}

TEST(InspectorTest, ARunningProcessHasItsAncestry) {
  const auto inspector = MakeProcessInspector();
  const auto self = inspector->InspectProcess(::getpid(), *TestRules());
  ASSERT_TRUE(self) << self.error().what;
  EXPECT_EQ((*self)->process.pid, ::getpid());
  ASSERT_TRUE((*self)->parent);
  EXPECT_EQ((*self)->parent->process.pid, ::getppid());
  const auto none = inspector->InspectProcess(0x3fffffff, *TestRules());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
}

TEST(InspectorTest, AnImaginedProcessIsJudgedAsIfTheCallerStartedIt) {
  const auto inspector = MakeProcessInspector();
  const auto thief =
      inspector->ImagineProcess({"python3", "/tmp/thief.py"}, "/usr/bin/python3", *TestRules());
  ASSERT_TRUE(thief);
  EXPECT_EQ((*thief)->standing, Standing::kStranger);
  ASSERT_TRUE((*thief)->script);
  EXPECT_EQ((*thief)->script->file.path, "/tmp/thief.py");
  ASSERT_TRUE((*thief)->parent);
  EXPECT_EQ((*thief)->parent->process.pid, ::getppid());
}

TEST(WaitingOpenTest, AProcessThatWaitsInNoOpenCountsAsAWriter) {
  // Only an open that is shown to be read-only is one; ours waits in none.
  EXPECT_EQ(OperationOfWaitingOpen(::getpid()), Operation::kWrite);
  EXPECT_EQ(OperationOfWaitingOpen(0x3fffffff), Operation::kWrite);
}

// Opening a FIFO waits inside openat without any permission event.
TEST(WaitingOpenTest, TheFlagsOfABlockedOpenAreSeen) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root: /proc/PID/syscall of others";
  const Scratch scratch;
  const std::string fifo = scratch.path() + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0666), 0);
  const struct {
    const char* redirect;
    Operation want;
  } cases[] = {{"<", Operation::kRead}, {">", Operation::kWrite}, {">>", Operation::kWrite}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.redirect);
    const Child shell("/bin/sh", {"sh", "-c", std::string("exec 3") + c.redirect + " " + fifo});
    Operation seen = Operation::kDelete;
    for (int i = 0; i < 200 && seen != c.want; ++i) {
      ::usleep(5000);
      std::string text;
      seen = OperationOfWaitingOpen(shell.pid());
    }
    EXPECT_EQ(seen, c.want);
  }
}

}  // namespace
}  // namespace keyward::linux_os
