// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/cli/command.h"
#include "agent/model/finding.h"
#include "agent/policy/compiled_policy.h"

namespace keyward::cli {

using PolicyPtr = std::shared_ptr<const policy::CompiledPolicy>;

// Compiles the policy files as the daemon would.
Result<PolicyPtr> Compile(const Context& context, const std::vector<policy::Layer>& layers,
                          Findings& findings);

// Catalogue and administrator's files, with the approvals and own places of `session`'s daemon; of
// the state directory where there is no session and it may be read.
Result<std::vector<policy::Layer>> LayersInForce(const Context& context, control::Session* session);

// Errors, warnings and notes on standard error, as "keyward: error: FILE:LINE: …" with their hints.
void PrintFindings(const Findings& findings, FindingLevel least);

}  // namespace keyward::cli
