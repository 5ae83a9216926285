// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "agent/cli/command.h"
#include "agent/cli/policy_files.h"
#include "agent/cli/times.h"
#include "agent/control/printable.h"

namespace keyward::cli {
namespace {

// The head and the rows that follow it, put together again.
Result<control::PolicyReply> AskPolicy(control::Session& session, const control::Request& request) {
  control::PolicyReply policy;
  Result<> read;
  const auto take = [&read](auto parsed, auto put) {
    if (parsed)
      put(*parsed);
    else
      read = parsed.error();
  };
  const auto asked = session.Ask(request, [&](const control::Reply& reply) {
    if (reply.kind == "policy")
      take(control::ParsePolicy(reply.data), [&](auto& head) { policy = std::move(head); });
    else if (reply.kind == "rule")
      take(control::ParseRule(reply.data), [&](auto& row) { policy.rules.push_back(row); });
    else if (reply.kind == "finding")
      take(control::ParseFinding(reply.data), [&](auto& f) { policy.findings.push_back(f); });
    return read.has_value();
  });
  if (!asked) return asked.error();
  if (!read) return read.error();
  return policy;
}

Result<control::PolicyReply> CompileHere(const Context& context) {
  const auto layers = LayersInForce(context, nullptr);
  if (!layers) return layers.error();
  control::PolicyReply reply;
  const auto policy = Compile(context, *layers, reply.findings);
  if (!policy) {
    PrintFindings(reply.findings, FindingLevel::kError);
    return policy.error();
  }
  reply.version = (*policy)->version();
  reply.serial = (*policy)->serial();
  reply.monitoring = (*policy)->monitoring();
  reply.next_change = (*policy)->next_change();
  reply.assets = (*policy)->assets().size();
  for (const policy::Layer& layer : *layers) {
    control::LayerRow row{std::string(policy::LayerKindName(layer.kind)), {}};
    for (const policy::SourceFile& file : layer.files) row.files.push_back(file.name);
    reply.layers.push_back(std::move(row));
  }
  for (RuleIndex i = 0; i < (*policy)->rule_count(); ++i) {
    const policy::RuleInfo& rule = (*policy)->rule(i);
    reply.rules.push_back(
        {rule.id, rule.where, std::string(policy::LayerKindName(rule.layer)), rule.meaning});
  }
  return reply;
}

void Print(const Context& context, const control::PolicyReply& policy, bool live) {
  Output& out = context.out;
  std::string head = live ? "In force: " : "Of the policy files, no daemon answers: ";
  if (policy.version != 0) head += "policy " + std::to_string(policy.version) + ", ";
  out.Line(head + std::to_string(policy.assets) + " assets, " +
           std::to_string(policy.rules.size()) + " rules.");
  if (policy.monitoring) out.Line(out.Paint(Ink::kWarn, "Nothing is refused now, only recorded."));
  if (policy.next_change)
    out.Line("Something in it expires: " + Moment(*policy.next_change, context.now, context.host) +
             ".");
  for (const control::LayerRow& layer : policy.layers)
    out.Line("  " + Padded(layer.layer, 15) + std::to_string(layer.files.size()) +
             (layer.files.size() == 1 ? " file" : " files"));
  out.Line();
  std::size_t width = 0;
  for (const control::RuleRow& rule : policy.rules)
    width = std::max(width, std::min<std::size_t>(control::DisplayWidth(rule.id), 40));
  for (const control::RuleRow& rule : policy.rules) {
    const std::string meaning = rule.meaning.empty() ? "" : control::Printable(rule.meaning) + "  ";
    out.Labelled("  " + Padded(control::Printable(rule.id, 80), width), width + 4,
                 meaning + control::Printable(ToString(rule.where)));
  }
}

Exit RunShow(const Context& context) {
  const auto session = context.Connect();
  if (!session && session.error().code == ErrorCode::kDenied) return FailToConnect(session.error());
  const auto policy =
      session ? AskPolicy(**session, control::PolicyRequest{}) : CompileHere(context);
  if (!policy) return Fail(policy.error());
  if (context.json())
    context.out.Line(control::ToJson(*policy));
  else
    Print(context, *policy, session.has_value());
  return Exit::kFine;
}

Exit RunReload(const Context& context) {
  const auto session = context.Connect();
  if (!session) return FailToConnect(session.error());
  const auto policy = AskPolicy(**session, control::ReloadPolicyRequest{});
  if (!policy) return Fail(policy.error());
  const bool refused = HasError(policy->findings);
  if (context.json()) {
    context.out.Line(control::ToJson(*policy));
    return refused ? Exit::kNo : Exit::kFine;
  }
  PrintFindings(policy->findings, FindingLevel::kWarning);
  const std::string name =
      policy->version == 0 ? "The policy" : "Policy " + std::to_string(policy->version);
  context.out.Line(name + (refused ? " stays in force." : " is in force."));
  return refused ? Exit::kNo : Exit::kFine;
}

Exit RunOverride(const Context& context) {
  const std::string text = context.arguments.Value("DURATION");
  control::OverrideRequest request;
  if (text != "off") {
    const auto duration = ParseDuration(text);
    if (!duration || *duration > std::chrono::hours(24))
      return FailUsage("DURATION: must be off, or at most a day", "30m and 2h are durations");
    request.duration = *duration;
  }
  const auto session = context.Connect();
  if (!session) return FailToConnect(session.error());
  const auto agent = context.host.StartTextAgent();
  const auto data = (*session)->AskOne(request);
  if (!data) return Fail(data.error());
  const auto reply = control::ParseOverride(*data);
  if (!reply) return Fail(reply.error());
  if (context.json()) {
    context.out.Line(*data);
  } else if (reply->monitoring) {
    context.out.Line("Nothing is refused now, only recorded" +
                     (reply->until ? ", until " + Moment(*reply->until, context.now, context.host)
                                   : std::string()) +
                     ". To end it: keyward policy override off");
  } else {
    context.out.Line("Refusing again what the policy refuses.");
  }
  return Exit::kFine;
}

constexpr ArgumentSpec kOverrideArguments[] = {
    {"DURATION", "", Shape::kRequired, Completes::kNothing, "30m, 2h…, at most a day; or off", ""},
};

}  // namespace

const CommandSpec kPolicyCommand{
    "policy",
    "the rules that are in force",
    "Checks, shows and reloads the policy: catalogue, administrator's files and approvals.",
    {},
    "",
    nullptr};

const CommandSpec kPolicyShowCommand{
    "policy show",
    "the rules that are in force, with their files and lines",
    "Shows the layers and rules of the policy that the daemon has in force; without a daemon, of "
    "the policy files.",
    {},
    "  keyward policy show\n  keyward policy show --json\n",
    &RunShow};

const CommandSpec kPolicyReloadCommand{
    "policy reload",
    "read the policy files again",
    "Makes the daemon read the policy files again. A policy with a mistake is refused whole, and "
    "the one before stays in force. Root only.",
    {},
    "  sudo keyward policy reload\n",
    &RunReload};

const CommandSpec kPolicyOverrideCommand{
    "policy override",
    "for a while, record only and refuse nothing",
    "Switches refusing off for everybody on this computer, for a stated time; everything is still "
    "recorded, and so is this. A person has to authenticate for it. off ends it, and needs nobody.",
    kOverrideArguments,
    "  keyward policy override 30m\n  keyward policy override off\n",
    &RunOverride};

}  // namespace keyward::cli
