// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "agent/model/identity_rules.h"
#include "agent/model/subject.h"

namespace keyward::identity {

// What an interpreter was told to run.
struct FoundScript {
  ScriptSource source = ScriptSource::kStandardInput;
  std::string path;                   // for kFile: as given, relative or absolute
  std::string module;                 // for kModule
  std::vector<std::string> preloads;  // values of preload options, as given
  std::string flags;                  // single-letter options without a value: "I", "Es"
};

// Reads the command line as the interpreter would: options up to the first argument that is none.
// The kernel has already turned `./x` with a `#!` line into `INTERPRETER [OPTION] ./x`. What can't
// be told apart falls on the side of code in the arguments, which nobody vouches for.
FoundScript FindScript(const std::vector<std::string>& argv, const InterpreterRule& rule);

}  // namespace keyward::identity
