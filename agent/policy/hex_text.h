// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace keyward::policy {

// File names are bytes; TOML is UTF-8 without control characters. What does not fit is kept as hex.
bool FitsToml(std::string_view text);
std::string ToHexText(std::string_view bytes);
std::optional<std::string> FromHexText(std::string_view hex);

}  // namespace keyward::policy
