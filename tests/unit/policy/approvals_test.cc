// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/approvals.h"

#include <gmock/gmock.h>

#include "agent/policy/compiled_policy.h"
#include "tests/unit/policy/policy_maker.h"

namespace keyward::policy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

UserLayer Everything() {
  Approval bound;
  bound.id = 3;
  bound.uid = 1000;
  bound.asset = "electrum";
  bound.program_path = "/home/alice/bin/back\"up\\ tool";
  bound.sha256 = HashOf(7);
  bound.write = true;
  bound.expires = kNow + std::chrono::hours(1);
  bound.created = kNow - std::chrono::nanoseconds(1);
  bound.authority = "polkit auth_admin";
  Approval packaged;
  packaged.id = 4;
  packaged.uid = 0;
  packaged.asset = "npm";
  packaged.program_path = "/usr/bin/\xff\nrestic";  // not UTF-8, with a line end
  packaged.package = "restic";
  packaged.created = kNow;
  Approval running;
  running.id = 5;
  running.uid = 1000;
  running.asset = "electrum";
  running.program_path = "/usr/bin/x";
  running.exec_id = 77;
  ProtectedPath path;
  path.id = 1;
  path.uid = 1000;
  path.path = "/home/alice/\xe4 \xc3\xa4 ${x} {a,b}*";
  path.directory = true;
  path.programs = {"restic", "@any"};
  path.created = kNow;
  return {{bound, packaged, running}, {path}};
}

TEST(ApprovalsTest, WhatWasWrittenIsReadBack) {
  const UserLayer layer = Everything();
  for (const bool with_running : {false, true}) {
    Findings findings;
    const auto read =
        ParseUserLayer(WriteApprovals(layer, with_running), WriteProtectedPaths(layer), findings);
    ASSERT_TRUE(read) << read.error().what;
    ASSERT_EQ(read->approvals.size(), with_running ? 3u : 2u);
    for (std::size_t i = 0; i < read->approvals.size(); ++i) {
      const Approval& a = layer.approvals[i];
      const Approval& b = read->approvals[i];
      EXPECT_EQ(a.id, b.id);
      EXPECT_EQ(a.uid, b.uid);
      EXPECT_EQ(a.asset, b.asset);
      EXPECT_EQ(a.program_path, b.program_path);
      EXPECT_EQ(a.sha256, b.sha256);
      EXPECT_EQ(a.package, b.package);
      EXPECT_EQ(a.read, b.read);
      EXPECT_EQ(a.write, b.write);
      EXPECT_EQ(a.expires, b.expires);
      EXPECT_EQ(a.exec_id, b.exec_id);
      EXPECT_EQ(a.created, b.created);
      EXPECT_EQ(a.authority, b.authority);
    }
    ASSERT_EQ(read->protected_paths.size(), 1u);
    EXPECT_EQ(read->protected_paths[0].path, layer.protected_paths[0].path);
    EXPECT_EQ(read->protected_paths[0].directory, true);
    EXPECT_EQ(read->protected_paths[0].programs, layer.protected_paths[0].programs);
    EXPECT_EQ(read->protected_paths[0].created, kNow);
  }
}

TEST(ApprovalsTest, EveryByteOfAPathSurvives) {
  for (int byte = 1; byte < 256; ++byte) {
    if (byte == '/') continue;
    UserLayer layer;
    ProtectedPath path;
    path.uid = 1000;
    path.path = std::string("/home/alice/x") + static_cast<char>(byte) + "y";
    layer.protected_paths = {path};
    Findings findings;
    const auto read = ParseUserLayer("", WriteProtectedPaths(layer), findings);
    ASSERT_TRUE(read) << byte << " " << read.error().what;
    ASSERT_EQ(read->protected_paths.size(), 1u);
    EXPECT_EQ(read->protected_paths[0].path, path.path) << byte;
  }
}

TEST(ApprovalsTest, AMistakeRefusesTheWhole) {
  const struct {
    const char* name;
    const char* text;
    const char* error;
  } cases[] = {
      {"no program", "[[approval]]\nid = 1\nuid = 0\nasset = \"x\"\n",
       "approvals.toml:1: [[approval]] needs \"sha256\", \"package\" or \"exec_id\""},
      {"no asset", "[[approval]]\nid = 1\nuid = 0\nexec_id = 1\n",
       "approvals.toml:1: [[approval]] needs \"asset\""},
      {"a package without its file",
       "[[approval]]\nid = 1\nuid = 0\nasset = \"x\"\npackage = \"r\"\n",
       "approvals.toml:5: \"package\" in [[approval]] needs \"program\" beside it"},
      {"no number", "[[approval]]\nid = -1\nuid = 0\nasset = \"x\"\nexec_id = 1\n",
       "approvals.toml:2: \"id\" in [[approval]] is negative"},
      {"too large a user", "[[approval]]\nid = 1\nuid = 4294967295\nasset = \"x\"\nexec_id = 1\n",
       "approvals.toml:3: \"uid\" in [[approval]] is not a user's number"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Findings findings;
    const auto read = ParseUserLayer(c.text, "", findings);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().what, std::string("read approvals: ") + c.error);
  }
}

// What approvals change, and what they can't.
class ApprovedTest : public testing::Test {
 protected:
  PolicyPtr With(std::vector<Approval> approvals, std::string_view more = {}) {
    UserLayer layer;
    layer.approvals = std::move(approvals);
    const Compiled compiled = CompileLayers(
        {LayerOf(LayerKind::kCatalogue,
                 std::string(kDefaults) +
                     AssetText("electrum", "wallet-secret", "'~/.electrum/**'", "'electrum'") +
                     AssetText("npm", "credential", "'~/.npmrc'", "'npm'") + std::string(more)),
         LayerOf(LayerKind::kUser, WriteApprovals(layer, true))});
    warnings_ = compiled.warnings;
    EXPECT_TRUE(compiled.policy) << compiled.error.what;
    return compiled.policy;
  }

  static Approval Bound() {
    Approval a;
    a.id = 9;
    a.uid = 1000;
    a.asset = "electrum";
    a.program_path = "/home/alice/backup";
    a.sha256 = HashOf(7);
    return a;
  }

  static Subject Backup() {
    Subject subject = Running(InHome("/home/alice/backup"), Standing::kStranger);
    subject.executable.sha256 = HashOf(7);
    return subject;
  }

  std::vector<std::string> warnings_;
};

TEST_F(ApprovedTest, ContentIsBoundToPersonAssetAccessAndTime) {
  const PolicyPtr policy = With({Bound()});
  Subject tainted = Backup();
  tainted.taints.Add(Taint::kForeignCode);
  Subject changed = Backup();
  changed.executable.sha256 = HashOf(8);
  Subject python = Backup();
  python.executable.role = ProgramRole::kInterpreter;
  const struct {
    const char* name;
    Subject subject;
    const char* asset;
    Operation operation;
    std::uint32_t owner;
    Outcome want;
  } cases[] = {
      {"as approved", Backup(), "electrum", Operation::kRead, 1000, Outcome::kAllow},
      {"writing", Backup(), "electrum", Operation::kWrite, 1000, Outcome::kDeny},
      {"another asset", Backup(), "npm", Operation::kRead, 1000, Outcome::kDeny},
      {"another's asset", Backup(), "electrum", Operation::kRead, 1001, Outcome::kDeny},
      {"tainted", tainted, "electrum", Operation::kRead, 1000, Outcome::kDeny},
      {"changed since", changed, "electrum", Operation::kRead, 1000, Outcome::kDeny},
      {"an interpreter", python, "electrum", Operation::kRead, 1000, Outcome::kDeny},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    AccessRequest request = RequestFor(*policy, c.asset, c.subject, c.operation);
    request.owner_uid = c.owner;
    const Verdict verdict = policy->Decide(request);
    EXPECT_EQ(verdict.outcome, c.want);
    EXPECT_EQ(policy->rule(verdict.rule).id == "approval.9", c.want == Outcome::kAllow);
  }
  Approval expired = Bound();
  expired.expires = kNow;
  const PolicyPtr later = With({expired});
  const Subject subject = Backup();
  EXPECT_EQ(later->Decide(RequestFor(*later, "electrum", subject)).outcome, Outcome::kDeny);
}

TEST_F(ApprovedTest, APackagesFileIsThatFileWithTheRightDigest) {
  Approval a = Bound();
  a.sha256.reset();
  a.package = "restic";
  a.program_path = "/bin/restic";
  const PolicyPtr policy = With({a});
  const auto outcome = [&](ProgramFile file) {
    const Subject subject = Running(std::move(file));
    return policy->Decide(RequestFor(*policy, "electrum", subject)).outcome;
  };
  EXPECT_EQ(outcome(Packaged("/usr/bin/restic", "restic")), Outcome::kAllow);
  EXPECT_EQ(outcome(Packaged("/usr/lib/restic/helper", "restic")), Outcome::kAsk);
  EXPECT_EQ(outcome(Packaged("/usr/bin/restic", "rustic")), Outcome::kAsk);
  EXPECT_EQ(outcome(InHome("/usr/bin/restic")), Outcome::kAsk);
}

TEST_F(ApprovedTest, UntilItQuitsIsThatExecAlone) {
  Approval a = Bound();
  a.exec_id = 77;
  const PolicyPtr policy = With({a});
  Subject subject = Backup();
  subject.exec_id = 77;
  EXPECT_EQ(policy->Decide(RequestFor(*policy, "electrum", subject)).outcome, Outcome::kAllow);
  subject.exec_id = 78;
  EXPECT_EQ(policy->Decide(RequestFor(*policy, "electrum", subject)).outcome, Outcome::kDeny);
  subject.exec_id = 0;
  EXPECT_EQ(policy->Decide(RequestFor(*policy, "electrum", subject)).outcome, Outcome::kDeny);
}

TEST_F(ApprovedTest, WhatIsLockedStaysRefused) {
  const Subject subject = Backup();
  const PolicyPtr by_asset = With({Bound()}, "[policy]\nlocked = ['asset:electrum']\n");
  EXPECT_EQ(by_asset->Decide(RequestFor(*by_asset, "electrum", subject)).outcome, Outcome::kDeny);
  EXPECT_THAT(warnings_, ElementsAre("user.toml:3: approval.9 is for asset \"electrum\", which is "
                                     "locked at catalogue.toml:42: it is left out"));
  const auto rule = [](const char* locked) {
    return "[[asset_rule]]\nid = 'r'\nassets = ['electrum']\nverdict = 'deny'\nlocked = " +
           std::string(locked) + "\n";
  };
  const PolicyPtr locked = With({Bound()}, rule("true"));
  EXPECT_EQ(locked->Decide(RequestFor(*locked, "electrum", subject)).outcome, Outcome::kDeny);
  const PolicyPtr open = With({Bound()}, rule("false"));
  EXPECT_EQ(open->Decide(RequestFor(*open, "electrum", subject)).outcome, Outcome::kAllow);
}

TEST_F(ApprovedTest, AStaleAnswerIsLeftOutAndRefusesNothing) {
  Approval a = Bound();
  a.asset = "removed-wallet";
  EXPECT_TRUE(With({a}));
  EXPECT_THAT(warnings_, ElementsAre("user.toml:3: approval.9 is for asset \"removed-wallet\", "
                                     "which is not here: it is left out"));
}

}  // namespace
}  // namespace keyward::policy
