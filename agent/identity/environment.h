// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/identity/exec_facts.h"
#include "agent/model/identity_rules.h"

namespace keyward::identity {

// The first variable that makes a program load code which others than root can write, as one plain
// clause; nothing when the environment is harmless to a program of this interpreter (empty: none).
//
// Lists are split at `:` and `;` (ld.so takes both), then at white space. An empty or relative
// entry is looked up from the working directory, as ld.so and Python do; a bare name in a variable
// that names modules or themes is looked up by the program in its own directories, and is harmless.
std::optional<std::string> HostileVariable(const std::vector<std::string>& environment,
                                           std::string_view interpreter, const std::string& cwd,
                                           const IdentityRules& rules, FileJudge& judge);

// The value of the first `name=` in the environment.
std::optional<std::string_view> Variable(const std::vector<std::string>& environment,
                                         std::string_view name);

// A file or directory that an option or variable names, against the working directory: true when
// others than root decide what it is. An unknown working directory counts as theirs.
bool NamesOthersCode(std::string_view value, const std::string& cwd, FileJudge& judge);

}  // namespace keyward::identity
