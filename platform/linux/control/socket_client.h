// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "platform/include/control_transport.h"

namespace keyward::linux_os {

// Blocking. Believes a daemon only when the directory, the socket and the process behind it belong
// to root or to the caller: a thief's own daemon must not be told anything, nor its lies shown.
std::unique_ptr<platform::ControlClient> MakeSocketClient();

}  // namespace keyward::linux_os
