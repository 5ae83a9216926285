// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/command.h"
#include "agent/cli/incident_text.h"
#include "agent/control/printable.h"
#include "agent/control/wording.h"
#include "agent/journal/incident_json.h"

namespace keyward::cli {
namespace {

void PrintQuestion(const Context& context, const control::QuestionRow& question) {
  Output& out = context.out;
  const std::string home = context.HomeOf(question.uid);
  out.Line(out.Paint(Ink::kBold, "Asked") + "  " + control::Quoted(question.program, 120) +
           " wants to " + std::string(control::Verb(question.operation)) + " " +
           control::Printable(question.asset_name, 80) + ". It is refused for now.");
  for (const std::string& evidence : question.evidence)
    out.Line("       – " + control::Printable(evidence));
  out.Line("       " + control::ShortPath(question.path, home) +
           "   to allow it once: keyward approve " + std::to_string(question.id) + " --once");
}

bool Show(const Context& context, const control::Reply& reply) {
  if (context.json()) {
    context.out.Line("{\"event\":\"" + control::Printable(reply.kind, 40) +
                     "\",\"data\":" + reply.data + "}");
  } else if (reply.kind == "incident") {
    const auto incident = journal::FromJson(reply.data);
    if (incident) context.out.Line(IncidentRow(context, *incident));
  } else if (reply.kind == "question") {
    const auto question = control::ParseQuestion(reply.data);
    if (question) PrintQuestion(context, *question);
  }
  context.out.Flush();
  return !context.out.closed() && !context.out.failed();
}

Exit Run(const Context& context) {
  const auto session = context.Connect();
  if (!session) return FailToConnect(session.error());
  const auto watched = (*session)->Ask(
      control::WatchRequest{}, [&](const control::Reply& reply) { return Show(context, reply); });
  if (watched) return Exit::kFine;
  // Ends only with the daemon.
  const Exit status = Fail(watched.error());
  return status == Exit::kNotPermitted ? status : Exit::kNoDaemon;
}

}  // namespace

const CommandSpec kWatchCommand{
    "watch",
    "follow what is stopped, as it happens",
    "Prints incidents and open questions as they come, until it is interrupted. While it runs, a "
    "program that has to be asked about is held for a few seconds, so that you can answer with "
    "keyward approve.",
    {},
    "  keyward watch\n  keyward watch --json | jq .\n",
    &Run};

}  // namespace keyward::cli
