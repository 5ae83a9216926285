// SPDX-License-Identifier: Apache-2.0
// What is allowed: [[class]], [[asset_rule]], [[program_rule]], [policy], [override].
#include <array>
#include <string>
#include <utility>

#include "agent/policy/nearest_word.h"
#include "agent/policy/schema.h"

namespace keyward::policy {
namespace {

constexpr std::array<std::string_view, 12> kClasses{
    "wallet-secret", "browser-wallet", "browser-secret", "private-key",
    "keyring",       "password-store", "wallet-code",    "startup-file",
    "credential",    "project-secret", "watch-only",     "device"};

constexpr std::array<std::string_view, 3> kColumns{"owner", "clean", "stranger"};

// The three columns of `table`, for the accesses given.
void ReadColumns(TableReader& table, ClassSource& source, bool reads, bool writes) {
  for (std::size_t column = 0; column < kColumns.size(); ++column) {
    const auto outcome = ReadOutcome(table, kColumns[column]);
    if (!outcome) continue;
    const ClassSource::Column cell{outcome, table.Where(kColumns[column])};
    if (reads) source.columns[column][static_cast<std::size_t>(Access::kRead)] = cell;
    if (writes) source.columns[column][static_cast<std::size_t>(Access::kWrite)] = cell;
  }
}

void ReadOperations(TableReader& table, RuleSource& rule) {
  if (!table.Has("operations")) return;
  rule.access = {false, false};
  constexpr std::array<std::string_view, 2> kOperations{"read", "write"};
  for (const PlacedText& text : table.Texts("operations", 2)) {
    if (text.text == "read")
      rule.access[static_cast<std::size_t>(Access::kRead)] = true;
    else if (text.text == "write")
      rule.access[static_cast<std::size_t>(Access::kWrite)] = true;
    else
      table.UnknownWord("operations", text.text, kOperations);
  }
  if (!rule.access[0] && !rule.access[1])
    table.Mistake("operations", "\"operations\" in " + table.name() + " is empty",
                  "leave it out for both");
}

RuleSource ReadRule(TableReader& table, const SchemaContext& context) {
  RuleSource rule;
  rule.where = table.Where();
  rule.layer = context.layer;
  rule.id = table.RequiredText("id", 128);
  if (!rule.id.empty() && !IsId(rule.id))
    table.Mistake("id", "id \"" + rule.id + "\" has other characters than a-z 0-9 . _ -");
  rule.assets = table.Texts("assets", 4096);
  rule.names_programs = table.Has("programs");
  const std::size_t before = table.findings().size();
  rule.programs = ReadPrograms(table, "programs", 4096);
  if (rule.names_programs && rule.programs.empty() && table.findings().size() == before)
    table.Mistake("programs", "\"programs\" in " + table.name() + " is empty",
                  "leave it out for everybody but the asset's own program");
  ReadOperations(table, rule);
  constexpr std::array<std::string_view, 4> kOutcomes{"allow", "audit", "ask", "deny"};
  rule.verdict =
      table.RequiredWord<Outcome>("verdict", kOutcomes, ParseOutcome).value_or(Outcome::kDeny);
  rule.monitor = table.Boolean("monitor").value_or(false);
  rule.locked = table.Boolean("locked").value_or(false);
  rule.expires = table.Moment("expires");
  rule.message = table.Text("message", 512).value_or(std::string());
  rule.link = table.Text("link", 512).value_or(std::string());
  if (!rule.link.empty() && !rule.link.starts_with("https://"))
    table.Mistake("link", "\"link\" in " + table.name() + " must begin with https://");
  table.Text("note", kMaxTextBytes);
  return rule;
}

}  // namespace

void ReadClass(TableReader& table, SchemaContext& context) {
  ClassSource source;
  source.where = table.Where();
  source.layer = context.layer;
  const auto asset_class = table.RequiredWord<AssetClass>("name", kClasses, ParseAssetClass);
  ReadColumns(table, source, true, true);
  if (const TomlValue* value = table.Table("read")) {
    TableReader read(*value, "[class.read]", table.file(), table.findings());
    ReadColumns(read, source, true, false);
    read.Finish();
  }
  if (const TomlValue* value = table.Table("write")) {
    TableReader write(*value, "[class.write]", table.file(), table.findings());
    ReadColumns(write, source, false, true);
    write.Finish();
  }
  source.meaning = table.Text("meaning", 512).value_or(std::string());
  table.Text("note", kMaxTextBytes);
  table.Finish();
  if (!asset_class) return;
  source.asset_class = *asset_class;
  context.source.classes.push_back(std::move(source));
}

void ReadAssetRule(TableReader& table, SchemaContext& context) {
  RuleSource rule = ReadRule(table, context);
  if (!table.Has("assets")) table.Missing("assets");
  table.Finish();
  context.source.rules.push_back(std::move(rule));
}

void ReadProgramRule(TableReader& table, SchemaContext& context) {
  RuleSource rule = ReadRule(table, context);
  rule.is_program_rule = true;
  rule.otherwise = ReadOutcome(table, "otherwise");
  if (!rule.names_programs) table.Missing("programs");
  if (rule.assets.empty() && !rule.otherwise)
    table.Mistake("assets", "[[program_rule]] needs \"assets\" or \"otherwise\"");
  table.Finish();
  context.source.rules.push_back(std::move(rule));
}

void ReadPolicyTable(TableReader& table, SchemaContext& context) {
  const std::size_t layer = static_cast<std::size_t>(context.layer);
  if (const auto& other = context.source.policy_tables[layer])
    table.Mistake("version", "a second [policy] in the " +
                                 std::string(LayerKindName(context.layer)) +
                                 " layer, the first is at " + ToString(*other));
  context.source.policy_tables[layer] = table.Where();
  context.source.versions[layer] = table.Number("version");
  constexpr std::array<std::string_view, 4> kLockKinds{"asset:", "class:", "rule:", "program:"};
  for (const PlacedText& text : table.Texts("locked", 1024)) {
    const std::size_t colon = text.text.find(':');
    const std::string kind = text.text.substr(0, colon == std::string::npos ? 0 : colon + 1);
    bool known = false;
    for (const std::string_view k : kLockKinds) known = known || k == kind;
    const Location where{table.file(), text.line};
    if (!known || colon + 1 == text.text.size()) {
      table.findings().push_back({FindingLevel::kError, where,
                                  "unknown lock \"" + text.text.substr(0, 80) + "\" in [policy]",
                                  "one of: asset:ID, class:NAME, rule:ID, program:ENTRY"});
      continue;
    }
    context.source.locks.push_back(
        {kind.substr(0, kind.size() - 1), text.text.substr(colon + 1), context.layer, where});
  }
  table.Text("note", kMaxTextBytes);
  table.Finish();
}

void ReadOverride(TableReader& table, SchemaContext& context) {
  const std::string mode = table.RequiredText("mode", 64);
  constexpr std::array<std::string_view, 1> kModes{"monitor"};
  if (!mode.empty() && mode != "monitor") table.UnknownWord("mode", mode, kModes);
  if (!table.Has("until")) table.Missing("until");
  const auto until = table.Moment("until");
  table.Text("note", kMaxTextBytes);
  table.Finish();
  if (context.layer == LayerKind::kCatalogue) {
    table.Mistake("", "[override] may not stand in the catalogue layer");
    return;
  }
  if (!until) return;
  const auto& other = context.source.monitor;
  if (other && other->layer == context.layer)
    table.Mistake("", "a second [override], the first is at " + ToString(other->where));
  context.source.monitor = OverrideSource{*until, context.layer, table.Where()};
}

}  // namespace keyward::policy
