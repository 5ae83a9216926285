// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <optional>

#include "agent/cli/command.h"
#include "agent/cli/policy_files.h"
#include "agent/control/explain_reply.h"
#include "agent/control/printable.h"

namespace keyward::cli {
namespace {

constexpr std::size_t kIndent = 12;

// What is asked: a path, an operation, and a program that runs or is imagined.
struct Question {
  std::string path;
  Operation operation = Operation::kRead;
  std::int32_t pid = 0;
  std::string exe;
  std::vector<std::string> argv;
};

struct Answer {
  control::ExplainReply reply;
  std::string json;
  bool from_daemon = false;  // the very verdict that the daemon would give
};

// By the policy files, with what this caller can see of the program.
Result<Answer> ExplainHere(const Context& context, const Question& question,
                           control::Session* session) {
  const auto layers = LayersInForce(context, session);
  if (!layers) return layers.error();
  Findings findings;
  const auto policy = Compile(context, *layers, findings);
  if (!policy) {
    PrintFindings(findings, FindingLevel::kError);
    return policy.error();
  }
  const auto homes = context.Homes();
  if (!homes) return homes.error();
  const auto inspector = context.host.NewProcessInspector();
  const IdentityRules& rules = (*policy)->identity();
  const auto subject = question.pid != 0
                           ? inspector->InspectProcess(question.pid, rules)
                           : inspector->ImagineProcess(question.argv, question.exe, rules);
  if (!subject) return subject.error();
  Answer answer;
  answer.reply =
      control::ExplainVerdict(**policy, *homes, question.path, question.operation, **subject);
  answer.reply.pid = question.pid;
  answer.json = control::ToJson(answer.reply);
  return answer;
}

Result<Answer> ExplainLive(control::Session& session, const Question& question) {
  control::ExplainRequest request{question.path, question.pid, question.operation};
  const auto data = session.AskOne(request);
  if (!data) return data.error();
  const auto reply = control::ParseExplain(*data);
  if (!reply) return reply.error();
  return Answer{*reply, *data, true};
}

void PrintProgram(Output& out, const control::ExplainReply& reply, const std::string& home) {
  const control::ExplainProgram& program = reply.program;
  std::string text = control::ShortPath(program.id.empty() ? program.exe : program.id, home);
  if (!program.script.empty() && program.id != program.exe)
    text = "script " + text + ", run by " + control::ShortPath(program.exe, home);
  else if (!program.script.empty())
    text += " with " + control::Printable(program.script, 80);
  out.Labelled("  program", kIndent, text);
  for (const control::EvidenceRow& row : program.evidence)
    out.Labelled("", kIndent,
                 std::string(row.supports ? "+ " : "– ") + control::Printable(row.detail));
  for (const std::string& detail : reply.taint_details)
    out.Labelled("", kIndent, "– " + control::Printable(detail));
  if (!reply.judged_as.empty())
    out.Labelled("  judged as", kIndent, control::ShortPath(reply.judged_as, home));
  std::string chain;
  for (const std::string& ancestor : reply.ancestry)
    chain += (chain.empty() ? "" : " ← ") + control::Printable(ancestor, 80);
  if (!chain.empty()) out.Labelled("  run by", kIndent, chain);
}

void Print(const Context& context, const Answer& answer) {
  Output& out = context.out;
  const control::ExplainReply& reply = answer.reply;
  const std::string home = context.OwnHome();
  for (const std::string& line : Wrap(control::Printable(reply.reason, 1000),
                                      static_cast<std::size_t>(std::max(out.width(), 40))))
    out.Line(out.Paint(Ink::kBold, line));
  out.Line();
  if (!reply.asset.empty())
    out.Labelled("  asset", kIndent,
                 control::Printable(reply.asset, 120) + "  " + ToString(reply.asset_where));
  PrintProgram(out, reply, home);
  if (!reply.rule.empty())
    out.Labelled("  rule", kIndent,
                 control::Printable(reply.rule, 120) + "  " + ToString(reply.rule_where));
  if (!reply.message.empty()) out.Labelled("  it says", kIndent, control::Printable(reply.message));
  if (!reply.link.empty()) out.Labelled("  see", kIndent, control::Printable(reply.link));
  if (!reply.to_allow.empty())
    out.Labelled("  to allow", kIndent, control::Printable(reply.to_allow, 600));
  if (!answer.from_daemon)
    out.Labelled("  judged", kIndent,
                 "here, by the policy files in " + context.policy_dir() +
                     ", with what you may see of the program");
}

// What to explain, or nothing after it was said what is wrong.
std::optional<Question> Read(const Context& context, Exit& status) {
  const Arguments& arguments = context.arguments;
  Question question;
  question.path = context.host.ResolvePath(arguments.Value("PATH"));
  if (arguments.Has("--op")) question.operation = *ParseOperation(arguments.Value("--op"));
  if (arguments.Has("--exe") == arguments.Has("--pid")) {
    status = FailUsage("explain: either --exe PROGRAM or --pid N is needed",
                       "keyward explain --help says how it is used");
    return std::nullopt;
  }
  if (arguments.Has("--pid")) {
    const std::string text = arguments.Value("--pid");
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), question.pid);
    if (error == std::errc() && end == text.data() + text.size() && question.pid > 0)
      return question;
    status = FailUsage("--pid: must be the number of a process");
    return std::nullopt;
  }
  question.exe = context.host.FindProgram(arguments.Value("--exe"));
  if (question.exe.empty()) {
    status = Fail(Error{ErrorCode::kNotFound,
                        "--exe " + arguments.Value("--exe") + ": no such program", "", 0});
    return std::nullopt;
  }
  question.argv.push_back(arguments.Value("--exe"));
  // A script that is run by its name: as the kernel does it, the interpreter runs it.
  const std::vector<std::string> shebang = context.host.Shebang(question.exe);
  if (!shebang.empty()) {
    question.argv = shebang;
    question.argv.push_back(question.exe);
    question.exe = shebang[0];
  }
  if (arguments.Has("--script"))
    question.argv.push_back(context.host.ResolvePath(arguments.Value("--script")));
  for (const std::string& argument : arguments.Values("ARG")) question.argv.push_back(argument);
  return question;
}

Exit Run(const Context& context) {
  Exit status = Exit::kFine;
  const auto question = Read(context, status);
  if (!question) return status;
  const auto session = context.Connect();
  // An impostor is said so; no daemon at all is ordinary here.
  if (!session && session.error().code == ErrorCode::kDenied) return FailToConnect(session.error());
  control::Session* const live = session ? session->get() : nullptr;
  const auto answer = live != nullptr && question->pid != 0 ? ExplainLive(*live, *question)
                                                            : ExplainHere(context, *question, live);
  if (!answer) return Fail(answer.error());
  if (context.json())
    context.out.Line(answer->json);
  else
    Print(context, *answer);
  return LetsPass(answer->reply.verdict) || answer->reply.monitored ? Exit::kFine : Exit::kNo;
}

constexpr ArgumentSpec kArguments[] = {
    {"PATH", "", Shape::kRequired, Completes::kPath, "what would be opened", ""},
    {"--exe", "PROGRAM", Shape::kOption, Completes::kProgram,
     "by a program that is imagined: a path, or a name as the shell finds it", ""},
    {"--pid", "N", Shape::kOption, Completes::kNothing,
     "by a process that runs; the daemon knows who it was when it started", ""},
    {"--script", "FILE", Shape::kOption, Completes::kPath, "the script that the program would run",
     ""},
    {"--op", "OPERATION", Shape::kOption, Completes::kChoice, "what it would do (read)",
     "read|write|create|rename|link|delete|list|trace|mount|signal"},
    {"ARG", "", Shape::kRest, Completes::kNothing, "more arguments of the program, after --", ""},
};

}  // namespace

const CommandSpec kExplainCommand{
    "explain",
    "whether a program may open something, and why",
    "Says whether a program may open PATH: the verdict in plain words, the rule with its file and "
    "line, the evidence for and against the program, and what to type to let it in. Nothing is "
    "opened.\n\nIt works without a daemon, by the policy files. With one, --pid is answered by it, "
    "and approvals are taken into account.\n\nThe exit status is 1 when the program would be "
    "refused.",
    kArguments,
    "  keyward explain ~/.electrum/wallets/default_wallet --exe cat\n"
    "  keyward explain ~/.ssh/id_ed25519 --exe node --script server.js\n"
    "  keyward explain ~/.ssh/id_ed25519 --pid 4211 --op write\n",
    &Run};

}  // namespace keyward::cli
