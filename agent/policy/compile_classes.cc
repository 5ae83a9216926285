// SPDX-License-Identifier: Apache-2.0
// The table of defaults: class × column × access.
#include <array>
#include <map>
#include <string>

#include "agent/policy/compiler.h"

namespace keyward::policy {
namespace {

using Columns = std::array<std::array<ClassSource::Column, 2>, kColumnCount>;

constexpr std::array<std::string_view, kColumnCount> kNames{"owner", "clean", "stranger"};
constexpr std::array<std::string_view, kColumnCount> kWho{
    "its own program", "another program that can be believed",
    "a stranger or a program that is not what it seems"};
// Where no file says anything: nobody but the own program, and a person may answer.
constexpr std::array<Outcome, kColumnCount> kBuiltIn{Outcome::kAllow, Outcome::kAsk,
                                                     Outcome::kDeny};

std::string Says(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAllow: return " is let in";
    case Outcome::kAudit: return " is let in, with a record";
    case Outcome::kAsk: return " is refused until a person answers";
    case Outcome::kDeny: return " is refused";
  }
  return " is refused";
}

bool Same(const ClassSource::Column& a, const ClassSource::Column& b) {
  return a.outcome == b.outcome && a.where.file == b.where.file && a.where.line == b.where.line;
}

}  // namespace

void Compiler::CompileClasses() {
  struct Merged {
    Columns columns;
    std::string meaning;
    const ClassSource* last = nullptr;
  };
  std::map<AssetClass, Merged> merged;
  for (const ClassSource& source : source_.classes) {
    const std::string name(AssetClassName(source.asset_class));
    Merged& m = merged[source.asset_class];
    if (m.last && m.last->layer == source.layer)
      Error(source.where, "class \"" + name + "\" is already at " + ToString(m.last->where));
    const auto lock = class_locks_.find(source.asset_class);
    if (lock != class_locks_.end() && RankOfLayer(source.layer) > lock->second.layer) {
      Warn(source.where, "class \"" + name + "\" is locked at " + ToString(lock->second.where) +
                             ": this is left out");
      continue;
    }
    for (std::size_t column = 0; column < kColumnCount; ++column)
      for (std::size_t access = 0; access < 2; ++access)
        if (source.columns[column][access].outcome)
          m.columns[column][access] = source.columns[column][access];
    if (!source.meaning.empty()) m.meaning = source.meaning;
    m.last = &source;
  }
  for (int i = 0; i < kAssetClassCount; ++i) {
    const auto asset_class = static_cast<AssetClass>(i);
    Merged& m = merged[asset_class];
    for (std::size_t column = 0; column < kColumnCount; ++column) {
      for (std::size_t access = 0; access < 2; ++access) {
        ClassSource::Column& cell = m.columns[column][access];
        if (cell.outcome) continue;
        if (m.last && access == 0)
          Error(m.last->where, "[[class]] \"" + std::string(AssetClassName(asset_class)) +
                                   "\" needs \"" + std::string(kNames[column]) + "\"");
        cell = {kBuiltIn[column], {"built-in", 0}};
      }
    }
    SetDefaults(asset_class, m.columns, m.meaning, m.last ? m.last->layer : LayerKind::kCatalogue);
  }
}

void Compiler::SetDefaults(AssetClass asset_class, const Columns& columns,
                           const std::string& meaning, LayerKind layer) {
  for (std::size_t column = 0; column < kColumnCount; ++column) {
    RuleIndex rule = kNoRule;
    for (std::size_t access = 0; access < 2; ++access) {
      const ClassSource::Column& cell = columns[column][access];
      if (access == 0 || !Same(cell, columns[column][0])) {
        RuleInfo info;
        info.id = std::string(AssetClassName(asset_class)) + "." + std::string(kNames[column]);
        info.where = cell.where;
        info.layer = layer;
        info.meaning = meaning.empty() ? std::string(kWho[column]) + Says(*cell.outcome) : meaning;
        rule = AddRule(std::move(info));
      }
      t_.defaults[static_cast<std::size_t>(asset_class)][column][access] = {*cell.outcome, rule};
    }
  }
}

std::uint8_t Compiler::Strictness(AssetClass asset_class, Severity severity) const {
  const DefaultColumns& columns = t_.defaults[static_cast<std::size_t>(asset_class)];
  const auto outcome = [&](Column column) {
    return static_cast<unsigned>(columns[static_cast<std::size_t>(column)][0].outcome);
  };
  return static_cast<std::uint8_t>(outcome(Column::kStranger) << 4 | outcome(Column::kClean) << 2 |
                                   static_cast<unsigned>(severity));
}

bool Compiler::Looser(AssetClass a, AssetClass b) const {
  for (std::size_t column = 1; column < kColumnCount; ++column)
    for (std::size_t access = 0; access < 2; ++access)
      if (t_.defaults[static_cast<std::size_t>(a)][column][access].outcome <
          t_.defaults[static_cast<std::size_t>(b)][column][access].outcome)
        return true;
  return false;
}

}  // namespace keyward::policy
