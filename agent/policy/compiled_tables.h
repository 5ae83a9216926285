// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/policy/compiled_policy.h"
#include "agent/policy/flat_map.h"
#include "agent/policy/program_table.h"
#include "agent/policy/rule_matrix.h"

namespace keyward::policy {

// How a class sees its own program, another clean one, a stranger.
enum class Column : std::uint8_t { kOwner, kClean, kStranger };
inline constexpr std::size_t kColumnCount = 3;

struct DefaultCell {
  Outcome outcome = Outcome::kDeny;
  RuleIndex rule = kNoRule;
};
using DefaultColumns = std::array<std::array<DefaultCell, 2>, kColumnCount>;  // [column][access]

inline constexpr std::uint8_t kNoLock = 0xff;

// What Decide() needs of an asset, apart from what people read.
struct AssetFacts {
  AssetClass asset_class = AssetClass::kWalletSecret;
  std::uint16_t kind = 0;
  std::uint8_t lock = kNoLock;  // layers above this one can't change what concerns the asset
  bool writes_only = false;
  bool personal = false;
  std::uint8_t browser_access = 0;  // bits by Access: "@browser" is its own program
  std::uint32_t uid = 0;            // of a personal one
};

struct BrowserFacts {
  std::string id;
  std::string name;
};

// The approvals of one program for one asset of one person.
struct ApprovalCell {
  std::array<RuleIndex, 2> rules{kNoRule, kNoRule};  // by Access
};

// What fits the keys of the tables.
inline constexpr std::size_t kMaxAssets = std::size_t{1} << 18;
inline constexpr std::size_t kMaxBrowsers = 1000;

struct CompiledPolicy::Tables {
  LocationTrie home;
  LocationTrie absolute;

  std::vector<AssetInfo> assets;
  std::vector<AssetFacts> facts;
  std::unordered_map<std::string, AssetIndex> asset_index;
  std::vector<std::string> kinds;
  std::vector<BrowserFacts> browsers;
  std::unordered_map<std::string, BrowserIndex> browser_index;

  std::vector<RuleInfo> rules;
  std::array<DefaultColumns, kAssetClassCount> defaults;
  RuleIndex unresolved = kNoRule;

  ProgramTable programs;
  FlatMap<std::uint8_t> own;          // {program, asset}: bits by Access
  FlatMap<std::uint8_t> own_browser;  // {program, browser}
  RuleMatrix asset_rules;
  RuleMatrix program_rules;
  FlatMap<ApprovalCell> approvals;  // {program; uid, asset, browser}
  FlatMap<ApprovalCell> running;    // {exec id; uid, asset, browser}

  IdentityRules identity;
  bool monitoring = false;
  std::optional<Time> next_change;
  std::uint64_t version = 0;
  std::uint64_t serial = 0;

  static FlatKey ApprovalKey(std::uint64_t who, AssetIndex asset, BrowserIndex browser,
                             std::uint32_t uid) {
    return {who, std::uint64_t{uid} << 32 | std::uint64_t{asset} << 12 | (browser & 0xfffu)};
  }
};

}  // namespace keyward::policy
