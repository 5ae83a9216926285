// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/control/replies.h"
#include "platform/include/engine.h"

namespace keyward::daemon {

// A held open as a watcher is shown it. `now` turns its deadline into wall-clock time.
control::QuestionRow QuestionRowOf(const platform::Question& question, Time now);

}  // namespace keyward::daemon
