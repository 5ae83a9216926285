// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/process/inspector.h"

#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "agent/identity/resolve.h"
#include "agent/identity/role.h"
#include "platform/linux/process/facts.h"
#include "platform/linux/process/file_evidence.h"
#include "platform/linux/process/proc_files.h"
#include "platform/linux/process/snapshot.h"

extern char** environ;  // of the caller: what an imagined process would inherit

namespace keyward::linux_os {
namespace {

constexpr int kMostGenerations = 64;

class Inspector : public platform::ProcessInspector {
 public:
  ProgramFile InspectFile(const std::string& path, const IdentityRules& rules) override {
    ProgramFile file = evidence_.Describe(path, Depth::kFull);
    const identity::Role role = identity::RoleOf(file.path, rules);
    file.role = role.role;
    if (role.interpreter != nullptr) file.interpreter = role.interpreter->id;
    return file;
  }

  Result<SubjectPtr> InspectProcess(std::int32_t pid, const IdentityRules& rules) override {
    return Inspect(pid, rules, kMostGenerations);
  }

  Result<SubjectPtr> ImagineProcess(const std::vector<std::string>& argv, const std::string& exe,
                                    const IdentityRules& rules) override {
    identity::ExecFacts facts;
    facts.executable = evidence_.Describe(exe, Depth::kFull);
    facts.argv = argv;
    facts.uid = ::getuid();
    facts.cwd = ReadLink("/proc/self/cwd");
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable)
      facts.environment.emplace_back(*variable);
    facts.exec_time = std::chrono::system_clock::now();
    // The caller itself is the command line tool, not an ancestor of what is imagined.
    SetParent(facts, ::getppid(), rules, kMostGenerations);
    EvidenceJudge judge(evidence_, Depth::kFull);
    return identity::Resolve(facts, rules, judge);
  }

 private:
  void SetParent(identity::ExecFacts& facts, std::int32_t parent, const IdentityRules& rules,
                 int generations) {
    facts.parent_known = parent == 0;
    if (parent <= 0 || generations == 0) return;
    if (auto subject = Inspect(parent, rules, generations - 1)) facts.parent = *subject;
  }

  Result<SubjectPtr> Inspect(std::int32_t pid, const IdentityRules& rules, int generations) {
    const auto birth = BirthOf(pid);
    auto record = birth ? RecordFromProc(pid) : std::nullopt;
    if (!record)
      return Error{ErrorCode::kNotFound,
                   "look at process " + std::to_string(pid) + ": it is gone, or not to be seen", "",
                   0};
    identity::ExecFacts facts = FactsOf(std::move(*record), evidence_);
    ProgramFile file = evidence_.Describe(facts.executable.path, Depth::kFull);
    if (file.id == facts.executable.id) facts.executable = std::move(file);
    SetParent(facts, birth->parent, rules, generations);
    EvidenceJudge judge(evidence_, Depth::kFull);
    return identity::Resolve(facts, rules, judge);
  }

  FileEvidence evidence_;
};

}  // namespace

std::unique_ptr<platform::ProcessInspector> MakeProcessInspector() {
  return std::make_unique<Inspector>();
}

}  // namespace keyward::linux_os
