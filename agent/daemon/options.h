// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "platform/include/host.h"

namespace keyward::daemon {

struct Options {
  platform::HostOptions host;
  std::string engine = "auto";  // auto, kernel, fanotify
  bool foreground = false;      // words to the terminal instead of the journal's format
};

// Parses keywardd's command line. Nothing when the program has to end now, with `status` and after
// it has printed what there was to say.
std::optional<Options> ParseOptions(int argc, char** argv, int& status);

}  // namespace keyward::daemon
