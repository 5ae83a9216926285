// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "platform/include/engine.h"

namespace keyward::linux_os {

struct FanotifyOptions {
  bool whole_system = true;      // false: nothing outside the homes given is marked
  bool allow_tracepoint = true;  // false: identity by the process connector (tests)
};

// The fanotify engine: see the threads and who answers what in docs/ARCHITECTURE.md.
std::unique_ptr<platform::Engine> MakeFanotifyEngine(platform::EngineHost& host,
                                                     platform::EngineSettings settings,
                                                     FanotifyOptions options);

}  // namespace keyward::linux_os
