// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/model/result.h"

namespace keyward::policy {

inline constexpr std::size_t kMaxExpansions = 256;

// "~/.electrum/{testnet,regtest}/wallets" as two texts; braces nest, an alternative may be empty.
// `${…}` is a macro and stays. kInvalid: unbalanced, without a comma, more than kMaxExpansions.
Result<std::vector<std::string>> ExpandBraces(std::string_view text);

}  // namespace keyward::policy
