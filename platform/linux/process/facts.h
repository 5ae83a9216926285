// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "agent/identity/exec_facts.h"
#include "agent/model/identity_rules.h"
#include "platform/linux/process/exec_record.h"
#include "platform/linux/process/file_evidence.h"

namespace keyward::linux_os {

// The facts of an exec record: numbers become paths that provably lead to what was executed. What
// is still read from /proc (path of the working directory, control group, session) is either
// compared with the record or only told, never judged by.
identity::ExecFacts FactsOf(ExecRecord record, FileEvidence& evidence);

// Drops the variables that neither a rule names nor identity reads itself: what is left is kept as
// long as the subject.
void KeepJudgedVariables(std::vector<std::string>& environment, const IdentityRules& rules);

}  // namespace keyward::linux_os
