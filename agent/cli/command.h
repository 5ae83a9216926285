// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/cli/output.h"
#include "agent/control/client.h"
#include "agent/model/incident.h"
#include "agent/model/result.h"
#include "platform/include/command_host.h"

namespace keyward::cli {

// Exit status: a contract (docs/CLI.md).
enum class Exit : int {
  kFine = 0,
  kNo = 1,        // the answer is no: denied, findings, it failed
  kUsage = 2,     // usage or bad input
  kNoDaemon = 3,  // it cannot be reached
  kNotPermitted = 4,
};

// What an argument's value is, so that a shell can complete it.
enum class Completes : unsigned char { kNothing, kPath, kDirectory, kProgram, kChoice };

enum class Shape : unsigned char {
  kFlag,      // --json
  kOption,    // --exe PROGRAM, once
  kRepeated,  // --home USER=DIR, any number of times
  kRequired,  // PATH
  kOptional,  // [QUESTION]
  kRest,      // [FILE…]
};

struct ArgumentSpec {
  std::string_view name;   // "--json", or "PATH" for a positional one
  std::string_view value;  // "PROGRAM"; empty for flags and positional ones
  Shape shape = Shape::kFlag;
  Completes completes = Completes::kNothing;
  std::string_view help;
  std::string_view choices;  // "read|write|…" for kChoice
};

// The values that were given, by the name in the table.
class Arguments {
 public:
  bool Has(std::string_view name) const { return values_.find(name) != values_.end(); }
  // The last one; empty when there is none.
  std::string Value(std::string_view name) const {
    const auto it = values_.find(name);
    return it == values_.end() || it->second.empty() ? "" : it->second.back();
  }
  std::vector<std::string> Values(std::string_view name) const {
    const auto it = values_.find(name);
    return it == values_.end() ? std::vector<std::string>() : it->second;
  }
  void Put(std::string_view name, std::vector<std::string> values) {
    values_[std::string(name)] = std::move(values);
  }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

// What every command works with.
struct Context {
  platform::CommandHost& host;
  Output& out;
  const Arguments& arguments;
  Time now{};

  bool json() const { return arguments.Has("--json"); }
  std::string Directory(std::string_view option, std::string_view otherwise) const;
  std::string policy_dir() const;
  std::string admin_dir() const;
  std::string state_dir() const;
  std::string run_dir() const;

  Result<std::unique_ptr<control::Session>> Connect() const;
  // Those of --home, or every local user's.
  Result<std::vector<policy::Home>> Homes() const;
  // The caller's own home, for "~" in what is shown; empty when there is none.
  std::string OwnHome() const;
  std::string HomeOf(std::uint32_t uid) const;
};

// One command with all that help, man page, completion and parser know of it.
struct CommandSpec {
  std::string_view path;         // "incidents show"
  std::string_view summary;      // one line, no capital, no full stop
  std::string_view description;  // paragraphs parted by an empty line
  std::span<const ArgumentSpec> arguments;
  std::string_view examples;              // lines
  Exit (*run)(const Context&) = nullptr;  // nullptr: only its subcommands do something
};

// All of them, parents before their subcommands; and the options that every command takes.
std::span<const CommandSpec* const> CommandTable();
std::span<const ArgumentSpec> CommonArguments();

// "keyward: error: …" and "keyward: hint: …" on standard error, and the status that goes with it.
Exit Fail(const Error& error);
// The same where the daemon could not be reached.
Exit FailToConnect(const Error& error);
// The same for what was typed.
Exit FailUsage(const std::string& what, const std::string& hint = "");

extern const CommandSpec kStatusCommand;
extern const CommandSpec kAssetsCommand;
extern const CommandSpec kIncidentsCommand;
extern const CommandSpec kIncidentsShowCommand;
extern const CommandSpec kWatchCommand;
extern const CommandSpec kExplainCommand;
extern const CommandSpec kProtectCommand;
extern const CommandSpec kUnprotectCommand;
extern const CommandSpec kApproveCommand;
extern const CommandSpec kApprovalsCommand;
extern const CommandSpec kApprovalsRemoveCommand;
extern const CommandSpec kPolicyCommand;
extern const CommandSpec kPolicyCheckCommand;
extern const CommandSpec kPolicyShowCommand;
extern const CommandSpec kPolicyReloadCommand;
extern const CommandSpec kPolicyOverrideCommand;
extern const CommandSpec kDoctorCommand;

}  // namespace keyward::cli
