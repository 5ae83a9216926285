// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace keyward::control {

// Text that somebody else wrote, made safe to show: control characters, invalid UTF-8 and
// characters that reorder or hide what follows are escaped (`\x1b`, `\u202e`), and what is longer
// than `cap` characters ends in "…".
std::string Printable(std::string_view foreign, std::size_t cap = 240);
// The same in quotation marks.
std::string Quoted(std::string_view foreign, std::size_t cap = 240);

// "~/Downloads/x.py" for a path below `home`; Printable otherwise.
std::string ShortPath(std::string_view path, std::string_view home);

std::string_view Basename(std::string_view path);

// Columns that a text takes on a terminal: one a character. Good for what Printable lets through
// but wide East Asian characters, which only cost alignment.
std::size_t DisplayWidth(std::string_view utf8);

}  // namespace keyward::control
