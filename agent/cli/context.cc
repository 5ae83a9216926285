// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "agent/cli/command.h"
#include "agent/control/printable.h"

namespace keyward::cli {
namespace {

constexpr std::size_t kErrorCap = 1000;

void Say(const char* level, const std::string& text) {
  const std::string line =
      std::string("keyward: ") + level + ": " + control::Printable(text, kErrorCap) + "\n";
  std::fputs(line.c_str(), stderr);
}

// What had no answer yet goes out first, so that the two streams stay in order on a terminal.
void SayBoth(const std::string& what, const std::string& hint) {
  std::fflush(stdout);
  Say("error", what);
  if (!hint.empty()) Say("hint", hint);
}

}  // namespace

std::string Context::Directory(std::string_view option, std::string_view otherwise) const {
  return arguments.Has(option) ? arguments.Value(option) : std::string(otherwise);
}
std::string Context::policy_dir() const {
  return Directory("--policy-dir", "/usr/share/keyward/policies");
}
std::string Context::admin_dir() const { return Directory("--admin-dir", "/etc/keyward/policy.d"); }
std::string Context::state_dir() const { return Directory("--state-dir", "/var/lib/keyward"); }
std::string Context::run_dir() const { return Directory("--run-dir", "/run/keyward"); }

Result<std::unique_ptr<control::Session>> Context::Connect() const {
  return control::Session::Open(host.NewControlClient(), run_dir());
}

Result<std::vector<policy::Home>> Context::Homes() const {
  if (!arguments.Has("--home")) return host.LocalHomes();
  std::vector<policy::Home> homes;
  for (const std::string& text : arguments.Values("--home")) {
    Result<policy::Home> home = host.ParseHomeOption(text);
    if (!home) return home.error();
    homes.push_back(std::move(*home));
  }
  return homes;
}

std::string Context::HomeOf(std::uint32_t uid) const {
  const auto homes = Homes();
  if (!homes) return "";
  for (const policy::Home& home : *homes)
    if (home.uid == uid) return home.path;
  return "";
}

std::string Context::OwnHome() const { return HomeOf(host.OwnUid()); }

Exit Fail(const Error& error) {
  SayBoth(error.what, error.hint);
  switch (error.code) {
    case ErrorCode::kInvalid:
    case ErrorCode::kNotFound: return Exit::kUsage;
    case ErrorCode::kDenied: return Exit::kNotPermitted;
    default: return Exit::kNo;
  }
}

Exit FailUsage(const std::string& what, const std::string& hint) {
  SayBoth(what, hint);
  return Exit::kUsage;
}

Exit FailToConnect(const Error& error) {
  SayBoth(error.what, error.hint);
  return error.code == ErrorCode::kDenied ? Exit::kNotPermitted : Exit::kNoDaemon;
}

}  // namespace keyward::cli
