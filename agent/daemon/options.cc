// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/options.h"

#include <CLI/CLI.hpp>
#include <cstdio>

namespace keyward::daemon {

std::optional<Options> ParseOptions(int argc, char** argv, int& status) {
  Options options;
  options.host.policy_dir = "/usr/share/keyward/policies";
  options.host.admin_dir = "/etc/keyward/policy.d";
  options.host.state_dir = "/var/lib/keyward";
  options.host.run_dir = "/run/keyward";
  CLI::App app("Protects the wallets and keys of this computer's people.", "keywardd");
  app.set_version_flag("--version", "keywardd " KEYWARD_VERSION);
  app.add_option("--policy-dir", options.host.policy_dir, "the shipped catalogue")
      ->capture_default_str();
  app.add_option("--admin-dir", options.host.admin_dir, "the administrator's policy files")
      ->capture_default_str();
  app.add_option("--state-dir", options.host.state_dir, "incidents and approvals")
      ->capture_default_str();
  app.add_option("--run-dir", options.host.run_dir, "the control socket")->capture_default_str();
  app.add_option("--home", options.host.homes,
                 "USER=DIR: protect DIR as USER's home, instead of the homes of all users "
                 "(repeatable)")
      ->type_name("USER=DIR");
  app.add_option("--engine", options.engine, "what enforces the policy")
      ->check(CLI::IsMember({"auto", "kernel", "fanotify"}))
      ->capture_default_str();
  app.add_flag("--foreground", options.foreground, "log to the terminal, for people");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::fputs(app.help().c_str(), stdout);
    status = 0;
    return std::nullopt;
  } catch (const CLI::CallForVersion&) {
    std::puts("keywardd " KEYWARD_VERSION);
    status = 0;
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "keywardd: error: %s\nkeywardd: hint: keywardd --help lists the options\n",
                 error.what());
    status = 2;
    return std::nullopt;
  }
  return options;
}

}  // namespace keyward::daemon
