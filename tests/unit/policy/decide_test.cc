// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "agent/policy/compiled_policy.h"
#include "tests/unit/policy/policy_maker.h"

namespace keyward::policy {
namespace {

std::string Assets() {
  return std::string(kDefaults) +
         AssetText("electrum", "wallet-secret", "'~/.electrum/wallets/**'", "'electrum'") +
         "readers = ['indexer']\nwriters = ['updater']\n" +
         AssetText("npm", "credential", "'~/.npmrc'", "'npm'") +
         AssetText("app", "wallet-code", "'/opt/app/app.asar'", "'dpkg'");
}

std::string Rule(std::string_view table, std::string_view id, std::string_view body) {
  return "[[" + std::string(table) + "]]\nid = \"" + std::string(id) + "\"\n" + std::string(body) +
         "\n";
}

Subject Tainted(Subject subject, Taint taint = Taint::kHostileEnvironment) {
  subject.taints.Add(taint);
  return subject;
}

const Subject kElectrum = Running(Packaged("/usr/bin/electrum", "electrum"));
const Subject kRestic = Running(Packaged("/usr/bin/restic", "restic"));
const Subject kStranger = Running(InHome("/home/alice/electrum"), Standing::kStranger);

struct Case {
  const char* name;
  const Subject subject;
  const char* asset;
  Operation operation;
  Outcome want;
  const char* rule;  // its id
};

void Check(const PolicyPtr& policy, const std::vector<Case>& cases) {
  ASSERT_TRUE(policy);
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const AccessRequest request = RequestFor(*policy, c.asset, c.subject, c.operation);
    const Verdict verdict = policy->Decide(request);
    EXPECT_EQ(verdict.outcome, c.want);
    EXPECT_FALSE(verdict.monitored);
    if (*c.rule == '\0')
      EXPECT_EQ(verdict.rule, kNoRule);
    else
      EXPECT_EQ(policy->rule(verdict.rule).id, c.rule);
    const ProgramMatch match = policy->MatchProgram(c.subject.judged());
    AccessRequest with_match = request;
    with_match.match = &match;
    const Verdict same = policy->Decide(with_match);
    EXPECT_EQ(same.outcome, verdict.outcome);
    EXPECT_EQ(same.rule, verdict.rule);
  }
}

TEST(DecideTest, OnlyTheWalletsOwnUntaintedProgramReadsIt) {
  Subject as_script = Running(Packaged("/usr/bin/python3", "python3"));
  as_script.executable.role = ProgramRole::kInterpreter;
  as_script.script = Script{ScriptSource::kFile, Packaged("/usr/bin/electrum", "electrum"), {}};
  Subject cat = Running(Packaged("/usr/bin/cat", "coreutils"));
  cat.executable.role = ProgramRole::kTool;
  cat.parent = std::make_shared<Subject>(kElectrum);
  cat.judged_generations = 1;
  Subject tainted_cat = cat;
  tainted_cat.taints.Add(Taint::kForeignCode);
  Subject of_tainted = cat;
  of_tainted.parent = std::make_shared<Subject>(Tainted(kElectrum));
  const auto read = Operation::kRead;
  Check(
      PolicyOf(Assets()),
      {{"its package", kElectrum, "electrum", read, Outcome::kAllow, "wallet-secret.owner"},
       {"as a script", as_script, "electrum", read, Outcome::kAllow, "wallet-secret.owner"},
       {"a tool that it runs", cat, "electrum", read, Outcome::kAsk, "wallet-secret.clean"},
       {"preloaded", Tainted(kElectrum), "electrum", read, Outcome::kDeny,
        "wallet-secret.stranger"},
       {"a tool that it runs, tainted", tainted_cat, "electrum", read, Outcome::kDeny,
        "wallet-secret.stranger"},
       {"a tool of it, tainted", of_tainted, "electrum", read, Outcome::kDeny,
        "wallet-secret.stranger"},
       {"a copy of it in the home", kStranger, "electrum", read, Outcome::kDeny,
        "wallet-secret.stranger"},
       {"another package", kRestic, "electrum", read, Outcome::kAsk, "wallet-secret.clean"},
       {"another package, a credential", kRestic, "npm", read, Outcome::kAudit, "credential.clean"},
       {"a stranger, a credential", kStranger, "npm", read, Outcome::kDeny,
        "credential.stranger"}});
}

TEST(DecideTest, WhatIsOpenToEveryTrustedProgramIsOpenToItsTools) {
  Subject tool = Running(Packaged("/usr/bin/cat", "coreutils"));
  tool.executable.role = ProgramRole::kTool;
  tool.parent = std::make_shared<Subject>(kRestic);
  tool.judged_generations = 1;
  Subject stranger = tool;
  stranger.standing = Standing::kStranger;
  const std::string text = std::string(kDefaults) +
                           AssetText("rc", "wallet-secret", "'~/.rc'", "'@any'") +
                           AssetText("named", "wallet-secret", "'~/.named'", "'restic'");
  const auto read = Operation::kRead;
  Check(PolicyOf(text),
        {{"a tool, for everybody", tool, "rc", read, Outcome::kAllow, "wallet-secret.owner"},
         {"a tool, by a name", tool, "named", read, Outcome::kAsk, "wallet-secret.clean"},
         {"tainted", Tainted(tool), "rc", read, Outcome::kDeny, "wallet-secret.stranger"},
         {"a stranger's", stranger, "rc", read, Outcome::kDeny, "wallet-secret.stranger"}});
}

TEST(DecideTest, LaterTaintsCount) {
  const PolicyPtr policy = PolicyOf(Assets());
  AccessRequest request = RequestFor(*policy, "electrum", kElectrum);
  request.later_taints.Add(Taint::kTraced);
  EXPECT_EQ(policy->Decide(request).outcome, Outcome::kDeny);
}

TEST(DecideTest, ReadersReadAndWritersWrite) {
  const Subject indexer = Running(Packaged("/usr/bin/indexer", "indexer"));
  const Subject updater = Running(Packaged("/usr/bin/updater", "updater"));
  Check(PolicyOf(Assets()), {{"a reader reads", indexer, "electrum", Operation::kRead,
                              Outcome::kAllow, "wallet-secret.owner"},
                             {"a reader lists", indexer, "electrum", Operation::kList,
                              Outcome::kAllow, "wallet-secret.owner"},
                             {"a reader writes", indexer, "electrum", Operation::kWrite,
                              Outcome::kAsk, "wallet-secret.clean"},
                             {"a reader renames", indexer, "electrum", Operation::kRename,
                              Outcome::kAsk, "wallet-secret.clean"},
                             {"a writer writes", updater, "electrum", Operation::kWrite,
                              Outcome::kAllow, "wallet-secret.owner"},
                             {"a writer reads", updater, "electrum", Operation::kRead,
                              Outcome::kAsk, "wallet-secret.clean"}});
}

TEST(DecideTest, ReadingProgramCodeIsFree) {
  Check(PolicyOf(Assets()),
        {{"a stranger reads", kStranger, "app", Operation::kRead, Outcome::kAllow, ""},
         {"a stranger writes", kStranger, "app", Operation::kWrite, Outcome::kDeny,
          "wallet-code.stranger"},
         {"another package writes", kRestic, "app", Operation::kWrite, Outcome::kAsk,
          "wallet-code.clean"}});
}

TEST(DecideTest, WhatCannotBeResolvedIsDenied) {
  const PolicyPtr policy = PolicyOf(Assets());
  AccessRequest nobody = RequestFor(*policy, "electrum", kElectrum);
  nobody.subject = nullptr;
  AccessRequest nothing = RequestFor(*policy, "no-such-asset", kElectrum);
  for (const AccessRequest& request : {nobody, nothing}) {
    const Verdict verdict = policy->Decide(request);
    EXPECT_EQ(verdict.outcome, Outcome::kDeny);
    EXPECT_EQ(policy->rule(verdict.rule).id, "unresolved");
  }
}

TEST(DecideTest, AssetRulesGoByTheDocumentedOrder) {
  const std::string rules =
      Rule("asset_rule", "class-restic",
           "assets = ['class:wallet-secret']\nprograms = ['restic']\nverdict = 'deny'") +
      Rule("asset_rule", "asset-restic",
           "assets = ['electrum']\nprograms = ['restic']\noperations = ['read']\nverdict = "
           "'allow'") +
      Rule("asset_rule", "everything", "assets = ['*']\nverdict = 'audit'") +
      Rule("asset_rule", "kind-else", "assets = ['kind:desktop-wallet']\nverdict = 'ask'");
  const Subject tar = Running(Packaged("/usr/bin/star", "star"));
  Check(PolicyOf(Assets() + rules),
        {{"the asset before the class", kRestic, "electrum", Operation::kRead, Outcome::kAllow,
          "asset-restic"},
         {"the kind before the class", kRestic, "electrum", Operation::kWrite, Outcome::kAsk,
          "kind-else"},
         {"the kind before everything", tar, "npm", Operation::kRead, Outcome::kAsk, "kind-else"},
         {"a rule for everybody else spares the owner", kElectrum, "electrum", Operation::kRead,
          Outcome::kAllow, "wallet-secret.owner"},
         {"a rule for everybody else reaches a stranger", kStranger, "npm", Operation::kRead,
          Outcome::kAsk, "kind-else"},
         {"a taint takes the name away", Tainted(kRestic), "electrum", Operation::kRead,
          Outcome::kAsk, "kind-else"}});
}

TEST(DecideTest, ATaintIsNoWayOutOfARefusal) {
  const std::string text = std::string(kDefaults) +
                           AssetText("history", "watch-only", "'~/.h'", "'electrum'") +
                           Rule("asset_rule", "no-restic",
                                "assets = ['history']\nprograms = ['restic']\nverdict = 'deny'");
  Check(PolicyOf(text),
        {{"named", kRestic, "history", Operation::kRead, Outcome::kDeny, "no-restic"},
         {"named and tainted", Tainted(kRestic), "history", Operation::kRead, Outcome::kDeny,
          "no-restic"},
         {"another, tainted", Tainted(kElectrum), "history", Operation::kRead, Outcome::kAudit,
          "watch-only.stranger"}});
}

TEST(DecideTest, AProgramRuleAndAnAssetRuleMustBothAllow) {
  const std::string rules =
      Rule(
          "program_rule", "electrum-only",
          "programs = ['electrum']\nassets = ['electrum']\nverdict = 'allow'\notherwise = 'deny'") +
      Rule("program_rule", "node-nothing",
           "programs = ['node']\nassets = ['class:wallet-secret']\nverdict = 'deny'") +
      Rule("asset_rule", "restic-all",
           "assets = ['*']\nprograms = ['restic', 'node-app']\nverdict = 'allow'");
  Subject node = Running(Packaged("/usr/bin/node", "nodejs"));
  node.executable.role = ProgramRole::kInterpreter;
  node.script = Script{ScriptSource::kFile, Packaged("/usr/bin/node-app", "node-app"), {}};
  Subject through_node = Running(InHome("/home/alice/x/node"));
  through_node.executable.role = ProgramRole::kInterpreter;
  through_node.parent = std::make_shared<Subject>(kRestic);
  through_node.judged_generations = 1;
  Check(PolicyOf(Assets() + rules),
        {{"its own asset", kElectrum, "electrum", Operation::kRead, Outcome::kAllow,
          "wallet-secret.owner"},
         {"any other asset", kElectrum, "npm", Operation::kRead, Outcome::kDeny, "electrum-only"},
         {"an asset rule does not outweigh it", node, "electrum", Operation::kRead, Outcome::kDeny,
          "node-nothing"},
         {"of another class", node, "npm", Operation::kRead, Outcome::kAllow, "restic-all"},
         {"on the way to the judged one, by name alone", through_node, "electrum", Operation::kRead,
          Outcome::kDeny, "node-nothing"}});
}

TEST(DecideTest, MonitoringRecordsAndLetsPass) {
  const std::string rule =
      Rule("asset_rule", "try",
           "assets = ['electrum']\nprograms = ['restic']\nverdict = 'deny'\nmonitor = true");
  const PolicyPtr one = PolicyOf(Assets() + rule);
  const Verdict tried = one->Decide(RequestFor(*one, "electrum", kRestic));
  EXPECT_EQ(tried.outcome, Outcome::kAllow);
  EXPECT_TRUE(tried.monitored);
  EXPECT_EQ(tried.unmonitored, Outcome::kDeny);
  EXPECT_EQ(one->rule(tried.rule).id, "try");
  EXPECT_FALSE(one->monitoring());

  const PolicyPtr all =
      PolicyOf({LayerOf(LayerKind::kCatalogue, Assets()),
                LayerOf(LayerKind::kManaged,
                        "[override]\nmode = 'monitor'\nuntil = 2028-01-01T00:00:00Z\n")});
  EXPECT_TRUE(all->monitoring());
  EXPECT_EQ(all->next_change(), Time(std::chrono::seconds{1'830'297'600}));
  const Verdict stranger = all->Decide(RequestFor(*all, "electrum", kStranger));
  EXPECT_EQ(stranger.outcome, Outcome::kAllow);
  EXPECT_TRUE(stranger.monitored);
  EXPECT_EQ(stranger.unmonitored, Outcome::kDeny);
  EXPECT_EQ(all->rule(stranger.rule).id, "wallet-secret.stranger");
  const Verdict owner = all->Decide(RequestFor(*all, "electrum", kElectrum));
  EXPECT_FALSE(owner.monitored);

  const PolicyPtr ended =
      PolicyOf({LayerOf(LayerKind::kCatalogue, Assets()),
                LayerOf(LayerKind::kManaged,
                        "[override]\nmode = 'monitor'\nuntil = 2026-01-01T00:00:00Z\n")});
  EXPECT_FALSE(ended->monitoring());
  EXPECT_EQ(ended->Decide(RequestFor(*ended, "electrum", kStranger)).outcome, Outcome::kDeny);
}

TEST(DecideTest, ARuleEndsWithItsTime) {
  const auto rule = [](const char* expires) {
    return Rule("asset_rule", "until",
                "assets = ['electrum']\nprograms = ['restic']\nverdict = 'allow'\nexpires = " +
                    std::string(expires));
  };
  const PolicyPtr before = PolicyOf(Assets() + rule("2027-01-15T08:00:01Z"));
  EXPECT_EQ(before->Decide(RequestFor(*before, "electrum", kRestic)).outcome, Outcome::kAllow);
  EXPECT_EQ(before->next_change(), kNow + std::chrono::seconds(1));
  const PolicyPtr after = PolicyOf(Assets() + rule("2027-01-15T09:00:00+01:00"));
  EXPECT_EQ(after->Decide(RequestFor(*after, "electrum", kRestic)).outcome, Outcome::kAsk);
  EXPECT_EQ(after->next_change(), std::nullopt);
}

TEST(DecideTest, AnAssetInAProfileBelongsToThatBrowser) {
  const PolicyPtr policy = PolicyOf(std::string(kDefaults) + R"(
[[browser]]
id = "chrome"
name = "Google Chrome"
engine = "chromium"
[browser.linux]
roots = ["$XDG_CONFIG_HOME/google-chrome"]
programs = ["/opt/google/chrome*/chrome"]
[[browser]]
id = "brave"
name = "Brave"
engine = "chromium"
[browser.linux]
roots = ["$XDG_CONFIG_HOME/Brave"]
programs = ["brave"]
[[asset]]
id = "logins.${browser}"
name = "Passwords"
kind = "browser-secrets"
class = "wallet-secret"
severity = "high"
[asset.linux]
locations = ["${chromium-profile}/Login Data"]
programs = ["@browser"]
[[asset_rule]]
id = "brave-only"
assets = ["logins.brave"]
programs = ["restic"]
verdict = "allow"
)");
  ASSERT_TRUE(policy);
  const std::vector<Home> homes = {{1000, "alice", "/home/alice"}};
  const auto chrome =
      policy->FindPlace("/home/alice/.config/google-chrome/Default/Login Data", homes);
  const auto brave = policy->FindPlace("/home/alice/.config/Brave/Profile 2/Login Data", homes);
  ASSERT_TRUE(chrome && brave);
  EXPECT_EQ(policy->AssetId(chrome->asset), "logins.chrome");
  EXPECT_EQ(policy->AssetName(brave->asset), "Passwords in Brave");
  EXPECT_EQ(policy->FindAsset("logins.brave"), brave->asset.asset);
  const auto decide = [&](const Subject& subject, AssetRef asset) {
    AccessRequest request;
    request.subject = &subject;
    request.asset = asset;
    return policy->Decide(request).outcome;
  };
  const Subject in_chrome = Running(Packaged("/opt/google/chrome-beta/chrome", "chrome"));
  const Subject in_brave = Running(Packaged("/usr/bin/brave", "brave"));
  EXPECT_EQ(decide(in_chrome, chrome->asset), Outcome::kAllow);
  EXPECT_EQ(decide(in_chrome, brave->asset), Outcome::kAsk);
  EXPECT_EQ(decide(in_brave, brave->asset), Outcome::kAllow);
  EXPECT_EQ(decide(kRestic, brave->asset), Outcome::kAllow);
  EXPECT_EQ(decide(kRestic, chrome->asset), Outcome::kAsk);
}

TEST(DecideTest, ContentThatIsNamedNeedsNoOtherEvidence) {
  const PolicyPtr policy =
      PolicyOf(std::string(kDefaults) +
               AssetText("w", "wallet-secret", "'~/.w'", "'sha256:" + ToHex(HashOf(9)) + "'"));
  Subject subject = kStranger;
  EXPECT_EQ(policy->Decide(RequestFor(*policy, "w", subject)).outcome, Outcome::kDeny);
  subject.executable.sha256 = HashOf(9);
  EXPECT_EQ(policy->Decide(RequestFor(*policy, "w", subject)).outcome, Outcome::kAllow);
  subject.taints.Add(Taint::kHostileEnvironment);
  EXPECT_EQ(policy->Decide(RequestFor(*policy, "w", subject)).outcome, Outcome::kDeny);
}

TEST(DecideTest, AMatchOfAnotherPolicyIsNotBelieved) {
  const PolicyPtr old = PolicyOf(std::string(kDefaults) +
                                 AssetText("a", "wallet-secret", "'~/.a'", "'x', 'electrum'"));
  const PolicyPtr now = PolicyOf(Assets());
  const ProgramMatch forged = old->MatchProgram(kElectrum);
  AccessRequest request = RequestFor(*now, "electrum", kRestic);
  request.match = &forged;
  EXPECT_EQ(now->Decide(request).outcome, Outcome::kAsk);
}

}  // namespace
}  // namespace keyward::policy
