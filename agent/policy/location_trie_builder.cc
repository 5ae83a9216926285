// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/location_trie_builder.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace keyward::policy {
namespace {

constexpr std::size_t kMaxWildcards = 1024;
constexpr std::uint32_t kMaxOrder = 1u << 29;  // the bits that a rank leaves for it

std::size_t Letters(std::string_view pattern) {
  return pattern.size() - static_cast<std::size_t>(std::count(pattern.begin(), pattern.end(), '*'));
}

}  // namespace

LocationTrie::Builder::Builder(bool home) : home_(home) {
  nodes_.resize(1 + kTrieTemplateCount);
  for (std::size_t i = 0; i < kTrieTemplateCount; ++i)
    templates_[i] = static_cast<std::uint32_t>(1 + i);
}

std::uint32_t LocationTrie::Builder::Intern(const std::string& text) {
  const auto [found, is_new] =
      text_index_.try_emplace(text, static_cast<std::uint32_t>(texts_.size()));
  if (is_new) texts_.push_back(text);
  return found->second;
}

std::uint32_t LocationTrie::Builder::NewNode(const Node& parent) {
  Node node;
  node.home_wide = parent.home_wide;
  nodes_.push_back(std::move(node));
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

std::uint32_t LocationTrie::Builder::Child(std::uint32_t parent, const PatternStep& step) {
  if (step.kind == PatternStep::Kind::kAnyDepth) {
    if (nodes_[parent].any != kNoNode) return nodes_[parent].any;
    const std::uint32_t child = NewNode(nodes_[parent]);
    nodes_[child].is_any = true;
    if (home_ && parent == 0) nodes_[child].home_wide = true;
    nodes_[parent].any = child;
    return child;
  }
  const std::uint32_t text = Intern(step.text);
  if (step.kind == PatternStep::Kind::kLiteral) {
    const std::uint64_t key = std::uint64_t{parent} << 32 | text;
    if (const auto found = child_index_.find(key); found != child_index_.end())
      return found->second;
    const std::uint32_t child = NewNode(nodes_[parent]);
    nodes_[parent].literals.emplace_back(text, child);
    child_index_.emplace(key, child);
    return child;
  }
  for (const auto& [wild, child] : nodes_[parent].wilds)
    if (wild == text) return child;
  const std::uint32_t child = NewNode(nodes_[parent]);
  nodes_[parent].wilds.emplace_back(text, child);
  return child;
}

std::optional<AssetIndex> LocationTrie::Builder::Put(Claim& claim, const Place& place) {
  const Claim other{place.asset, place.layer, place.strictness};
  if (claim.asset == kNoAsset) {
    claim = other;
    return std::nullopt;
  }
  const AssetIndex before = claim.asset;
  const bool stronger =
      other.layer != claim.layer ? other.layer > claim.layer : other.strictness > claim.strictness;
  if (stronger) claim = other;
  return before == place.asset ? std::nullopt : std::optional(before);
}

std::optional<AssetIndex> LocationTrie::Builder::AddBelow(std::uint32_t root, const Place& place) {
  std::uint32_t node = root;
  for (const PatternStep& step : place.steps) {
    node = Child(node, step);
    nodes_[node].strictest = std::max(nodes_[node].strictest, place.strictness);
  }
  return Put(place.below ? nodes_[node].below : nodes_[node].here, place);
}

std::optional<AssetIndex> LocationTrie::Builder::Add(const Place& place) {
  return AddBelow(0, place);
}

std::optional<AssetIndex> LocationTrie::Builder::AddToTemplate(TrieTemplate which,
                                                               const Place& place) {
  return AddBelow(templates_[static_cast<std::size_t>(which)], place);
}

void LocationTrie::Builder::Graft(const PatternSteps& at, TrieTemplate which,
                                  BrowserIndex browser) {
  std::uint32_t node = 0;
  for (const PatternStep& step : at) node = Child(node, step);
  auto& grafts = nodes_[node].grafts;
  if (std::find(grafts.begin(), grafts.end(), std::pair(which, browser)) == grafts.end())
    grafts.emplace_back(which, browser);
}

void LocationTrie::Builder::CopyEdges(Tables& tables, std::uint32_t index,
                                      const std::vector<std::uint32_t>& texts_at) const {
  const Node& node = nodes_[index];
  TrieNode& copy = tables.nodes[index];
  const auto edge = [&](const std::pair<std::uint32_t, std::uint32_t>& child) {
    return TrieEdge{index, child.second, texts_at[child.first],
                    static_cast<std::uint16_t>(texts_[child.first].size())};
  };
  copy.first_edge = static_cast<std::uint32_t>(tables.edges.size());
  copy.literals = static_cast<std::uint32_t>(node.literals.size());
  for (const auto& child : node.literals) tables.edges.push_back(edge(child));
  copy.first_wild = static_cast<std::uint32_t>(tables.wilds.size());
  copy.wilds = static_cast<std::uint16_t>(node.wilds.size());
  for (const auto& child : node.wilds) tables.wilds.push_back(edge(child));
  copy.any = node.any;
  copy.is_any = node.is_any;
  copy.home_wide = node.home_wide;
  copy.here = {node.here.asset, node.here.layer};
  copy.below = {node.below.asset, node.below.layer};
}

// Numbers the nodes from the least specific on; the same walk gives each graft its base.
void LocationTrie::Builder::Number(Tables& tables, std::uint32_t root, std::uint32_t& order) const {
  const Node& node = nodes_[root];
  tables.nodes[root].order = order++;
  if (node.any != kNoNode) Number(tables, node.any, order);
  tables.nodes[root].first_graft = static_cast<std::uint32_t>(tables.grafts.size());
  tables.nodes[root].grafts = static_cast<std::uint16_t>(node.grafts.size());
  for (const auto& [which, browser] : node.grafts) {
    const std::size_t t = static_cast<std::size_t>(which);
    tables.grafts.push_back({templates_[t], order, browser});
    order += template_sizes_[t];
  }
  auto wilds = node.wilds;
  std::sort(wilds.begin(), wilds.end(), [this](const auto& a, const auto& b) {
    const std::string& x = texts_[a.first];
    const std::string& y = texts_[b.first];
    if (Letters(x) != Letters(y)) return Letters(x) < Letters(y);
    return LessStrict(a, b);
  });
  for (const auto& [text, child] : wilds) Number(tables, child, order);
  // Two names can both match only below a `**`: the stricter then decides.
  auto literals = node.literals;
  std::sort(literals.begin(), literals.end(),
            [this](const auto& a, const auto& b) { return LessStrict(a, b); });
  for (const auto& [text, child] : literals) Number(tables, child, order);
}

bool LocationTrie::Builder::LessStrict(const std::pair<std::uint32_t, std::uint32_t>& a,
                                       const std::pair<std::uint32_t, std::uint32_t>& b) const {
  const std::uint8_t x = nodes_[a.second].strictest;
  const std::uint8_t y = nodes_[b.second].strictest;
  return x != y ? x < y : texts_[a.first] < texts_[b.first];
}

void LocationTrie::Builder::FillSlots(Tables& tables) {
  std::size_t slots = 16;
  while (slots < tables.edges.size() * 2) slots *= 2;
  tables.slots.assign(slots, 0);
  for (std::uint32_t e = 0; e < tables.edges.size(); ++e) {
    const TrieEdge& edge = tables.edges[e];
    std::size_t i = Tables::Hash(edge.parent, tables.Text(edge)) & (slots - 1);
    while (tables.slots[i] != 0) i = (i + 1) & (slots - 1);
    tables.slots[i] = e + 1;
  }
}

Result<LocationTrie> LocationTrie::Builder::Build(std::uint32_t first_order) {
  auto tables = std::make_shared<Tables>();
  tables->nodes.resize(nodes_.size());
  std::vector<std::uint32_t> texts_at;
  for (const std::string& text : texts_) {
    texts_at.push_back(static_cast<std::uint32_t>(tables->texts.size()));
    tables->texts += text;
  }
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].wilds.size() > kMaxWildcards || nodes_[i].grafts.size() > kMaxWildcards)
      return Error{ErrorCode::kInvalid, "too many wildcards in one directory", {}, 0};
    CopyEdges(*tables, i, texts_at);
  }
  for (std::size_t t = 0; t < kTrieTemplateCount; ++t) {
    std::uint32_t order = 0;
    Number(*tables, templates_[t], order);
    template_sizes_[t] = order;
  }
  std::uint32_t order = first_order;
  Number(*tables, 0, order);
  if (order >= kMaxOrder || tables->grafts.size() >= kNoGraft)
    return Error{ErrorCode::kFull, "too many locations", {}, 0};
  end_order_ = order;
  FillSlots(*tables);

  LocationTrie trie;
  trie.tables_ = tables;
  auto widest = tables->Widest();
  if (!widest) return widest.error();
  tables->widest = *widest;
  return trie;
}

}  // namespace keyward::policy
