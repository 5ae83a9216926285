// SPDX-License-Identifier: Apache-2.0
// What is protected and where: [[asset]], [[browser]], [[group]].
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "agent/policy/nearest_word.h"
#include "agent/policy/schema.h"

namespace keyward::policy {
namespace {

constexpr std::array<std::string_view, 17> kKinds{"desktop-wallet",
                                                  "hardware-wallet-app",
                                                  "node-wallet",
                                                  "cli-keys",
                                                  "validator-keys",
                                                  "browser-extension",
                                                  "browser-secrets",
                                                  "browser-integrity",
                                                  "password-manager",
                                                  "ssh",
                                                  "pgp",
                                                  "os-keyring",
                                                  "cloud-credential",
                                                  "developer-secret",
                                                  "wallet-code",
                                                  "integrity",
                                                  "device-node"};

constexpr std::array<std::string_view, 12> kClasses{
    "wallet-secret", "browser-wallet", "browser-secret", "private-key",
    "keyring",       "password-store", "wallet-code",    "startup-file",
    "credential",    "project-secret", "watch-only",     "device"};

constexpr std::array<std::string_view, 4> kSeverities{"low", "medium", "high", "critical"};

constexpr std::array<std::string_view, 13> kResources{
    "dbus:",   "signal:",  "exec:",     "keychain:", "clipboard:",  "iokit:", "udev:",
    "socket:", "process:", "registry:", "pipe:",     "credential:", "device:"};

struct System {
  std::string_view name;
  OperatingSystem system;
};
constexpr std::array<System, 3> kSystems{{{"linux", OperatingSystem::kLinux},
                                          {"macos", OperatingSystem::kMacos},
                                          {"windows", OperatingSystem::kWindows}}};

void ReadLocations(TableReader& table, OperatingSystem system, AssetPlaces& places) {
  for (const PlacedText& text : table.Texts("locations", 512)) {
    const Location where{table.file(), text.line};
    auto patterns = ParseLocation(text.text, system);
    if (!patterns) {
      table.findings().push_back(
          {FindingLevel::kError, where, patterns.error().what, patterns.error().hint});
      continue;
    }
    places.locations_written.push_back(text.text);
    for (LocationPattern& pattern : *patterns)
      places.locations.push_back({std::move(pattern), where});
  }
}

void ReadResources(TableReader& table, AssetPlaces& places) {
  for (const PlacedText& text : table.Texts("resources", 64)) {
    const bool known = std::any_of(kResources.begin(), kResources.end(),
                                   [&](auto prefix) { return text.text.starts_with(prefix); });
    if (known) {
      places.resources.push_back(text.text);
      continue;
    }
    const std::string prefix = text.text.substr(0, text.text.find(':') + 1);
    table.findings().push_back({FindingLevel::kError,
                                {table.file(), text.line},
                                "unknown kind of resource \"" + text.text.substr(0, 80) + "\"",
                                DidYouMean(prefix, kResources)});
  }
}

AssetPlaces ReadPlaces(TableReader& table, OperatingSystem system) {
  AssetPlaces places;
  ReadLocations(table, system, places);
  ReadResources(table, places);
  places.programs = ReadPrograms(table, "programs");
  places.readers = ReadPrograms(table, "readers");
  places.writers = ReadPrograms(table, "writers");
  for (const PlacedEntries* list : {&places.programs, &places.readers, &places.writers})
    for (const PlacedEntry& entry : *list)
      if (places.programs_written.empty() || places.programs_written.back() != entry.written)
        places.programs_written.push_back(entry.written);
  if (!table.Has("locations") && !table.Has("resources"))
    table.Mistake("locations", table.name() + " needs \"locations\" or \"resources\"");
  table.Finish();
  return places;
}

void Append(AssetPlaces& to, AssetPlaces from) {
  const auto append = [](auto& a, auto& b) {
    a.insert(a.end(), std::make_move_iterator(b.begin()), std::make_move_iterator(b.end()));
  };
  append(to.locations, from.locations);
  append(to.locations_written, from.locations_written);
  append(to.programs, from.programs);
  append(to.readers, from.readers);
  append(to.writers, from.writers);
  append(to.programs_written, from.programs_written);
  append(to.resources, from.resources);
}

// Every system is read, so that a mistake is found wherever the policy is checked.
std::optional<AssetPlaces> ReadSystems(TableReader& table, OperatingSystem wanted) {
  std::optional<AssetPlaces> kept;
  bool any = false;
  const auto keep = [&kept](AssetPlaces places) {
    if (kept)
      Append(*kept, std::move(places));
    else
      kept = std::move(places);
  };
  if (const TomlValue* all = table.Table("all")) {
    any = true;
    for (const System& system : kSystems) {
      Findings again;  // the same mistakes three times over
      Findings& findings = system.system == wanted ? table.findings() : again;
      TableReader places(*all, "[asset.all]", table.file(), findings);
      AssetPlaces read = ReadPlaces(places, system.system);
      if (system.system == wanted) keep(std::move(read));
    }
  }
  for (const System& system : kSystems) {
    const TomlValue* value = table.Table(system.name);
    if (!value) continue;
    any = true;
    TableReader places(*value, "[asset." + std::string(system.name) + "]", table.file(),
                       table.findings());
    AssetPlaces read = ReadPlaces(places, system.system);
    if (system.system == wanted) keep(std::move(read));
  }
  if (!any)
    table.Mistake("",
                  "[[asset]] needs [asset.linux], [asset.macos], [asset.windows] or [asset.all]");
  return kept;
}

std::vector<PatternSteps> ReadProfiles(TableReader& table, bool chromium) {
  std::vector<PatternSteps> profiles;
  std::vector<PlacedText> texts = table.Texts("profiles", 32);
  if (!table.Has("profiles")) {
    const std::vector<std::string_view> usual =
        chromium ? std::vector<std::string_view>{"Default", "Profile *", "Guest Profile"}
                 : std::vector<std::string_view>{"*"};
    for (const std::string_view name : usual) texts.push_back({std::string(name), 0});
  }
  for (const PlacedText& text : texts) {
    if (text.text == ".") {
      profiles.emplace_back();
      continue;
    }
    auto steps = ParseSteps(text.text);
    const bool any_depth = steps && std::any_of(steps->begin(), steps->end(), [](const auto& s) {
                             return s.kind == PatternStep::Kind::kAnyDepth;
                           });
    if (steps && !any_depth) {
      profiles.push_back(std::move(*steps));
      continue;
    }
    table.findings().push_back({FindingLevel::kError,
                                {table.file(), text.line},
                                "profile \"" + text.text.substr(0, 80) + "\" can't be used: " +
                                    (steps ? std::string("it has **") : steps.error().what),
                                {}});
  }
  return profiles;
}

void ReadBrowserSystem(TableReader& table, OperatingSystem system, BrowserSource& browser) {
  if (!table.Has("roots")) table.Missing("roots");
  for (const PlacedText& text : table.Texts("roots", 64)) {
    auto roots = ParseBrowserRoot(text.text, system);
    if (!roots) {
      table.findings().push_back(
          {FindingLevel::kError, {table.file(), text.line}, roots.error().what, {}});
      continue;
    }
    browser.roots.insert(browser.roots.end(), roots->begin(), roots->end());
  }
  browser.profiles = ReadProfiles(table, browser.chromium);
  browser.programs = ReadPrograms(table, "programs");
  table.Finish();
}

std::optional<bool> ParseEngine(std::string_view text) {
  if (text == "chromium") return true;
  if (text == "firefox") return false;
  return std::nullopt;
}

std::optional<bool> ParseProtects(std::string_view text) {
  if (text == "writes") return true;
  if (text == "reads-and-writes") return false;
  return std::nullopt;
}

}  // namespace

void ReadAsset(TableReader& table, SchemaContext& context) {
  AssetSource asset;
  asset.where = table.Where();
  asset.layer = context.layer;
  asset.id = table.RequiredText("id", 128);
  std::string plain = asset.id;
  if (const std::size_t at = plain.find("${browser}"); at != std::string::npos)
    plain.replace(at, std::string_view("${browser}").size(), "x");
  if (!asset.id.empty() && !IsId(plain, "{}@"))
    table.Mistake("id", "id \"" + asset.id + "\" has other characters than a-z 0-9 . _ { } @ -");
  asset.name = table.RequiredText("name");
  asset.kind = table.RequiredText("kind", 64);
  if (!asset.kind.empty() && std::find(kKinds.begin(), kKinds.end(), asset.kind) == kKinds.end())
    table.UnknownWord("kind", asset.kind, kKinds);
  if (const auto c = table.RequiredWord<AssetClass>("class", kClasses, ParseAssetClass))
    asset.asset_class = *c;
  if (const auto s = table.RequiredWord<Severity>("severity", kSeverities, ParseSeverity))
    asset.severity = *s;
  constexpr std::array<std::string_view, 2> kProtects{"reads-and-writes", "writes"};
  asset.writes_only = table.Word<bool>("protects", kProtects, ParseProtects)
                          .value_or(asset.asset_class == AssetClass::kWalletCode ||
                                    asset.asset_class == AssetClass::kStartupFile);
  table.Text("note", kMaxTextBytes);
  asset.places = ReadSystems(table, context.system);
  table.Finish();
  context.source.assets.push_back(std::move(asset));
}

void ReadBrowser(TableReader& table, SchemaContext& context) {
  BrowserSource browser;
  browser.where = table.Where();
  browser.id = table.RequiredText("id", 64);
  if (!browser.id.empty() && !IsId(browser.id))
    table.Mistake("id", "id \"" + browser.id + "\" has other characters than a-z 0-9 . _ -");
  browser.name = table.RequiredText("name", 64);
  constexpr std::array<std::string_view, 2> kEngines{"chromium", "firefox"};
  browser.chromium = table.RequiredWord<bool>("engine", kEngines, ParseEngine).value_or(true);
  table.Text("note", kMaxTextBytes);
  bool any = false;
  for (const System& system : kSystems) {
    const TomlValue* value = table.Table(system.name);
    if (!value) continue;
    any = true;
    TableReader places(*value, "[browser." + std::string(system.name) + "]", table.file(),
                       table.findings());
    BrowserSource other = browser;
    ReadBrowserSystem(places, system.system, system.system == context.system ? browser : other);
  }
  if (!any)
    table.Mistake("", "[[browser]] needs [browser.linux], [browser.macos] or [browser.windows]");
  table.Finish();
  context.source.browsers.push_back(std::move(browser));
}

void ReadGroup(TableReader& table, SchemaContext& context) {
  GroupSource group;
  group.where = table.Where();
  group.name = table.RequiredText("name", 64);
  if (!group.name.empty() && !IsId(group.name))
    table.Mistake("name", "name \"" + group.name + "\" has other characters than a-z 0-9 . _ -");
  if (group.name == "any" || group.name == "browser")
    table.Mistake("name", "the group @" + group.name + " is built in");
  if (!table.Has("programs")) table.Missing("programs");
  group.programs = ReadPrograms(table, "programs");
  table.Text("note", kMaxTextBytes);
  table.Finish();
  context.source.groups.push_back(std::move(group));
}

}  // namespace keyward::policy
