// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <optional>

#include "agent/cli/command.h"
#include "agent/cli/policy_files.h"
#include "agent/cli/times.h"
#include "agent/control/printable.h"
#include "agent/control/wording.h"

namespace keyward::cli {
namespace {

// --once, --until-exit, --always and --for: at most one of them.
Result<> ReadTerm(const Arguments& arguments, control::ApproveRequest& request) {
  int given = 0;
  const auto take = [&](const char* option, control::Term term) {
    if (!arguments.Has(option)) return;
    ++given;
    request.term = term;
  };
  take("--once", control::Term::kOnce);
  take("--until-exit", control::Term::kUntilExit);
  take("--always", control::Term::kAlways);
  take("--for", control::Term::kDuration);
  const auto invalid = [](std::string what, std::string hint) {
    return Error{ErrorCode::kInvalid, std::move(what), std::move(hint), 0};
  };
  if (given > 1)
    return invalid("only one of --once, --until-exit, --always and --for can be given", "");
  if (given == 0 && request.question)
    return invalid("how long it may is missing", "--once, --until-exit, --for 1h or --always");
  if (request.term != control::Term::kDuration) return {};
  const auto duration = ParseDuration(arguments.Value("--for"));
  if (!duration) return invalid("--for: not a duration", "30m, 2h and 7d are");
  request.duration = *duration;
  return {};
}

// The program as this caller finds it: a package's file is bound by its package, so that an update
// keeps the approval; anything else by its content.
Result<> ReadProgram(const Context& context, control::ApproveRequest& request) {
  const auto refuse = [](std::string what, std::string hint) {
    return Error{ErrorCode::kInvalid, std::move(what), std::move(hint), 0};
  };
  const std::string given = context.arguments.Value("--exe");
  const std::string path = context.host.FindProgram(given);
  if (path.empty())
    return Error{ErrorCode::kNotFound, "--exe " + given + ": no such program", "", 0};
  const auto layers = context.host.ReadLayers(context.policy_dir(), context.admin_dir(), "");
  if (!layers) return layers.error();
  Findings findings;
  const auto policy = Compile(context, *layers, findings);
  if (!policy) return policy.error();
  const ProgramFile file =
      context.host.NewProcessInspector()->InspectFile(path, (*policy)->identity());
  if (file.role != ProgramRole::kProgram)
    return refuse(path + " runs whatever it is told to: it can't be approved",
                  "approve the script, or the program that runs it");
  request.program_path = file.path.empty() ? path : file.path;
  const bool packaged = file.trusted() && file.package.has_value();
  if (packaged && !context.arguments.Has("--exactly"))
    request.package = file.package->name;
  else
    request.sha256 = file.sha256;
  if (request.package.empty() && !request.sha256)
    return refuse(path + ": its content could not be read", "nothing was changed");
  return {};
}

Result<control::ApproveRequest> Read(const Context& context) {
  const Arguments& arguments = context.arguments;
  const auto invalid = [](const char* what, const char* hint) {
    return Error{ErrorCode::kInvalid, what, hint, 0};
  };
  control::ApproveRequest request;
  if (arguments.Has("QUESTION")) {
    const std::string text = arguments.Value("QUESTION");
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size())
      return invalid("QUESTION: must be a number", "keyward watch shows open questions");
    request.question = id;
  }
  const bool program = arguments.Has("--asset") || arguments.Has("--exe");
  if (request.question.has_value() == program)
    return invalid("either a QUESTION, or --asset and --exe are needed",
                   "keyward explain says what to type");
  if (program && !(arguments.Has("--asset") && arguments.Has("--exe")))
    return invalid("--asset and --exe go together", "keyward assets lists the ids");
  const Result<> term = ReadTerm(arguments, request);
  if (!term) return term.error();
  request.write = arguments.Has("--write");
  if (request.question) return request;
  if (request.term == control::Term::kOnce || request.term == control::Term::kUntilExit)
    return invalid("--once and --until-exit answer a question", "use --for 10m, or keyward watch");
  request.asset = arguments.Value("--asset");
  const Result<> found = ReadProgram(context, request);
  if (!found) return found.error();
  return request;
}

void Print(const Context& context, const control::ApprovalRow& row) {
  std::string line =
      row.id == 0 ? "Allowed: " : "Allowed, as approval " + std::to_string(row.id) + ": ";
  line += control::Printable(row.program_path);
  line += row.read && row.write ? " may read and change "
          : row.write           ? " may change "
                                : " may read ";
  line += control::Printable(row.asset_name.empty() ? row.asset : row.asset_name, 80);
  if (row.until_exit) line += " until it quits";
  if (row.expires) line += " until " + Moment(*row.expires, context.now, context.host);
  context.out.Line(line + ".");
  if (row.id != 0)
    context.out.Line("To take it back: keyward approvals remove " + std::to_string(row.id));
}

Exit Run(const Context& context) {
  const auto request = Read(context);
  if (!request) return Fail(request.error());
  const auto session = context.Connect();
  if (!session) return FailToConnect(session.error());
  const auto agent = context.host.StartTextAgent();
  const auto data = (*session)->AskOne(*request);
  if (!data) return Fail(data.error());
  const auto row = control::ParseApproval(*data);
  if (!row) return Fail(row.error());
  if (context.json())
    context.out.Line(*data);
  else
    Print(context, *row);
  return Exit::kFine;
}

constexpr ArgumentSpec kArguments[] = {
    {"QUESTION", "", Shape::kOptional, Completes::kNothing,
     "the number of an open question (keyward watch shows them)", ""},
    {"--asset", "ID", Shape::kOption, Completes::kNothing, "the asset, by its id", ""},
    {"--exe", "PROGRAM", Shape::kOption, Completes::kProgram,
     "the program or script that is let in: a path, or a name as the shell finds it", ""},
    {"--write", "", Shape::kFlag, Completes::kNothing, "it may change the asset as well", ""},
    {"--exactly", "", Shape::kFlag, Completes::kNothing,
     "only this very content: a package's update ends the approval", ""},
    {"--once", "", Shape::kFlag, Completes::kNothing, "only the open that is asked about", ""},
    {"--until-exit", "", Shape::kFlag, Completes::kNothing, "until that process quits", ""},
    {"--for", "DURATION", Shape::kOption, Completes::kNothing, "for 30m, 2h, 7d…", ""},
    {"--always", "", Shape::kFlag, Completes::kNothing,
     "until it is taken back (what --asset and --exe mean without any of these)", ""},
};

}  // namespace

const CommandSpec kApproveCommand{
    "approve",
    "let a program at something protected",
    "Lets one program at one asset: as the answer to an open question, or ahead of it. The program "
    "is bound by evidence: its package, or its exact content. Interpreters and general-purpose "
    "tools can't be approved.\n\nThis loosens the protection, so a person has to authenticate for "
    "it, each time, from their own account: sudo is not enough.",
    kArguments,
    "  keyward approve --asset electrum --exe /opt/backup/backup --for 1h\n"
    "  keyward approve 3 --once\n",
    &Run};

}  // namespace keyward::cli
