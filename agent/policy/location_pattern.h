// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/result.h"
#include "agent/policy/compiled_policy.h"
#include "agent/policy/path_pattern.h"

namespace keyward::policy {

// One location of the catalogue after its variables and braces.
struct LocationPattern {
  enum class Root : std::uint8_t {
    kHome,
    kAbsolute,
    kChromiumRoot,
    kChromiumProfile,
    kFirefoxRoot,
    kFirefoxProfile,
  };
  Root root = Root::kHome;
  PatternSteps steps;
  bool below = false;  // ended in `/**`: everything below, not the directory itself
};

// kInvalid with what is wrong: for a place that is not of this system, that covers a whole home or
// file system, or that tries to leave its root.
Result<std::vector<LocationPattern>> ParseLocation(std::string_view text, OperatingSystem system);

// A browser's root: below the home, without `**`.
Result<std::vector<PatternSteps>> ParseBrowserRoot(std::string_view text, OperatingSystem system);

// A person's own place: exactly these components, whatever characters they have. kInvalid for the
// system's directories, which a person can't claim.
Result<LocationPattern> OwnPlace(std::string_view absolute_path, bool directory);

}  // namespace keyward::policy
