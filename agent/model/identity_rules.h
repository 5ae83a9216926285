// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "agent/model/program.h"

namespace keyward {

// What the catalogue says about programs in general (policies/catalogue/programs/*.toml), in the
// form that identity works with. Names are basenames with `*` as the only wildcard.
struct InterpreterRule {
  std::string id;                            // "python"
  std::vector<std::string> names;            // "python3", "python3.*"
  std::vector<std::string> code_options;     // the next argument, or the rest of this one, is code
  std::vector<std::string> module_options;   // …is a module's name
  std::vector<std::string> script_options;   // …is a script's path: `-jar`, `-f`
  std::vector<std::string> value_options;    // take a value that is not a script
  std::vector<std::string> preload_options;  // take code to load first: `--require`, `-javaagent:`
  std::vector<std::string> subcommands;      // words before the script: `bun run FILE`
  bool shell = false;                        // without a script it is a general-purpose tool
};

struct ToolRule {
  std::string kind;  // "shell", "coreutils", "archiver", "transfer", "service-manager"…
  std::vector<std::string> names;
};

enum class EnvironmentTest {
  kPaths,    // taints when one of its `:`- or space-separated values names something user-writable
  kOptions,  // taints when it has one of `options`, and that option's value is user-writable
  kPresent,  // taints when it is set and not empty
};

struct EnvironmentRule {
  std::string name;  // "LD_PRELOAD", "LD_*"
  EnvironmentTest test = EnvironmentTest::kPaths;
  std::vector<std::string> options;       // "--require", "-r", "-javaagent"
  std::vector<std::string> interpreters;  // matters to these only; empty = to every program
};

struct IdentityRules {
  std::vector<InterpreterRule> interpreters;
  std::vector<ToolRule> tools;
  std::vector<std::string> loaders;  // "ld-linux-*.so.*", "wine*", "runc"
  std::vector<EnvironmentRule> environment;
};

// `*` stands for any run of characters but `/`; everything else for itself.
bool MatchesName(std::string_view pattern, std::string_view name);

}  // namespace keyward
