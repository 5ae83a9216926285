// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/policy/compiled_policy.h"

namespace keyward::policy {

// Example paths that a location stands for, made without the code under test: every alternative of
// its braces, `*` as "0", `**` in the middle as one directory, at the end as a file two levels
// down. Braces without a comma stand for themselves.
std::vector<std::string> Examples(std::string_view location);

// With its variable replaced by where that is: "~/…" below a home, else absolute. Separators
// become /. Empty for a variable that the system doesn't have.
std::string Place(std::string_view path, OperatingSystem system);

}  // namespace keyward::policy
