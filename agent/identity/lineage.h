// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/model/subject.h"

namespace keyward::identity {

// Whether a subject speaks for itself or for whoever runs it.
enum class Stand : std::uint8_t {
  kItself,     // a program of its own, trusted or not
  kForParent,  // a trusted general-purpose tool, a shell without a script or with a packaged one
};
Stand StandOf(const Subject& subject, bool shell);

// Sets `standing` and `judged_generations`; everything else of the subject, its parent included, is
// final by then.
//
// A clean program stands for itself. A tool takes over what its parent stands for, so that
// `node thief.js` → `sh` → `cat` is the stranger thief.js. An untrusted or tainted subject is a
// stranger by itself, whoever started it. At the top of a chain of nothing but trusted tools there
// is a person's shell: clean; where the chain breaks off unseen: a stranger.
void Judge(Subject& subject, Stand stand, bool parent_known);

}  // namespace keyward::identity
