// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/process/resolver.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "agent/identity/path.h"
#include "agent/identity/python_site.h"
#include "agent/identity/resolve.h"
#include "platform/linux/process/facts.h"

namespace keyward::linux_os {
namespace {

// A file as it is now, if it is still the one of the exec; else what was known of that one.
ProgramFile WithContent(const ProgramFile& at_exec, FileEvidence& evidence) {
  if (at_exec.path.empty() || at_exec.id == FileId{}) return at_exec;
  ProgramFile now = evidence.Describe(at_exec.path, Depth::kFull);
  if (now.id != at_exec.id) return at_exec;
  // A reason against it that was found at exec stays: the way to it may look better by now.
  for (const Evidence& e : at_exec.evidence) {
    if (Supports(e.kind)) continue;
    const bool approved =
        std::any_of(now.evidence.begin(), now.evidence.end(),
                    [](const Evidence& n) { return n.kind == EvidenceKind::kApproved; });
    const bool said = std::any_of(now.evidence.begin(), now.evidence.end(),
                                  [&e](const Evidence& n) { return n.kind == e.kind; });
    if (!said && !approved) now.evidence.push_back(e);
  }
  now.role = at_exec.role;
  now.interpreter = at_exec.interpreter;
  return now;
}

// File systems stamp with the time of the last clock tick.
constexpr auto kStampError = std::chrono::milliseconds(20);

// The change time of a directory, or of the nearest one above it that exists, down to ~/.local: the
// home itself changes all day.
std::optional<std::chrono::sys_time<std::chrono::nanoseconds>> LastChange(std::string path,
                                                                          Ownership& ownership) {
  constexpr int kLevels = 4;  // ~/.local/lib/python3.11/site-packages
  for (int level = 0; level < kLevels; ++level) {
    if (ownership.OnForeignFileSystem(path)) return std::nullopt;
    struct statx st {};
    if (::statx(AT_FDCWD, path.c_str(), AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, STATX_CTIME, &st) ==
        0)
      return std::chrono::sys_time<std::chrono::nanoseconds>(
          std::chrono::seconds(st.stx_ctime.tv_sec) +
          std::chrono::nanoseconds(st.stx_ctime.tv_nsec));
    const auto slash = path.rfind('/');
    if (slash == std::string::npos || slash == 0) return std::nullopt;
    path.erase(slash);
  }
  return std::nullopt;
}

}  // namespace

Resolver::Resolver(SubjectSource::Options options) { SetOptions(std::move(options)); }

void Resolver::SetOptions(SubjectSource::Options options) {
  evidence_.SetApproved(options.approved);
  if (!options.rules) options.rules = std::make_shared<const IdentityRules>();
  auto shared = std::make_shared<const SubjectSource::Options>(std::move(options));
  const std::lock_guard lock(mutex_);
  options_ = std::move(shared);
}

Resolver::OptionsPtr Resolver::options() const {
  const std::lock_guard lock(mutex_);
  return options_;
}

bool Resolver::WorthFullEvidence(const Subject& subject, const SubjectSource::Options& options) {
  if (!options.names_program) return false;
  return options.names_program(identity::BaseName(subject.executable.path)) ||
         (subject.script && !subject.script->file.path.empty() &&
          options.names_program(identity::BaseName(subject.script->file.path)));
}

void Resolver::ResolveQuickly(ExecEntry& entry, const OptionsPtr& options) {
  EvidenceJudge judge(evidence_, Depth::kQuick);
  identity::ExecFacts facts = entry.facts;
  if (entry.parent) facts.parent = table_.Best(*entry.parent);
  table_.SetQuick(entry, identity::Resolve(facts, *options->rules, judge));
}

bool Resolver::TakeIn(ExecRecord record) {
  const OptionsPtr options = this->options();
  auto entry = std::make_shared<ExecEntry>();
  entry->seq = record.seq;
  entry->parent = table_.ParentFor(table_.Find(record.parent_seq));
  entry->depth = entry->parent ? entry->parent->depth + 1 : 0;
  entry->facts = FactsOf(std::move(record), evidence_);
  ResolveQuickly(*entry, options);
  KeepJudgedVariables(entry->facts.environment, *options->rules);
  const bool worth = WorthFullEvidence(*table_.Quick(*entry), *options);
  table_.Insert(std::move(entry));
  return worth;
}

SubjectPtr Resolver::Complete(const ExecEntryPtr& entry) {
  if (SubjectPtr full = table_.Full(*entry)) return full;
  const OptionsPtr options = this->options();
  const SubjectPtr quick = table_.Quick(*entry);
  SubjectPtr parent = quick->parent;
  if (entry->parent)
    parent = quick->judged_generations > 0 ? Complete(entry->parent) : table_.Best(*entry->parent);
  std::optional<ProgramFile> script;
  if (quick->script) script = WithContent(quick->script->file, evidence_);
  SubjectPtr full =
      identity::WithEvidence(*quick, WithContent(quick->executable, evidence_), std::move(script),
                             std::move(parent), entry->facts.parent_known, *options->rules);
  // Another policy may have come in between: its quick subject has the last word, next time.
  table_.SetFull(*entry, quick, full);
  return full;
}

bool Resolver::ImportsChanged(const Subject& subject) {
  if (subject.executable.interpreter != "python" || subject.standing != Standing::kClean)
    return false;
  const ExecEntryPtr entry = table_.Find(subject.exec_id);
  if (!entry) return false;
  for (std::string& site : identity::PythonSiteDirectories(entry->facts, *options()->rules)) {
    const auto changed = LastChange(std::move(site), evidence_.ownership());
    if (changed && *changed + kStampError > subject.exec_time) return true;
  }
  return false;
}

std::vector<ExecEntryPtr> Resolver::JudgeAnew() {
  const OptionsPtr options = this->options();
  std::vector<ExecEntryPtr> entries = table_.All();
  // Ancestors that have no process of their own any more are reached by their children only.
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (entries[i]->parent && !table_.Find(entries[i]->parent->seq))
      entries.push_back(entries[i]->parent);
  std::sort(entries.begin(), entries.end(), [](const ExecEntryPtr& a, const ExecEntryPtr& b) {
    return a->depth != b->depth ? a->depth < b->depth : a < b;
  });
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());

  std::vector<ExecEntryPtr> worth;
  for (const ExecEntryPtr& entry : entries) {
    ResolveQuickly(*entry, options);
    if (WorthFullEvidence(*table_.Quick(*entry), *options)) worth.push_back(entry);
  }
  return worth;
}

}  // namespace keyward::linux_os
