// SPDX-License-Identifier: Apache-2.0
// Wraps CLI11: its exceptions end here.
#include "agent/cli/parse.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>
#include <functional>

#include "agent/cli/documents.h"
#include "agent/control/printable.h"
#include "agent/policy/nearest_word.h"

namespace keyward::cli {
namespace {

constexpr std::size_t kShown = 80;

// The parser of one command: CLI11's app, and where it puts what it finds.
struct Parser {
  const CommandSpec* command = nullptr;
  CLI::App* app = nullptr;
  std::vector<ArgumentSpec> arguments;
  // By index of `arguments`; CLI11 keeps pointers, so it never grows after that.
  std::vector<std::vector<std::string>> values;
  std::deque<bool> flags;
};

bool IsPositional(const ArgumentSpec& argument) {
  return argument.shape == Shape::kRequired || argument.shape == Shape::kOptional ||
         argument.shape == Shape::kRest;
}

void Declare(Parser& parser, std::size_t i) {
  const ArgumentSpec& argument = parser.arguments[i];
  const std::string name(argument.name);
  if (argument.shape == Shape::kFlag) {
    parser.app->add_flag(name == "--help" ? "-h,--help" : name, parser.flags[i]);
    return;
  }
  CLI::Option* option = parser.app->add_option(name, parser.values[i]);
  switch (argument.shape) {
    case Shape::kRest: option->expected(0, -1); break;
    case Shape::kRepeated:
      option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
      break;
    default: option->expected(1); break;
  }
}

void Fill(Parser& parser, std::span<const ArgumentSpec> own) {
  parser.app->set_help_flag("");
  for (const auto& list : {own, CommonArguments(), HiddenArguments()})
    for (const ArgumentSpec& argument : list) parser.arguments.push_back(argument);
  parser.values.resize(parser.arguments.size());
  parser.flags.resize(parser.arguments.size());
  for (std::size_t i = 0; i < parser.arguments.size(); ++i) Declare(parser, i);
}

std::vector<std::string_view> Words(const std::vector<std::string>& path) {
  // The names below a path of commands: "incidents" -> "show".
  std::string prefix;
  for (const std::string& word : path) prefix += word + " ";
  std::vector<std::string_view> words;
  for (const CommandSpec* command : CommandTable()) {
    if (command->path.substr(0, prefix.size()) != prefix) continue;
    const std::string_view rest = command->path.substr(prefix.size());
    if (rest.find(' ') == std::string_view::npos) words.push_back(rest);
  }
  return words;
}

std::string Hint(const std::string& wrong, const std::vector<std::string_view>& known,
                 const std::string& command) {
  const std::string near = policy::DidYouMean(wrong, known);
  if (!near.empty()) return near;
  return "keyward " + (command.empty() ? "" : command + " ") + "--help says what there is";
}

std::optional<Parsed> RefuseExtra(const Parser& parser, const std::vector<std::string>& extra) {
  const std::string& wrong = extra.front();
  const std::string path = parser.command == nullptr ? "" : std::string(parser.command->path);
  std::vector<std::string_view> known;
  if (wrong.rfind("-", 0) == 0) {
    const std::string name = wrong.substr(0, wrong.find('='));
    for (const ArgumentSpec& argument : parser.arguments)
      if (!IsPositional(argument)) known.push_back(argument.name);
    FailUsage("unknown option " + control::Quoted(name, kShown), Hint(name, known, path));
  } else {
    known = Words(path.empty() ? std::vector<std::string>() : std::vector<std::string>{path});
    const bool commands = !known.empty();
    FailUsage(
        (commands ? "unknown command " : "too many arguments: ") + control::Quoted(wrong, kShown),
        Hint(wrong, known, path));
  }
  return std::nullopt;
}

// An unknown option can make CLI11 stumble over what follows it; it is the mistake to name then.
std::vector<std::string> UnknownOption(const Parser& parser, int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string word(argv[i]);
    if (word == "--") break;
    if (word.rfind("--", 0) != 0) continue;
    const std::string name = word.substr(0, word.find('='));
    const auto same = [&name](const ArgumentSpec& argument) { return argument.name == name; };
    if (std::none_of(parser.arguments.begin(), parser.arguments.end(), same)) return {word};
  }
  return {};
}

// What CLI11 can't know because --help must work without it.
bool Complete(const Parser& parser) {
  if (parser.command == nullptr) return true;
  const std::string path(parser.command->path);
  for (std::size_t i = 0; i < parser.arguments.size(); ++i) {
    const ArgumentSpec& argument = parser.arguments[i];
    const std::vector<std::string>& values = parser.values[i];
    if (argument.shape == Shape::kRequired && values.empty()) {
      FailUsage(path + ": " + std::string(argument.name) + " is missing",
                "keyward " + path + " --help says how it is used");
      return false;
    }
    if (argument.completes != Completes::kChoice || values.empty()) continue;
    const std::vector<std::string_view> choices = Choices(argument);
    if (std::find(choices.begin(), choices.end(), values.back()) != choices.end()) continue;
    std::string all;
    for (const std::string_view choice : choices)
      all.append(all.empty() ? "" : ", ").append(choice);
    FailUsage(std::string(argument.name) + ": " + control::Quoted(values.back(), kShown) +
                  " is none of " + all,
              policy::DidYouMean(values.back(), choices));
    return false;
  }
  return true;
}

Arguments Collect(const Parser& parser) {
  Arguments arguments;
  for (std::size_t i = 0; i < parser.arguments.size(); ++i)
    if (parser.flags[i] || !parser.values[i].empty())
      arguments.Put(parser.arguments[i].name, parser.values[i]);
  return arguments;
}

}  // namespace

std::optional<Parsed> ParseCommandLine(int argc, const char* const* argv) {
  CLI::App root("", "keyward");
  std::deque<Parser> parsers(1);
  parsers[0].app = &root;
  std::map<std::string, CLI::App*, std::less<>> apps;
  for (const CommandSpec* command : CommandTable()) {
    const std::size_t space = command->path.rfind(' ');
    CLI::App* above = &root;
    if (space != std::string_view::npos) above = apps.find(command->path.substr(0, space))->second;
    Parser& parser = parsers.emplace_back();
    parser.command = command;
    parser.app = above->add_subcommand(
        std::string(command->path.substr(space == std::string_view::npos ? 0 : space + 1)));
    apps.emplace(command->path, parser.app);
    Fill(parser, command->arguments);
  }
  Fill(parsers[0], {});
  const auto deepest = [&parsers]() -> Parser& {
    Parser* found = &parsers[0];
    for (Parser& parser : parsers)
      if (parser.command != nullptr && parser.app->parsed()) found = &parser;
    return *found;
  };
  try {
    root.allow_extras(true);
    for (Parser& parser : parsers) parser.app->allow_extras(true);
    root.parse(argc, argv);
  } catch (const CLI::Error& e) {
    const std::vector<std::string> unknown = UnknownOption(deepest(), argc, argv);
    if (!unknown.empty()) return RefuseExtra(deepest(), unknown);
    FailUsage(e.what(), "keyward --help says what there is");
    return std::nullopt;
  }
  const Parser& parser = deepest();
  const std::vector<std::string> extra = root.remaining(true);
  if (!extra.empty()) return RefuseExtra(parser, extra);
  Parsed parsed{parser.command, Collect(parser)};
  if (!parsed.arguments.Has("--help") && !Complete(parser)) return std::nullopt;
  return parsed;
}

}  // namespace keyward::cli
