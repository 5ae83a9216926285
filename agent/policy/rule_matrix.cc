// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/rule_matrix.h"

namespace keyward::policy {

using Kind = AssetSelector::Kind;

SelectorsOfAsset SelectorsOf(AssetRef asset, AssetClass asset_class, std::uint32_t kind) {
  return {{{Kind::kAssetInBrowser, asset.asset, asset.browser},
           {Kind::kAsset, asset.asset, kNoBrowser},
           {Kind::kKind, kind, kNoBrowser},
           {Kind::kClass, static_cast<std::uint32_t>(asset_class), kNoBrowser},
           {Kind::kEverything, 0, kNoBrowser},
           {Kind::kOtherwise, 0, kNoBrowser}}};
}

// Locked rules first, of those the earlier layer; then the higher layer; the more specific asset;
// named programs; the stricter; what is enforced before what is only recorded.
void RuleEntry::Rank() {
  const std::uint32_t by_layer =
      locked ? std::uint32_t{static_cast<std::uint8_t>(RuleMatrix::kLayers)} - layer : layer;
  rank = (locked ? 1u << 31 : 0u) | by_layer << 29 |
         std::uint32_t{static_cast<std::uint8_t>(selector.kind)} << 26 |
         (program != kEverybodyElse ? 1u << 25 : 0u) |
         std::uint32_t{static_cast<std::uint8_t>(outcome)} << 23 | (monitor ? 0u : 1u << 22);
}

RuleMatrix::Entry RuleMatrix::Add(const RuleEntry& entry, Access access) {
  const auto index = static_cast<Entry>(entries_.size());
  entries_.push_back(entry);
  Entry& best = cells_[{entry.program, entry.selector.Packed()}]
                    .best[entry.layer][static_cast<std::size_t>(access)];
  const Entry before = best;
  if (before == kNone || entry.rank > entries_[before].rank) best = index;
  return before;
}

const RuleEntry* RuleMatrix::Best(ProgramIndex program, const SelectorsOfAsset& selectors,
                                  Access access, std::uint8_t top_layer,
                                  const RuleEntry* best) const noexcept {
  if (entries_.empty()) return best;
  for (const AssetSelector& selector : selectors) {
    const Cell* cell = cells_.Find({program, selector.Packed()});
    if (!cell) continue;
    for (std::size_t layer = 0; layer < kLayers && layer <= top_layer; ++layer) {
      const Entry index = cell->best[layer][static_cast<std::size_t>(access)];
      if (index == kNone) continue;
      const RuleEntry& entry = entries_[index];
      if (!best || entry.rank > best->rank) best = &entry;
    }
  }
  return best;
}

std::size_t RuleMatrix::memory_bytes() const {
  return cells_.memory_bytes() + entries_.capacity() * sizeof(RuleEntry);
}

}  // namespace keyward::policy
