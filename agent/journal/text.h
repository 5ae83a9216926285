// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace keyward::journal {

// Paths and arguments are bytes that an attacker chose. In columns and in JSON they are UTF-8 text
// without NUL, in a form that gives every byte back:
//  - a byte that is no part of valid UTF-8, and NUL, becomes \xNN (lower-case hex);
//  - a backslash that is followed by x and two hex digits becomes \x5c;
//  - everything else stays as it is.
std::string EscapeBytes(std::string_view bytes);
std::string UnescapeBytes(std::string_view text);

}  // namespace keyward::journal
