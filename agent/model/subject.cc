// SPDX-License-Identifier: Apache-2.0
#include "agent/model/subject.h"

#include <algorithm>

namespace keyward {

bool ProgramFile::trusted() const {
  const auto supports = [](const Evidence& e) { return Supports(e.kind); };
  return !evidence.empty() && std::all_of(evidence.begin(), evidence.end(), supports);
}

const Subject& Subject::judged() const {
  const Subject* s = this;
  for (int i = 0; i < judged_generations && s->parent; ++i) s = s->parent.get();
  return *s;
}

const ProgramFile& Subject::program() const {
  return script && !script->file.path.empty() ? script->file : executable;
}

}  // namespace keyward
