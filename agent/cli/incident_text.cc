// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/incident_text.h"

#include "agent/cli/times.h"
#include "agent/control/printable.h"
#include "agent/control/wording.h"

namespace keyward::cli {
namespace {

constexpr std::size_t kLabel = 13;

std::string HeadWord(const Incident& incident) {
  if (incident.kind == IncidentKind::kAccess)
    return incident.monitored || LetsPass(incident.outcome) ? "Recorded" : "Refused";
  std::string word(IncidentKindName(incident.kind));
  word[0] = static_cast<char>(word[0] - 'a' + 'A');
  return word;
}

Ink HeadInk(const Incident& incident) {
  return incident.kind == IncidentKind::kGap ? Ink::kWarn : Ink::kBold;
}

std::string Join(const std::vector<std::string>& list, const char* separator) {
  std::string text;
  for (const std::string& item : list)
    text += (text.empty() ? "" : separator) + control::Printable(item);
  return text;
}

std::string Techniques(const Incident& incident) {
  std::string text;
  for (const std::string& id : incident.attack) {
    const std::string_view name = control::TechniqueName(id);
    if (!text.empty()) text += ", ";
    text += name.empty() ? control::Printable(id, 20)
                         : std::string(name) + " (" + control::Printable(id, 20) + ")";
  }
  return text;
}

void PrintProcess(const Context& context, const char* label, const RecordedProcess& process) {
  const auto line = [&](const char* name, const std::string& text) {
    if (!text.empty()) context.out.Labelled(name, kLabel + 4, text);
  };
  line(label, "pid " + std::to_string(process.pid) + ", uid " + std::to_string(process.uid) + ", " +
                  control::Printable(process.exe));
  line("", process.sha256.empty() ? "" : "sha256 " + process.sha256);
  line("", process.package.empty() ? "" : "package " + control::Printable(process.package));
  line("", process.script.empty() ? "" : "script " + control::Printable(process.script));
  line("", process.script_sha256.empty() ? "" : "script sha256 " + process.script_sha256);
  line("", process.argv.empty() ? "" : "arguments " + Join(process.argv, " "));
  line("", process.cwd.empty() ? "" : "in " + control::Printable(process.cwd));
  line("", process.cgroup.empty() ? "" : "cgroup " + control::Printable(process.cgroup));
  for (const std::string& evidence : process.evidence)
    line("", "– " + control::Printable(evidence));
}

void PrintFull(const Context& context, const Incident& incident) {
  const auto line = [&](const char* name, const std::string& text) {
    if (!text.empty()) context.out.Labelled(name, kLabel + 4, text);
  };
  context.out.Line();
  line("    path", control::Printable(incident.path));
  line("    asset", control::Printable(incident.asset));
  line("    operation", std::string(OperationName(incident.operation)));
  if (!incident.rule.empty())
    line("    rule", control::Printable(incident.rule) + "  " + ToString(incident.rule_where));
  line("    engine", incident.engine + ", policy " + std::to_string(incident.policy_version));
  line("    judged as", control::Printable(incident.judged_as));
  for (const Taint taint : incident.taints.List())
    line("    but", std::string(TaintExplanation(taint)));
  for (const std::string& detail : incident.taint_details)
    line("", "– " + control::Printable(detail));
  if (incident.dropped > 0)
    line("    lost",
         std::to_string(incident.dropped) + " events before this one were not recorded");
  if (incident.kind != IncidentKind::kAccess) return;
  PrintProcess(context, "    program", incident.subject);
  for (const RecordedProcess& ancestor : incident.ancestry)
    PrintProcess(context, "    its parent", ancestor);
}

}  // namespace

std::string IncidentRow(const Context& context, const Incident& incident) {
  const std::string home = context.HomeOf(incident.owner_uid);
  std::string id = std::to_string(incident.id);
  if (id.size() < 5) id.insert(0, 5 - id.size(), ' ');
  const std::string count = incident.count > 1 ? std::to_string(incident.count) + "×" : "";
  std::string what;
  if (incident.kind == IncidentKind::kAccess) {
    what =
        control::ProgramLine(incident.subject, home) + " → " +
        control::Printable(incident.asset_name.empty() ? incident.asset : incident.asset_name, 80);
  } else {
    what = control::IncidentSentence(incident, home);
  }
  return id + "  " + context.out.Paint(HeadInk(incident), Padded(HeadWord(incident), 9)) +
         Padded(Ago(incident.last, context.now, context.host), 18) + Padded(count, 8) + what;
}

void PrintIncident(const Context& context, const Incident& incident, bool full) {
  const std::string home = context.HomeOf(incident.owner_uid);
  Output& out = context.out;
  std::string head = std::to_string(incident.id) + "  " +
                     out.Paint(HeadInk(incident), HeadWord(incident)) + " · " +
                     Moment(incident.first, context.now, context.host);
  if (incident.last - incident.first >= std::chrono::seconds(1))
    head += " – " + context.host.LocalTime(incident.last);
  if (incident.count > 1) head += " · " + std::to_string(incident.count) + " tries, folded";
  const std::string effect = control::IncidentEffect(incident);
  out.Line(effect.empty() ? head : head + " · " + effect);
  out.Labelled("", 4, control::IncidentSentence(incident, home));
  if (incident.kind == IncidentKind::kAccess) {
    std::string chain = control::IncidentChain(incident, home);
    if (!incident.subject.cwd.empty())
      chain += "    in " + control::ShortPath(incident.subject.cwd, home);
    out.Line("    " + chain);
    const std::string techniques = Techniques(incident);
    if (!techniques.empty()) out.Labelled("    Looks like:", 16, techniques);
    if (!incident.message.empty())
      out.Labelled("    It says:", 16, control::Printable(incident.message));
  }
  if (!incident.link.empty()) out.Labelled("    See:", 16, control::Printable(incident.link));
  out.Labelled("    Do now:", 16, control::IncidentNextStep(incident, home));
  if (full)
    PrintFull(context, incident);
  else
    out.Labelled("    More:", 16,
                 "keyward incidents show " + std::to_string(incident.id) + " --full");
}

}  // namespace keyward::cli
