// SPDX-License-Identifier: Apache-2.0
// The one table: parser, help, man pages and completions are made from it.
#include "agent/cli/command.h"
#include "agent/cli/documents.h"

namespace keyward::cli {
namespace {

constexpr const CommandSpec* kCommands[] = {
    &kStatusCommand,      &kAssetsCommand,     &kIncidentsCommand,       &kIncidentsShowCommand,
    &kWatchCommand,       &kExplainCommand,    &kProtectCommand,         &kUnprotectCommand,
    &kApproveCommand,     &kApprovalsCommand,  &kApprovalsRemoveCommand, &kPolicyCommand,
    &kPolicyCheckCommand, &kPolicyShowCommand, &kPolicyReloadCommand,    &kPolicyOverrideCommand,
    &kDoctorCommand,
};

constexpr ArgumentSpec kCommon[] = {
    {"--json", "", Shape::kFlag, Completes::kNothing,
     "print JSON: one document, or one object a line for lists and streams", ""},
    {"--color", "WHEN", Shape::kOption, Completes::kChoice,
     "colour the output: auto (on a terminal, without NO_COLOR), always or never",
     "auto|always|never"},
    {"--policy-dir", "DIR", Shape::kOption, Completes::kDirectory,
     "the shipped catalogue and rules (/usr/share/keyward/policies)", ""},
    {"--admin-dir", "DIR", Shape::kOption, Completes::kDirectory,
     "the administrator's policy files (/etc/keyward/policy.d)", ""},
    {"--state-dir", "DIR", Shape::kOption, Completes::kDirectory,
     "incidents and approvals (/var/lib/keyward)", ""},
    {"--run-dir", "DIR", Shape::kOption, Completes::kDirectory,
     "where the daemon answers (/run/keyward)", ""},
    {"--home", "USER=DIR", Shape::kRepeated, Completes::kNothing,
     "take DIR as USER's home instead of the homes of the user database (repeatable)", ""},
    {"--help", "", Shape::kFlag, Completes::kNothing, "say what the command does and end", ""},
    {"--version", "", Shape::kFlag, Completes::kNothing, "print the version and end", ""},
};

constexpr ArgumentSpec kHidden[] = {
    {kGenerateMan, "DIR", Shape::kOption, Completes::kNothing, "", ""},
    {kGenerateCompletion, "SHELL", Shape::kOption, Completes::kNothing, "", ""},
};

}  // namespace

std::span<const CommandSpec* const> CommandTable() { return kCommands; }
std::span<const ArgumentSpec> CommonArguments() { return kCommon; }
std::span<const ArgumentSpec> HiddenArguments() { return kHidden; }

}  // namespace keyward::cli
