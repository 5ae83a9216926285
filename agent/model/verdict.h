// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace keyward {

// Ordered from loose to strict, so that the stricter of two is the greater. Stored in the journal.
enum class Outcome : std::uint8_t {
  kAllow = 0,
  kAudit = 1,  // allowed, with an incident
  kAsk = 2,    // refused until a person answers
  kDeny = 3,
};

std::string_view OutcomeName(Outcome outcome);
std::optional<Outcome> ParseOutcome(std::string_view name);

inline Outcome Stricter(Outcome a, Outcome b) { return a < b ? b : a; }
inline bool LetsPass(Outcome outcome) { return outcome <= Outcome::kAudit; }

// Index of a rule in the CompiledPolicy that gave the verdict.
using RuleIndex = std::uint32_t;
inline constexpr RuleIndex kNoRule = 0xffffffffu;

struct Verdict {
  Outcome outcome = Outcome::kDeny;
  RuleIndex rule = kNoRule;
  bool monitored = false;  // the rule's own outcome would have been `unmonitored`; it only records
  Outcome unmonitored = Outcome::kDeny;
};

}  // namespace keyward
