// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "agent/control/replies.h"
#include "agent/model/subject.h"
#include "agent/model/verdict.h"
#include "agent/policy/compiled_policy.h"

namespace keyward::control {

// What an explanation is made of, once a policy has decided.
struct ExplainFacts {
  std::string path;
  std::string asset;  // empty: not protected
  std::string asset_name;
  Location asset_where;
  Operation operation = Operation::kRead;
  const Subject* subject = nullptr;  // never null
  Taints later_taints;
  Verdict verdict;
  std::string rule;
  Location rule_where;
  std::string rule_meaning;
  std::string message;
  std::string link;
  std::string home;  // of the asset's owner: "~" in the words
};

ExplainReply MakeExplainReply(const ExplainFacts& facts);

// The verdict on `subject` at `path` by a policy, explained.
ExplainReply ExplainVerdict(const policy::CompiledPolicy& policy,
                            std::span<const policy::Home> homes, const std::string& path,
                            Operation operation, const Subject& subject);

}  // namespace keyward::control
