// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/cli/command.h"
#include "agent/model/result.h"

// Help, man pages and completions: all from the table of commands, so that they can't drift from
// what the program takes.
namespace keyward::cli {

inline constexpr std::string_view kGenerateMan = "--generate-man";
inline constexpr std::string_view kGenerateCompletion = "--generate-completion";

// Options that only the build uses.
std::span<const ArgumentSpec> HiddenArguments();

std::vector<std::string_view> Choices(const ArgumentSpec& argument);
// The names of the commands below this one.
std::vector<const CommandSpec*> SubcommandsOf(std::string_view path);
// "keyward explain PATH [OPTION…]".
std::string Usage(const CommandSpec& command);

// For nullptr: of the program as a whole.
std::string HelpText(const CommandSpec* command, int width);

// One roff page for each command without a space in its name, and one for the program, by file
// name: "keyward.1", "keyward-explain.1".
struct ManPage {
  std::string file;
  std::string text;
};
std::vector<ManPage> ManPages();

// For "bash", "zsh" or "fish". kInvalid for another shell.
Result<std::string> CompletionScript(std::string_view shell);

}  // namespace keyward::cli
