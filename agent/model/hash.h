// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyward {

struct Sha256 {
  std::array<std::uint8_t, 32> bytes{};
  auto operator<=>(const Sha256&) const = default;
};

// 64 hex digits; ParseSha256 takes either case, ToHex writes lower case.
std::optional<Sha256> ParseSha256(std::string_view hex);
std::string ToHex(const Sha256& hash);

}  // namespace keyward
