// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace keyward::testing_support {

struct RunResult {
  int status = -1;  // exit status; 128 + signal when it was killed, 124 when its time was over
  std::string output;
};

struct RunOptions {
  unsigned uid = 0;                        // 0: as we are
  std::vector<std::string> environment{};  // "NAME=value"; empty: ours
  std::string directory{};                 // empty: ours
  int seconds = 60;                        // killed after that, with its children
  bool only_stdout = false;
};

// Runs a program to its end, with its outputs caught.
RunResult RunProgram(const std::vector<std::string>& argv, const RunOptions& options = {});

}  // namespace keyward::testing_support
