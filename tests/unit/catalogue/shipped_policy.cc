// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/catalogue/shipped_policy.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <vector>

namespace keyward::policy {
namespace {

Layer ReadShippedLayer() {
  const std::filesystem::path root = KEYWARD_SOURCE_DIR "/policies";
  Layer layer;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".toml") continue;
    std::ifstream in(entry.path());
    std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    layer.files.push_back(
        {std::filesystem::relative(entry.path(), root).string(), std::move(text)});
  }
  std::sort(layer.files.begin(), layer.files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.name < b.name; });
  return layer;
}

ShippedPolicy CompileFor(OperatingSystem system) {
  const Layer layer = ReadShippedLayer();
  CompiledPolicy::Options options;
  options.system = system;
  ShippedPolicy shipped;
  auto compiled = CompiledPolicy::Compile(std::span(&layer, 1), options, shipped.findings);
  if (compiled) shipped.policy = *compiled;
  return shipped;
}

}  // namespace

std::string_view SystemName(OperatingSystem system) {
  switch (system) {
    case OperatingSystem::kLinux: return "linux";
    case OperatingSystem::kMacos: return "macos";
    case OperatingSystem::kWindows: return "windows";
  }
  return "";
}

const ShippedPolicy& Shipped(OperatingSystem system) {
  static const std::array<ShippedPolicy, 3> all{CompileFor(OperatingSystem::kLinux),
                                                CompileFor(OperatingSystem::kMacos),
                                                CompileFor(OperatingSystem::kWindows)};
  return all[static_cast<std::size_t>(system)];
}

std::string AssetAt(const CompiledPolicy& policy, std::string_view place) {
  const bool in_home = place.starts_with("~/");
  const LocationTrie& trie = in_home ? policy.home_locations() : policy.absolute_locations();
  if (in_home) place.remove_prefix(2);
  const LocationTrie::State state = trie.Walk(place);
  return state.protects() ? policy.AssetId(state.here) : std::string();
}

}  // namespace keyward::policy
