// SPDX-License-Identifier: Apache-2.0
// What is said of programs in general: [[tool]], [[interpreter]], [[loader]], [[environment]].
#include <array>
#include <string>
#include <utility>

#include "agent/policy/schema.h"

namespace keyward::policy {
namespace {

std::vector<std::string> ReadNames(TableReader& table) {
  if (!table.Has("names")) table.Missing("names");
  std::vector<std::string> names;
  for (PlacedText& text : table.Texts("names", 512)) {
    const bool usable = text.text.find('/') == std::string::npos &&
                        text.text.find("**") == std::string::npos &&
                        text.text.find_first_not_of('*') != std::string::npos;
    if (!usable) {
      table.findings().push_back(
          {FindingLevel::kError,
           {table.file(), text.line},
           "\"" + text.text.substr(0, 80) + "\" is not the name of a program",
           "a basename, with * for any characters"});
      continue;
    }
    names.push_back(std::move(text.text));
  }
  return names;
}

std::optional<EnvironmentTest> ParseTest(std::string_view text) {
  if (text == "paths") return EnvironmentTest::kPaths;
  if (text == "options") return EnvironmentTest::kOptions;
  if (text == "present") return EnvironmentTest::kPresent;
  return std::nullopt;
}

}  // namespace

void ReadTool(TableReader& table, SchemaContext& context) {
  ToolRule tool;
  tool.kind = table.RequiredText("kind", 64);
  tool.names = ReadNames(table);
  table.Text("note", kMaxTextBytes);
  table.Finish();
  context.source.identity.tools.push_back(std::move(tool));
}

void ReadInterpreter(TableReader& table, SchemaContext& context) {
  InterpreterRule rule;
  rule.id = table.RequiredText("id", 64);
  if (!rule.id.empty() && !IsId(rule.id, "+"))
    table.Mistake("id", "id \"" + rule.id + "\" has other characters than a-z 0-9 . _ + -");
  auto& all = context.source.identity.interpreters;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].id == rule.id)
      table.Mistake("id", "interpreter \"" + rule.id + "\" is already at " +
                              ToString(context.source.interpreters_where[i]));
  rule.names = ReadNames(table);
  rule.code_options = table.PlainTexts("code_options");
  rule.module_options = table.PlainTexts("module_options");
  rule.script_options = table.PlainTexts("script_options");
  rule.value_options = table.PlainTexts("value_options");
  rule.preload_options = table.PlainTexts("preload_options");
  rule.subcommands = table.PlainTexts("subcommands");
  rule.shell = table.Boolean("shell").value_or(false);
  table.Text("note", kMaxTextBytes);
  table.Finish();
  all.push_back(std::move(rule));
  context.source.interpreters_where.push_back(table.Where());
}

void ReadLoader(TableReader& table, SchemaContext& context) {
  auto& loaders = context.source.identity.loaders;
  for (std::string& name : ReadNames(table)) loaders.push_back(std::move(name));
  table.Text("note", kMaxTextBytes);
  table.Finish();
}

void ReadEnvironment(TableReader& table, SchemaContext& context) {
  EnvironmentRule rule;
  rule.name = table.RequiredText("name", 128);
  const std::size_t star = rule.name.find('*');
  if (rule.name == "*" || (star != std::string::npos && star + 1 != rule.name.size()))
    table.Mistake("name", "\"name\" in [[environment]] may have one * only, at its end");
  constexpr std::array<std::string_view, 3> kTests{"paths", "options", "present"};
  rule.test = table.RequiredWord<EnvironmentTest>("test", kTests, ParseTest)
                  .value_or(EnvironmentTest::kPresent);
  rule.options = table.PlainTexts("options");
  if (rule.test == EnvironmentTest::kOptions && rule.options.empty())
    table.Mistake("options", "[[environment]] with test = \"options\" needs \"options\"");
  rule.interpreters = table.PlainTexts("interpreters");
  table.Text("note", kMaxTextBytes);
  table.Finish();
  context.source.identity.environment.push_back(std::move(rule));
}

}  // namespace keyward::policy
