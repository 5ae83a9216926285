// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyward::policy {

using AssetIndex = std::uint32_t;
using BrowserIndex = std::uint16_t;
inline constexpr AssetIndex kNoAsset = 0xffffffffu;
inline constexpr BrowserIndex kNoBrowser = 0xffffu;

// Which asset a path belongs to. An asset in a browser's profile belongs to that browser.
struct AssetRef {
  AssetIndex asset = kNoAsset;
  BrowserIndex browser = kNoBrowser;
  friend bool operator==(const AssetRef&, const AssetRef&) = default;
};

// The places that the policy protects, below one kind of root (a home, or "/"), as a trie of path
// components: literal names, names with `*`, and any-depth (`**`) steps. Browser profiles share one
// subtree, so that 369 extensions in 40 browsers are stored once.
//
// Immutable; any thread may walk it. A walk allocates nothing.
class LocationTrie {
 public:
  // Where a walk stands: the set of nodes that the components so far have reached, and the best
  // asset that covers this place whole (`…/**`) or names it exactly.
  struct State {
    static constexpr int kMaxNodes = 24;
    std::array<std::uint32_t, kMaxNodes> nodes{};
    std::array<std::uint16_t, kMaxNodes> grafts{};  // in parallel: by which browser's profile
    std::uint8_t count = 0;
    AssetRef here;   // the asset that this very path belongs to, if any
    AssetRef below;  // …and every path below it, unless a more specific place says otherwise
    std::uint32_t here_rank = 0;
    std::uint32_t below_rank = 0;

    bool protects() const { return here.asset != kNoAsset; }
    // True when a path further down can be protected, by `below` or by deeper nodes. Steps that
    // come from a home-wide `~/**/…` location alone don't count: those places are found by the
    // scan, not by a walk of the whole home.
    bool leads_further = false;
    // True when some of what lies deeper matches by wildcard, so that the directory must be listed;
    // when false, `LiteralChildren` names everything worth looking for.
    bool must_list = false;
  };

  State Root() const;
  // The state after one more component. A dead state (`!leads_further && !protects()`) is ordinary.
  State Step(const State& state, std::string_view component) const;
  // Calls Step for every component of a relative path ("a/b/c").
  State Walk(std::string_view relative_path) const;
  // The literal names that lead further from here; meaningful when !state.must_list.
  std::vector<std::string_view> LiteralChildren(const State& state) const;

  std::size_t node_count() const;
  std::size_t memory_bytes() const;
  // The most nodes that a walk can be at, for any path: at most State::kMaxNodes, the builder
  // refuses more.
  std::size_t widest() const;

  class Builder;
  // How it is kept: agent/policy/location_trie_tables.h, of no use to others.
  struct Tables;

 private:
  // Adds a node that a walk has come to, and what it leads to without a component.
  void Enter(State& state, std::uint32_t node, std::uint16_t graft) const;
  std::shared_ptr<const Tables> tables_;
};

}  // namespace keyward::policy
