// SPDX-License-Identifier: Apache-2.0
#include "agent/identity/debug_flags.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "agent/identity/environment.h"

namespace keyward::identity {
namespace {

struct Flag {
  std::string_view name;
  bool prefix;  // anything may follow: else only the end or `=`
};

// Chromium also takes its switches with one dash.
constexpr std::array<Flag, 12> kFlags{{{"--remote-debugging-", true},
                                       {"-remote-debugging-", true},
                                       {"--inspect", false},
                                       {"--inspect-brk", false},
                                       {"--inspect-wait", false},
                                       {"--inspect-port", false},
                                       {"--marionette", false},
                                       {"-marionette", false},
                                       {"--start-debugger-server", false},
                                       {"-start-debugger-server", false},
                                       {"-agentlib:jdwp", true},
                                       {"-Xrunjdwp", true}}};

constexpr std::array<std::string_view, 2> kExtensionFlags{"--load-extension=", "-load-extension="};

// The extensions in the value of such a flag, separated by commas: true when one is a stranger's.
bool LoadsOthersExtension(std::string_view arg, const std::string& cwd, FileJudge& judge) {
  for (const std::string_view flag : kExtensionFlags) {
    if (!arg.starts_with(flag)) continue;
    std::string_view rest = arg.substr(flag.size());
    while (!rest.empty()) {
      const auto end = std::min(rest.find(','), rest.size());
      std::string_view path = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      path.remove_prefix(std::min(path.find_first_not_of(' '), path.size()));
      if (!path.empty() && NamesOthersCode(path, cwd, judge)) return true;
    }
  }
  return false;
}

}  // namespace

std::optional<std::string> DebugFlag(const std::vector<std::string>& argv, const std::string& cwd,
                                     FileJudge& judge) {
  for (std::size_t i = 1; i < argv.size(); ++i) {
    const std::string_view arg = argv[i];
    if (arg == "--") return std::nullopt;
    if (LoadsOthersExtension(arg, cwd, judge)) return "--load-extension";
    for (const Flag& flag : kFlags) {
      if (!arg.starts_with(flag.name)) continue;
      const std::string_view rest = arg.substr(flag.name.size());
      if (rest == "=") continue;  // names nothing: Debian's launcher passes `--load-extension=`
      if (flag.prefix || rest.empty() || rest.front() == '=')
        return std::string(arg.substr(0, arg.find('=')));
    }
  }
  return std::nullopt;
}

}  // namespace keyward::identity
