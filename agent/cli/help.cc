// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "agent/cli/documents.h"
#include "agent/cli/output.h"

namespace keyward::cli {
namespace {

constexpr std::size_t kIndent = 24;

std::string Labelled(const std::string& label, std::string_view text, int width) {
  const std::size_t room = width > 60 ? static_cast<std::size_t>(width) - kIndent : 40;
  std::string out = "  " + Padded(label, kIndent - 2);
  if (label.size() > kIndent - 4) out = "  " + label + "\n" + std::string(kIndent, ' ');
  bool first = true;
  for (const std::string& line : Wrap(text, room)) {
    if (!first) out += std::string(kIndent, ' ');
    out += line + "\n";
    first = false;
  }
  return out;
}

std::string LabelOf(const ArgumentSpec& argument) {
  std::string label(argument.name);
  if (argument.name == "--help") label = "-h, --help";
  if (!argument.value.empty()) label.append(" ").append(argument.value);
  return label;
}

std::string List(std::string_view title, std::span<const ArgumentSpec> arguments, int width) {
  if (arguments.empty()) return "";
  std::string out = "\n" + std::string(title) + "\n";
  for (const ArgumentSpec& argument : arguments)
    out += Labelled(LabelOf(argument), argument.help, width);
  return out;
}

std::string Paragraphs(std::string_view text, std::size_t width) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find("\n\n", at), text.size());
    if (!out.empty()) out += "\n";
    for (const std::string& line : Wrap(text.substr(at, end - at), width)) out += line + "\n";
    at = end + 2;
  }
  return out;
}

std::string ProgramHelp(int width) {
  std::string out =
      "Protects the wallets and keys on this computer.\n\nUsage: keyward COMMAND [OPTION…]\n\n"
      "Commands\n";
  for (const CommandSpec* command : SubcommandsOf(""))
    out += Labelled(std::string(command->path), command->summary, width);
  out += List("Options of every command", CommonArguments(), width);
  out +=
      "\nkeyward COMMAND --help says more about one. Exit status: 0 fine, 1 the answer is no,\n"
      "2 usage, 3 no daemon, 4 not permitted.\n";
  return out;
}

}  // namespace

std::vector<std::string_view> Choices(const ArgumentSpec& argument) {
  std::vector<std::string_view> choices;
  std::string_view rest = argument.choices;
  while (!rest.empty()) {
    const std::size_t bar = std::min(rest.find('|'), rest.size());
    choices.push_back(rest.substr(0, bar));
    rest.remove_prefix(std::min(bar + 1, rest.size()));
  }
  return choices;
}

std::vector<const CommandSpec*> SubcommandsOf(std::string_view path) {
  std::vector<const CommandSpec*> found;
  for (const CommandSpec* command : CommandTable()) {
    const std::size_t space = command->path.rfind(' ');
    const std::string_view above =
        space == std::string_view::npos ? std::string_view() : command->path.substr(0, space);
    if (above == path) found.push_back(command);
  }
  return found;
}

std::string Usage(const CommandSpec& command) {
  std::string usage = "keyward " + std::string(command.path);
  if (command.run == nullptr) return usage + " COMMAND [OPTION…]";
  bool options = false;
  std::string rest;
  for (const ArgumentSpec& argument : command.arguments) {
    const std::string name(argument.name);
    switch (argument.shape) {
      case Shape::kRequired: usage += " " + name; break;
      case Shape::kOptional: usage += " [" + name + "]"; break;
      case Shape::kRest: rest = name == "ARG" ? " [-- ARG…]" : " [" + name + "…]"; break;
      default: options = true; break;
    }
  }
  return usage + (options ? " [OPTION…]" : "") + rest;
}

std::string HelpText(const CommandSpec* command, int width) {
  if (command == nullptr) return ProgramHelp(width);
  std::string out = "Usage: " + Usage(*command) + "\n\n";
  out += Paragraphs(command->description, static_cast<std::size_t>(std::max(width, 40)));
  const auto below = SubcommandsOf(command->path);
  if (!below.empty()) out += "\nCommands\n";
  for (const CommandSpec* sub : below) out += Labelled(std::string(sub->path), sub->summary, width);
  out += List("Arguments and options", command->arguments, width);
  out += List("Options of every command", CommonArguments(), width);
  if (!command->examples.empty()) out += "\nExamples\n" + std::string(command->examples);
  return out;
}

}  // namespace keyward::cli
