// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace keyward::identity {

std::string_view BaseName(std::string_view path);

// `path` as an absolute one, `.` and empty components dropped, `..` kept: what it leads to depends
// on symbolic links. Empty when it is relative and `cwd` is not known.
std::string Absolute(std::string_view path, std::string_view cwd);

}  // namespace keyward::identity
