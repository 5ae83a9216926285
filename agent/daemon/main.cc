// SPDX-License-Identifier: Apache-2.0
// keywardd: the service that protects.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <utility>

#include "agent/daemon/daemon.h"
#include "agent/daemon/options.h"
#include "platform/include/host.h"

namespace {

// The service manager stamps lines itself.
void StartLog(bool foreground) {
  auto logger = spdlog::stderr_color_mt("keywardd");
  logger->set_pattern(foreground ? "%H:%M:%S %l %v" : "%l %v");
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

int ExitStatus(keyward::ErrorCode code) {
  switch (code) {
    case keyward::ErrorCode::kInvalid:
    case keyward::ErrorCode::kNotFound: return 2;
    case keyward::ErrorCode::kDenied:
    case keyward::ErrorCode::kUnsupported: return 4;
    default: return 1;
  }
}

int Fail(const keyward::Error& error) {
  std::fprintf(stderr, "keywardd: error: %s\n", error.what.c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "keywardd: hint: %s\n", error.hint.c_str());
  return ExitStatus(error.code);
}

}  // namespace

int main(int argc, char** argv) {
  int status = 0;
  auto options = keyward::daemon::ParseOptions(argc, argv, status);
  if (!options) return status;
  StartLog(options->foreground);
  keyward::daemon::Daemon daemon(keyward::platform::MakeHost(options->host), *options);
  if (auto started = daemon.Start(); !started) return Fail(started.error());
  auto ended = daemon.Run();
  return ended ? *ended : Fail(ended.error());
}
