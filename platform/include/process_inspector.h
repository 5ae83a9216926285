// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/model/identity_rules.h"
#include "agent/model/program.h"
#include "agent/model/result.h"
#include "agent/model/subject.h"

namespace keyward::platform {

// Looks at program files and running processes from outside: for `explain`, and for what was
// running before the agent. May block on disk; never called while a verdict is owed.
class ProcessInspector {
 public:
  virtual ~ProcessInspector() = default;

  // The file with its evidence (package, digest, ownership, SHA-256).
  virtual ProgramFile InspectFile(const std::string& path, const IdentityRules& rules) = 0;
  // The process as it is now, with its ancestry. kNotFound when it is gone.
  virtual Result<SubjectPtr> InspectProcess(std::int32_t pid, const IdentityRules& rules) = 0;
  // A process that is imagined, not running: `exe` with `argv`, started by the caller's ancestry.
  virtual Result<SubjectPtr> ImagineProcess(const std::vector<std::string>& argv,
                                            const std::string& exe, const IdentityRules& rules) = 0;
};

}  // namespace keyward::platform
