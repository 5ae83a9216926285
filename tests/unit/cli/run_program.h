// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace keyward::cli {

struct Ran {
  std::string out;
  std::string err;
  int status = -1;
};

// Runs `keyward` with these arguments, TZ=UTC, no terminal, and waits for its end. `environment`
// is added ("NO_COLOR=1").
Ran RunKeyward(const std::vector<std::string>& arguments,
               const std::vector<std::string>& environment = {});

}  // namespace keyward::cli
