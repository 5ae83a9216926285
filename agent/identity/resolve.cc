// SPDX-License-Identifier: Apache-2.0
#include "agent/identity/resolve.h"

#include <optional>
#include <string>
#include <utility>

#include "agent/identity/debug_flags.h"
#include "agent/identity/environment.h"
#include "agent/identity/lineage.h"
#include "agent/identity/path.h"
#include "agent/identity/python_site.h"
#include "agent/identity/role.h"
#include "agent/identity/script.h"

namespace keyward::identity {
namespace {

void AddTaint(Subject& s, Taint taint, std::string detail) {
  s.taints.Add(taint);
  if (!detail.empty()) s.taint_details.push_back(std::move(detail));
}

// A script may name its own file only by a path that nobody else can bend: a link in a person's
// home could lead to /usr/bin/electrum by the time that we look, and elsewhere when Python did.
ProgramFile DescribeScript(const std::string& given, const ExecFacts& facts, FileJudge& judge) {
  const std::string path = Absolute(given, facts.cwd);
  if (path.empty()) {
    ProgramFile file;
    file.path = given;
    file.evidence.push_back(
        {EvidenceKind::kMissing, "its path depends on a working directory that is not known"});
    return file;
  }
  ProgramFile file = judge.Describe(path);
  if (file.trusted() && judge.OthersCanWrite(path))
    file.evidence.push_back(
        {EvidenceKind::kUserWritable, "it was reached by " + path + ", which others can redirect"});
  file.role = ProgramRole::kProgram;
  return file;
}

// A browser makes a user namespace for its own children; that is no disguise. Anybody else's is.
bool IsItsOwnSandbox(const Subject& s) {
  const Subject* parent = s.parent.get();
  return parent != nullptr && parent->taints.empty() && parent->executable.trusted() &&
         parent->executable.role == ProgramRole::kProgram &&
         parent->executable.id == s.executable.id && parent->executable.id != FileId{};
}

void AddExecTaints(Subject& s, const ExecFacts& facts) {
  if (facts.exec_missed) AddTaint(s, Taint::kExecMissed, "");
  if (facts.executable_in_memory) {
    AddTaint(s, Taint::kMemoryExecutable, "");
  } else if (facts.executable_deleted) {
    AddTaint(s, Taint::kDeletedExecutable, "");
  }
  if (s.executable.role == ProgramRole::kLoader)
    AddTaint(s, Taint::kDynamicLoader, "started by " + s.executable.path);
  if (facts.foreign_user_namespace && !IsItsOwnSandbox(s))
    AddTaint(s, Taint::kForeignNamespace, "");
  if (facts.traced) AddTaint(s, Taint::kTraced, "it was traced when it started");
}

void AddEnvironmentTaints(Subject& s, const ExecFacts& facts, const IdentityRules& rules,
                          FileJudge& judge) {
  if (facts.environment_truncated)
    AddTaint(s, Taint::kHostileEnvironment, "its environment is too large to be looked through");
  if (auto clause =
          HostileVariable(facts.environment, s.executable.interpreter, facts.cwd, rules, judge))
    AddTaint(s, Taint::kHostileEnvironment, std::move(*clause));
}

void AddInterpreterTaints(Subject& s, const ExecFacts& facts, const FoundScript& found,
                          FileJudge& judge) {
  for (const std::string& preload : found.preloads) {
    if (!NamesOthersCode(preload, facts.cwd, judge)) continue;
    AddTaint(s, Taint::kForeignCode, "it was told to load " + preload);
    break;
  }
  if (s.executable.interpreter == "python" && s.script->file.trusted()) {
    if (auto clause = PythonHome(facts, judge))
      AddTaint(s, Taint::kHostileEnvironment, std::move(*clause));
    if (auto hazard = PythonUserSite(facts, found, judge))
      AddTaint(s, Taint::kHostileEnvironment, std::move(*hazard));
  }
}

}  // namespace

SubjectPtr Resolve(const ExecFacts& facts, const IdentityRules& rules, FileJudge& judge) {
  auto subject = std::make_shared<Subject>();
  Subject& s = *subject;
  s.process = facts.process;
  s.exec_id = facts.exec_id;
  s.uid = facts.uid;
  s.login_uid = facts.login_uid;
  s.session = facts.session;
  s.tty = facts.tty;
  s.executable = facts.executable;
  s.argv = facts.argv;
  s.argv_truncated = facts.argv_truncated;
  s.cwd = facts.cwd;
  s.cgroup = facts.cgroup;
  s.exec_time = facts.exec_time;
  s.parent = facts.parent;

  const Role role = RoleOf(facts.executable.path, rules);
  s.executable.role = role.role;
  const bool shell = role.interpreter != nullptr && role.interpreter->shell;
  std::optional<FoundScript> found;
  if (role.interpreter != nullptr) {
    s.executable.interpreter = role.interpreter->id;
    found = FindScript(facts.argv, *role.interpreter);
    // The end of the command line is not known: neither is the script.
    if (facts.argv_truncated && found->source != ScriptSource::kFile)
      found->source = ScriptSource::kArgument;
    if (found->source == ScriptSource::kFile) {
      s.script = Script{found->source, DescribeScript(found->path, facts, judge), ""};
    } else if (shell) {
      s.executable.role = ProgramRole::kTool;
    } else {
      s.script = Script{found->source, ProgramFile{}, found->module};
    }
  }

  AddExecTaints(s, facts);
  AddEnvironmentTaints(s, facts, rules, judge);
  if (found) AddInterpreterTaints(s, facts, *found, judge);
  if (s.executable.role == ProgramRole::kProgram || s.script) {
    if (auto flag = DebugFlag(facts.argv, facts.cwd, judge))
      AddTaint(s, Taint::kDebugFlags, "it was started with " + *flag);
  }
  Judge(s, StandOf(s, shell), facts.parent_known);
  return subject;
}

SubjectPtr WithEvidence(const Subject& subject, ProgramFile executable,
                        std::optional<ProgramFile> script, SubjectPtr parent, bool parent_known,
                        const IdentityRules& rules) {
  auto better = std::make_shared<Subject>(subject);
  executable.role = subject.executable.role;
  executable.interpreter = subject.executable.interpreter;
  better->executable = std::move(executable);
  if (better->script && script) better->script->file = std::move(*script);
  better->parent = std::move(parent);
  const Role role = RoleOf(better->executable.path, rules);
  const bool shell = role.interpreter != nullptr && role.interpreter->shell;
  Judge(*better, StandOf(*better, shell), parent_known);
  return better;
}

SubjectPtr UnknownSubject(ProcessId process, std::uint32_t uid) {
  auto subject = std::make_shared<Subject>();
  subject->process = process;
  subject->uid = uid;
  subject->executable.evidence.push_back(
      {EvidenceKind::kMissing, "its start was not seen, so its program file is not known"});
  subject->taints.Add(Taint::kExecMissed);
  return subject;
}

}  // namespace keyward::identity
