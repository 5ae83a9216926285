// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "platform/include/process_inspector.h"

namespace keyward::linux_os {

// Looks from outside, by /proc and the files themselves: what a process could rewrite since its
// exec is believed here, which is why verdicts come from SubjectSource instead. One thread.
std::unique_ptr<platform::ProcessInspector> MakeProcessInspector();

}  // namespace keyward::linux_os
