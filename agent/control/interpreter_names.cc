// SPDX-License-Identifier: Apache-2.0
#include "agent/control/interpreter_names.h"

#include "agent/control/printable.h"

namespace keyward::control {
namespace {

struct Known {
  std::string_view prefix;  // of the id, or of the program's name
  std::string_view name;
};

constexpr Known kKnown[] = {
    {"python", "Python"},   {"pypy", "Python"},   {"nodejs", "Node"},    {"node", "Node"},
    {"deno", "Deno"},       {"bun", "Bun"},       {"perl", "Perl"},      {"ruby", "Ruby"},
    {"php", "PHP"},         {"java", "Java"},     {"lua", "Lua"},        {"bash", "the shell"},
    {"dash", "the shell"},  {"zsh", "the shell"}, {"fish", "the shell"}, {"sh", "the shell"},
    {"shell", "the shell"},
};

// The rest of a name may be a version: "python3.11", but not "shred" for "sh".
bool Matches(std::string_view text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  return text.substr(prefix.size()).find_first_not_of("0123456789.-") == std::string_view::npos;
}

}  // namespace

std::string InterpreterName(std::string_view id, std::string_view exe) {
  for (const std::string_view text : {id, Basename(exe)})
    for (const Known& known : kKnown)
      if (!text.empty() && Matches(text, known.prefix)) return std::string(known.name);
  return Printable(exe.empty() ? id : Basename(exe), 60);
}

}  // namespace keyward::control
