// SPDX-License-Identifier: Apache-2.0
#include "agent/identity/resolve.h"

#include <gtest/gtest.h>

#include "tests/unit/identity/fake_files.h"

namespace keyward::identity {
namespace {

class ResolveTest : public testing::Test {
 protected:
  SubjectPtr Run(const std::string& exe, std::vector<std::string> argv,
                 SubjectPtr parent = nullptr) {
    return Resolve(Exec(exe, std::move(argv), files_, std::move(parent)), rules_, files_);
  }
  SubjectPtr FirstProcess() {
    ExecFacts facts = Exec("/usr/bin/systemd", {"/sbin/init"}, files_);
    facts.parent_known = true;
    return Resolve(facts, rules_, files_);
  }
  SubjectPtr Terminal() {
    return Run("/usr/bin/gnome-terminal-server", {"gnome-terminal-server"}, FirstProcess());
  }
  SubjectPtr Shell(SubjectPtr parent) { return Run("/usr/bin/bash", {"bash"}, std::move(parent)); }
  SubjectPtr Cat(SubjectPtr parent) {
    return Run("/usr/bin/cat", {"cat", "wallet"}, std::move(parent));
  }

  FakeFiles files_;
  IdentityRules rules_ = Rules();
};

TEST_F(ResolveTest, EvidenceOfTheFilesMakesTheStanding) {
  const struct {
    const char* name;
    const char* exe;
    std::vector<std::string> argv;
    Standing want;
  } cases[] = {
      {"a packaged program", "/usr/bin/monero-wallet-cli", {"monero-wallet-cli"}, Standing::kClean},
      {"a program in the home", "/home/alice/wallet", {"wallet"}, Standing::kStranger},
      {"a packaged script",
       "/usr/bin/python3",
       {"/usr/bin/python3", "/usr/bin/electrum"},
       Standing::kClean},
      {"a script in the home", "/usr/bin/python3", {"python3", "thief.py"}, Standing::kStranger},
      {"a missing script", "/usr/bin/python3", {"python3", "/usr/bin/none"}, Standing::kStranger},
      {"a packaged script by a link of hers",
       "/usr/bin/python3",
       {"/usr/bin/python3", "link"},
       Standing::kStranger},
      {"code", "/usr/bin/python3", {"python3", "-c", "x"}, Standing::kStranger},
      {"a module", "/usr/bin/python3", {"python3", "-m", "x"}, Standing::kStranger},
      {"standard input", "/usr/bin/python3", {"python3"}, Standing::kStranger},
      {"a packaged script with hers loaded first",
       "/usr/bin/node",
       {"node", "-r", "./x.js", "/usr/bin/npm-cli.js"},
       Standing::kStranger},
      {"a packaged script with a packaged one loaded first",
       "/usr/bin/node",
       {"node", "-r", "/usr/bin/npm-cli.js", "/usr/bin/npm-cli.js"},
       Standing::kClean},
      {"a browser with remote debugging",
       "/usr/bin/chromium",
       {"chromium", "--remote-debugging-port=1"},
       Standing::kStranger},
      {"by the dynamic loader",
       "/usr/lib64/ld-linux-x86-64.so.2",
       {"ld.so", "/usr/bin/monero-wallet-cli"},
       Standing::kStranger},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const SubjectPtr s = Run(c.exe, c.argv, Shell(Terminal()));
    EXPECT_EQ(s->standing, c.want);
    EXPECT_EQ(s->judged_generations, 0);
  }
}

TEST_F(ResolveTest, ToolsStandForTheNearestThatIsNone) {
  const SubjectPtr thief = Run("/usr/bin/node", {"node", "thief.js"}, Shell(Terminal()));
  const SubjectPtr script = Run("/usr/bin/dash", {"sh", "thief.sh"}, Terminal());
  const SubjectPtr wrapper = Run("/usr/bin/dash", {"/bin/sh", "/usr/bin/firefox"}, Terminal());
  const SubjectPtr electrum =
      Run("/usr/bin/python3", {"/usr/bin/python3", "/usr/bin/electrum"}, Shell(Terminal()));
  const SubjectPtr backup = Run("/usr/bin/restic", {"restic"}, FirstProcess());
  const struct {
    const char* name;
    SubjectPtr subject;
    Standing want;
    int generations;
    const char* judged;
  } cases[] = {
      {"terminal, shell, cat", Cat(Shell(Terminal())), Standing::kClean, 2,
       "/usr/bin/gnome-terminal-server"},
      {"node, sh -c, cat", Cat(Run("/usr/bin/dash", {"sh", "-c", "cat"}, thief)),
       Standing::kStranger, 2, "/home/alice/thief.js"},
      {"a script of hers, cat", Cat(script), Standing::kStranger, 1, "/home/alice/thief.sh"},
      {"a packaged wrapper, cat", Cat(wrapper), Standing::kClean, 2,
       "/usr/bin/gnome-terminal-server"},
      {"electrum, cat", Cat(electrum), Standing::kClean, 1, "/usr/bin/electrum"},
      {"restic, sh, cat", Cat(Shell(backup)), Standing::kClean, 2, "/usr/bin/restic"},
      {"the first process alone", Cat(FirstProcess()), Standing::kClean, 1, "/usr/bin/systemd"},
      {"a chain that breaks off", Cat(Shell(nullptr)), Standing::kStranger, 1, "/usr/bin/bash"},
      {"cat of her own", Run("/home/alice/bin/cat", {"cat"}, Shell(Terminal())),
       Standing::kStranger, 0, "/home/alice/bin/cat"},
      {"what the wrapper runs", Run("/usr/lib/firefox/firefox", {"firefox"}, wrapper),
       Standing::kClean, 0, "/usr/lib/firefox/firefox"},
      {"what the thief runs", Run("/usr/bin/monero-wallet-cli", {"x"}, thief), Standing::kClean, 0,
       "/usr/bin/monero-wallet-cli"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(c.subject->standing, c.want);
    EXPECT_EQ(c.subject->judged_generations, c.generations);
    EXPECT_EQ(c.subject->judged().program().path, c.judged);
  }
}

TEST_F(ResolveTest, TaintsOfAnAncestorCountForItsTools) {
  ExecFacts facts = Exec("/usr/bin/restic", {"restic"}, files_, FirstProcess());
  facts.environment.emplace_back("LD_PRELOAD=/tmp/x.so");
  const SubjectPtr tainted = Resolve(facts, rules_, files_);
  const SubjectPtr cat = Cat(Shell(tainted));
  EXPECT_EQ(cat->standing, Standing::kStranger);
  EXPECT_TRUE(cat->taints.empty());
  EXPECT_TRUE(cat->judged().taints.Has(Taint::kHostileEnvironment));
}

TEST_F(ResolveTest, WhatWasSeenAtExecTaints) {
  const struct {
    const char* name;
    void (*change)(ExecFacts&);
    Taint want;
  } cases[] = {
      {"deleted", [](ExecFacts& f) { f.executable_deleted = true; }, Taint::kDeletedExecutable},
      {"memfd", [](ExecFacts& f) { f.executable_deleted = f.executable_in_memory = true; },
       Taint::kMemoryExecutable},
      {"traced", [](ExecFacts& f) { f.traced = true; }, Taint::kTraced},
      {"namespace", [](ExecFacts& f) { f.foreign_user_namespace = true; },
       Taint::kForeignNamespace},
      {"missed", [](ExecFacts& f) { f.exec_missed = true; }, Taint::kExecMissed},
      {"environment", [](ExecFacts& f) { f.environment_truncated = true; },
       Taint::kHostileEnvironment},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ExecFacts facts = Exec("/usr/bin/monero-wallet-cli", {"x"}, files_, Terminal());
    c.change(facts);
    const SubjectPtr s = Resolve(facts, rules_, files_);
    EXPECT_EQ(s->taints, Taints{c.want});
    EXPECT_EQ(s->standing, Standing::kStranger);
  }
}

TEST_F(ResolveTest, ABrowsersOwnSandboxIsNoDisguise) {
  const SubjectPtr browser = Run("/usr/bin/chromium", {"chromium"}, Terminal());
  const struct {
    const char* name;
    const char* exe;
    SubjectPtr parent;
    bool foreign;
  } cases[] = {
      {"its own child", "/usr/bin/chromium", browser, false},
      {"started by a shell", "/usr/bin/chromium", Shell(Terminal()), true},
      {"another program", "/usr/bin/monero-wallet-cli", browser, true},
      {"nobody's child", "/usr/bin/chromium", nullptr, true},
      {"a stranger's own child", "/home/alice/wallet", Run("/home/alice/wallet", {"wallet"}), true},
      {"a tool's own child", "/usr/bin/cat", Cat(Terminal()), true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ExecFacts facts = Exec(c.exe, {"x"}, files_, c.parent);
    facts.foreign_user_namespace = true;
    EXPECT_EQ(Resolve(facts, rules_, files_)->taints.Has(Taint::kForeignNamespace), c.foreign);
  }
}

TEST_F(ResolveTest, AScriptInAnUnknownDirectoryIsNobodys) {
  ExecFacts facts = Exec("/usr/bin/python3", {"/usr/bin/python3", "electrum"}, files_, Terminal());
  facts.cwd = "/usr/bin";
  EXPECT_EQ(Resolve(facts, rules_, files_)->standing, Standing::kClean);
  facts.cwd.clear();
  EXPECT_EQ(Resolve(facts, rules_, files_)->standing, Standing::kStranger);
}

TEST_F(ResolveTest, BetterEvidenceIsJudgedAnewAndTaintsStay) {
  const SubjectPtr quick = Cat(Shell(Terminal()));
  ProgramFile replaced = quick->executable;
  replaced.evidence.push_back({EvidenceKind::kDigestMismatch, ""});
  const SubjectPtr worse =
      WithEvidence(*quick, replaced, std::nullopt, quick->parent, false, rules_);
  EXPECT_EQ(worse->standing, Standing::kStranger);
  EXPECT_EQ(worse->judged_generations, 0);

  ExecFacts facts = Exec("/usr/bin/monero-wallet-cli", {"x"}, files_, Terminal());
  facts.traced = true;
  const SubjectPtr tainted = Resolve(facts, rules_, files_);
  EXPECT_EQ(
      WithEvidence(*tainted, tainted->executable, std::nullopt, tainted->parent, false, rules_)
          ->standing,
      Standing::kStranger);
}

TEST_F(ResolveTest, AnUnknownSubjectIsAStranger) {
  const SubjectPtr s = UnknownSubject({7, 8}, 1000);
  EXPECT_EQ(s->standing, Standing::kStranger);
  EXPECT_TRUE(s->taints.Has(Taint::kExecMissed));
  EXPECT_FALSE(s->executable.trusted());
}

}  // namespace
}  // namespace keyward::identity
