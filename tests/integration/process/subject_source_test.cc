// SPDX-License-Identifier: Apache-2.0
// Real processes, seen by both streams from their exec on.
#include "platform/linux/process/subject_source.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "platform/linux/process/proc_files.h"
#include "tests/integration/process/fixture.h"

namespace keyward::linux_os {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Stream = SubjectSource::Stream;

std::string Details(const Subject& s) {
  std::string all;
  for (const std::string& d : s.taint_details) all += d + "; ";
  for (const Taint t : s.taints.List()) all += std::string(TaintName(t)) + " ";
  for (const Evidence& e : s.executable.evidence) all += "| exe " + e.detail;
  if (s.script)
    for (const Evidence& e : s.script->file.evidence) all += "| script " + e.detail;
  return all;
}

TEST_P(SubjectSourceTest, APackagedProgramIsKnownFromItsExec) {
  ASSERT_NO_FATAL_FAILURE(OpenSource());
  if (IsSkipped()) return;
  const Child cat("/usr/bin/cat", {"cat", "-"}, {.uid = kStranger, .directory = "/usr"});
  const SubjectPtr s = SubjectOf(cat);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->executable.path, "/usr/bin/cat");
  EXPECT_TRUE(s->executable.trusted()) << Details(*s);
  ASSERT_TRUE(s->executable.package);
  EXPECT_EQ(s->executable.package->name, "coreutils");
  EXPECT_TRUE(s->executable.sha256);
  EXPECT_EQ(s->executable.role, ProgramRole::kTool);
  EXPECT_THAT(s->argv, ElementsAre("cat", "-"));
  EXPECT_EQ(s->uid, kStranger);
  EXPECT_EQ(s->cwd, "/usr");
  EXPECT_TRUE(s->taints.empty()) << Details(*s);
  EXPECT_EQ(s->process.pid, cat.pid());
  EXPECT_NE(s->process.start_ticks, 0u);
}

TEST_P(SubjectSourceTest, FindKnowsItAfterwardsWithoutDisk) {
  ASSERT_NO_FATAL_FAILURE(OpenSource());
  if (IsSkipped()) return;
  const Child cat("/usr/bin/cat", {"cat"});
  const SubjectPtr resolved = SubjectOf(cat);
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, cat.pid(), 0)));
  EXPECT_EQ(source_->Find(cat.pid(), pidfd.get()), resolved);
  EXPECT_EQ(source_->Find(cat.pid(), -1), resolved);
}

TEST_P(SubjectSourceTest, WhatRanBeforeIsTakenIn) {
  const Child cat("/usr/bin/cat", {"cat"}, {.uid = kStranger});
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // its exec is over
  ASSERT_NO_FATAL_FAILURE(OpenSource());
  if (IsSkipped()) return;
  const SubjectPtr s = SubjectOf(cat);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->executable.path, "/usr/bin/cat");
  EXPECT_FALSE(s->taints.Has(Taint::kExecMissed));
  ASSERT_TRUE(s->parent);
  EXPECT_THAT(s->parent->executable.path, HasSubstr("process_test"));
}

TEST_P(SubjectSourceTest, APackagedScriptIsAProgramAndAStrangersScriptIsAStranger) {
  ASSERT_NO_FATAL_FAILURE(OpenSource());
  if (IsSkipped()) return;
  const std::string thief =
      scratch_.Write("thief.py", "#!/usr/bin/python3\nimport sys\nsys.stdin.read()\n");
  const std::string link = scratch_.path() + "/electrum-link";
  ASSERT_EQ(::symlink("/usr/bin/electrum", link.c_str()), 0);
  struct Case {
    const char* name;
    std::string program;
    std::vector<std::string> argv;
    Standing want;
    ScriptSource source;
  } const cases[] = {
      {"packaged, by shebang",
       "/usr/bin/electrum",
       {"electrum", "version"},
       Standing::kClean,
       ScriptSource::kFile},
      {"packaged, as argument",
       "/usr/bin/python3",
       {"/usr/bin/python3", "/usr/bin/electrum", "version"},
       Standing::kClean,
       ScriptSource::kFile},
      {"packaged, through a stranger's link",
       "/usr/bin/python3",
       {"/usr/bin/python3", link, "version"},
       Standing::kStranger,
       ScriptSource::kFile},
      {"a stranger's, by shebang", thief, {thief}, Standing::kStranger, ScriptSource::kFile},
      {"a stranger's, as argument",
       "/usr/bin/python3",
       {"python3", thief},
       Standing::kStranger,
       ScriptSource::kFile},
      {"code as argument",
       "/usr/bin/python3",
       {"python3", "-Ic", "import sys; sys.stdin.read()"},
       Standing::kStranger,
       ScriptSource::kArgument},
      {"standard input",
       "/usr/bin/python3",
       {"python3"},
       Standing::kStranger,
       ScriptSource::kStandardInput},
      {"a module",
       "/usr/bin/python3",
       {"python3", "-m", "this"},
       Standing::kStranger,
       ScriptSource::kModule},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Child child(c.program, c.argv, {.uid = kStranger, .directory = "/"});
    const SubjectPtr s = SubjectOf(child);
    ASSERT_TRUE(s);
    EXPECT_EQ(s->standing, c.want) << Details(*s);
    ASSERT_TRUE(s->script);
    EXPECT_EQ(s->script->source, c.source);
    EXPECT_EQ(s->judged_generations, 0);
    if (c.want == Standing::kClean) {
      EXPECT_EQ(s->program().path, "/usr/bin/electrum");
      ASSERT_TRUE(s->program().package);
      EXPECT_EQ(s->program().package->name, "electrum");
    }
  }
}

TEST_P(SubjectSourceTest, AToolStandsForWhatRunsIt) {
  ASSERT_NO_FATAL_FAILURE(OpenSource());
  if (IsSkipped()) return;
  const std::string script = scratch_.Write(
      "thief.py", "import subprocess, sys\nsubprocess.run(['/bin/sh', '-c', 'cat; true'])\n");
  const Child python("/usr/bin/python3", {"python3", script}, {.uid = kStranger});
  const pid_t shell = WaitForChildOf(python.pid(), "sh");
  ASSERT_GT(shell, 0);
  const pid_t cat = WaitForChildOf(shell, "cat");
  ASSERT_GT(cat, 0);
  const SubjectPtr s = SubjectOf(cat);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->executable.path, "/usr/bin/cat");
  EXPECT_EQ(s->standing, Standing::kStranger);
  EXPECT_EQ(s->judged_generations, 2);
  EXPECT_EQ(s->judged().program().path, script);
  ASSERT_TRUE(s->parent);
  EXPECT_EQ(s->parent->executable.path, "/usr/bin/dash");
}

TEST_P(SubjectSourceTest, AForkedChildIsWhatItsParentWas) {
  ASSERT_NO_FATAL_FAILURE(OpenSource());
  if (IsSkipped()) return;
  const std::string script =
      scratch_.Write("forker.py", "import os, sys\nos.fork()\nsys.stdin.read()\n");
  const Child python("/usr/bin/python3", {"python3", script}, {.uid = kStranger});
  const pid_t forked = WaitForChildOf(python.pid(), "python3");
  ASSERT_GT(forked, 0);
  EXPECT_EQ(SubjectOf(forked), SubjectOf(python));
}

TEST_P(SubjectSourceTest, RewritingArgumentsAndEnvironmentGainsNothing) {
  ASSERT_NO_FATAL_FAILURE(OpenSource());
  if (IsSkipped()) return;
  const std::string program = scratch_.CopyOf(Pretender(), "pretender");
  const std::string library = scratch_.CopyOf("/lib/x86_64-linux-gnu/libm.so.6", "libevil.so");
  Child child(program, {program, "rewrite-arguments"},
              {.uid = kStranger, .environment = {"LD_PRELOAD=" + library, "A=b"}});
  if (GetParam() == Stream::kTracepoint) {
    ASSERT_EQ(child.ReadLine(), "ready");
  }
  const SubjectPtr s = SubjectOf(child);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->standing, Standing::kStranger);
  if (GetParam() == Stream::kTracepoint) {
    EXPECT_THAT(s->argv, ElementsAre(program, "rewrite-arguments"));
    EXPECT_TRUE(s->taints.Has(Taint::kHostileEnvironment));
  }
}

TEST_P(SubjectSourceTest, ForgingTheExeLinkGainsNothing) {
  ASSERT_NO_FATAL_FAILURE(OpenSource());
  if (IsSkipped()) return;
  if (GetParam() == Stream::kConnector)
    GTEST_SKIP() << "the connector reads /proc afterwards: a race that coverage names";
  const std::string program = scratch_.CopyOf(Pretender(), "pretender");
  Child child(program, {program, "forge-exe", "/usr/bin/gpg"}, {.uid = kStranger});
  if (child.ReadLine() != "ready") GTEST_SKIP() << "no user namespaces for users here";
  ASSERT_EQ(ReadLink(ProcPath(child.pid(), "exe")), "/usr/bin/gpg");
  const SubjectPtr s = SubjectOf(child);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->executable.path, program);
  EXPECT_EQ(s->standing, Standing::kStranger);
}

TEST_P(SubjectSourceTest, AProgramWithoutAFileIsTainted) {
  ASSERT_NO_FATAL_FAILURE(OpenSource());
  if (IsSkipped()) return;
  Child memory(Pretender(), {"pretender", "memory", "/usr/bin/cat"});
  Child deleted(Pretender(), {"pretender", "deleted", scratch_.path(), "/usr/bin/cat"});
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const SubjectPtr m = SubjectOf(memory);
  ASSERT_TRUE(m);
  EXPECT_TRUE(m->taints.Has(Taint::kMemoryExecutable)) << Details(*m);
  EXPECT_EQ(m->standing, Standing::kStranger);
  const SubjectPtr d = SubjectOf(deleted);
  ASSERT_TRUE(d);
  EXPECT_TRUE(d->taints.Has(Taint::kDeletedExecutable) || d->taints.Has(Taint::kMemoryExecutable))
      << Details(*d);
  EXPECT_EQ(d->standing, Standing::kStranger);
}

TEST_P(SubjectSourceTest, APreloadedLibraryOfAStrangerTaints) {
  ASSERT_NO_FATAL_FAILURE(OpenSource());
  if (IsSkipped()) return;
  const std::string library = scratch_.CopyOf("/lib/x86_64-linux-gnu/libm.so.6", "libevil.so");
  const Child evil("/usr/bin/electrum", {"electrum", "version"},
                   {.uid = kStranger, .environment = {"LD_PRELOAD=" + library}});
  const SubjectPtr s = SubjectOf(evil);
  ASSERT_TRUE(s);
  EXPECT_TRUE(s->taints.Has(Taint::kHostileEnvironment));
  EXPECT_EQ(s->standing, Standing::kStranger);
  ASSERT_FALSE(s->taint_details.empty());
  EXPECT_THAT(s->taint_details.front(), HasSubstr("LD_PRELOAD"));

  const Child good(
      "/usr/bin/electrum", {"electrum", "version"},
      {.uid = kStranger, .environment = {"LD_PRELOAD=/lib/x86_64-linux-gnu/libm.so.6"}});
  EXPECT_EQ(SubjectOf(good)->standing, Standing::kClean);
}

TEST_P(SubjectSourceTest, TheDynamicLoaderStandsForNothing) {
  ASSERT_NO_FATAL_FAILURE(OpenSource());
  if (IsSkipped()) return;
  const Child child("/lib64/ld-linux-x86-64.so.2", {"/lib64/ld-linux-x86-64.so.2", "/usr/bin/cat"},
                    {.uid = kStranger});
  const SubjectPtr s = SubjectOf(child);
  ASSERT_TRUE(s);
  EXPECT_TRUE(s->taints.Has(Taint::kDynamicLoader));
  EXPECT_EQ(s->standing, Standing::kStranger);
}

TEST_P(SubjectSourceTest, AForeignUserNamespaceTaints) {
  ASSERT_NO_FATAL_FAILURE(OpenSource());
  if (IsSkipped()) return;
  const Child child("/usr/bin/cat", {"cat"}, {.uid = kStranger, .new_user_namespace = true});
  if (!child.started()) GTEST_SKIP() << "no user namespaces for users here";
  const SubjectPtr s = SubjectOf(child);
  ASSERT_TRUE(s);
  EXPECT_TRUE(s->taints.Has(Taint::kForeignNamespace));
  EXPECT_EQ(s->standing, Standing::kStranger);
}

TEST_P(SubjectSourceTest, ATracedProgramIsTaintedAtExecAndLater) {
  ASSERT_NO_FATAL_FAILURE(OpenSource());
  if (IsSkipped()) return;
  Child tracer(Pretender(), {"pretender", "traced", "/usr/bin/cat"}, {.uid = kStranger});
  const std::string line = tracer.ReadLine();
  ASSERT_THAT(line, HasSubstr("child "));
  const pid_t traced = std::stoi(line.substr(6));
  const SubjectPtr s = SubjectOf(traced);
  ASSERT_TRUE(s);
  EXPECT_TRUE(s->taints.Has(Taint::kTraced));
  EXPECT_TRUE(source_->LookAgain(traced, *s).Has(Taint::kTraced));
  ::kill(traced, SIGKILL);
}

TEST_P(SubjectSourceTest, AnExecFromAThreadKeepsItsLineage) {
  ASSERT_NO_FATAL_FAILURE(OpenSource());
  if (IsSkipped()) return;
  if (GetParam() == Stream::kConnector)
    GTEST_SKIP() << "the connector shows the old leader's exit first: lineage ends there";
  const Child child(Pretender(), {"pretender", "thread", "/usr/bin/cat"}, {.uid = kStranger});
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const SubjectPtr s = SubjectOf(child);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->executable.path, "/usr/bin/cat");
  ASSERT_TRUE(s->parent);
  EXPECT_EQ(s->parent->executable.path, Pretender());
}

TEST_P(SubjectSourceTest, ForeignCodeMappedLaterIsSeen) {
  ASSERT_NO_FATAL_FAILURE(OpenSource());
  if (IsSkipped()) return;
  const std::string library = scratch_.CopyOf("/lib/x86_64-linux-gnu/libm.so.6", "libevil.so");
  Child clean(Pretender(), {"pretender", "wait"}, {.uid = kStranger});
  ASSERT_EQ(clean.ReadLine(), "ready");
  EXPECT_TRUE(source_->LookAgain(clean.pid(), *SubjectOf(clean)).empty());
  Child mapped(Pretender(), {"pretender", "map-code", library}, {.uid = kStranger});
  ASSERT_EQ(mapped.ReadLine(), "ready");
  EXPECT_TRUE(source_->LookAgain(mapped.pid(), *SubjectOf(mapped)).Has(Taint::kForeignCode));
}

TEST_P(SubjectSourceTest, AHookThatWasInPythonsWayForAMomentIsSeen) {
  const std::string site = scratch_.path() + "/.local/lib/python3.11/site-packages";
  std::filesystem::create_directories(site);
  for (std::string d = site; d != scratch_.path(); d.erase(d.rfind('/')))
    ASSERT_EQ(::chown(d.c_str(), kStranger, kStranger), 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  ASSERT_NO_FATAL_FAILURE(OpenSource());
  if (IsSkipped()) return;
  const Child electrum("/usr/bin/electrum", {"electrum", "version"},
                       {.uid = kStranger, .environment = {"HOME=" + scratch_.path()}});
  ::kill(electrum.pid(), SIGSTOP);  // does not end before we have looked
  const SubjectPtr s = SubjectOf(electrum);
  ASSERT_TRUE(s);
  if (s->executable.path != "/usr/bin/python3.11") GTEST_SKIP() << "another Python";
  ASSERT_EQ(s->standing, Standing::kClean) << Details(*s);
  EXPECT_TRUE(source_->LookAgain(electrum.pid(), *s).empty());
  scratch_.Write(".local/lib/python3.11/site-packages/evil.pth", "import os\n");
  std::filesystem::remove(site + "/evil.pth");
  EXPECT_TRUE(source_->LookAgain(electrum.pid(), *s).Has(Taint::kHostileEnvironment));
}

TEST_P(SubjectSourceTest, AnEnvironmentTooLargeToLookThroughTaints) {
  ASSERT_NO_FATAL_FAILURE(OpenSource());
  if (IsSkipped()) return;
  const std::string large(40'000, 'x');
  const Child child("/usr/bin/cat", {"cat"}, {.uid = kStranger, .environment = {"A=" + large}});
  const SubjectPtr s = SubjectOf(child);
  ASSERT_TRUE(s);
  EXPECT_TRUE(s->taints.Has(Taint::kHostileEnvironment));
}

TEST_P(SubjectSourceTest, AnApprovedFileIsBelievedByItsContent) {
  const std::string program = scratch_.CopyOf(Pretender(), "approved");
  options_.approved = [](const Sha256&) { return true; };
  ASSERT_NO_FATAL_FAILURE(OpenSource());
  if (IsSkipped()) return;
  const Child child(program, {program, "wait"}, {.uid = kStranger});
  const SubjectPtr s = SubjectOf(child);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->standing, Standing::kClean) << Details(*s);
}

TEST_P(SubjectSourceTest, NewRulesJudgeWhatRunsAnew) {
  ASSERT_NO_FATAL_FAILURE(OpenSource());
  if (IsSkipped()) return;
  const Child child("/usr/bin/cat", {"cat"}, {.uid = kStranger});
  ASSERT_EQ(SubjectOf(child)->executable.role, ProgramRole::kTool);
  options_.rules = std::make_shared<const IdentityRules>();
  source_->SetOptions(options_);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (SubjectOf(child)->executable.role == ProgramRole::kTool &&
         std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(SubjectOf(child)->executable.role, ProgramRole::kProgram);
}

INSTANTIATE_TEST_SUITE_P(Streams, SubjectSourceTest,
                         testing::Values(Stream::kTracepoint, Stream::kConnector),
                         [](const testing::TestParamInfo<Stream>& p) {
                           return p.param == Stream::kTracepoint ? "Tracepoint" : "Connector";
                         });

}  // namespace
}  // namespace keyward::linux_os
