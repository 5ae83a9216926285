// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "agent/model/identity_rules.h"
#include "tests/unit/catalogue/shipped_policy.h"

namespace keyward::policy {
namespace {

class CatalogueTest : public testing::TestWithParam<OperatingSystem> {
 protected:
  void SetUp() override { policy_ = Shipped(GetParam()).policy; }
  std::shared_ptr<const CompiledPolicy> policy_;
};

INSTANTIATE_TEST_SUITE_P(, CatalogueTest, testing::ValuesIn(kSystems),
                         [](const auto& test) { return std::string(SystemName(test.param)); });

// Nor a note: that two shipped assets claim one place, or that one takes a place out of another.
TEST_P(CatalogueTest, CompilesWithoutAFinding) {
  for (const Finding& finding : Shipped(GetParam()).findings) ADD_FAILURE() << ToString(finding);
  EXPECT_TRUE(policy_);
}

TEST_P(CatalogueTest, EveryAssetHasAPlaceAndAProgram) {
  ASSERT_TRUE(policy_);
  std::size_t here = 0;
  for (const AssetInfo& asset : policy_->assets()) {
    const bool has_place = !asset.locations.empty() || !asset.resources.empty();
    if (!has_place && asset.programs.empty()) continue;  // not on this system
    ++here;
    EXPECT_TRUE(has_place) << asset.id << " at " << ToString(asset.where);
    EXPECT_FALSE(asset.programs.empty()) << asset.id << " at " << ToString(asset.where);
    EXPECT_FALSE(asset.name.empty()) << asset.id;
  }
  EXPECT_GT(here, 400u);
}

TEST_P(CatalogueTest, NoIdRepeats) {
  ASSERT_TRUE(policy_);
  std::set<std::string> ids;
  for (const AssetInfo& asset : policy_->assets())
    EXPECT_TRUE(ids.insert(asset.id).second) << asset.id << " at " << ToString(asset.where);
}

// A tool or an interpreter stands for somebody else: naming it as an owner would let nobody in.
TEST_P(CatalogueTest, NoAssetIsOwnedByATool) {
  ASSERT_TRUE(policy_);
  const IdentityRules& rules = policy_->identity();
  const auto stands_for_others = [&rules](std::string_view name) {
    const auto any = [name](const std::vector<std::string>& patterns) {
      return std::any_of(patterns.begin(), patterns.end(),
                         [name](const std::string& p) { return MatchesName(p, name); });
    };
    return any(rules.loaders) ||
           std::any_of(rules.tools.begin(), rules.tools.end(),
                       [&](const ToolRule& rule) { return any(rule.names); }) ||
           std::any_of(rules.interpreters.begin(), rules.interpreters.end(),
                       [&](const InterpreterRule& rule) { return any(rule.names); });
  };
  for (const AssetInfo& asset : policy_->assets()) {
    for (const std::string& program : asset.programs) {
      const bool plain = program.find_first_of("@:*{") == std::string::npos;
      EXPECT_FALSE(plain && stands_for_others(program.substr(program.rfind('/') + 1)))
          << asset.id << " names " << program << ", at " << ToString(asset.where);
    }
  }
}

}  // namespace
}  // namespace keyward::policy
