// SPDX-License-Identifier: Apache-2.0
#include "agent/identity/role.h"

#include <algorithm>
#include <string>
#include <vector>

#include "agent/identity/path.h"

namespace keyward::identity {
namespace {

bool AnyMatches(const std::vector<std::string>& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [name](const std::string& p) { return MatchesName(p, name); });
}

}  // namespace

Role RoleOf(std::string_view path, const IdentityRules& rules) {
  const std::string_view name = BaseName(path);
  if (AnyMatches(rules.loaders, name)) return {ProgramRole::kLoader, nullptr};
  for (const InterpreterRule& rule : rules.interpreters)
    if (AnyMatches(rule.names, name)) return {ProgramRole::kInterpreter, &rule};
  for (const ToolRule& rule : rules.tools)
    if (AnyMatches(rule.names, name)) return {ProgramRole::kTool, nullptr};
  return {};
}

}  // namespace keyward::identity
