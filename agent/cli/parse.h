// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "agent/cli/command.h"

namespace keyward::cli {

// What was typed, once it makes sense.
struct Parsed {
  const CommandSpec* command = nullptr;  // nullptr: only --help, --version or a hidden option
  Arguments arguments;
};

// Reads the command line by the table. Nothing when it makes no sense; that has been said then,
// with the nearest word.
std::optional<Parsed> ParseCommandLine(int argc, const char* const* argv);

}  // namespace keyward::cli
