// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace keyward::control {

// How people call an interpreter: "Python" for the catalogue's id "python" or, without an id, for
// /usr/bin/python3.11. Other names come back printable.
std::string InterpreterName(std::string_view id, std::string_view exe);

}  // namespace keyward::control
