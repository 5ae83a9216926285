// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/result.h"

namespace keyward::policy {

// One step of a location or of a program's path.
struct PatternStep {
  enum class Kind : std::uint8_t {
    kAnyDepth,  // `**`: any number of components, none as well
    kWildcard,  // a component with `*`
    kLiteral,
  };
  Kind kind = Kind::kLiteral;
  std::string text;
  friend bool operator==(const PatternStep&, const PatternStep&) = default;
};

using PatternSteps = std::vector<PatternStep>;

inline constexpr std::size_t kMaxSteps = 32;
inline constexpr std::size_t kMaxComponentBytes = 255;  // NAME_MAX of local file systems

// "a/b*/**/c" as steps. kInvalid for empty components, ".", "..", `**` that is only a part of a
// component, and what is above a limit. An empty text has no steps.
Result<PatternSteps> ParseSteps(std::string_view relative);

// Plain matching of a relative path, without a trie: for programs' paths and for tests.
bool MatchesSteps(const PatternSteps& steps, std::string_view path);

// "/usr/bin/x" and "/bin/x" are one file after usrmerge: gives the part that they share.
std::string_view WithoutUsr(std::string_view path);

}  // namespace keyward::policy
