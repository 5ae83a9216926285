// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace keyward {

struct Location {
  std::string file;  // as it should be shown: relative to its policy directory where it is in one
  int line = 0;      // 1 is the first; 0 where there is none
};

enum class FindingLevel { kError, kWarning, kNote };

// A mistake in input, or a note about it. All are collected before an input is refused.
struct Finding {
  FindingLevel level = FindingLevel::kError;
  Location where;
  std::string message;  // what is wrong: no capital, no full stop
  std::string hint;     // what to do: "did you mean \"executable\"?"
};

using Findings = std::vector<Finding>;

bool HasError(const Findings& findings);

// "policy.d/20-team.toml:14: unknown key \"exectuable\" in [[asset_rule]]"
std::string ToString(const Location& where);
std::string ToString(const Finding& finding);

}  // namespace keyward
