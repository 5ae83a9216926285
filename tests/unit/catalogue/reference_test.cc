// SPDX-License-Identifier: Apache-2.0
// No place that thieves are known to look at is left out of the catalogue.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/catalogue/places.h"
#include "tests/unit/catalogue/reference_rows.h"
#include "tests/unit/catalogue/shipped_policy.h"

namespace keyward::policy {
namespace {

// What the row wants at a path, beside what may stand in for it.
class Coverage {
 public:
  explicit Coverage(std::vector<StandIn> stand_ins) : stand_ins_(std::move(stand_ins)) {}

  bool Accepts(const std::string& wanted, const std::string& found) {
    if (wanted == found) return true;
    for (const StandIn& s : stand_ins_) {
      if (s.asset != wanted || s.instead != found) continue;
      used_.insert(s.asset + " by " + s.instead);
      return true;
    }
    return false;
  }

  std::vector<std::string> unused() const {
    std::vector<std::string> names;
    for (const StandIn& s : stand_ins_)
      if (!used_.contains(s.asset + " by " + s.instead))
        names.push_back(s.asset + " by " + s.instead);
    return names;
  }

 private:
  std::vector<StandIn> stand_ins_;
  std::set<std::string> used_;
};

std::string Describe(const ReferenceRow& row, OperatingSystem system) {
  return "reference_rows.tsv:" + std::to_string(row.line) + " " + row.asset + " on " +
         std::string(SystemName(system)) + ": " + row.place;
}

void ExpectBrowserRoot(const CompiledPolicy& policy, const ReferenceRow& row,
                       OperatingSystem system) {
  const std::string browser = row.asset.substr(std::string("browser-root.").size());
  for (const std::string& example : Examples(row.place)) {
    const std::string root = Place(example, system);
    EXPECT_EQ(AssetAt(policy, root + "/Local State"), "browser-secrets." + browser) << root;
    EXPECT_EQ(AssetAt(policy, root + "/Default/Local Extension Settings/new-extension/0"),
              "ext.any")
        << root;
    if (browser == "opera") {  // the profile is the root itself
      EXPECT_EQ(AssetAt(policy, root + "/Login Data"), "browser-secrets.opera") << root;
    }
  }
}

void ExpectResource(const CompiledPolicy& policy, const ReferenceRow& row) {
  const auto index = policy.FindAsset(row.asset);
  ASSERT_TRUE(index.has_value()) << "no such asset";
  const auto& resources = policy.asset(*index).resources;
  EXPECT_NE(std::find(resources.begin(), resources.end(), row.place), resources.end());
}

class ReferenceTest : public testing::TestWithParam<OperatingSystem> {};

TEST_P(ReferenceTest, EveryRowIsCovered) {
  const OperatingSystem system = GetParam();
  const auto policy = Shipped(system).policy;
  ASSERT_TRUE(policy) << "the catalogue does not compile: see CatalogueTest";
  const std::vector<ReferenceRow> rows = ReadReferenceRows();
  ASSERT_GT(rows.size(), 1200u) << "testdata/reference_rows.tsv is missing or cut off";
  MacroExpander macros(rows, system);
  ASSERT_TRUE(macros.has_roots());
  Coverage coverage(ReadStandIns());

  for (const ReferenceRow& row : rows) {
    if (!row.is_for(system)) continue;
    SCOPED_TRACE(Describe(row, system));
    if (row.is_browser_root()) {
      ExpectBrowserRoot(*policy, row, system);
    } else if (row.is_resource()) {
      ExpectResource(*policy, row);
    } else {
      for (const std::string& example : Examples(row.place)) {
        const std::string place = Place(macros.Expand(example), system);
        ASSERT_FALSE(place.empty()) << "unknown variable";
        const std::string found = AssetAt(*policy, place);
        EXPECT_TRUE(coverage.Accepts(row.asset, found))
            << place << " is " << (found.empty() ? "not protected" : "taken for " + found);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, ReferenceTest, testing::ValuesIn(kSystems),
                         [](const auto& test) { return std::string(SystemName(test.param)); });

// A stand-in that nothing needs any more would hide a loss.
TEST(StandInTest, EveryOneIsNeeded) {
  const std::vector<ReferenceRow> rows = ReadReferenceRows();
  Coverage coverage(ReadStandIns());
  for (const OperatingSystem system : kSystems) {
    const auto policy = Shipped(system).policy;
    ASSERT_TRUE(policy);
    MacroExpander macros(rows, system);
    for (const ReferenceRow& row : rows) {
      if (!row.is_for(system) || row.is_browser_root() || row.is_resource()) continue;
      for (const std::string& example : Examples(row.place))
        coverage.Accepts(row.asset, AssetAt(*policy, Place(macros.Expand(example), system)));
    }
  }
  EXPECT_EQ(coverage.unused(), std::vector<std::string>());
}

TEST(ExamplesTest, ShowEveryAlternative) {
  EXPECT_EQ(Examples("~/.x/{a,b/{c,d}}/*"),
            (std::vector<std::string>{"~/.x/a/0", "~/.x/b/c/0", "~/.x/b/d/0"}));
  EXPECT_EQ(Examples("${m}/{1-2}.xpi"), std::vector<std::string>{"${m}/{1-2}.xpi"});
  EXPECT_EQ(Examples(R"(%X%\**\y\**)"), (std::vector<std::string>{"%X%/a/y/a/0", "%X%/y/a/0"}));
  EXPECT_EQ(Examples("**/.env"), (std::vector<std::string>{"~/.env", "~/a/.env"}));
}

}  // namespace
}  // namespace keyward::policy
