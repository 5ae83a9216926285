// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/result.h"
#include "agent/policy/location_trie.h"

namespace keyward::policy {

inline constexpr std::uint32_t kNoNode = 0xffffffffu;
inline constexpr std::uint16_t kNoGraft = 0xffffu;

// An asset at a node, and how its layer ranks.
struct Terminal {
  AssetIndex asset = kNoAsset;
  std::uint8_t layer = 0;
};

struct TrieNode {
  std::uint32_t order = 0;  // by specificity; below a template, from the template's root on
  std::uint32_t any = kNoNode;
  std::uint32_t first_edge = 0;  // literal children
  std::uint32_t first_wild = 0;
  std::uint32_t first_graft = 0;
  std::uint32_t literals = 0;
  std::uint16_t wilds = 0;
  std::uint16_t grafts = 0;
  Terminal here;
  Terminal below;
  bool is_any = false;     // reached again by every component
  bool home_wide = false;  // below `~/**`

  bool leads_on() const { return literals > 0 || wilds > 0 || is_any; }
};

struct TrieEdge {
  std::uint32_t parent = 0;
  std::uint32_t child = 0;
  std::uint32_t text = 0;  // in `texts`
  std::uint16_t length = 0;
};

// A template's subtree, hung below a node for one browser.
struct TrieGraft {
  std::uint32_t root = 0;
  std::uint32_t base = 0;  // added to the template's orders
  BrowserIndex browser = kNoBrowser;
};

struct LocationTrie::Tables {
  std::vector<TrieNode> nodes;  // 0 is the root
  std::vector<TrieEdge> edges;  // literal children, those of a node together
  std::vector<TrieEdge> wilds;
  std::vector<TrieGraft> grafts;
  std::vector<std::uint32_t> slots;  // open addressing over (parent, name): edge + 1, 0 is free
  std::string texts;
  std::size_t widest = 0;

  std::string_view Text(const TrieEdge& edge) const {
    return std::string_view(texts).substr(edge.text, edge.length);
  }
  std::uint32_t FindLiteral(std::uint32_t parent, std::string_view name) const;
  // The most nodes that one walk can be at, or kInvalid when that is above State::kMaxNodes.
  Result<std::size_t> Widest() const;
  static std::uint64_t Hash(std::uint32_t parent, std::string_view name);
};

}  // namespace keyward::policy
