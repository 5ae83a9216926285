// SPDX-License-Identifier: Apache-2.0
// Rules into the two matrices, and what to say where two of them meet.
#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "agent/policy/compiler.h"

namespace keyward::policy {
namespace {

constexpr std::size_t kMaxEntries = std::size_t{1} << 20;

// "restic may read it", for explain.
std::string MeaningOf(const RuleSource& rule) {
  std::string who;
  std::size_t count = 0;
  for (const PlacedEntry& placed : rule.programs) {
    if (count > 0 && rule.programs[count - 1].written == placed.written) continue;
    if (++count > 3) {
      who += " and others";
      break;
    }
    who += (who.empty() ? "" : ", ") + placed.written;
  }
  if (who.empty()) who = "everybody but its own program";
  const char* may = "may not";
  if (rule.verdict == Outcome::kAllow) may = "may";
  if (rule.verdict == Outcome::kAudit) may = "may, with a record,";
  if (rule.verdict == Outcome::kAsk) may = "must be allowed by a person to";
  const char* act = "read or change it";
  if (!rule.access[1]) act = "read it";
  if (!rule.access[0]) act = "change it";
  return who + " " + may + " " + act;
}

}  // namespace

void Compiler::CompileRules() {
  std::map<std::string, Location> known;
  for (const RuleSource& rule : source_.rules) {
    if (rule.id.empty()) continue;  // found already
    const auto [other, is_new] = known.try_emplace(rule.id, rule.where);
    if (!is_new)
      Error(rule.where, "rule \"" + rule.id + "\" is already at " + ToString(other->second));
    CompileRule(rule);
  }
  NoteSettledRules();
}

std::vector<ProgramIndex> Compiler::ProgramsOf(const RuleSource& rule) {
  PlacedEntries kept;
  for (const PlacedEntry& placed : rule.programs) {
    const auto lock = program_locks_.find(placed.entry.Key());
    if (lock != program_locks_.end() && RankOfLayer(rule.layer) > lock->second.layer)
      Warn(placed.where, "program \"" + placed.written + "\" is locked at " +
                             ToString(lock->second.where) + ": it is left out of rule \"" +
                             rule.id + "\"");
    else
      kept.push_back(placed);
  }
  if (!rule.names_programs) return {kEverybodyElse};
  return Resolve(kept, false).programs;
}

std::vector<AssetSelector> Compiler::SelectorsOfRule(const RuleSource& rule) {
  std::vector<AssetSelector> selectors;
  for (const PlacedText& text : rule.assets) {
    const AssetReference reference = Reference(text, rule.where.file);
    if (!reference.selector) continue;
    const auto lock = asset_locks_.find(reference.asset);
    if (lock != asset_locks_.end() && RankOfLayer(rule.layer) > lock->second.layer)
      Warn({rule.where.file, text.line}, "asset \"" + text.text + "\" is locked at " +
                                             ToString(lock->second.where) + ": rule \"" + rule.id +
                                             "\" changes nothing there");
    selectors.push_back(*reference.selector);
  }
  return selectors;
}

void Compiler::CompileRule(const RuleSource& rule) {
  if (!rule.is_program_rule) WarnOfTools(rule.programs);
  const std::vector<AssetSelector> selectors = SelectorsOfRule(rule);
  const std::vector<ProgramIndex> programs = ProgramsOf(rule);
  if (Expired(rule.expires)) {
    Note(rule.where, "rule \"" + rule.id + "\" has expired and is left out");
    return;
  }
  if (rule.expires) Due(*rule.expires);
  RuleEntry entry;
  entry.rule = AddRule({rule.id, rule.where, rule.layer, rule.message, rule.link, MeaningOf(rule)});
  entry.monitor = rule.monitor;
  entry.locked = rule.locked || rule_locks_.contains(rule.id);
  entry.layer = RankOfLayer(rule.layer);
  const std::size_t count = programs.size() * (selectors.size() + 1) * 2;
  if (t_.asset_rules.entries().size() + t_.program_rules.entries().size() + count > kMaxEntries)
    return Error(rule.where, "the rules stand for too many pairs of program and asset");
  for (const ProgramIndex program : programs) {
    entry.program = program;
    for (const Access access : {Access::kRead, Access::kWrite}) {
      if (!rule.access[static_cast<std::size_t>(access)]) continue;
      entry.outcome = rule.verdict;
      for (const AssetSelector& selector : selectors) {
        entry.selector = selector;
        AddEntry(rule, entry, access);
      }
      if (!rule.otherwise) continue;
      entry.outcome = *rule.otherwise;
      entry.selector = {AssetSelector::Kind::kOtherwise, 0, kNoBrowser};
      AddEntry(rule, entry, access);
    }
  }
}

void Compiler::AddEntry(const RuleSource& rule, RuleEntry entry, Access access) {
  entry.Rank();
  RuleMatrix& matrix = rule.is_program_rule ? t_.program_rules : t_.asset_rules;
  const RuleMatrix::Entry other = matrix.Add(entry, access);
  if (other == RuleMatrix::kNone) return;
  const RuleEntry& before = matrix.entry(other);
  if (before.rule == entry.rule || before.outcome == entry.outcome) return;
  if (!settled_.insert({before.rule, entry.rule}).second) return;
  const RuleInfo& loser = t_.rules[before.rank > entry.rank ? entry.rule : before.rule];
  const RuleInfo& winner = t_.rules[before.rank > entry.rank ? before.rule : entry.rule];
  Note(rule.where, "rules \"" + winner.id + "\" (" + ToString(winner.where) + ") and \"" +
                       loser.id + "\" (" + ToString(loser.where) +
                       ") speak of the same programs and assets; the first decides");
}

void Compiler::NoteSettledRules() {
  for (const RuleMatrix* matrix : {&t_.asset_rules, &t_.program_rules})
    for (std::size_t i = 0; i < matrix->entries().size(); ++i) {
      const RuleEntry entry = matrix->entries()[i];
      if (entry.selector.kind == AssetSelector::Kind::kOtherwise) continue;
      for (const Access access : {Access::kRead, Access::kWrite})
        NoteSettled(entry, *matrix, access);
    }
}

// What speaks of the same program, or of everybody, and of assets around this one.
void Compiler::NoteSettled(const RuleEntry& entry, const RuleMatrix& matrix, Access access) {
  using Kind = AssetSelector::Kind;
  SelectorsOfAsset around{};
  around.fill(entry.selector);
  if (entry.selector.kind == Kind::kAsset || entry.selector.kind == Kind::kAssetInBrowser) {
    const AssetFacts& facts = t_.facts[entry.selector.value];
    around =
        SelectorsOf({entry.selector.value, entry.selector.browser}, facts.asset_class, facts.kind);
  } else {
    around[1] = {Kind::kEverything, 0, kNoBrowser};
  }
  for (const ProgramIndex program : {entry.program, kEverybodyElse}) {
    for (const AssetSelector& selector : around) {
      if (selector.kind == Kind::kOtherwise) continue;
      SelectorsOfAsset one{};
      one.fill(selector);
      const RuleEntry* other = matrix.Best(program, one, access, RuleMatrix::kLayers - 1, nullptr);
      if (!other || other->rule == entry.rule || other->outcome == entry.outcome) continue;
      // Worth a word when the winner is looser: that something stricter holds nearby is the point
      // of an exception, but the exception should be seen.
      const RuleEntry& winner = other->rank > entry.rank ? *other : entry;
      const RuleEntry& loser = other->rank > entry.rank ? entry : *other;
      if (winner.outcome > loser.outcome) continue;
      if (!settled_.insert({loser.rule, winner.rule}).second) continue;
      Note(t_.rules[winner.rule].where, "rule \"" + t_.rules[winner.rule].id +
                                            "\" is looser than rule \"" + t_.rules[loser.rule].id +
                                            "\" (" + ToString(t_.rules[loser.rule].where) +
                                            ") and decides where both apply");
    }
  }
}

}  // namespace keyward::policy
