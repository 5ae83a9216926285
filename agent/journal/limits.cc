// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/limits.h"

#include <string>
#include <vector>

namespace keyward::journal {
namespace {

void Cut(std::string& text, std::size_t longest) {
  if (text.size() <= longest) return;
  const std::size_t more = text.size() - longest;
  text.resize(longest);
  text += "… (" + std::to_string(more) + " bytes more)";
}

void CutList(std::vector<std::string>& list, std::size_t most, std::size_t longest = kLongestText) {
  if (list.size() > most) {
    const std::size_t more = list.size() - most;
    list.resize(most);
    list.push_back("… (" + std::to_string(more) + " more)");
  }
  for (std::string& text : list) Cut(text, longest);
}

void CutArguments(std::vector<std::string>& argv, std::size_t budget) {
  // An argument costs a little even when it is empty: a million of those must not fit.
  constexpr std::size_t kEach = 8;
  for (std::size_t i = 0; i < argv.size(); ++i) {
    if (budget < kEach) {
      const std::size_t more = argv.size() - i;
      argv.resize(i);
      argv.push_back("… (" + std::to_string(more) + " more)");
      return;
    }
    budget -= kEach;
    const std::size_t whole = argv[i].size();
    Cut(argv[i], budget);
    budget -= whole < budget ? whole : budget;
  }
}

void LimitProcess(RecordedProcess& process, std::size_t longest, std::size_t arguments,
                  std::size_t clauses) {
  for (std::string* text : {&process.exe, &process.sha256, &process.package, &process.script,
                            &process.script_sha256, &process.cwd, &process.cgroup})
    Cut(*text, longest);
  CutArguments(process.argv, arguments);
  CutList(process.evidence, clauses, longest);
}

}  // namespace

void Limit(Incident& incident) {
  for (std::string* text : {&incident.asset, &incident.asset_name, &incident.path, &incident.rule,
                            &incident.rule_where.file, &incident.engine, &incident.judged_as,
                            &incident.message, &incident.link})
    Cut(*text, kLongestText);
  CutList(incident.attack, kMostClauses);
  CutList(incident.taint_details, kMostClauses);
  LimitProcess(incident.subject, kLongestText, kLongestArguments, kMostClauses);
  if (incident.ancestry.size() > kMostAncestors) incident.ancestry.resize(kMostAncestors);
  for (RecordedProcess& ancestor : incident.ancestry)
    LimitProcess(ancestor, kLongestAncestorText, kLongestAncestorArguments, kMostAncestorClauses);
}

}  // namespace keyward::journal
