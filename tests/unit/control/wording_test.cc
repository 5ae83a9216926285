// SPDX-License-Identifier: Apache-2.0
#include "agent/control/wording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/control/explain_reply.h"
#include "agent/control/printable.h"

namespace keyward::control {
namespace {

constexpr const char* kHome = "/home/alice";

ProgramFile Packaged(const char* path, const char* package) {
  ProgramFile file;
  file.path = path;
  file.package = PackageName{package, "1.0", "dpkg"};
  file.evidence = {{EvidenceKind::kPackage, "Debian package, digest right"}};
  return file;
}

ProgramFile Unowned(const char* path) {
  ProgramFile file;
  file.path = path;
  file.evidence = {{EvidenceKind::kUserWritable, "others than root can change it"}};
  return file;
}

ProgramFile Interpreter(const char* path, const char* id) {
  ProgramFile file = Packaged(path, id);
  file.role = ProgramRole::kInterpreter;
  file.interpreter = id;
  return file;
}

std::shared_ptr<Subject> Runs(ProgramFile executable) {
  auto subject = std::make_shared<Subject>();
  subject->executable = std::move(executable);
  return subject;
}

std::shared_ptr<Subject> RunsScript(ProgramFile interpreter, ProgramFile script) {
  auto subject = Runs(std::move(interpreter));
  subject->script = Script{ScriptSource::kFile, std::move(script), ""};
  return subject;
}

std::shared_ptr<Subject> RunsCode(ScriptSource source, const char* module) {
  auto subject = Runs(Interpreter("/usr/bin/python3.11", "python"));
  subject->script = Script{source, {}, module};
  return subject;
}

std::shared_ptr<Subject> CatFor(std::shared_ptr<Subject> parent) {
  auto subject = Runs(Packaged("/usr/bin/cat", "coreutils"));
  subject->executable.role = ProgramRole::kTool;
  subject->parent = std::move(parent);
  subject->judged_generations = 1;
  return subject;
}

TEST(WhoIsTest, SaysItAsAPersonWould) {
  ProgramFile changed = Packaged("/usr/bin/tool", "tool");
  changed.evidence.push_back({EvidenceKind::kDigestMismatch, "digest wrong"});
  ProgramFile root_owned;
  root_owned.path = "/opt/backup/backup";
  root_owned.evidence = {{EvidenceKind::kRootOwned, "root owns it"}};
  const auto node = RunsScript(Interpreter("/usr/bin/node", "node"), Unowned("/home/alice/x.js"));
  const struct {
    std::shared_ptr<Subject> subject;
    const char* want;
  } cases[] = {
      {Runs(Packaged("/usr/bin/electrum", "electrum")), "electrum"},
      {Runs(Packaged("/usr/bin/cat", "coreutils")), "cat from the package coreutils"},
      {Runs(root_owned), "backup, which only root can change"},
      {Runs(Unowned("/home/alice/bin/tool")), "a program of yours (\"tool\")"},
      {Runs(Unowned("/tmp/tool")), "a program that others than root can change (\"tool\")"},
      {Runs(changed), "tool, which is not what its package shipped"},
      {Runs(ProgramFile{}), "a program that was started from memory"},
      {node, "a script of yours run by Node"},
      {RunsScript(Interpreter("/usr/bin/python3", "python"), Unowned("/tmp/t.py")),
       "a script that belongs to no package, run by Python"},
      {RunsScript(Interpreter("/usr/bin/python3", "python"),
                  Packaged("/usr/bin/electrum", "electrum")),
       "electrum from the package electrum, run by Python"},
      {RunsCode(ScriptSource::kArgument, ""), "code given to Python on its command line"},
      {RunsCode(ScriptSource::kStandardInput, ""),
       "code that Python was fed on its standard input"},
      {RunsCode(ScriptSource::kModule, "http.server"), "the module \"http.server\" run by Python"},
      {CatFor(node), "cat from the package coreutils, run for a script of yours run by Node"},
      {Runs(Unowned("/home/alice/\x1b[2Jx")), "a program of yours (\"\\x1b[2Jx\")"},
  };
  for (const auto& c : cases) EXPECT_EQ(WhoIs(*c.subject, kHome), c.want);
}

TEST(ReasonTest, SaysTheVerdictThenTheRuleThenWho) {
  const auto electrum = Runs(Packaged("/usr/bin/electrum", "electrum"));
  const auto script = RunsScript(Interpreter("/usr/bin/node", "node"), Unowned("/home/alice/x.js"));
  const struct {
    const char* why;
    Outcome outcome;
    bool monitored;
    const char* rule;
    const char* meaning;
    std::shared_ptr<Subject> subject;
    Taints taints;
    const char* want;
  } cases[] = {
      {"a stranger",
       Outcome::kDeny,
       false,
       "wallet-secret.stranger",
       "Only Electrum may read its wallet",
       script,
       {},
       "Refused. Only Electrum may read its wallet; this is a script of yours run by Node."},
      {"without a meaning",
       Outcome::kAsk,
       false,
       "r",
       "",
       electrum,
       {},
       "Refused until you allow it. Only its own program may read Electrum wallet; this is "
       "electrum."},
      {"its own",
       Outcome::kAllow,
       false,
       "wallet-secret.owner",
       "m",
       electrum,
       {},
       "Allowed. This is electrum, which Electrum wallet belongs to."},
      {"its own, traced",
       Outcome::kDeny,
       false,
       "wallet-secret.stranger",
       "Only it may",
       electrum,
       {Taint::kTraced},
       "Refused. Only it may; this is electrum, and another process controls it as a debugger."},
      {"recorded",
       Outcome::kAudit,
       false,
       "r",
       "It is recorded",
       script,
       {},
       "Allowed and recorded. It is recorded; this is a script of yours run by Node."},
      {"monitored",
       Outcome::kAllow,
       true,
       "r",
       "Only it may",
       script,
       {},
       "Let pass and recorded. Only it may; this is a script of yours run by Node. Its rule only "
       "records for now."},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    ReasonFacts facts;
    facts.outcome = c.outcome;
    facts.monitored = c.monitored;
    facts.asset_name = "Electrum wallet";
    facts.rule_id = c.rule;
    facts.rule_meaning = c.meaning;
    facts.subject = c.subject.get();
    facts.later_taints = c.taints;
    facts.home = kHome;
    EXPECT_EQ(Reason(facts), c.want);
  }
  EXPECT_EQ(Reason(ReasonFacts{}), "Allowed. Nothing protected lies at this path.");
}

TEST(HowToAllowTest, OffersNothingThatCouldNotBeApproved) {
  const auto tool = Runs(Unowned("/home/alice/bin/tool"));
  auto tainted = Runs(Unowned("/home/alice/bin/tool"));
  tainted->taints.Add(Taint::kHostileEnvironment);
  auto interpreter = Runs(Interpreter("/usr/bin/node", "node"));
  auto missing = Runs(ProgramFile{});
  missing->executable.path = "/home/alice/gone";
  missing->executable.evidence = {{EvidenceKind::kMissing, "there is no such program file"}};
  const struct {
    std::shared_ptr<Subject> subject;
    Operation operation;
    const char* want;
  } cases[] = {
      {tool, Operation::kRead, "keyward approve --asset electrum --exe /home/alice/bin/tool"},
      {tool, Operation::kDelete,
       "keyward approve --asset electrum --exe /home/alice/bin/tool --write"},
      {CatFor(tool), Operation::kRead,
       "keyward approve --asset electrum --exe /home/alice/bin/tool"},
      {RunsScript(Interpreter("/usr/bin/node", "node"), Unowned("/home/alice/x.js")),
       Operation::kRead, "keyward approve --asset electrum --exe /home/alice/x.js"},
      {Runs(Unowned("/home/alice/a b;rm")), Operation::kRead,
       "keyward approve --asset electrum --exe PROGRAM"},
      {Runs(Unowned("/dev/fd/3")), Operation::kRead, ""},
      {missing, Operation::kRead, ""},
      {tainted, Operation::kRead, ""},
      {interpreter, Operation::kRead, ""},
      {RunsCode(ScriptSource::kArgument, ""), Operation::kRead, ""},
      {Runs(ProgramFile{}), Operation::kRead, ""},
  };
  for (const auto& c : cases)
    EXPECT_EQ(HowToAllow("electrum", *c.subject, {}, c.operation), c.want);
}

TEST(ApprovalMessageTest, NamesTheProgramInQuotesAndHowLong) {
  using std::chrono::seconds;
  EXPECT_EQ(ApprovalMessage("/opt/b\n", "Electrum wallet", true, false, Term::kOnce, seconds(0)),
            "Let \"/opt/b\\n\" read \"Electrum wallet\" once");
  EXPECT_EQ(ApprovalMessage("/b", "E", true, true, Term::kDuration, seconds(7200)),
            "Let \"/b\" read and change \"E\" for 2 hours");
  EXPECT_EQ(ApprovalMessage("/b", "E", false, true, Term::kAlways, seconds(0)),
            "Let \"/b\" change \"E\" from now on");
  EXPECT_EQ(DurationText(seconds(1)), "1 second");
  EXPECT_EQ(DurationText(seconds(90)), "90 seconds");
  EXPECT_EQ(DurationText(seconds(86400)), "1 day");
}

Incident ReadOf(const char* exe, const char* script) {
  Incident incident;
  incident.asset_name = "Electrum wallet";
  incident.subject.exe = exe;
  incident.subject.script = script;
  return incident;
}

TEST(IncidentSentenceTest, SaysWhatHappenedToWhatByWhom) {
  Incident packaged = ReadOf("/usr/bin/tar", "");
  packaged.subject.package = "tar 1.34";
  packaged.operation = Operation::kWrite;
  Incident audited = packaged;
  audited.outcome = Outcome::kAudit;
  Incident gap;
  gap.kind = IncidentKind::kGap;
  gap.count = 12;
  Incident told;
  told.kind = IncidentKind::kOverride;
  told.message = "refusing was switched off for an hour";
  const struct {
    Incident incident;
    const char* want;
  } cases[] = {
      {ReadOf("/usr/bin/python3.11", "/home/alice/Downloads/t/x.py"),
       "A Python script in Downloads tried to read Electrum wallet."},
      {ReadOf("/usr/bin/python3.11", "/home/alice/x.py"),
       "A Python script in the home folder tried to read Electrum wallet."},
      {ReadOf("/usr/bin/node", "/tmp/x.js"),
       "A Node script in /tmp tried to read Electrum wallet."},
      {ReadOf("/usr/bin/bash", "/tmp/x"), "A shell script in /tmp tried to read Electrum wallet."},
      {ReadOf("/usr/bin/python3", "-c"),
       "Code given to Python on its command line tried to read Electrum wallet."},
      {ReadOf("/usr/bin/python3", "stdin"),
       "Code that Python was fed on its standard input tried to read Electrum wallet."},
      {ReadOf("/usr/bin/python3", "-m evil"),
       "The module \"evil\" run by Python tried to read Electrum wallet."},
      {ReadOf("/home/alice/bin/tool", ""),
       "The program \"tool\" in bin tried to read Electrum wallet."},
      {ReadOf("", ""), "A program that was started from memory tried to read Electrum wallet."},
      {packaged, "Tar tried to change Electrum wallet."},
      {audited, "Tar changed Electrum wallet."},
      {gap, "For a while 12 accesses could not be judged."},
      {told, "Refusing was switched off for an hour."},
  };
  for (const auto& c : cases) EXPECT_EQ(IncidentSentence(c.incident, kHome), c.want);
}

TEST(IncidentChainTest, GoesFromTheOldestToTheSubjectAndIsBounded) {
  Incident incident = ReadOf("/usr/bin/node", "/home/alice/d/t.js");
  incident.ancestry.push_back(ReadOf("/usr/bin/dash", "").subject);
  incident.ancestry.push_back(ReadOf("/usr/bin/npm", "").subject);
  EXPECT_EQ(IncidentChain(incident, kHome), "npm → dash → node ~/d/t.js");
  for (int i = 0; i < 9; ++i) incident.ancestry.push_back(incident.ancestry[0]);
  EXPECT_EQ(IncidentChain(incident, kHome), "… → dash → dash → dash → npm → dash → node ~/d/t.js");
}

TEST(IncidentNextStepTest, NeverAsksToDeleteWhatAPackageOwns) {
  EXPECT_EQ(IncidentNextStep(ReadOf("/usr/bin/node", "/home/alice/d/t/x.js"), kHome),
            "if you don't know it, delete ~/d/t; what it tried to reach was not reached");
  EXPECT_EQ(IncidentNextStep(ReadOf("/usr/bin/cat", ""), kHome), "nothing; it was refused");
  EXPECT_EQ(IncidentNextStep(ReadOf("/usr/bin/node", "/home/alice/x.js"), kHome),
            "nothing; it was refused");
}

TEST(PrintableTest, LeavesTextAndEscapesWhatActsOnATerminal) {
  const struct {
    std::string text;
    const char* want;
  } cases[] = {
      {"plain", "plain"},
      {"Größe → ¥", "Größe → ¥"},
      {"a\tb\nc", "a\\tb\\nc"},
      {"\x1b]0;x\x07", "\\x1b]0;x\\x07"},
      {"\x7f", "\\x7f"},
      {"\u0085", "\\x85"},
      {"\u202egpj.exe", "\\u202egpj.exe"},
      {"a\u200bb", "a\\u200bb"},
      {"\xff\xfe", "\\xff\\xfe"},
      {"\xc0\xaf", "\\xc0\\xaf"},
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
      {"\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"},
      {"\xe2\x86", "\\xe2\\x86"},
  };
  for (const auto& c : cases) EXPECT_EQ(Printable(c.text), c.want);
  EXPECT_EQ(Printable("ääää", 3), "äää…");
  EXPECT_EQ(Printable("äää", 3), "äää");
  EXPECT_EQ(Quoted("a\"b"), "\"a\"b\"");
}

TEST(ShortPathTest, ShortensOnlyWhatIsBelowTheHome) {
  EXPECT_EQ(ShortPath("/home/alice/x", kHome), "~/x");
  EXPECT_EQ(ShortPath("/home/alice", kHome), "~");
  EXPECT_EQ(ShortPath("/home/alicex/x", kHome), "/home/alicex/x");
  EXPECT_EQ(ShortPath("/x", ""), "/x");
  EXPECT_EQ(ShortPath("/x", "/"), "/x");
}

TEST(MakeExplainReplyTest, GathersTaintsAncestryAndWhatToType) {
  auto parent = Runs(Unowned("/home/alice/bin/tool"));
  auto cat = CatFor(parent);
  ExplainFacts facts;
  facts.path = "/home/alice/.electrum/wallets/w";
  facts.asset = "electrum";
  facts.asset_name = "Electrum wallet";
  facts.subject = cat.get();
  facts.verdict.outcome = Outcome::kDeny;
  facts.rule = "wallet-secret.stranger";
  facts.rule_where = {"defaults.toml", 3};
  facts.home = kHome;
  const ExplainReply reply = MakeExplainReply(facts);
  EXPECT_EQ(reply.judged_as, "/home/alice/bin/tool");
  EXPECT_THAT(reply.ancestry, testing::ElementsAre("~/bin/tool"));
  EXPECT_EQ(reply.to_allow, "keyward approve --asset electrum --exe /home/alice/bin/tool");
  EXPECT_TRUE(reply.taints.empty());
  facts.later_taints.Add(Taint::kTraced);
  EXPECT_THAT(MakeExplainReply(facts).taints, testing::ElementsAre("traced"));
  EXPECT_EQ(MakeExplainReply(facts).to_allow, "");
  facts.verdict.outcome = Outcome::kAllow;
  facts.later_taints = {};
  EXPECT_EQ(MakeExplainReply(facts).to_allow, "");
}

}  // namespace
}  // namespace keyward::control
