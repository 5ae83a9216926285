// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "agent/cli/command.h"
#include "agent/cli/times.h"
#include "agent/control/printable.h"

namespace keyward::cli {
namespace {

std::string ApprovalLine(const Context& context, const control::ApprovalRow& row) {
  std::string line = Padded(std::to_string(row.id), 5) + control::Printable(row.program_path, 120);
  line += row.read && row.write ? " may read and change "
          : row.write           ? " may change "
                                : " may read ";
  line += control::Printable(row.asset_name.empty() ? row.asset : row.asset_name, 80);
  if (row.until_exit) line += " until it quits";
  if (row.expires) line += " until " + Moment(*row.expires, context.now, context.host);
  const std::string bound = row.package.empty()
                                ? "exactly this content"
                                : "of the package " + control::Printable(row.package, 60);
  return line + context.out.Paint(Ink::kDim, "  (" + bound + ", since " +
                                                 context.host.LocalDate(row.created) + ", " +
                                                 control::Printable(row.authority, 80) + ")");
}

std::string PlaceLine(const Context& context, const control::ProtectedRow& row) {
  std::string line = "     " + control::ShortPath(row.path, context.HomeOf(row.uid));
  if (row.directory) line += "/**";
  std::string programs;
  for (const std::string& program : row.programs)
    programs += (programs.empty() ? "" : ", ") + control::Printable(program, 80);
  return line + (programs.empty() ? "  for no program" : "  for " + programs);
}

Exit RunList(const Context& context) {
  const auto session = context.Connect();
  if (!session) return FailToConnect(session.error());
  bool approvals = false;
  bool places = false;
  Result<> read;
  const auto asked = (*session)->Ask(control::ApprovalsRequest{}, [&](const control::Reply& reply) {
    if (context.json()) {
      context.out.Line(reply.data);
    } else if (reply.kind == "approval") {
      const auto row = control::ParseApproval(reply.data);
      if (!row) read = row.error();
      if (row) context.out.Line(ApprovalLine(context, *row));
      approvals = true;
    } else if (reply.kind == "protected") {
      const auto row = control::ParseProtected(reply.data);
      if (!row) read = row.error();
      if (!places) context.out.Line("Places of your own, by keyward protect:");
      if (row) context.out.Line(PlaceLine(context, *row));
      places = true;
    }
    return read.has_value();
  });
  if (!asked) return Fail(asked.error());
  if (!read) return Fail(read.error());
  if (!context.json() && !approvals && !places)
    context.out.Line("Nothing was approved, and no place of your own is protected.");
  return Exit::kFine;
}

Exit RunRemove(const Context& context) {
  const std::string text = context.arguments.Value("ID");
  control::RemoveApprovalRequest request;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), request.id);
  if (error != std::errc() || end != text.data() + text.size())
    return FailUsage("ID: must be the number of an approval", "keyward approvals lists them");
  const auto session = context.Connect();
  if (!session) return FailToConnect(session.error());
  const auto data = (*session)->AskOne(request);
  if (!data) return Fail(data.error());
  const auto row = control::ParseApproval(*data);
  if (!row) return Fail(row.error());
  if (context.json())
    context.out.Line(*data);
  else
    context.out.Line(
        "Taken back: " + control::Printable(row->program_path) + " and " +
        control::Printable(row->asset_name.empty() ? row->asset : row->asset_name, 80) + ".");
  return Exit::kFine;
}

constexpr ArgumentSpec kRemoveArguments[] = {
    {"ID", "", Shape::kRequired, Completes::kNothing, "the number of the approval", ""},
};

}  // namespace

const CommandSpec kApprovalsCommand{
    "approvals",
    "what was approved, and places of your own",
    "Lists the approvals that are in force, and the places that keyward protect added.",
    {},
    "  keyward approvals\n  keyward approvals remove 3\n",
    &RunList};

const CommandSpec kApprovalsRemoveCommand{
    "approvals remove",
    "take an approval back",
    "Takes an approval back, from the next open on. It tightens the protection, so nobody has to "
    "authenticate.",
    kRemoveArguments,
    "  keyward approvals remove 3\n",
    &RunRemove};

}  // namespace keyward::cli
