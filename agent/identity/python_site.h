// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/identity/exec_facts.h"
#include "agent/identity/script.h"
#include "agent/model/identity_rules.h"

namespace keyward::identity {

// Python imports from the user's own site directory (~/.local/lib/pythonX.Y/site-packages) before
// the system's packages. As a plain clause, what there would run inside a packaged program: a .pth
// file, usercustomize, sitecustomize, or a package that shadows one of the system's. Nothing when
// the directory is off (-I, -s, PYTHONNOUSERSITE) or harmless.
std::optional<std::string> PythonUserSite(const ExecFacts& facts, const FoundScript& script,
                                          FileJudge& judge);

// Where that directory is for a Python program; empty when there is none to look at. HOME decides,
// and is the starter's to choose: the home in the user database and the one in the environment both
// count. For a second look, later: who adds a file just after the exec, and removes it once it was
// imported, has changed the directory since.
std::vector<std::string> PythonSiteDirectories(const ExecFacts& facts, const IdentityRules& rules);

// Python finds its libraries by the path that it was started by: argv[0], or where PATH has that
// name first. A link of a stranger's there, with a pyvenv.cfg beside it, brings the stranger's
// libraries (a virtual environment). As a plain clause when others than root decide what that path
// is.
std::optional<std::string> PythonHome(const ExecFacts& facts, FileJudge& judge);

}  // namespace keyward::identity
