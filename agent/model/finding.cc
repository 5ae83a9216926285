// SPDX-License-Identifier: Apache-2.0
#include "agent/model/finding.h"

#include <algorithm>

namespace keyward {

bool HasError(const Findings& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& f) { return f.level == FindingLevel::kError; });
}

std::string ToString(const Location& where) {
  return where.line > 0 ? where.file + ":" + std::to_string(where.line) : where.file;
}

std::string ToString(const Finding& finding) {
  if (finding.where.file.empty()) return finding.message;
  return ToString(finding.where) + ": " + finding.message;
}

}  // namespace keyward
