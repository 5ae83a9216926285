// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/asset.h"
#include "agent/model/finding.h"
#include "agent/model/identity_rules.h"
#include "agent/model/incident.h"
#include "agent/model/operation.h"
#include "agent/model/verdict.h"
#include "agent/policy/approvals.h"
#include "agent/policy/compiled_policy.h"
#include "agent/policy/layer.h"
#include "agent/policy/location_pattern.h"
#include "agent/policy/program_entry.h"
#include "agent/policy/table_reader.h"

namespace keyward::policy {

// What policy files say, table by table, checked but not yet compiled.

struct PlacedEntry {
  ProgramEntry entry;
  std::string written;
  Location where;
};
using PlacedEntries = std::vector<PlacedEntry>;

struct PlacedLocation {
  LocationPattern pattern;
  Location where;
};

// The part of an asset for the system that is compiled.
struct AssetPlaces {
  std::vector<PlacedLocation> locations;
  std::vector<std::string> locations_written;
  PlacedEntries programs;
  PlacedEntries readers;
  PlacedEntries writers;
  std::vector<std::string> programs_written;
  std::vector<std::string> resources;
};

struct AssetSource {
  std::string id;
  std::string name;
  std::string kind;
  AssetClass asset_class = AssetClass::kWalletSecret;
  Severity severity = Severity::kHigh;
  bool writes_only = false;
  std::optional<AssetPlaces> places;  // nothing: not on this system
  bool personal = false;              // from [[protected]]
  std::uint32_t uid = 0;              // of a personal one
  LayerKind layer = LayerKind::kCatalogue;
  Location where;
};

struct BrowserSource {
  std::string id;
  std::string name;
  bool chromium = true;
  std::vector<PatternSteps> roots;
  std::vector<PatternSteps> profiles;  // no steps: the root itself
  PlacedEntries programs;
  Location where;
};

struct GroupSource {
  std::string name;
  PlacedEntries programs;
  Location where;
};

struct ClassSource {
  AssetClass asset_class = AssetClass::kWalletSecret;
  struct Column {
    std::optional<Outcome> outcome;
    Location where;
  };
  // Own program, another clean one, a stranger; reading, writing.
  std::array<std::array<Column, 2>, 3> columns;
  std::string meaning;
  LayerKind layer = LayerKind::kCatalogue;
  Location where;
};

struct RuleSource {
  bool is_program_rule = false;
  std::string id;
  std::vector<PlacedText> assets;
  PlacedEntries programs;
  bool names_programs = false;
  std::array<bool, 2> access{true, true};  // by Access
  Outcome verdict = Outcome::kDeny;
  std::optional<Outcome> otherwise;
  bool monitor = false;
  bool locked = false;
  std::optional<Time> expires;
  std::string message;
  std::string link;
  LayerKind layer = LayerKind::kCatalogue;
  Location where;
};

struct LockSource {
  std::string kind;  // "asset", "class", "rule", "program"
  std::string name;
  LayerKind layer = LayerKind::kCatalogue;
  Location where;
};

struct PlacedApproval {
  Approval approval;
  Location where;
};

struct PlacedProtectedPath {
  ProtectedPath path;
  PlacedEntries programs;
  Location where;
};

struct OverrideSource {
  Time until{};
  LayerKind layer = LayerKind::kAdministrator;
  Location where;
};

struct PolicySource {
  std::array<std::optional<std::uint64_t>, 4> versions;  // by LayerKind
  std::array<std::optional<Location>, 4> policy_tables;
  std::vector<LockSource> locks;
  std::optional<OverrideSource> monitor;
  std::vector<AssetSource> assets;
  std::vector<BrowserSource> browsers;
  std::vector<GroupSource> groups;
  std::vector<ClassSource> classes;
  std::vector<RuleSource> rules;
  IdentityRules identity;
  std::vector<Location> interpreters_where;  // in parallel to identity.interpreters
  std::vector<PlacedApproval> approvals;
  std::vector<PlacedProtectedPath> protected_paths;
};

}  // namespace keyward::policy
