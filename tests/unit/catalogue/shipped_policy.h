// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "agent/model/finding.h"
#include "agent/policy/compiled_policy.h"

namespace keyward::policy {

inline constexpr std::array<OperatingSystem, 3> kSystems{
    OperatingSystem::kLinux, OperatingSystem::kMacos, OperatingSystem::kWindows};

std::string_view SystemName(OperatingSystem system);  // as [asset.…] tables have it

// policies/ as it lies in the source tree, compiled for one system; nullptr when it is refused.
// Compiled once a process.
struct ShippedPolicy {
  std::shared_ptr<const CompiledPolicy> policy;
  Findings findings;
};
const ShippedPolicy& Shipped(OperatingSystem system);

// The asset of a place below a home ("~/.ssh/id_rsa") or of an absolute one, "" for none.
// Components are separated by / on every system.
std::string AssetAt(const CompiledPolicy& policy, std::string_view place);

}  // namespace keyward::policy
