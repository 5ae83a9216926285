// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "agent/model/incident.h"

namespace keyward {

// The system's clock, for what is recorded; what is tested takes its time as an argument.
inline Time Now() {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

}  // namespace keyward
