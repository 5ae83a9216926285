// SPDX-License-Identifier: Apache-2.0
// Lists of programs: groups opened, entries numbered.
#include <algorithm>
#include <set>
#include <string>

#include "agent/policy/compiler.h"
#include "agent/policy/nearest_word.h"

namespace keyward::policy {

void Compiler::CompileGroups() {
  for (const GroupSource& group : source_.groups) {
    const auto [other, is_new] = groups_.try_emplace(group.name, &group);
    if (!is_new)
      Error(group.where,
            "group \"" + group.name + "\" is already at " + ToString(other->second->where));
  }
  for (const GroupSource& group : source_.groups) Resolve(group.programs, false);
}

Compiler::Programs Compiler::Resolve(const PlacedEntries& entries, bool browser_may_stand) {
  Programs programs;
  std::vector<std::string> open;
  for (const PlacedEntry& placed : entries) {
    switch (placed.entry.kind) {
      case ProgramEntry::Kind::kGroup:
        ResolveGroup(placed.entry.text, placed.where, programs, open);
        break;
      case ProgramEntry::Kind::kBrowser:
        if (browser_may_stand)
          programs.browser = true;
        else
          Error(placed.where, "\"@browser\" may only stand in an [[asset]]");
        break;
      default: programs.programs.push_back(t_.programs.Add(placed.entry));
    }
  }
  auto& list = programs.programs;
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return programs;
}

void Compiler::ResolveGroup(const std::string& name, const Location& where, Programs& programs,
                            std::vector<std::string>& open) {
  const auto found = groups_.find(name);
  if (found == groups_.end()) {
    std::vector<std::string_view> names{"any", "browser"};
    for (const auto& [known, group] : groups_) names.push_back(known);
    Error(where, "unknown group \"@" + name + "\"", DidYouMean(name, names));
    return;
  }
  if (std::find(open.begin(), open.end(), name) != open.end()) {
    Error(where, "group \"@" + name + "\" contains itself");
    return;
  }
  open.push_back(name);
  for (const PlacedEntry& placed : found->second->programs) {
    if (placed.entry.kind == ProgramEntry::Kind::kGroup)
      ResolveGroup(placed.entry.text, placed.where, programs, open);
    else if (placed.entry.kind != ProgramEntry::Kind::kBrowser)
      programs.programs.push_back(t_.programs.Add(placed.entry));
  }
  open.pop_back();
}

// A rule that lets a tool in lets nobody in: worth a word to whoever wrote it.
void Compiler::WarnOfTools(const PlacedEntries& entries) {
  for (const PlacedEntry& placed : entries) {
    if (placed.entry.kind != ProgramEntry::Kind::kName) continue;
    const auto named = [&](const std::vector<std::string>& names) {
      return std::find(names.begin(), names.end(), placed.entry.text) != names.end();
    };
    const auto& tools = source_.identity.tools;
    const auto& interpreters = source_.identity.interpreters;
    if (std::any_of(tools.begin(), tools.end(), [&](const ToolRule& t) { return named(t.names); }))
      Warn(placed.where, "\"" + placed.entry.text +
                             "\" is a general-purpose tool: it is judged as whoever runs "
                             "it, so this lets nobody in");
    else if (std::any_of(interpreters.begin(), interpreters.end(),
                         [&](const InterpreterRule& i) { return named(i.names); }))
      Warn(placed.where,
           "\"" + placed.entry.text +
               "\" is an interpreter: it is judged as the script that it "
               "runs, so this lets nobody in",
           "name the script");
  }
}

}  // namespace keyward::policy
