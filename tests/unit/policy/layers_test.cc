// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "agent/policy/compiled_policy.h"
#include "tests/unit/policy/policy_maker.h"

namespace keyward::policy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Subject kRestic = Running(Packaged("/usr/bin/restic", "restic"));

std::string Catalogue(std::string_view more = {}) {
  return std::string(kDefaults) +
         AssetText("electrum", "wallet-secret", "'~/.electrum/wallets/**'", "'electrum'") +
         AssetText("npm", "credential", "'~/.npmrc'", "'npm'") + std::string(more);
}

std::string Rule(std::string_view id, std::string_view verdict, std::string_view more = {},
                 std::string_view assets = "'electrum'") {
  return "[[asset_rule]]\nid = \"" + std::string(id) + "\"\nassets = [" + std::string(assets) +
         "]\nprograms = ['restic']\nverdict = \"" + std::string(verdict) + "\"\n" +
         std::string(more);
}

std::string Locked(std::string_view what) {
  return "[policy]\nlocked = ['" + std::string(what) + "']\n";
}

struct Case {
  const char* name;
  std::string catalogue;
  std::string administrator;
  std::string managed;
  Outcome want;  // restic reads electrum's wallet
  const char* rule;
};

TEST(LayersTest, ALaterLayerWinsUnlessAnEarlierOneLocked) {
  const Case cases[] = {
      {"nobody says anything", "", "", "", Outcome::kAsk, "wallet-secret.clean"},
      {"the later layer", Rule("c", "deny"), Rule("a", "allow"), "", Outcome::kAllow, "a"},
      {"the latest layer", Rule("c", "allow"), Rule("a", "allow"), Rule("m", "deny"),
       Outcome::kDeny, "m"},
      {"a later, wider rule", Rule("c", "deny"), Rule("a", "allow", "", "'*'"), "", Outcome::kAllow,
       "a"},
      {"a locked rule", Rule("c", "deny", "locked = true\n"), Rule("a", "allow"),
       Rule("m", "allow"), Outcome::kDeny, "c"},
      {"a rule locked by name", Locked("rule:c") + Rule("c", "deny"), Rule("a", "allow"), "",
       Outcome::kDeny, "c"},
      {"a locked asset", Locked("asset:electrum"), Rule("a", "allow"), "", Outcome::kAsk,
       "wallet-secret.clean"},
      {"a locked asset and a wide rule", Locked("asset:electrum"), Rule("a", "allow", "", "'*'"),
       "", Outcome::kAsk, "wallet-secret.clean"},
      {"a locked class", Locked("class:wallet-secret"), Rule("a", "allow"),
       "[[class]]\nname = 'wallet-secret'\nclean = 'allow'\n", Outcome::kAsk,
       "wallet-secret.clean"},
      {"locked by the administrator, open before", "",
       Locked("asset:electrum") + Rule("a", "allow"), Rule("m", "deny"), Outcome::kAllow, "a"},
      {"a locked program", Locked("program:restic"), Rule("a", "allow"), "", Outcome::kAsk,
       "wallet-secret.clean"},
      {"a column changed", "", "[[class]]\nname = 'wallet-secret'\nclean = 'audit'\n", "",
       Outcome::kAudit, "wallet-secret.clean"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Compiled compiled = CompileLayers({LayerOf(LayerKind::kCatalogue, Catalogue(c.catalogue)),
                                             LayerOf(LayerKind::kAdministrator, c.administrator),
                                             LayerOf(LayerKind::kManaged, c.managed)});
    ASSERT_TRUE(compiled.policy) << compiled.error.what;
    const Verdict verdict =
        compiled.policy->Decide(RequestFor(*compiled.policy, "electrum", kRestic));
    EXPECT_EQ(verdict.outcome, c.want);
    EXPECT_EQ(compiled.policy->rule(verdict.rule).id, c.rule);
  }
}

TEST(LayersTest, AColumnThatWasChangedIsShownWhereItWasChanged) {
  const PolicyPtr policy = PolicyOf(
      {LayerOf(LayerKind::kCatalogue, Catalogue()),
       LayerOf(LayerKind::kAdministrator, "[[class]]\nname = 'wallet-secret'\nclean = 'audit'\n")});
  const auto where = [&](const Subject& subject) {
    return ToString(
        policy->rule(policy->Decide(RequestFor(*policy, "electrum", subject)).rule).where);
  };
  EXPECT_EQ(where(kRestic), "administrator.toml:3");
  EXPECT_EQ(where(Running(InHome("/home/a/x"), Standing::kStranger)), "catalogue.toml:6");
}

TEST(LayersTest, WhatALockStopsIsSaid) {
  const Compiled compiled =
      CompileLayers({LayerOf(LayerKind::kCatalogue, Locked("asset:electrum") + Catalogue()),
                     LayerOf(LayerKind::kAdministrator, Rule("a", "allow"))});
  EXPECT_THAT(compiled.warnings,
              ElementsAre("administrator.toml:3: asset \"electrum\" is locked at catalogue.toml:2: "
                          "rule \"a\" changes nothing there"));
  const Compiled place = CompileLayers(
      {LayerOf(LayerKind::kCatalogue, Locked("asset:electrum") + Catalogue()),
       LayerOf(LayerKind::kAdministrator,
               AssetText("mine", "watch-only", "'~/.electrum/wallets/old*'", "'evil'"))});
  EXPECT_THAT(place.errors,
              ElementsAre("administrator.toml:8: a location of asset \"mine\" meets one of asset "
                          "\"electrum\", which is locked at catalogue.toml:2"));
  const Compiled unknown = CompileText(Locked("rule:nothing"), LayerKind::kAdministrator);
  EXPECT_THAT(unknown.errors,
              ElementsAre("administrator.toml:2: unknown rule \"nothing\" in [policy]"));
}

TEST(LayersTest, APersonsOwnPlaceNeverTakesOneOver) {
  const std::string own = R"([[protected]]
id = 1
uid = 1000
path = "/srv/wallet/mine"
directory = true
programs = ["evil"]
)";
  const PolicyPtr policy = PolicyOf(
      {LayerOf(LayerKind::kCatalogue,
               Catalogue() + AssetText("node", "wallet-secret", "'/srv/wallet/**'", "'noded'")),
       LayerOf(LayerKind::kUser, own)});
  ASSERT_TRUE(policy);
  const auto place = policy->FindPlace("/srv/wallet/mine/x", {});
  ASSERT_TRUE(place);
  EXPECT_EQ(policy->AssetId(place->asset), "node");
  const auto info = policy->asset(*policy->FindAsset("protected.1"));
  EXPECT_TRUE(info.personal);
  EXPECT_EQ(info.uid, 1000u);
  EXPECT_THAT(info.locations, ElementsAre("/srv/wallet/mine", "/srv/wallet/mine/**"));
}

TEST(LayersTest, OverlapsThatTheOrderSettledAreNoted) {
  const Compiled compiled = CompileLayers(
      {LayerOf(
           LayerKind::kCatalogue,
           Catalogue() +
               AssetText("history", "watch-only", "'~/.electrum/wallets/log'", "'electrum'") +
               AssetText("strict", "wallet-secret", "'~/.electrum/wallets/keys'", "'electrum'")),
       LayerOf(LayerKind::kAdministrator, Rule("a", "deny") + Rule("b", "allow") +
                                              Rule("c", "allow", "", "'npm'") +
                                              Rule("d", "deny", "", "'class:credential'"))});
  EXPECT_THAT(
      compiled.notes,
      ElementsAre("catalogue.toml:48: asset \"history\" takes a place out of asset \"electrum\" "
                  "(catalogue.toml:23), with looser defaults",
                  "administrator.toml:6: rules \"a\" (administrator.toml:1) and \"b\" "
                  "(administrator.toml:6) speak of the same programs and assets; the first decides",
                  "administrator.toml:11: rule \"c\" is looser than rule \"d\" "
                  "(administrator.toml:16) and decides where both apply"));
  const Compiled quiet = CompileText(Catalogue() + Rule("a", "allow") + Rule("b", "allow"));
  EXPECT_THAT(quiet.notes, IsEmpty());
}

TEST(LayersTest, TheVersionIsThatOfTheHighestLayerThatHasOne) {
  const PolicyPtr policy =
      PolicyOf({LayerOf(LayerKind::kCatalogue, "[policy]\nversion = 7\n"),
                LayerOf(LayerKind::kAdministrator, "[policy]\nversion = 41\n")});
  EXPECT_EQ(policy->version(), 41u);
  EXPECT_EQ(PolicyOf("[policy]\nversion = 7\n")->version(), 0u);  // shipped, not given by anybody
  const PolicyPtr other = PolicyOf("");
  EXPECT_NE(policy->serial(), other->serial());
}

}  // namespace
}  // namespace keyward::policy
