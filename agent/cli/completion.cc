// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/documents.h"

namespace keyward::cli {
namespace {

bool IsOption(const ArgumentSpec& argument) { return argument.name.substr(0, 2) == "--"; }

std::vector<ArgumentSpec> OptionsOf(const CommandSpec* command) {
  std::vector<ArgumentSpec> options;
  if (command != nullptr)
    for (const ArgumentSpec& argument : command->arguments)
      if (IsOption(argument)) options.push_back(argument);
  for (const ArgumentSpec& argument : CommonArguments()) options.push_back(argument);
  return options;
}

std::string JoinOptions(const CommandSpec* command) {
  std::string words;
  for (const ArgumentSpec& option : OptionsOf(command))
    words.append(words.empty() ? "" : " ").append(option.name);
  return words;
}

std::string JoinCommands(std::string_view path) {
  std::string words;
  for (const CommandSpec* command : SubcommandsOf(path)) {
    const std::string_view name = command->path.substr(path.empty() ? 0 : path.size() + 1);
    words.append(words.empty() ? "" : " ").append(name);
  }
  return words;
}

std::string ChoiceWords(const ArgumentSpec& argument) {
  std::string words;
  for (const std::string_view choice : Choices(argument))
    words.append(words.empty() ? "" : " ").append(choice);
  return words;
}

// Every option that takes a value, once, whatever commands take it: the same name means the same.
std::vector<ArgumentSpec> OptionsWithValues() {
  std::vector<ArgumentSpec> options;
  const auto add = [&options](const ArgumentSpec& argument) {
    for (const ArgumentSpec& known : options)
      if (known.name == argument.name) return;
    if (IsOption(argument) && !argument.value.empty()) options.push_back(argument);
  };
  for (const ArgumentSpec& argument : CommonArguments()) add(argument);
  for (const CommandSpec* command : CommandTable())
    for (const ArgumentSpec& argument : command->arguments) add(argument);
  return options;
}

std::string Bash() {
  std::string out =
      "# SPDX-License-Identifier: Apache-2.0\n"
      "# Made by keyward --generate-completion bash.\n"
      "_keyward() {\n"
      "  local word=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\" "
      "path=\"\" i\n"
      "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
      "    case \"$path ${COMP_WORDS[i]}\" in\n";
  for (const CommandSpec* command : CommandTable()) {
    const std::string path(command->path);
    out += "      \" " + path + "\") path=\" " + path + "\" ;;\n";
  }
  out += "    esac\n  done\n  case \"$previous\" in\n";
  for (const ArgumentSpec& option : OptionsWithValues()) {
    out += "    " + std::string(option.name) + ") ";
    switch (option.completes) {
      case Completes::kPath: out += "COMPREPLY=($(compgen -f -- \"$word\"))"; break;
      case Completes::kDirectory: out += "COMPREPLY=($(compgen -d -- \"$word\"))"; break;
      case Completes::kProgram: out += "COMPREPLY=($(compgen -c -f -- \"$word\"))"; break;
      case Completes::kChoice:
        out += "COMPREPLY=($(compgen -W \"" + ChoiceWords(option) + "\" -- \"$word\"))";
        break;
      case Completes::kNothing: out += "COMPREPLY=()"; break;
    }
    out += "; return ;;\n";
  }
  out += "  esac\n  case \"$path\" in\n";
  const auto arm = [&out](const std::string& path, const CommandSpec* command) {
    const std::string words =
        JoinCommands(command == nullptr ? "" : command->path) + " " + JoinOptions(command);
    out += "    \"" + path + "\") COMPREPLY=($(compgen -W \"" + words + "\" -- \"$word\"))";
    bool paths = false;
    if (command != nullptr)
      for (const ArgumentSpec& argument : command->arguments)
        paths = paths || (!IsOption(argument) && argument.completes == Completes::kPath);
    if (paths) out += "; [[ $word == -* ]] || COMPREPLY+=($(compgen -f -- \"$word\"))";
    out += " ;;\n";
  };
  arm("", nullptr);
  for (const CommandSpec* command : CommandTable()) arm(" " + std::string(command->path), command);
  return out + "  esac\n}\ncomplete -o filenames -F _keyward keyward\n";
}

// For zsh, within single quotes and brackets of a specification.
std::string ZshText(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else if (c == '[' || c == ']' || c == ':')
      out += std::string("\\") + c;
    else
      out += c;
  }
  return out;
}

std::string ZshAction(const ArgumentSpec& argument) {
  switch (argument.completes) {
    case Completes::kPath: return "_files";
    case Completes::kDirectory: return "_files -/";
    case Completes::kProgram: return "_command_names -e";
    case Completes::kChoice: return "(" + ChoiceWords(argument) + ")";
    case Completes::kNothing: return " ";
  }
  return " ";
}

std::string ZshArguments(const CommandSpec* command) {
  std::string out;
  for (const ArgumentSpec& option : OptionsOf(command)) {
    out += " \\\n        '";
    if (option.shape == Shape::kRepeated) out += "*";
    out += std::string(option.name) + (option.value.empty() ? "" : "=") + "[" +
           ZshText(option.help) + "]";
    if (!option.value.empty()) out += ":" + ZshText(option.value) + ":" + ZshAction(option);
    out += "'";
  }
  if (command == nullptr) return out;
  for (const ArgumentSpec& argument : command->arguments) {
    if (IsOption(argument)) continue;
    const char* const count = argument.shape == Shape::kRest ? "*" : "";
    const char* const optional = argument.shape == Shape::kOptional ? ":" : "";
    out += " \\\n        '" + std::string(count) + ":" + optional + ZshText(argument.name) + ":" +
           ZshAction(argument) + "'";
  }
  return out;
}

std::string Zsh() {
  std::string out =
      "#compdef keyward\n# SPDX-License-Identifier: Apache-2.0\n"
      "# Made by keyward --generate-completion zsh.\n"
      "_keyward() {\n  local path=\"\" i\n  integer used=1\n"
      "  for ((i = 2; i < CURRENT; ++i)); do\n    case \"$path ${words[i]}\" in\n";
  for (const CommandSpec* command : CommandTable()) {
    const std::string path(command->path);
    out += "      ' " + path + "') path=' " + path + "'; used=$i ;;\n";
  }
  out +=
      "    esac\n  done\n"
      "  # What has been used up is left out, so that the rest is counted from the command.\n"
      "  words=(keyward \"${(@)words[used+1,-1]}\")\n  ((CURRENT -= used - 1))\n"
      "  case \"$path\" in\n";
  const auto arm = [&out](const std::string& path, const CommandSpec* command) {
    const std::string below = JoinCommands(command == nullptr ? "" : command->path);
    out += "    '" + path + "')\n";
    if (!below.empty()) out += "      ((CURRENT == 2)) && compadd -- " + below + "\n";
    out += "      _arguments -S" + ZshArguments(command) + "\n      ;;\n";
  };
  arm("", nullptr);
  for (const CommandSpec* command : CommandTable()) arm(" " + std::string(command->path), command);
  return out + "  esac\n}\n_keyward \"$@\"\n";
}

std::string FishText(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return "'" + out + "'";
}

std::string FishOption(const ArgumentSpec& option, const std::string& condition) {
  std::string out = "complete -c keyward" + condition + " -l " + std::string(option.name.substr(2));
  switch (option.completes) {
    case Completes::kPath:
    case Completes::kProgram: out += " -r -F"; break;
    case Completes::kDirectory: out += " -x -a '(__fish_complete_directories)'"; break;
    case Completes::kChoice: out += " -x -a " + FishText(ChoiceWords(option)); break;
    case Completes::kNothing: out += option.value.empty() ? "" : " -x"; break;
  }
  return out + " -d " + FishText(option.help) + "\n";
}

std::string Fish() {
  std::string out =
      "# SPDX-License-Identifier: Apache-2.0\n# Made by keyward --generate-completion fish.\n"
      "complete -c keyward -f\n";
  for (const CommandSpec* command : CommandTable()) {
    const std::string path(command->path);
    const std::size_t space = path.find(' ');
    const std::string condition = space == std::string::npos ? " -n __fish_use_subcommand"
                                                             : " -n '__fish_seen_subcommand_from " +
                                                                   path.substr(0, space) + "'";
    const std::string name = path.substr(space == std::string::npos ? 0 : space + 1);
    out += "complete -c keyward" + condition + " -a " + name + " -d " + FishText(command->summary) +
           "\n";
    const std::string seen = " -n '__fish_seen_subcommand_from " + name + "'";
    for (const ArgumentSpec& argument : command->arguments) {
      if (IsOption(argument))
        out += FishOption(argument, seen);
      else if (argument.completes == Completes::kPath)
        out += "complete -c keyward" + seen + " -F\n";
    }
  }
  for (const ArgumentSpec& option : CommonArguments()) out += FishOption(option, "");
  return out;
}

}  // namespace

Result<std::string> CompletionScript(std::string_view shell) {
  if (shell == "bash") return Bash();
  if (shell == "zsh") return Zsh();
  if (shell == "fish") return Fish();
  return Error{ErrorCode::kInvalid, std::string(kGenerateCompletion) + ": no such shell",
               "bash, zsh and fish are known", 0};
}

}  // namespace keyward::cli
