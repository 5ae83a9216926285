// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/identity/exec_facts.h"

namespace keyward::identity {

// The first switch on a command line that hands the program to whoever connects to it, or loads an
// extension that others than root can write: remote debugging of browsers and of Electron, Node's
// inspector, the JVM's debugger. Only what stands before `--` is looked at. (Debian's own start
// script of Chromium passes --load-extension, empty or with packaged directories.)
std::optional<std::string> DebugFlag(const std::vector<std::string>& argv, const std::string& cwd,
                                     FileJudge& judge);

}  // namespace keyward::identity
