// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/location_trie.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <deque>
#include <random>

#include "agent/model/identity_rules.h"
#include "agent/policy/location_trie_builder.h"
#include "tests/unit/policy/policy_maker.h"

namespace keyward::policy {
namespace {

using testing::ElementsAre;
using Kind = PatternStep::Kind;
using Place = LocationTrie::Builder::Place;

Place At(std::string_view pattern, AssetIndex asset, std::uint8_t layer = 1,
         std::uint8_t strictness = 0) {
  Place place;
  place.steps = ParseSteps(pattern).value();
  if (!place.steps.empty() && place.steps.back().kind == Kind::kAnyDepth) {
    place.steps.pop_back();
    place.below = true;
  }
  place.asset = asset;
  place.layer = layer;
  place.strictness = strictness;
  return place;
}

LocationTrie TrieOf(const std::vector<Place>& places, bool home = true) {
  LocationTrie::Builder builder(home);
  for (const Place& place : places) builder.Add(place);
  auto trie = builder.Build();
  EXPECT_TRUE(trie) << trie.error().what;
  return trie ? *trie : LocationTrie();
}

TEST(LocationTrieTest, ADirectoryThatIsCoveredBelowIsNotItselfAnAsset) {
  const LocationTrie trie = TrieOf({At(".electrum/wallets/**", 7)});
  const auto above = trie.Walk(".electrum");
  EXPECT_FALSE(above.protects());
  EXPECT_TRUE(above.leads_further);
  EXPECT_FALSE(above.must_list);
  EXPECT_THAT(trie.LiteralChildren(above), ElementsAre("wallets"));
  const auto directory = trie.Walk(".electrum/wallets");
  EXPECT_FALSE(directory.protects());
  EXPECT_EQ(directory.below.asset, 7u);
  EXPECT_TRUE(directory.leads_further);
  const auto file = trie.Walk(".electrum/wallets/default_wallet");
  EXPECT_EQ(file.here.asset, 7u);
  EXPECT_EQ(trie.Walk(".electrum/wallets/a/b/c").here.asset, 7u);
  EXPECT_FALSE(trie.Walk(".electrum/wallets2/x").protects());
  EXPECT_FALSE(trie.Walk("wallets/x").leads_further);
}

TEST(LocationTrieTest, HomeWidePlacesMatchButDoNotLeadAWalk) {
  const LocationTrie trie = TrieOf({At("**/*.kdbx", 1), At("**/.aptos/config.yaml", 2)});
  EXPECT_FALSE(trie.Root().leads_further);
  EXPECT_FALSE(trie.Root().must_list);
  EXPECT_FALSE(trie.Walk("Documents").leads_further);
  EXPECT_EQ(trie.Walk("a.kdbx").here.asset, 1u);
  EXPECT_EQ(trie.Walk("Documents/x/y/a.kdbx").here.asset, 1u);
  EXPECT_EQ(trie.Walk("p/.aptos/config.yaml").here.asset, 2u);
  EXPECT_TRUE(trie.LiteralChildren(trie.Root()).empty());
  // The same below a directory does lead: that tree can be walked.
  const LocationTrie below = TrieOf({At(".bitcoin/**/.cookie", 1)});
  EXPECT_TRUE(below.Walk(".bitcoin/x").leads_further);
  EXPECT_TRUE(below.Walk(".bitcoin/x").must_list);
}

TEST(LocationTrieTest, TheMoreSpecificPlaceDecides) {
  const struct {
    const char* path;
    std::vector<Place> places;
    AssetIndex want;
  } cases[] = {
      {"a/b", {At("a/b", 1), At("a/*", 2), At("**/b", 3), At("a/**", 4)}, 1},
      {"a/b", {At("a/**", 4), At("a/*", 2), At("**/b", 3)}, 2},
      {"a/b", {At("**/b", 3), At("a/**", 4)}, 4},
      {"a/b/c", {At("a/**", 1), At("a/b/**", 2)}, 2},
      {"a/b/c", {At("a/**", 1), At("a/**/c", 2)}, 2},
      {"a/x.json", {At("a/*", 1), At("a/*.json", 2)}, 2},
      {"a/b", {At("a/b", 1, 1), At("**/b", 2, 2)}, 2},                   // the higher layer
      {"a/b", {At("a/b", 1, 1, 3), At("a/b", 2, 1, 9)}, 2},              // the stricter
      {"x/a/b/f", {At("**/a/**", 1, 1, 9), At("**/b/**", 2, 1, 3)}, 1},  // the stricter
  };
  for (const auto& c : cases) EXPECT_EQ(TrieOf(c.places).Walk(c.path).here.asset, c.want) << c.path;
}

TEST(LocationTrieTest, BrowsersShareOneSubtree) {
  LocationTrie::Builder builder(true);
  builder.AddToTemplate(TrieTemplate::kChromiumProfile, At("Login Data", 1));
  builder.AddToTemplate(TrieTemplate::kChromiumProfile, At("Local Extension Settings/*/**", 2));
  builder.AddToTemplate(TrieTemplate::kChromiumProfile, At("Local Extension Settings/nkb/**", 3));
  builder.AddToTemplate(TrieTemplate::kChromiumRoot, At("Local State", 4));
  builder.Add(At(".config/chrome/NativeMessagingHosts/**", 5));
  for (BrowserIndex b = 0; b < 2; ++b) {
    const std::string root = b == 0 ? ".config/chrome" : ".config/brave";
    builder.Graft(ParseSteps(root).value(), TrieTemplate::kChromiumRoot, b);
    builder.Graft(ParseSteps(root + "/Default").value(), TrieTemplate::kChromiumProfile, b);
    builder.Graft(ParseSteps(root + "/Profile *").value(), TrieTemplate::kChromiumProfile, b);
  }
  const LocationTrie trie = builder.Build().value();
  EXPECT_EQ(trie.Walk(".config/chrome/Default/Login Data").here, (AssetRef{1, 0}));
  EXPECT_EQ(trie.Walk(".config/brave/Profile 7/Login Data").here, (AssetRef{1, 1}));
  EXPECT_EQ(trie.Walk(".config/brave/Default/Local Extension Settings/nkb/1.log").here,
            (AssetRef{3, 1}));
  EXPECT_EQ(trie.Walk(".config/brave/Default/Local Extension Settings/zzz/1.log").here,
            (AssetRef{2, 1}));
  EXPECT_EQ(trie.Walk(".config/chrome/Local State").here, (AssetRef{4, 0}));
  EXPECT_EQ(trie.Walk(".config/chrome/NativeMessagingHosts/x.json").here,
            (AssetRef{5, kNoBrowser}));
  EXPECT_FALSE(trie.Walk(".config/chrome/Other/Login Data").protects());
  EXPECT_TRUE(trie.Walk(".config/chrome").must_list);  // for the profiles
  EXPECT_LT(trie.node_count(), 25u);
}

TEST(LocationTrieTest, AWalkThatCouldBeInTooManyPlacesIsRefused) {
  const auto build = [](int wildcards) {
    LocationTrie::Builder builder(true);
    for (int i = 0; i < wildcards; ++i)
      builder.Add(At("a/" + std::string(static_cast<std::size_t>(i + 1), '?') + "*/x/y", 1));
    return builder.Build();
  };
  const auto fits = build(LocationTrie::State::kMaxNodes);
  ASSERT_TRUE(fits);
  EXPECT_EQ(fits->widest(), static_cast<std::size_t>(LocationTrie::State::kMaxNodes));
  const auto too_many = build(LocationTrie::State::kMaxNodes + 1);
  ASSERT_FALSE(too_many);
  EXPECT_EQ(too_many.error().what, "too many wildcard and any-depth locations match the same path");
}

// The slow and obvious way to the same answers.
class Model {
 public:
  explicit Model(std::vector<Place> places) : places_(std::move(places)) {}

  AssetIndex Here(const std::vector<std::string>& path) const {
    const Place* best = nullptr;
    for (const Place& place : places_)
      if (Matches(place, 0, path, 0) && (!best || Wins(place, *best))) best = &place;
    return best ? best->asset : kNoAsset;
  }

  // Something that is not home-wide protects this path.
  bool Reachable(const std::vector<std::string>& path) const {
    return std::any_of(places_.begin(), places_.end(), [&](const Place& place) {
      return (place.steps.empty() || place.steps[0].kind != Kind::kAnyDepth) &&
             Matches(place, 0, path, 0);
    });
  }

 private:
  static bool Matches(const Place& place, std::size_t step, const std::vector<std::string>& path,
                      std::size_t at) {
    if (step == place.steps.size()) return place.below ? at < path.size() : at == path.size();
    const PatternStep& s = place.steps[step];
    if (s.kind == Kind::kAnyDepth)
      return Matches(place, step + 1, path, at) ||
             (at < path.size() && Matches(place, step, path, at + 1));
    if (at == path.size()) return false;
    const bool same = s.kind == Kind::kLiteral ? s.text == path[at] : MatchesName(s.text, path[at]);
    return same && Matches(place, step + 1, path, at + 1);
  }

  static std::size_t Letters(const std::string& text) {
    return text.size() - static_cast<std::size_t>(std::count(text.begin(), text.end(), '*'));
  }

  std::uint8_t Strictest(const Place& like, std::size_t steps) const {
    std::uint8_t strictest = 0;
    for (const Place& place : places_)
      if (place.steps.size() >= steps &&
          std::equal(place.steps.begin(), place.steps.begin() + static_cast<std::ptrdiff_t>(steps),
                     like.steps.begin()))
        strictest = std::max(strictest, place.strictness);
    return strictest;
  }

  bool Wins(const Place& a, const Place& b) const {
    if (a.layer != b.layer) return a.layer > b.layer;
    for (std::size_t i = 0; i < std::max(a.steps.size(), b.steps.size()); ++i) {
      if (i >= a.steps.size() || i >= b.steps.size()) return a.steps.size() > b.steps.size();
      const PatternStep& x = a.steps[i];
      const PatternStep& y = b.steps[i];
      if (x == y) continue;
      if (x.kind != y.kind) return x.kind > y.kind;
      if (x.kind == Kind::kWildcard && Letters(x.text) != Letters(y.text))
        return Letters(x.text) > Letters(y.text);
      const std::uint8_t p = Strictest(a, i + 1);
      const std::uint8_t q = Strictest(b, i + 1);
      return p != q ? p > q : x.text > y.text;
    }
    return a.strictness > b.strictness;
  }

  std::vector<Place> places_;
};

std::string Joined(const std::vector<std::string>& path) {
  std::string text;
  for (const std::string& component : path) text += (text.empty() ? "" : "/") + component;
  return text;
}

// Goes down only where the trie says that it is worth it, as the scan does.
bool FoundByScan(const LocationTrie& trie, const std::vector<std::string>& path) {
  auto state = trie.Root();
  for (const std::string& component : path) {
    if (!state.leads_further) return false;
    if (!state.must_list) {
      const auto names = trie.LiteralChildren(state);
      if (std::find(names.begin(), names.end(), component) == names.end()) return false;
    }
    state = trie.Step(state, component);
  }
  return state.protects();
}

TEST(LocationTrieModelTest, RandomPatternsAndPathsAgreeWithTheModel) {
  std::mt19937 random(20260301);
  const auto pick = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const std::string components[] = {"a", "b", "ab", "a*", "*b", "*", "a", "b", "**"};
  const std::string names[] = {"a", "b", "ab", "ba", "c"};
  int protected_paths = 0;
  for (int round = 0; round < 600; ++round) {
    std::vector<Place> places;
    LocationTrie::Builder builder(true);
    const std::size_t count = 1 + pick(10);
    for (std::size_t i = 0; i < count; ++i) {
      std::string pattern;
      for (std::size_t k = 0, n = 1 + pick(4); k < n; ++k)
        pattern += (pattern.empty() ? "" : "/") + components[pick(std::size(components))];
      Place place = At(pattern, static_cast<AssetIndex>(i), static_cast<std::uint8_t>(1 + pick(2)),
                       static_cast<std::uint8_t>(10 * pick(6) + i));
      if (place.steps.empty()) continue;
      const bool taken = std::any_of(places.begin(), places.end(), [&](const Place& other) {
        return other.steps == place.steps && other.below == place.below;
      });
      if (taken) continue;  // the same place twice has a test of its own
      places.push_back(place);
      builder.Add(place);
    }
    const auto built = builder.Build();
    if (!built) continue;  // too wide: refused, by a test of its own
    const Model model(places);
    for (int tries = 0; tries < 60; ++tries) {
      std::vector<std::string> path;
      for (std::size_t k = 0, n = 1 + pick(5); k < n; ++k)
        path.push_back(names[pick(std::size(names))]);
      const AssetIndex want = model.Here(path);
      protected_paths += want != kNoAsset ? 1 : 0;
      const auto state = built->Walk(Joined(path));
      ASSERT_EQ(state.here.asset, want) << "round " << round << " path " << Joined(path);
      ASSERT_LE(state.count, built->widest());
      if (!model.Reachable(path)) continue;
      ASSERT_TRUE(FoundByScan(*built, path)) << "round " << round << " path " << Joined(path);
    }
  }
  EXPECT_GT(protected_paths, 5000);
}

TEST(FindPlaceTest, HomesAreTriedByWholeComponents) {
  const PolicyPtr policy = PolicyOf(
      {LayerOf(LayerKind::kCatalogue, AssetText("keys", "wallet-secret", "'~/.keys/**'", "") +
                                          AssetText("conf", "wallet-secret", "'/srv/conf'", "")),
       LayerOf(LayerKind::kUser, R"(
[[protected]]
id = 1
uid = 1001
path = "/home/alice2/vault"
directory = true
[[protected]]
id = 2
uid = 1001
path = "/home/alice/.keys/x"
programs = ["evil"]
)")});
  ASSERT_TRUE(policy);
  const std::vector<Home> homes = {{1000, "alice", "/home/alice"}, {1001, "bob", "/home/alice2"}};
  const struct {
    const char* path;
    const char* asset;  // nullptr: no place
    std::size_t home;
  } cases[] = {
      {"/home/alice/.keys/x", "keys", 0},  // bob's claim of it counts for nothing
      {"/home/alice2/.keys/x", "keys", 1},      {"/home/alice/.keys", nullptr, 0},
      {"/home/alice3/.keys/x", nullptr, 0},     {"/srv/conf", "conf", static_cast<std::size_t>(-1)},
      {"/home/alice2/vault", "protected.1", 1}, {"/home/alice2/vault/a/b", "protected.1", 1},
      {"/home/alice2/vaults", nullptr, 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.path);
    const auto place = policy->FindPlace(c.path, homes);
    ASSERT_EQ(place.has_value(), c.asset != nullptr);
    if (!place) continue;
    EXPECT_EQ(policy->AssetId(place->asset), c.asset);
    EXPECT_EQ(place->home, c.home);
  }
}

}  // namespace
}  // namespace keyward::policy
