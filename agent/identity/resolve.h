// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "agent/identity/exec_facts.h"
#include "agent/model/identity_rules.h"
#include "agent/model/subject.h"

namespace keyward::identity {

// Evidence in, subject out: role, script, taints with their reasons, and what it is judged as.
// Cost: a few questions to `judge`, which may be on disk. Any thread, if `judge` allows it.
SubjectPtr Resolve(const ExecFacts& facts, const IdentityRules& rules, FileJudge& judge);

// The same subject with more evidence for its files and for its parent, judged again. Taints stay
// as they were at exec: what changed on disk since then is not what was executed.
SubjectPtr WithEvidence(const Subject& subject, ProgramFile executable,
                        std::optional<ProgramFile> script, SubjectPtr parent, bool parent_known,
                        const IdentityRules& rules);

// A subject of which nothing is known but its number: a stranger.
SubjectPtr UnknownSubject(ProcessId process, std::uint32_t uid);

}  // namespace keyward::identity
