// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/location_trie.h"

#include <algorithm>

#include "agent/model/identity_rules.h"
#include "agent/policy/flat_map.h"
#include "agent/policy/location_trie_tables.h"

namespace keyward::policy {
namespace {

// The layer before everything, then what is more specific.
std::uint32_t RankOf(const Terminal& terminal, std::uint32_t order) {
  return std::uint32_t{terminal.layer} << 29 | order;
}

void Improve(AssetRef& best, std::uint32_t& best_rank, AssetRef other, std::uint32_t rank) {
  if (other.asset == kNoAsset || (best.asset != kNoAsset && rank <= best_rank)) return;
  best = other;
  best_rank = rank;
}

}  // namespace

std::uint64_t LocationTrie::Tables::Hash(std::uint32_t parent, std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325ull ^ parent;  // FNV-1a
  for (const char c : name) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ull;
  }
  return Mix(hash);
}

std::uint32_t LocationTrie::Tables::FindLiteral(std::uint32_t parent, std::string_view name) const {
  if (slots.empty()) return kNoNode;
  const std::size_t mask = slots.size() - 1;
  for (std::size_t i = Hash(parent, name) & mask; slots[i] != 0; i = (i + 1) & mask) {
    const TrieEdge& edge = edges[slots[i] - 1];
    if (edge.parent == parent && Text(edge) == name) return edge.child;
  }
  return kNoNode;
}

void LocationTrie::Enter(State& state, std::uint32_t index, std::uint16_t graft) const {
  const TrieNode& node = tables_->nodes[index];
  AssetRef ref;
  std::uint32_t order = node.order;
  if (graft != kNoGraft) {
    ref.browser = tables_->grafts[graft].browser;
    order += tables_->grafts[graft].base;
  }
  ref.asset = node.here.asset;
  Improve(state.here, state.here_rank, ref, RankOf(node.here, order));
  ref.asset = node.below.asset;
  Improve(state.below, state.below_rank, ref, RankOf(node.below, order));

  if (node.leads_on()) {
    if (node.is_any) {  // by its own loop and by the node before it: once is enough
      for (std::size_t i = 0; i < state.count; ++i)
        if (state.nodes[i] == index && state.grafts[i] == graft) return;
    }
    // Never full: the builder refuses a policy for which that could be (widest()).
    if (state.count < State::kMaxNodes) {
      state.nodes[state.count] = index;
      state.grafts[state.count] = graft;
      ++state.count;
    }
    if (!node.home_wide) {
      state.leads_further = true;
      if (node.wilds > 0 || node.is_any) state.must_list = true;
    }
  }
  if (node.any != kNoNode) Enter(state, node.any, graft);
  for (std::uint32_t i = 0; i < node.grafts; ++i) {
    const std::uint32_t next = node.first_graft + i;
    Enter(state, tables_->grafts[next].root, static_cast<std::uint16_t>(next));
  }
}

LocationTrie::State LocationTrie::Root() const {
  State state;
  if (tables_ && !tables_->nodes.empty()) Enter(state, 0, kNoGraft);
  return state;
}

LocationTrie::State LocationTrie::Step(const State& state, std::string_view component) const {
  State next;
  next.below = state.below;
  next.below_rank = state.below_rank;
  if (!tables_) return next;
  for (std::size_t i = 0; i < state.count; ++i) {
    const std::uint32_t index = state.nodes[i];
    const TrieNode& node = tables_->nodes[index];
    if (node.is_any) Enter(next, index, state.grafts[i]);
    if (node.literals > 0) {
      const std::uint32_t child = tables_->FindLiteral(index, component);
      if (child != kNoNode) Enter(next, child, state.grafts[i]);
    }
    for (std::uint32_t w = node.first_wild; w < node.first_wild + node.wilds; ++w) {
      const TrieEdge& wild = tables_->wilds[w];
      if (MatchesName(tables_->Text(wild), component)) Enter(next, wild.child, state.grafts[i]);
    }
  }
  // What covers the directory whole covers this, unless a place names it better.
  Improve(next.here, next.here_rank, state.below, state.below_rank);
  if (next.below.asset != kNoAsset) {
    next.leads_further = true;
    next.must_list = true;
  }
  return next;
}

LocationTrie::State LocationTrie::Walk(std::string_view path) const {
  State state = Root();
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view component = path.substr(0, slash);
    if (!component.empty()) {
      if (state.count == 0 && state.below.asset == kNoAsset) return State();
      state = Step(state, component);
    }
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return state;
}

std::vector<std::string_view> LocationTrie::LiteralChildren(const State& state) const {
  std::vector<std::string_view> names;
  if (!tables_) return names;
  for (std::size_t i = 0; i < state.count; ++i) {
    const TrieNode& node = tables_->nodes[state.nodes[i]];
    if (node.home_wide) continue;
    for (std::uint32_t e = node.first_edge; e < node.first_edge + node.literals; ++e)
      names.push_back(tables_->Text(tables_->edges[e]));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::size_t LocationTrie::node_count() const { return tables_ ? tables_->nodes.size() : 0; }

std::size_t LocationTrie::widest() const { return tables_ ? tables_->widest : 0; }

std::size_t LocationTrie::memory_bytes() const {
  if (!tables_) return 0;
  const Tables& t = *tables_;
  return sizeof(Tables) + t.nodes.capacity() * sizeof(TrieNode) +
         (t.edges.capacity() + t.wilds.capacity()) * sizeof(TrieEdge) +
         t.grafts.capacity() * sizeof(TrieGraft) + t.slots.capacity() * sizeof(std::uint32_t) +
         t.texts.capacity();
}

}  // namespace keyward::policy
