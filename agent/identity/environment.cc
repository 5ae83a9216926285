// SPDX-License-Identifier: Apache-2.0
#include "agent/identity/environment.h"

#include <algorithm>
#include <array>

#include "agent/identity/path.h"

namespace keyward::identity {
namespace {

constexpr std::string_view kSpace = " \t\n";

std::vector<std::string_view> Split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find_first_of(separators);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// Variables whose values are names that the program looks up in directories of its own.
bool TakesBareNames(std::string_view variable) {
  static constexpr std::array<std::string_view, 6> kWords{"PRELOAD", "AUDIT", "MODULE",
                                                          "THEME",   "STYLE", "PLATFORM"};
  return !variable.ends_with("PATH") &&
         std::any_of(kWords.begin(), kWords.end(), [variable](std::string_view word) {
           return variable.find(word) != std::string_view::npos;
         });
}

std::string Clause(std::string_view variable, std::string_view what) {
  return std::string(variable).append(" ").append(what);
}

std::optional<std::string> TestPaths(std::string_view name, std::string_view value,
                                     const std::string& cwd, FileJudge& judge) {
  const bool bare = TakesBareNames(name);
  for (const std::string_view entry : Split(value, ":;")) {
    if (entry.empty()) {
      if (!bare && NamesOthersCode(".", cwd, judge))
        return Clause(name, "has an empty entry, which is the working directory");
      continue;
    }
    for (const std::string_view word : Split(entry, kSpace)) {
      if (word.empty() || (bare && word.find('/') == std::string_view::npos)) continue;
      if (NamesOthersCode(word, cwd, judge))
        return Clause(name, "names ").append(word).append(", which others than root can write");
    }
  }
  return std::nullopt;
}

// `--require X`, `--require=X`, `-rX`, `-javaagent:X=options`. The value that follows the option,
// or nothing when `token` is not this option. Quotes are dropped: JAVA_TOOL_OPTIONS allows them.
std::optional<std::string_view> ValueOf(std::string_view token, std::string_view option,
                                        std::string_view next) {
  if (!token.starts_with(option)) return std::nullopt;
  const std::string_view rest = token.substr(option.size());
  if (!option.empty() && (option.back() == ':' || option.back() == '='))
    return rest.substr(0, rest.find('='));
  if (rest.empty()) return next;
  if (rest.front() == '=' || rest.front() == ':') {
    const std::string_view value = rest.substr(1);
    return rest.front() == ':' ? value.substr(0, value.find('=')) : value;
  }
  if (option.size() == 2) return rest;
  return std::nullopt;
}

std::optional<std::string> TestOptions(std::string_view name, std::string value,
                                       const EnvironmentRule& rule, const std::string& cwd,
                                       FileJudge& judge) {
  value.erase(
      std::remove_if(value.begin(), value.end(), [](char c) { return c == '"' || c == '\''; }),
      value.end());
  const std::vector<std::string_view> tokens = Split(value, kSpace);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string_view next = i + 1 < tokens.size() ? tokens[i + 1] : std::string_view();
    for (const std::string& option : rule.options) {
      const auto code = ValueOf(tokens[i], option, next);
      if (!code) continue;
      if (code->empty() || code->front() == '-') return Clause(name, "switches on ").append(option);
      if (NamesOthersCode(*code, cwd, judge))
        return Clause(name, "loads ").append(*code).append(", which others than root can write");
    }
  }
  return std::nullopt;
}

bool Concerns(const EnvironmentRule& rule, std::string_view variable,
              std::string_view interpreter) {
  if (!MatchesName(rule.name, variable)) return false;
  return rule.interpreters.empty() || std::find(rule.interpreters.begin(), rule.interpreters.end(),
                                                interpreter) != rule.interpreters.end();
}

std::optional<std::string> Test(const EnvironmentRule& rule, std::string_view name,
                                std::string_view value, const std::string& cwd, FileJudge& judge) {
  switch (rule.test) {
    case EnvironmentTest::kPaths: return TestPaths(name, value, cwd, judge);
    case EnvironmentTest::kOptions: return TestOptions(name, std::string(value), rule, cwd, judge);
    case EnvironmentTest::kPresent: return Clause(name, "is set");
  }
  return Clause(name, "is set");
}

}  // namespace

bool NamesOthersCode(std::string_view value, const std::string& cwd, FileJudge& judge) {
  // A tilde is expanded by some programs, and always to a person's own directory.
  if (value.starts_with("~")) return true;
  const std::string path = Absolute(value, cwd);
  return path.empty() || judge.OthersCanWrite(path);
}

std::optional<std::string_view> Variable(const std::vector<std::string>& environment,
                                         std::string_view name) {
  for (const std::string& line : environment) {
    const std::string_view view = line;
    if (view.size() > name.size() && view.starts_with(name) && view[name.size()] == '=')
      return view.substr(name.size() + 1);
  }
  return std::nullopt;
}

std::optional<std::string> HostileVariable(const std::vector<std::string>& environment,
                                           std::string_view interpreter, const std::string& cwd,
                                           const IdentityRules& rules, FileJudge& judge) {
  for (const std::string& line : environment) {
    const auto equals = line.find('=');
    if (equals == std::string::npos || equals + 1 == line.size()) continue;
    const std::string_view name = std::string_view(line).substr(0, equals);
    const std::string_view value = std::string_view(line).substr(equals + 1);
    for (const EnvironmentRule& rule : rules.environment) {
      if (!Concerns(rule, name, interpreter)) continue;
      if (auto clause = Test(rule, name, value, cwd, judge)) return clause;
    }
  }
  return std::nullopt;
}

}  // namespace keyward::identity
