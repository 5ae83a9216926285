// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "agent/model/identity_rules.h"
#include "agent/model/program.h"

namespace keyward::identity {

struct Role {
  ProgramRole role = ProgramRole::kProgram;
  const InterpreterRule* interpreter = nullptr;  // points into the rules
};

// What the catalogue says of a program file by its resolved path's last component. A loader comes
// before an interpreter, an interpreter (shells are both) before a tool.
Role RoleOf(std::string_view path, const IdentityRules& rules);

}  // namespace keyward::identity
