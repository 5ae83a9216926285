// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keyward::policy {

// Lowest first: a later layer wins, unless an earlier one locked the key.
enum class LayerKind : std::uint8_t {
  kCatalogue,      // shipped: /usr/share/keyward/policies
  kAdministrator,  // /etc/keyward/policy.d
  kManaged,        // the signed bundle of a managed machine
  kUser,           // approvals and protected paths of people, kept by the daemon
};

std::string_view LayerKindName(LayerKind kind);

// One TOML file as it was read; the text is parsed by Compile, so that every mistake is reported
// with its place.
struct SourceFile {
  std::string name;  // as shown in findings: "policy.d/20-team.toml"
  std::string text;
};

struct Layer {
  LayerKind kind = LayerKind::kCatalogue;
  std::vector<SourceFile> files;  // in the order in which they are read: by name
};

}  // namespace keyward::policy
