// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "agent/model/asset.h"
#include "agent/model/operation.h"
#include "agent/model/verdict.h"
#include "agent/policy/compiled_policy.h"
#include "agent/policy/flat_map.h"
#include "agent/policy/program_table.h"

namespace keyward::policy {

// Which assets a rule speaks of; the greater kind is the more specific.
struct AssetSelector {
  enum class Kind : std::uint8_t {
    kOtherwise,  // `otherwise` of a program rule
    kEverything,
    kClass,
    kKind,
    kAsset,
    kAssetInBrowser,
  };
  Kind kind = Kind::kEverything;
  std::uint32_t value = 0;  // AssetClass, number of the kind, AssetIndex
  BrowserIndex browser = kNoBrowser;

  std::uint64_t Packed() const {
    return std::uint64_t{static_cast<std::uint8_t>(kind)} << 56 | std::uint64_t{value} << 16 |
           browser;
  }
};

// The selectors that an asset answers to: always this many, most specific first.
using SelectorsOfAsset = std::array<AssetSelector, 6>;
SelectorsOfAsset SelectorsOf(AssetRef asset, AssetClass asset_class, std::uint32_t kind);

// Stands for "everybody that is not the asset's own program".
inline constexpr ProgramIndex kEverybodyElse = 0xfffffffeu;

// What one rule says of one program and one selector.
struct RuleEntry {
  RuleIndex rule = kNoRule;
  ProgramIndex program = kEverybodyElse;
  AssetSelector selector;
  Outcome outcome = Outcome::kDeny;
  bool monitor = false;
  bool locked = false;
  std::uint8_t layer = 0;
  // By the documented order: the greater wins. Made by Rank().
  std::uint32_t rank = 0;

  void Rank();
};

// (program, selector, layer, access) → the entry that wins there: a look-up costs the same with ten
// rules and with ten thousand.
class RuleMatrix {
 public:
  static constexpr std::size_t kLayers = 3;  // the user layer has no rules
  using Entry = std::uint32_t;
  static constexpr Entry kNone = 0xffffffffu;

  // The entry that is no longer asked because `entry` beats it, or that beats it; kNone: neither.
  Entry Add(const RuleEntry& entry, Access access);

  // The winner among what is said of `program` and any of `selectors` up to `top_layer`, if it
  // ranks above `best` (nullptr: nothing yet).
  const RuleEntry* Best(ProgramIndex program, const SelectorsOfAsset& selectors, Access access,
                        std::uint8_t top_layer, const RuleEntry* best) const noexcept;
  const RuleEntry& entry(Entry index) const { return entries_[index]; }
  const std::vector<RuleEntry>& entries() const { return entries_; }
  bool empty() const { return entries_.empty(); }
  std::size_t memory_bytes() const;

 private:
  struct Cell {
    std::array<std::array<Entry, 2>, kLayers> best{
        {{kNone, kNone}, {kNone, kNone}, {kNone, kNone}}};
  };
  FlatMap<Cell> cells_;
  std::vector<RuleEntry> entries_;
};

}  // namespace keyward::policy
