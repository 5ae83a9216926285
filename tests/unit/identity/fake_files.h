// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/identity/exec_facts.h"
#include "agent/model/identity_rules.h"

namespace keyward::identity {

// A machine in which everything below /home and /tmp belongs to others than root, and everything
// else to root. Files exist when they were added.
class FakeFiles : public FileJudge {
 public:
  FakeFiles();
  void Add(const std::string& path) { files_.insert_or_assign(path, path); }
  void AddLink(const std::string& path, const std::string& target) {
    files_.insert_or_assign(path, target);
  }

  ProgramFile Describe(const std::string& path) override;
  bool OthersCanWrite(const std::string& path) override;
  std::vector<std::string> Names(const std::string& directory) override;

 private:
  std::map<std::string, std::string> files_;  // what each leads to
};

// Python, Node, Java, Perl, shells, coreutils, ld.so, and the variables that matter to them.
IdentityRules Rules();
InterpreterRule InterpreterNamed(const std::string& id);

// An exec of `exe` as a person's shell would do it, from /home/alice.
ExecFacts Exec(const std::string& exe, std::vector<std::string> argv, FakeFiles& files,
               SubjectPtr parent = nullptr);

}  // namespace keyward::identity
