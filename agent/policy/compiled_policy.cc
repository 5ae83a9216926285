// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/compiled_policy.h"

#include <utility>

#include "agent/model/check.h"
#include "agent/policy/compiled_tables.h"

namespace keyward::policy {
namespace {

constexpr std::string_view kBrowserVariable = "${browser}";

std::string WithBrowser(std::string text, const std::string& browser) {
  const std::size_t at = text.find(kBrowserVariable);
  if (at != std::string::npos) text.replace(at, kBrowserVariable.size(), browser);
  return text;
}

bool IsBelow(std::string_view path, std::string_view directory) {
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

template <class T>
std::size_t BytesOf(const std::vector<T>& list) {
  return list.capacity() * sizeof(T);
}

std::size_t BytesOf(const std::string& text) { return text.capacity() > 15 ? text.capacity() : 0; }

std::size_t BytesOfTexts(const std::vector<std::string>& list) {
  std::size_t bytes = BytesOf(list);
  for (const std::string& text : list) bytes += BytesOf(text);
  return bytes;
}

}  // namespace

CompiledPolicy::CompiledPolicy(std::unique_ptr<const Tables> tables) : tables_(std::move(tables)) {}
CompiledPolicy::~CompiledPolicy() = default;

const LocationTrie& CompiledPolicy::home_locations() const { return tables_->home; }
const LocationTrie& CompiledPolicy::absolute_locations() const { return tables_->absolute; }

std::optional<CompiledPolicy::Place> CompiledPolicy::FindPlace(std::string_view path,
                                                               std::span<const Home> homes) const {
  Place place;
  std::size_t longest = 0;
  for (std::size_t i = 0; i < homes.size(); ++i) {
    if (!IsBelow(path, homes[i].path) || homes[i].path.size() < longest) continue;
    place.home = i;
    longest = homes[i].path.size();
  }
  std::uint32_t rank = 0;
  if (longest > 0) {
    const auto state = tables_->home.Walk(path.substr(longest + 1));
    place.asset = state.here;
    rank = state.here_rank;
  }
  if (path.starts_with("/")) {
    const auto state = tables_->absolute.Walk(path.substr(1));
    bool better = state.protects() && (place.asset.asset == kNoAsset || state.here_rank > rank);
    // A person's own place is in that person's own tree.
    if (better && tables_->facts[state.here.asset].personal && longest > 0 &&
        homes[place.home].uid != tables_->facts[state.here.asset].uid)
      better = false;
    if (better) place.asset = state.here;
  }
  if (place.asset.asset == kNoAsset) return std::nullopt;
  return place;
}

std::span<const AssetInfo> CompiledPolicy::assets() const { return tables_->assets; }

const AssetInfo& CompiledPolicy::asset(AssetIndex index) const {
  KW_CHECK(index < tables_->assets.size());
  return tables_->assets[index];
}

std::optional<AssetIndex> CompiledPolicy::FindAsset(std::string_view id) const {
  const auto found = tables_->asset_index.find(std::string(id));
  return found == tables_->asset_index.end() ? std::nullopt : std::optional(found->second);
}

std::string CompiledPolicy::AssetId(AssetRef ref) const {
  const std::string& id = asset(ref.asset).id;
  if (ref.browser >= tables_->browsers.size()) return id;
  return WithBrowser(id, tables_->browsers[ref.browser].id);
}

std::string CompiledPolicy::AssetName(AssetRef ref) const {
  const std::string& name = asset(ref.asset).name;
  if (ref.browser >= tables_->browsers.size()) return WithBrowser(name, "a browser");
  const std::string& browser = tables_->browsers[ref.browser].name;
  if (name.find(kBrowserVariable) != std::string::npos) return WithBrowser(name, browser);
  return name + " in " + browser;
}

std::string CompiledPolicy::BrowserName(BrowserIndex index) const {
  return index < tables_->browsers.size() ? tables_->browsers[index].name : std::string();
}

const RuleInfo& CompiledPolicy::rule(RuleIndex index) const {
  return tables_->rules[index < tables_->rules.size() ? index : tables_->unresolved];
}

std::size_t CompiledPolicy::rule_count() const { return tables_->rules.size(); }

const IdentityRules& CompiledPolicy::identity() const { return tables_->identity; }

bool CompiledPolicy::NamesProgram(std::string_view basename) const {
  return tables_->programs.NamesProgram(basename);
}

bool CompiledPolicy::monitoring() const { return tables_->monitoring; }
std::optional<Time> CompiledPolicy::next_change() const { return tables_->next_change; }
std::uint64_t CompiledPolicy::version() const { return tables_->version; }
std::uint64_t CompiledPolicy::serial() const { return tables_->serial; }

std::size_t CompiledPolicy::memory_bytes() const {
  const Tables& t = *tables_;
  std::size_t bytes =
      sizeof(Tables) + t.home.memory_bytes() + t.absolute.memory_bytes() + BytesOf(t.assets) +
      BytesOf(t.facts) + BytesOf(t.rules) + t.asset_index.size() * (sizeof(std::string) + 48) +
      t.programs.memory_bytes() + t.own.memory_bytes() + t.own_browser.memory_bytes() +
      t.asset_rules.memory_bytes() + t.program_rules.memory_bytes() + t.approvals.memory_bytes() +
      t.running.memory_bytes();
  for (const AssetInfo& a : t.assets)
    bytes += BytesOf(a.id) + BytesOf(a.name) + BytesOf(a.kind) + BytesOf(a.where.file) +
             BytesOfTexts(a.locations) + BytesOfTexts(a.resources) + BytesOfTexts(a.programs);
  for (const RuleInfo& r : t.rules)
    bytes += BytesOf(r.id) + BytesOf(r.where.file) + BytesOf(r.message) + BytesOf(r.meaning);
  return bytes;
}

}  // namespace keyward::policy
