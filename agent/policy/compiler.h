// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/model/finding.h"
#include "agent/policy/compiled_policy.h"
#include "agent/policy/compiled_tables.h"
#include "agent/policy/location_trie_builder.h"
#include "agent/policy/policy_source.h"

namespace keyward::policy {

// Turns what the files say into tables. Goes on after a mistake, so that all are found; whoever
// calls it throws the tables away when there was one. One use.
class Compiler {
 public:
  Compiler(const PolicySource& source, const CompiledPolicy::Options& options,
           CompiledPolicy::Tables& tables, Findings& findings);
  void Run();

 private:
  // Which programs a list means: groups opened, every entry in the program table.
  struct Programs {
    std::vector<ProgramIndex> programs;
    bool browser = false;  // "@browser"
  };
  // What a reference to assets in a rule, a lock or an approval means.
  struct AssetReference {
    std::optional<AssetSelector> selector;  // nothing: an asset of other systems
    AssetIndex asset = kNoAsset;
  };

  // compile.cc
  void Error(const Location& where, std::string message, std::string hint = {});
  void Warn(const Location& where, std::string message, std::string hint = {});
  void Note(const Location& where, std::string message);
  void Due(Time time);
  bool Expired(const std::optional<Time>& expires) const;
  RuleIndex AddRule(RuleInfo info);
  void CompileOverride();

  // compile_programs.cc
  void CompileGroups();
  Programs Resolve(const PlacedEntries& entries, bool browser_may_stand);
  void ResolveGroup(const std::string& name, const Location& where, Programs& programs,
                    std::vector<std::string>& open);
  void WarnOfTools(const PlacedEntries& entries);

  // compile_classes.cc
  void CompileClasses();
  void SetDefaults(AssetClass asset_class,
                   const std::array<std::array<ClassSource::Column, 2>, kColumnCount>& columns,
                   const std::string& meaning, LayerKind layer);
  std::uint8_t Strictness(AssetClass asset_class, Severity severity) const;
  bool Looser(AssetClass a, AssetClass b) const;

  // compile_assets.cc
  void CompileBrowsers();
  void CompileAssets();
  void CheckIds();
  AssetIndex AddAsset(const AssetSource& asset);
  void AddOwners(AssetIndex index, const AssetSource& asset);
  void CompileProtectedPaths();
  std::optional<AssetReference> FindReference(std::string_view text);
  AssetReference Reference(const PlacedText& text, const std::string& file);
  void CompileLocks();
  std::uint32_t KindNumber(const std::string& kind);

  // compile_locations.cc
  void CompileLocations();
  void AddLocation(AssetIndex index, const PlacedLocation& location, std::uint8_t layer);
  void BuildTries();
  void RefusePlacesInLocked();
  void NoteTakenPlaces();
  void NoteTakenPlace(AssetIndex index, const PlacedLocation& location);
  void NoteSamePlace(AssetIndex index, AssetIndex other, const Location& where);

  // compile_rules.cc
  void CompileRules();
  void CompileRule(const RuleSource& rule);
  void AddEntry(const RuleSource& rule, RuleEntry entry, Access access);
  std::vector<ProgramIndex> ProgramsOf(const RuleSource& rule);
  std::vector<AssetSelector> SelectorsOfRule(const RuleSource& rule);
  void NoteSettledRules();
  void NoteSettled(const RuleEntry& entry, const RuleMatrix& matrix, Access access);

  // compile_approvals.cc
  void CompileApprovals();
  void CompileApproval(const PlacedApproval& placed);

  struct OwnedLocation {
    AssetIndex asset;
    const PlacedLocation* location;
  };
  struct Lock {
    std::uint8_t layer;
    Location where;
  };

  const PolicySource& source_;
  const CompiledPolicy::Options& options_;
  CompiledPolicy::Tables& t_;
  Findings& findings_;

  std::map<std::string, const GroupSource*, std::less<>> groups_;
  std::map<std::string, Location, std::less<>> ids_;  // of all systems
  std::vector<const AssetSource*> compiled_;          // by AssetIndex
  std::vector<AssetSource> personal_;
  std::vector<OwnedLocation> locations_;
  std::map<std::string, std::uint32_t, std::less<>> kind_numbers_;
  std::map<std::string, Lock, std::less<>> program_locks_;
  std::map<std::string, Lock, std::less<>> rule_locks_;
  std::map<AssetClass, Lock> class_locks_;
  std::map<AssetIndex, Lock> asset_locks_;
  LocationTrie::Builder home_{true};
  LocationTrie::Builder absolute_{false};
  std::set<std::pair<AssetIndex, AssetIndex>> met_;
  std::set<std::pair<RuleIndex, RuleIndex>> settled_;
  std::size_t notes_ = 0;
};

// The layers that may hold rules, as they rank: 0 catalogue, 1 administrator, 2 managed.
inline std::uint8_t RankOfLayer(LayerKind kind) { return static_cast<std::uint8_t>(kind); }

}  // namespace keyward::policy
