// SPDX-License-Identifier: Apache-2.0
// Assets, browsers, what they are called, who owns them, and what is locked.
#include <algorithm>
#include <string>

#include "agent/policy/compiler.h"
#include "agent/policy/nearest_word.h"

namespace keyward::policy {
namespace {

constexpr std::string_view kBrowserVariable = "${browser}";

std::string WithBrowser(std::string text, const std::string& browser) {
  const std::size_t at = text.find(kBrowserVariable);
  if (at != std::string::npos) text.replace(at, kBrowserVariable.size(), browser);
  return text;
}

bool InBrowser(const LocationPattern& pattern) {
  return pattern.root != LocationPattern::Root::kHome &&
         pattern.root != LocationPattern::Root::kAbsolute;
}

}  // namespace

void Compiler::CompileBrowsers() {
  std::map<std::string, Location> known;
  for (const BrowserSource& browser : source_.browsers) {
    const auto [other, is_new] = known.try_emplace(browser.id, browser.where);
    if (!is_new)
      Error(browser.where,
            "browser \"" + browser.id + "\" is already at " + ToString(other->second));
    if (t_.browsers.size() >= kMaxBrowsers) {
      Error(browser.where, "more than " + std::to_string(kMaxBrowsers) + " browsers");
      return;
    }
    const auto index = static_cast<BrowserIndex>(t_.browsers.size());
    t_.browsers.push_back({browser.id, browser.name});
    t_.browser_index.emplace(browser.id, index);
    for (const ProgramIndex program : Resolve(browser.programs, false).programs)
      t_.own_browser[{program, index}] = 1;
  }
}

// Ids are unique over every file and system, also once the browsers' names are put in.
void Compiler::CheckIds() {
  for (const AssetSource& asset : source_.assets) {
    if (asset.id.empty()) continue;  // found already
    const auto [other, is_new] = ids_.try_emplace(asset.id, asset.where);
    if (!is_new)
      Error(asset.where, "asset \"" + asset.id + "\" is already at " + ToString(other->second));
  }
  for (const AssetSource& asset : source_.assets) {
    if (asset.id.find(kBrowserVariable) == std::string::npos) continue;
    for (const BrowserSource& browser : source_.browsers) {
      const std::string id = WithBrowser(asset.id, browser.id);
      const auto other = ids_.find(id);
      if (other != ids_.end())
        Error(asset.where, "asset \"" + asset.id + "\" becomes \"" + id +
                               "\", which is already at " + ToString(other->second));
    }
  }
}

std::uint32_t Compiler::KindNumber(const std::string& kind) {
  const auto [found, is_new] =
      kind_numbers_.try_emplace(kind, static_cast<std::uint32_t>(t_.kinds.size()));
  if (is_new) t_.kinds.push_back(kind);
  return found->second;
}

AssetIndex Compiler::AddAsset(const AssetSource& asset) {
  const auto index = static_cast<AssetIndex>(t_.assets.size());
  AssetInfo info;
  info.id = asset.id;
  info.name = asset.name;
  info.kind = asset.kind;
  info.asset_class = asset.asset_class;
  info.severity = asset.severity;
  info.writes_only = asset.writes_only;
  info.locations = asset.places->locations_written;
  info.resources = asset.places->resources;
  info.programs = asset.places->programs_written;
  info.where = asset.where;
  info.personal = asset.personal;
  info.uid = asset.uid;
  t_.assets.push_back(std::move(info));
  AssetFacts facts;
  facts.asset_class = asset.asset_class;
  facts.kind = static_cast<std::uint16_t>(KindNumber(asset.kind));
  facts.writes_only = asset.writes_only;
  facts.personal = asset.personal;
  facts.uid = asset.uid;
  t_.facts.push_back(facts);
  t_.asset_index.emplace(asset.id, index);
  compiled_.push_back(&asset);
  AddOwners(index, asset);
  return index;
}

void Compiler::AddOwners(AssetIndex index, const AssetSource& asset) {
  constexpr std::uint8_t kReads = 1u << static_cast<unsigned>(Access::kRead);
  constexpr std::uint8_t kWrites = 1u << static_cast<unsigned>(Access::kWrite);
  const auto own = [&](const PlacedEntries& entries, std::uint8_t bits) {
    const Programs programs = Resolve(entries, true);
    for (const ProgramIndex program : programs.programs) {
      std::uint8_t& cell = t_.own[{program, index}];
      cell = static_cast<std::uint8_t>(cell | bits);
    }
    if (programs.browser)
      t_.facts[index].browser_access =
          static_cast<std::uint8_t>(t_.facts[index].browser_access | bits);
  };
  own(asset.places->programs, kReads | kWrites);
  own(asset.places->readers, kReads);
  own(asset.places->writers, kWrites);

  const auto& locations = asset.places->locations;
  const auto in_browser = [](const PlacedLocation& l) { return InBrowser(l.pattern); };
  if (asset.id.find(kBrowserVariable) != std::string::npos &&
      !std::all_of(locations.begin(), locations.end(), in_browser))
    Error(asset.where, "asset \"" + asset.id +
                           "\" has ${browser} in its id, so all its locations "
                           "must begin with a browser's macro");
  if (t_.facts[index].browser_access != 0 && !locations.empty() &&
      std::none_of(locations.begin(), locations.end(), in_browser))
    Error(asset.where, "asset \"" + asset.id +
                           "\" has the program @browser, but no location that "
                           "begins with a browser's macro");
}

// A person's own place never beats what the catalogue says of the same path: `protect` needs no
// administrator, so it may only add.
void Compiler::CompileProtectedPaths() {
  personal_.reserve(source_.protected_paths.size());  // compiled_ points into it
  for (const PlacedProtectedPath& placed : source_.protected_paths) {
    AssetSource asset;
    asset.id = "protected." + std::to_string(placed.path.id);
    asset.name = placed.path.path;
    asset.kind = "protected";
    asset.severity = Severity::kHigh;
    asset.personal = true;
    asset.uid = placed.path.uid;
    asset.layer = LayerKind::kUser;
    asset.where = placed.where;
    AssetPlaces places;
    places.programs = placed.programs;
    places.programs_written = placed.path.programs;
    for (const bool below : {false, true}) {
      if (below && !placed.path.directory) continue;
      auto pattern = OwnPlace(placed.path.path, below);
      if (!pattern) continue;  // found already
      places.locations.push_back({std::move(*pattern), placed.where});
      places.locations_written.push_back(placed.path.path + (below ? "/**" : ""));
    }
    asset.places = std::move(places);
    const auto [other, is_new] = ids_.try_emplace(asset.id, asset.where);
    if (!is_new) {
      Error(asset.where, "asset \"" + asset.id + "\" is already at " + ToString(other->second));
      continue;
    }
    personal_.push_back(std::move(asset));
  }
}

void Compiler::CompileAssets() {
  for (const AssetSource& asset : source_.assets) {
    if (!asset.places) continue;
    if (t_.assets.size() >= kMaxAssets) {
      Error(asset.where, "more than " + std::to_string(kMaxAssets) + " assets");
      return;
    }
    AddAsset(asset);
  }
  for (const AssetSource& asset : personal_) AddAsset(asset);
  // An id with a browser's name in it is an id as well.
  for (AssetIndex i = 0; i < t_.assets.size(); ++i) {
    if (t_.assets[i].id.find(kBrowserVariable) == std::string::npos) continue;
    for (const BrowserFacts& browser : t_.browsers)
      t_.asset_index.emplace(WithBrowser(t_.assets[i].id, browser.id), i);
  }
}

// An id, an id with a browser's name, "class:…", "kind:…" or "*".
std::optional<Compiler::AssetReference> Compiler::FindReference(std::string_view text) {
  using Kind = AssetSelector::Kind;
  if (text == "*") return AssetReference{AssetSelector{Kind::kEverything, 0, kNoBrowser}, kNoAsset};
  if (text.starts_with("class:")) {
    const auto asset_class = ParseAssetClass(text.substr(6));
    if (!asset_class) return std::nullopt;
    return AssetReference{
        AssetSelector{Kind::kClass, static_cast<std::uint32_t>(*asset_class), kNoBrowser},
        kNoAsset};
  }
  if (text.starts_with("kind:")) {
    const std::string kind(text.substr(5));
    for (const AssetSource& asset : source_.assets)
      if (asset.kind == kind)
        return AssetReference{AssetSelector{Kind::kKind, KindNumber(kind), kNoBrowser}, kNoAsset};
    return std::nullopt;
  }
  const auto found = t_.asset_index.find(std::string(text));
  if (found != t_.asset_index.end()) {
    const AssetIndex asset = found->second;
    if (t_.assets[asset].id == text)
      return AssetReference{AssetSelector{Kind::kAsset, asset, kNoBrowser}, asset};
    for (BrowserIndex b = 0; b < t_.browsers.size(); ++b)
      if (WithBrowser(t_.assets[asset].id, t_.browsers[b].id) == text)
        return AssetReference{AssetSelector{Kind::kAssetInBrowser, asset, b}, asset};
  }
  if (ids_.contains(text)) return AssetReference{};
  return std::nullopt;
}

Compiler::AssetReference Compiler::Reference(const PlacedText& text, const std::string& file) {
  if (auto reference = FindReference(text.text)) return *reference;
  std::vector<std::string_view> known;
  for (const auto& [id, where] : ids_) known.push_back(id);
  Error({file, text.line}, "unknown asset \"" + text.text.substr(0, 80) + "\"",
        DidYouMean(text.text, known));
  return {};
}

void Compiler::CompileLocks() {
  const auto keep_first = [](auto& locks, const auto& key, const LockSource& lock) {
    const Lock mine{RankOfLayer(lock.layer), lock.where};
    const auto [found, is_new] = locks.try_emplace(key, mine);
    if (!is_new && mine.layer < found->second.layer) found->second = mine;
  };
  for (const LockSource& lock : source_.locks) {
    if (lock.kind == "asset") {
      const AssetReference r = Reference({lock.name, lock.where.line}, lock.where.file);
      if (r.asset != kNoAsset) keep_first(asset_locks_, r.asset, lock);
    } else if (lock.kind == "class") {
      const auto asset_class = ParseAssetClass(lock.name);
      if (asset_class)
        keep_first(class_locks_, *asset_class, lock);
      else
        Error(lock.where, "unknown class \"" + lock.name + "\" in [policy]");
    } else if (lock.kind == "rule") {
      const bool known = std::any_of(source_.rules.begin(), source_.rules.end(),
                                     [&](const RuleSource& r) { return r.id == lock.name; });
      if (known)
        keep_first(rule_locks_, lock.name, lock);
      else
        Error(lock.where, "unknown rule \"" + lock.name + "\" in [policy]");
    } else if (auto entries = ParseProgramEntry(lock.name)) {
      for (const ProgramEntry& entry : *entries) keep_first(program_locks_, entry.Key(), lock);
    } else {
      Error(lock.where, entries.error().what);
    }
  }
  for (AssetIndex i = 0; i < t_.assets.size(); ++i) {
    const auto by_class = class_locks_.find(t_.assets[i].asset_class);
    if (by_class != class_locks_.end()) {
      const auto [found, is_new] = asset_locks_.try_emplace(i, by_class->second);
      if (!is_new && by_class->second.layer < found->second.layer) found->second = by_class->second;
    }
    const auto lock = asset_locks_.find(i);
    if (lock != asset_locks_.end()) t_.facts[i].lock = lock->second.layer;
  }
}

}  // namespace keyward::policy
