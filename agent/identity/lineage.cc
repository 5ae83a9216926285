// SPDX-License-Identifier: Apache-2.0
#include "agent/identity/lineage.h"

namespace keyward::identity {
namespace {

// The executable is believed and so is the script, where there is one: code that is no file of its
// own (-c, -m, standard input) has nobody to vouch for it.
bool Believed(const Subject& s) {
  if (!s.executable.trusted() || s.executable.role == ProgramRole::kLoader) return false;
  if (s.executable.role != ProgramRole::kInterpreter) return true;
  return s.script && s.script->source == ScriptSource::kFile && s.script->file.trusted();
}

}  // namespace

Stand StandOf(const Subject& s, bool shell) {
  if (s.executable.role == ProgramRole::kTool) return Stand::kForParent;
  // A packaged shell script is a wrapper: whoever runs it decides what it gets to do.
  return shell && Believed(s) ? Stand::kForParent : Stand::kItself;
}

void Judge(Subject& s, Stand stand, bool parent_known) {
  s.judged_generations = 0;
  s.standing = Standing::kStranger;
  if (!s.taints.empty() || !Believed(s)) return;
  if (stand == Stand::kItself) {
    s.standing = Standing::kClean;
  } else if (s.parent) {
    s.standing = s.parent->standing;
    s.judged_generations = s.parent->judged_generations + 1;
  } else if (parent_known) {
    s.standing = Standing::kClean;
  }
}

}  // namespace keyward::identity
