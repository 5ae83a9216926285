// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/control/replies.h"
#include "agent/policy/approvals.h"
#include "agent/policy/compiled_policy.h"

namespace keyward::daemon {

// What the policy keeps for people, as they are shown it.
control::ApprovalRow ApprovalRowOf(const policy::Approval& approval,
                                   const policy::CompiledPolicy& policy);
control::ProtectedRow ProtectedRowOf(const policy::ProtectedPath& path);

}  // namespace keyward::daemon
