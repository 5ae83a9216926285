// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/command.h"
#include "agent/control/printable.h"

namespace keyward::cli {
namespace {

Exit Answer(const Context& context, const Result<std::string>& data, const char* done) {
  if (!data) return Fail(data.error());
  const auto row = control::ParseProtected(*data);
  if (!row) return Fail(row.error());
  if (context.json()) {
    context.out.Line(*data);
    return Exit::kFine;
  }
  std::string line = done + control::ShortPath(row->path, context.HomeOf(row->uid));
  if (row->directory) line += " and everything below it";
  context.out.Line(line + ".");
  return Exit::kFine;
}

Exit RunProtect(const Context& context) {
  control::ProtectRequest request;
  request.path = context.host.ResolvePath(context.arguments.Value("PATH"));
  for (const std::string& program : context.arguments.Values("--for")) {
    // A path is meant as it is here; a name stays the name that the catalogue would have.
    const bool path =
        program.find('/') != std::string::npos && program.find(':') == std::string::npos;
    request.programs.push_back(path ? context.host.ResolvePath(program) : program);
  }
  const auto session = context.Connect();
  if (!session) return FailToConnect(session.error());
  return Answer(context, (*session)->AskOne(request), "Protected now: ");
}

Exit RunUnprotect(const Context& context) {
  const control::UnprotectRequest request{
      context.host.ResolvePath(context.arguments.Value("PATH"))};
  const auto session = context.Connect();
  if (!session) return FailToConnect(session.error());
  const auto agent = context.host.StartTextAgent();
  return Answer(context, (*session)->AskOne(request), "No longer protected: ");
}

constexpr ArgumentSpec kProtectArguments[] = {
    {"PATH", "", Shape::kRequired, Completes::kPath, "a file or directory of yours", ""},
    {"--for", "PROGRAM", Shape::kRepeated, Completes::kProgram,
     "a program that may go on using it: a name, a path, or package:NAME (repeatable)", ""},
};
constexpr ArgumentSpec kUnprotectArguments[] = {
    {"PATH", "", Shape::kRequired, Completes::kPath, "what was protected by keyward protect", ""},
};

}  // namespace

const CommandSpec kProtectCommand{
    "protect",
    "protect a file or directory of yours",
    "Adds a file or directory of yours to what is protected: a wallet in a place of its own, a key "
    "file, a backup. From now on only the programs named with --for may open it. It needs no "
    "administrator; taking it back does.",
    kProtectArguments,
    "  keyward protect ~/vault/seed.txt\n  keyward protect /data/bitcoin --for bitcoind\n",
    &RunProtect};

const CommandSpec kUnprotectCommand{"unprotect",
                                    "stop protecting what keyward protect added",
                                    "Takes a file or directory of yours out of what is protected. "
                                    "This loosens the protection, so a "
                                    "person has to authenticate for it.",
                                    kUnprotectArguments,
                                    "  keyward unprotect ~/vault/seed.txt\n",
                                    &RunUnprotect};

}  // namespace keyward::cli
