// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "agent/policy/path_pattern.h"

namespace keyward::policy {

// True when some name matches both patterns.
bool NamesOverlap(std::string_view a, std::string_view b);

// True when some path matches both; `…_below` as if the pattern went on with `/**`.
bool PlacesOverlap(const PatternSteps& a, bool a_below, const PatternSteps& b, bool b_below);

}  // namespace keyward::policy
