// SPDX-License-Identifier: Apache-2.0
// Locations into the two tries, and what to say of places that meet.
#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "agent/policy/compiler.h"
#include "agent/policy/pattern_overlap.h"

namespace keyward::policy {
namespace {

using Root = LocationPattern::Root;

std::optional<TrieTemplate> TemplateOf(Root root) {
  switch (root) {
    case Root::kChromiumRoot: return TrieTemplate::kChromiumRoot;
    case Root::kChromiumProfile: return TrieTemplate::kChromiumProfile;
    case Root::kFirefoxRoot: return TrieTemplate::kFirefoxRoot;
    case Root::kFirefoxProfile: return TrieTemplate::kFirefoxProfile;
    default: return std::nullopt;
  }
}

// A person's own place ranks below everything: it may add protection, never take a place over.
std::uint8_t TrieLayer(LayerKind layer) {
  return layer == LayerKind::kUser ? 0 : static_cast<std::uint8_t>(1 + RankOfLayer(layer));
}

PatternSteps Joined(PatternSteps steps, const PatternSteps& more) {
  steps.insert(steps.end(), more.begin(), more.end());
  return steps;
}

// One path that a pattern matches.
std::string Sample(const LocationPattern& pattern) {
  std::string path;
  const auto add = [&path](std::string_view component) {
    if (!path.empty()) path += '/';
    path += component;
  };
  for (const PatternStep& step : pattern.steps) {
    if (step.kind == PatternStep::Kind::kAnyDepth) continue;
    std::string component = step.text;
    if (step.kind == PatternStep::Kind::kWildcard)
      std::replace(component.begin(), component.end(), '*', 'x');
    add(component);
  }
  if (pattern.below) add("x");
  return path;
}

}  // namespace

void Compiler::NoteSamePlace(AssetIndex index, AssetIndex other, const Location& where) {
  Note(where, "assets \"" + t_.assets[index].id + "\" and \"" + t_.assets[other].id + "\" (" +
                  ToString(t_.assets[other].where) +
                  ") have the same place; the higher layer, then the stricter decides");
}

void Compiler::AddLocation(AssetIndex index, const PlacedLocation& location, std::uint8_t layer) {
  const LocationPattern& pattern = location.pattern;
  const LocationTrie::Builder::Place place{
      pattern.steps, pattern.below, index, layer,
      Strictness(t_.assets[index].asset_class, t_.assets[index].severity)};
  std::optional<AssetIndex> other;
  if (const auto which = TemplateOf(pattern.root))
    other = home_.AddToTemplate(*which, place);
  else if (pattern.root == Root::kHome)
    other = home_.Add(place);
  else
    other = absolute_.Add(place);
  if (other && !t_.assets[index].personal) NoteSamePlace(index, *other, location.where);
}

void Compiler::CompileLocations() {
  for (AssetIndex index = 0; index < compiled_.size(); ++index) {
    const AssetSource& asset = *compiled_[index];
    for (const PlacedLocation& location : asset.places->locations) {
      AddLocation(index, location, TrieLayer(asset.layer));
      locations_.push_back({index, &location});
    }
  }
  std::map<std::string, BrowserIndex> roots;
  for (BrowserIndex b = 0; b < t_.browsers.size(); ++b) {
    const BrowserSource& browser = source_.browsers[b];
    for (const PatternSteps& root : browser.roots) {
      std::string written;
      for (const PatternStep& step : root) written += "/" + step.text;
      const auto [other, is_new] = roots.try_emplace(written, b);
      if (!is_new)
        Error(browser.where, "browsers \"" + browser.id + "\" and \"" +
                                 t_.browsers[other->second].id + "\" (" +
                                 ToString(source_.browsers[other->second].where) +
                                 ") have the same root ~" + written);
      home_.Graft(root, browser.chromium ? TrieTemplate::kChromiumRoot : TrieTemplate::kFirefoxRoot,
                  b);
      for (const PatternSteps& profile : browser.profiles)
        home_.Graft(
            Joined(root, profile),
            browser.chromium ? TrieTemplate::kChromiumProfile : TrieTemplate::kFirefoxProfile, b);
    }
  }
  RefusePlacesInLocked();
  BuildTries();
  NoteTakenPlaces();
}

void Compiler::BuildTries() {
  auto absolute = absolute_.Build();
  if (!absolute) return Error({}, absolute.error().what, absolute.error().hint);
  t_.absolute = std::move(*absolute);
  auto home = home_.Build(absolute_.end_order());
  if (!home) return Error({}, home.error().what, home.error().hint);
  t_.home = std::move(*home);
}

// A later layer would take such a place over by its rank: a lock says that it must not.
void Compiler::RefusePlacesInLocked() {
  for (const auto& [locked, lock] : asset_locks_) {
    for (const OwnedLocation& other : locations_) {
      const AssetSource& owner = *compiled_[other.asset];
      if (owner.personal || RankOfLayer(owner.layer) <= lock.layer || other.asset == locked)
        continue;
      for (const PlacedLocation& mine : compiled_[locked]->places->locations) {
        const LocationPattern& a = mine.pattern;
        const LocationPattern& b = other.location->pattern;
        if (a.root != b.root || !PlacesOverlap(a.steps, a.below, b.steps, b.below)) continue;
        Error(other.location->where, "a location of asset \"" + owner.id +
                                         "\" meets one of asset \"" + t_.assets[locked].id +
                                         "\", which is locked at " + ToString(lock.where));
        break;
      }
    }
  }
}

void Compiler::NoteTakenPlaces() {
  for (const OwnedLocation& owned : locations_) {
    const Root root = owned.location->pattern.root;
    if ((root == Root::kHome || root == Root::kAbsolute) && !compiled_[owned.asset]->personal)
      NoteTakenPlace(owned.asset, *owned.location);
  }
}

// More specific within a layer is the ordinary case; a note is worth it when that loosens, when
// another layer is concerned, or when a location decides nothing.
void Compiler::NoteTakenPlace(AssetIndex index, const PlacedLocation& location) {
  const LocationTrie& trie = location.pattern.root == Root::kHome ? t_.home : t_.absolute;
  const std::string sample = Sample(location.pattern);
  const std::size_t slash = sample.rfind('/');
  const std::string_view parent =
      std::string_view(sample).substr(0, slash == std::string::npos ? 0 : slash);
  const auto where_of = [this](AssetIndex i) {
    return "\"" + t_.assets[i].id + "\" (" + ToString(t_.assets[i].where) + ")";
  };
  const AssetIndex here = trie.Walk(sample).here.asset;
  const auto is_new = [this](AssetIndex a, AssetIndex b) {
    return met_.insert({a, b}).second;  // one word for two assets, however many locations they have
  };
  const bool elsewhere = here != kNoAsset && compiled_[here]->layer != compiled_[index]->layer;
  if (here != index && here != kNoAsset) {
    const bool looser = Looser(t_.assets[here].asset_class, t_.assets[index].asset_class);
    if ((elsewhere || looser) && is_new(here, index))
      Note(location.where, "a location of asset \"" + t_.assets[index].id +
                               "\" is taken over by asset " + where_of(here));
    return;
  }
  const AssetIndex around = trie.Walk(parent).below.asset;
  if (around == kNoAsset || around == index || here != index) return;
  const bool looser = Looser(t_.assets[index].asset_class, t_.assets[around].asset_class);
  if ((compiled_[around]->layer != compiled_[index]->layer || looser) && is_new(index, around))
    Note(location.where, "asset \"" + t_.assets[index].id + "\" takes a place out of asset " +
                             where_of(around) + (looser ? ", with looser defaults" : ""));
}

}  // namespace keyward::policy
