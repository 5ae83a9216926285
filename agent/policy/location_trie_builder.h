// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/model/result.h"
#include "agent/policy/location_trie.h"
#include "agent/policy/location_trie_tables.h"
#include "agent/policy/path_pattern.h"

namespace keyward::policy {

// Subtrees that are stored once and hung below the root or profile of every browser.
enum class TrieTemplate : std::uint8_t {
  kChromiumRoot,
  kChromiumProfile,
  kFirefoxRoot,
  kFirefoxProfile,
};
inline constexpr std::size_t kTrieTemplateCount = 4;

// Which of two places decides about a path that both match: the higher layer; then, component by
// component from the top, a literal before a wildcard (of wildcards, the one with more letters),
// that before what a browser's macro brings, that before any-depth; then the longer; then, of names
// and wildcards that are equal by all this, the stricter.
class LocationTrie::Builder {
 public:
  struct Place {
    PatternSteps steps;
    bool below = false;
    AssetIndex asset = kNoAsset;
    std::uint8_t layer = 0;       // 0 to 7, higher wins
    std::uint8_t strictness = 0;  // decides between two assets at the same place of one layer
  };

  // `home`: an any-depth step at the top marks what hangs below it as home-wide.
  explicit Builder(bool home);

  // The asset that was there already, when two claim the very same place.
  std::optional<AssetIndex> Add(const Place& place);
  std::optional<AssetIndex> AddToTemplate(TrieTemplate which, const Place& place);
  void Graft(const PatternSteps& at, TrieTemplate which, BrowserIndex browser);

  // `first_order`: where the ranks begin, so that those of two tries compare; the next is in
  // end_order(). kInvalid: a walk could be at more than State::kMaxNodes nodes at once.
  Result<LocationTrie> Build(std::uint32_t first_order = 1);
  std::uint32_t end_order() const { return end_order_; }

 private:
  struct Claim {
    AssetIndex asset = kNoAsset;
    std::uint8_t layer = 0;
    std::uint8_t strictness = 0;
  };
  struct Node {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> literals;  // text, child
    std::vector<std::pair<std::uint32_t, std::uint32_t>> wilds;
    std::vector<std::pair<TrieTemplate, BrowserIndex>> grafts;
    std::uint32_t any = kNoNode;
    Claim here;
    Claim below;
    std::uint8_t strictest = 0;  // of all places from here on
    bool is_any = false;
    bool home_wide = false;
  };

  std::uint32_t NewNode(const Node& parent);
  std::uint32_t Child(std::uint32_t parent, const PatternStep& step);
  std::uint32_t Intern(const std::string& text);
  static std::optional<AssetIndex> Put(Claim& claim, const Place& place);
  std::optional<AssetIndex> AddBelow(std::uint32_t root, const Place& place);
  void CopyEdges(Tables& tables, std::uint32_t node,
                 const std::vector<std::uint32_t>& texts_at) const;
  void Number(Tables& tables, std::uint32_t root, std::uint32_t& order) const;
  bool LessStrict(const std::pair<std::uint32_t, std::uint32_t>& a,
                  const std::pair<std::uint32_t, std::uint32_t>& b) const;
  static void FillSlots(Tables& tables);

  bool home_;
  std::vector<Node> nodes_;
  std::array<std::uint32_t, kTrieTemplateCount> templates_{};
  std::array<std::uint32_t, kTrieTemplateCount> template_sizes_{};
  std::vector<std::string> texts_;
  std::unordered_map<std::string, std::uint32_t> text_index_;
  std::unordered_map<std::uint64_t, std::uint32_t> child_index_;  // (parent, text) of literals
  std::uint32_t end_order_ = 0;
};

}  // namespace keyward::policy
