// SPDX-License-Identifier: Apache-2.0
// How many nodes one walk can be at: found by trying every set of nodes that some path leads to.
#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "agent/model/identity_rules.h"
#include "agent/policy/location_trie_tables.h"

namespace keyward::policy {
namespace {

// Nodes with the graft that they were reached by: 0 none, else a number within this set. Two sets
// that differ in the browser only are one.
using NodeSet = std::vector<std::pair<std::uint32_t, std::uint32_t>>;  // graft, node

class WidthSearch {
 public:
  explicit WidthSearch(const LocationTrie::Tables& tables, std::size_t limit)
      : tables_(tables), limit_(limit) {}

  Result<std::size_t> Run() {
    NodeSet root;
    next_graft_ = 1;
    Enter(root, 0, 0);
    Queue(std::move(root));
    while (!queue_.empty()) {
      const NodeSet set = std::move(queue_.back());
      queue_.pop_back();
      if (set.size() > LocationTrie::State::kMaxNodes || seen_.size() > limit_)
        return Error{ErrorCode::kInvalid,
                     "too many wildcard and any-depth locations match the same path",
                     "write some of them with literal components", 0};
      widest_ = std::max(widest_, set.size());
      Follow(set);
    }
    return widest_;
  }

 private:
  bool Matters(std::uint32_t index) const {
    const TrieNode& node = tables_.nodes[index];
    return node.leads_on() || node.any != kNoNode || node.grafts > 0;
  }

  void Enter(NodeSet& set, std::uint32_t index, std::uint32_t graft) {
    const TrieNode& node = tables_.nodes[index];
    const std::pair entry(graft, index);
    const bool again = node.is_any && std::find(set.begin(), set.end(), entry) != set.end();
    if (again) return;
    if (node.leads_on()) set.push_back(entry);
    if (node.any != kNoNode) Enter(set, node.any, graft);
    for (std::uint32_t i = 0; i < node.grafts; ++i)
      Enter(set, tables_.grafts[node.first_graft + i].root, next_graft_++);
  }

  // Every next component that can make a difference: each literal name, and one component that all
  // wildcards match (there may be none such: the answer errs on the safe side).
  void Follow(const NodeSet& set) {
    std::vector<std::string_view> names;
    bool wild = false;
    for (const auto& [graft, index] : set) {
      const TrieNode& node = tables_.nodes[index];
      wild = wild || node.is_any || node.wilds > 0;
      for (std::uint32_t e = node.first_edge; e < node.first_edge + node.literals; ++e)
        if (Matters(tables_.edges[e].child)) names.push_back(tables_.Text(tables_.edges[e]));
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    for (const std::string_view name : names) Queue(After(set, &name));
    if (wild) Queue(After(set, nullptr));
  }

  NodeSet After(const NodeSet& set, const std::string_view* name) {
    NodeSet next;
    next_graft_ = 1;
    for (const auto& [graft, index] : set) next_graft_ = std::max(next_graft_, graft + 1);
    for (const auto& [graft, index] : set) {
      const TrieNode& node = tables_.nodes[index];
      if (node.is_any) Enter(next, index, graft);
      if (name && node.literals > 0) {
        const std::uint32_t child = tables_.FindLiteral(index, *name);
        if (child != kNoNode) Enter(next, child, graft);
      }
      for (std::uint32_t w = node.first_wild; w < node.first_wild + node.wilds; ++w) {
        const TrieEdge& edge = tables_.wilds[w];
        if (!name || MatchesName(tables_.Text(edge), *name)) Enter(next, edge.child, graft);
      }
    }
    return next;
  }

  // Renumbers the grafts by what they hold, so that equal sets look equal.
  static NodeSet Canonical(NodeSet set) {
    std::sort(set.begin(), set.end());
    std::vector<std::vector<std::uint32_t>> groups;
    NodeSet canonical;
    for (std::size_t i = 0; i < set.size(); ++i) {
      if (set[i].first == 0) {
        canonical.push_back(set[i]);
        continue;
      }
      if (i == 0 || set[i].first != set[i - 1].first) groups.emplace_back();
      groups.back().push_back(set[i].second);
    }
    std::sort(groups.begin(), groups.end());
    for (std::size_t g = 0; g < groups.size(); ++g)
      for (const std::uint32_t node : groups[g])
        canonical.emplace_back(static_cast<std::uint32_t>(g + 1), node);
    return canonical;
  }

  void Queue(NodeSet set) {
    if (set.empty()) return;
    set = Canonical(std::move(set));
    std::string key;
    for (const auto& [graft, node] : set) {
      key.append(reinterpret_cast<const char*>(&graft), sizeof graft);
      key.append(reinterpret_cast<const char*>(&node), sizeof node);
    }
    if (seen_.insert(std::move(key)).second) queue_.push_back(std::move(set));
  }

  const LocationTrie::Tables& tables_;
  std::size_t limit_;
  std::size_t widest_ = 0;
  std::uint32_t next_graft_ = 1;
  std::vector<NodeSet> queue_;
  std::unordered_set<std::string> seen_;
};

}  // namespace

Result<std::size_t> LocationTrie::Tables::Widest() const {
  constexpr std::size_t kSomeOverlaps = 20'000;
  return WidthSearch(*this, nodes.size() * 4 + kSomeOverlaps).Run();
}

}  // namespace keyward::policy
