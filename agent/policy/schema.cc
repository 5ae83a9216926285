// SPDX-License-Identifier: Apache-2.0
// Which tables a policy file may have, and in which layers.
#include "agent/policy/schema.h"

#include <algorithm>
#include <array>
#include <string>

#include "agent/policy/nearest_word.h"
#include "agent/policy/toml_document.h"

namespace keyward::policy {
namespace {

struct TableKind {
  std::string_view name;
  bool list;  // [[name]]
  void (*read)(TableReader&, SchemaContext&);
};

constexpr std::array<TableKind, 12> kShared{{{"policy", false, ReadPolicyTable},
                                             {"override", false, ReadOverride},
                                             {"asset", true, ReadAsset},
                                             {"browser", true, ReadBrowser},
                                             {"group", true, ReadGroup},
                                             {"tool", true, ReadTool},
                                             {"interpreter", true, ReadInterpreter},
                                             {"loader", true, ReadLoader},
                                             {"environment", true, ReadEnvironment},
                                             {"class", true, ReadClass},
                                             {"asset_rule", true, ReadAssetRule},
                                             {"program_rule", true, ReadProgramRule}}};

constexpr std::array<TableKind, 2> kPersonal{
    {{"approval", true, ReadApproval}, {"protected", true, ReadProtected}}};

const TableKind* FindKind(std::span<const TableKind> kinds, std::string_view name) {
  for (const TableKind& kind : kinds)
    if (kind.name == name) return &kind;
  return nullptr;
}

std::string Written(const TableKind& kind) {
  const std::string name(kind.name);
  return kind.list ? "[[" + name + "]]" : "[" + name + "]";
}

void ReadTables(const TableKind& kind, const TomlMember& member, const SourceFile& file,
                SchemaContext& context, Findings& findings) {
  const auto wrong_form = [&](int line) {
    findings.push_back({FindingLevel::kError,
                        {file.name, line},
                        "\"" + member.key + "\" must be written as " + Written(kind),
                        {}});
  };
  if (!kind.list) {
    if (member.value.type != TomlValue::Type::kTable) return wrong_form(member.line);
    TableReader table(member.value, Written(kind), file.name, findings);
    kind.read(table, context);
    return;
  }
  if (member.value.type != TomlValue::Type::kArray) return wrong_form(member.line);
  for (const TomlValue& item : member.value.items) {
    if (item.type != TomlValue::Type::kTable) {
      wrong_form(item.line);
      continue;
    }
    TableReader table(item, Written(kind), file.name, findings);
    kind.read(table, context);
  }
}

}  // namespace

void ReadPolicyFile(const SourceFile& file, SchemaContext& context, Findings& findings) {
  const std::optional<TomlValue> document = ParseToml(file, findings);
  if (!document) return;
  const bool personal = context.layer == LayerKind::kUser;
  const std::span<const TableKind> own =
      personal ? std::span<const TableKind>(kPersonal) : std::span<const TableKind>(kShared);
  const std::span<const TableKind> other =
      personal ? std::span<const TableKind>(kShared) : std::span<const TableKind>(kPersonal);
  std::vector<std::string_view> names;
  for (const TableKind& kind : own) names.push_back(kind.name);
  for (const TomlMember& member : document->members) {
    const Location where{file.name, member.line};
    if (const TableKind* kind = FindKind(own, member.key)) {
      ReadTables(*kind, member, file, context, findings);
    } else if (const TableKind* misplaced = FindKind(other, member.key)) {
      findings.push_back({FindingLevel::kError,
                          where,
                          Written(*misplaced) + " may not stand in the " +
                              std::string(LayerKindName(context.layer)) + " layer",
                          {}});
    } else {
      findings.push_back({FindingLevel::kError, where,
                          "unknown table or key \"" + member.key.substr(0, 80) + "\"",
                          DidYouMean(member.key, names)});
    }
  }
}

bool IsId(std::string_view text, std::string_view extra) {
  const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 128 && is_word(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return is_word(c) || c == '.' || c == '_' || c == '-' ||
                  extra.find(c) != std::string_view::npos;
         });
}

PlacedEntries ReadPrograms(TableReader& table, std::string_view key, std::size_t max_items) {
  PlacedEntries all;
  for (const PlacedText& text : table.Texts(key, max_items)) {
    auto entries = ParseProgramEntry(text.text);
    const Location where{table.file(), text.line};
    if (!entries) {
      table.findings().push_back({FindingLevel::kError, where, entries.error().what, {}});
      continue;
    }
    for (ProgramEntry& entry : *entries) all.push_back({std::move(entry), text.text, where});
  }
  return all;
}

std::optional<Outcome> ReadOutcome(TableReader& table, std::string_view key) {
  constexpr std::array<std::string_view, 4> kOutcomes{"allow", "audit", "ask", "deny"};
  return table.Word<Outcome>(key, kOutcomes, ParseOutcome);
}

}  // namespace keyward::policy
