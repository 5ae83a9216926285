// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace keyward {

[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);

}  // namespace keyward

// A bug in us ends the process with a message. Never used on what the world did.
#define KW_CHECK(condition)                                                   \
  do {                                                                        \
    if (!(condition)) ::keyward::CheckFailed(__FILE__, __LINE__, #condition); \
  } while (false)
