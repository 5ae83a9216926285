// SPDX-License-Identifier: Apache-2.0
#include "agent/identity/script.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace keyward::identity {
namespace {

enum class OptionKind { kCode, kModule, kScript, kPreload, kValue };

struct OptionList {
  OptionKind kind;
  const std::vector<std::string>& names;
};

class CommandLine {
 public:
  CommandLine(const std::vector<std::string>& argv, const InterpreterRule& rule)
      : argv_(argv),
        lists_{{OptionKind::kCode, rule.code_options},
               {OptionKind::kModule, rule.module_options},
               {OptionKind::kScript, rule.script_options},
               {OptionKind::kPreload, rule.preload_options},
               {OptionKind::kValue, rule.value_options}},
        subcommands_(rule.subcommands) {}

  FoundScript Read() {
    bool subcommand_allowed = true;
    while (next_ < argv_.size()) {
      const std::string_view arg = argv_[next_++];
      if (arg == "--") {
        if (next_ < argv_.size()) TakeFile(argv_[next_]);
        return found_;
      }
      if (arg == "-") return found_;  // standard input, by name
      if (arg.size() > 1 && arg.front() == '-') {
        if (TakeOption(arg)) return found_;
        continue;
      }
      if (subcommand_allowed && IsSubcommand(arg)) {
        subcommand_allowed = false;
        continue;
      }
      TakeFile(arg);
      return found_;
    }
    return found_;
  }

 private:
  bool IsSubcommand(std::string_view arg) const {
    return std::find(subcommands_.begin(), subcommands_.end(), arg) != subcommands_.end();
  }

  std::optional<OptionKind> KindOf(std::string_view option) const {
    for (const OptionList& list : lists_)
      for (const std::string& name : list.names)
        if (name == option) return list.kind;
    return std::nullopt;
  }

  // `-javaagent:`, written with its separator: the value follows in the same argument.
  std::optional<std::pair<OptionKind, std::string_view>> ByPrefix(std::string_view arg) const {
    for (const OptionList& list : lists_)
      for (const std::string& name : list.names)
        if (!name.empty() && (name.back() == ':' || name.back() == '=') && arg.starts_with(name))
          return std::pair{list.kind, arg.substr(name.size())};
    return std::nullopt;
  }

  std::string_view NextArgument() {
    return next_ < argv_.size() ? std::string_view(argv_[next_++]) : std::string_view();
  }

  void TakeFile(std::string_view path) {
    found_.source = ScriptSource::kFile;
    found_.path = path;
  }

  // True when the option ends the search.
  bool Take(OptionKind kind, std::string_view value) {
    switch (kind) {
      case OptionKind::kCode: found_.source = ScriptSource::kArgument; return true;
      case OptionKind::kModule:
        found_.source = ScriptSource::kModule;
        found_.module = value;
        return true;
      case OptionKind::kScript: TakeFile(value); return true;
      case OptionKind::kPreload: found_.preloads.emplace_back(value); return false;
      case OptionKind::kValue: return false;
    }
    return false;
  }

  bool TakeOption(std::string_view arg) {
    if (const auto kind = KindOf(arg)) return Take(*kind, NextArgument());
    if (const auto prefixed = ByPrefix(arg)) return Take(prefixed->first, prefixed->second);
    const auto equals = arg.find('=');
    if (equals != std::string_view::npos) {
      if (const auto kind = KindOf(arg.substr(0, equals)))
        return Take(*kind, arg.substr(equals + 1));
    }
    if (arg.starts_with("--")) return false;  // a long option that takes nothing
    return TakeLetters(arg.substr(1));
  }

  // `-Ic CODE`, `-Wignore`, `-neCODE`: letters up to the first that takes the rest.
  bool TakeLetters(std::string_view letters) {
    for (std::size_t i = 0; i < letters.size(); ++i) {
      const auto kind = KindOf(std::string{'-', letters[i]});
      if (!kind) {
        found_.flags.push_back(letters[i]);
        continue;
      }
      const std::string_view rest = letters.substr(i + 1);
      return Take(*kind, rest.empty() ? NextArgument() : rest);
    }
    return false;
  }

  const std::vector<std::string>& argv_;
  const OptionList lists_[5];
  const std::vector<std::string>& subcommands_;
  std::size_t next_ = 1;
  FoundScript found_;
};

}  // namespace

FoundScript FindScript(const std::vector<std::string>& argv, const InterpreterRule& rule) {
  return CommandLine(argv, rule).Read();
}

}  // namespace keyward::identity
