// SPDX-License-Identifier: Apache-2.0
#include "agent/control/wording.h"

#include <algorithm>
#include <utility>

#include "agent/control/interpreter_names.h"
#include "agent/control/printable.h"

namespace keyward::control {
namespace {

constexpr std::size_t kNameCap = 60;

bool Has(const ProgramFile& file, EvidenceKind kind) {
  return std::any_of(file.evidence.begin(), file.evidence.end(),
                     [kind](const Evidence& e) { return e.kind == kind; });
}

bool Below(std::string_view path, std::string_view home) {
  return home.size() > 1 && path.size() > home.size() && path.substr(0, home.size()) == home &&
         path[home.size()] == '/';
}

std::string NameOf(const ProgramFile& file) { return Printable(Basename(file.path), kNameCap); }

std::string WhoIsScript(const Script& script, const std::string& interpreter,
                        std::string_view home) {
  switch (script.source) {
    case ScriptSource::kArgument: return "code given to " + interpreter + " on its command line";
    case ScriptSource::kStandardInput:
      return "code that " + interpreter + " was fed on its standard input";
    case ScriptSource::kModule:
      return "the module " + Quoted(script.module, kNameCap) + " run by " + interpreter;
    case ScriptSource::kFile: break;
  }
  const ProgramFile& file = script.file;
  if (file.trusted() && file.package)
    return NameOf(file) + " from the package " + Printable(file.package->name, kNameCap) +
           ", run by " + interpreter;
  if (file.trusted()) return "the script " + NameOf(file) + " run by " + interpreter;
  if (Has(file, EvidenceKind::kDigestMismatch))
    return "a changed copy of the packaged script " + NameOf(file) + ", run by " + interpreter;
  if (Below(file.path, home)) return "a script of yours run by " + interpreter;
  return "a script that belongs to no package, run by " + interpreter;
}

std::string WhoIsProgram(const ProgramFile& file, std::string_view home) {
  if (file.path.empty()) return "a program that was started from memory";
  if (file.role == ProgramRole::kLoader) return NameOf(file) + ", which only loads other programs";
  if (file.trusted() && file.package) {
    const std::string package = Printable(file.package->name, kNameCap);
    return package == NameOf(file) ? package : NameOf(file) + " from the package " + package;
  }
  if (file.trusted()) return NameOf(file) + ", which only root can change";
  if (Has(file, EvidenceKind::kDigestMismatch))
    return NameOf(file) + ", which is not what its package shipped";
  if (Below(file.path, home))
    return "a program of yours (" + Quoted(Basename(file.path), kNameCap) + ")";
  if (Has(file, EvidenceKind::kUserWritable))
    return "a program that others than root can change (" + Quoted(Basename(file.path), kNameCap) +
           ")";
  return "a program that nobody vouches for (" + Quoted(Basename(file.path), kNameCap) + ")";
}

std::string WhoIsAlone(const Subject& subject, std::string_view home) {
  if (!subject.script) return WhoIsProgram(subject.executable, home);
  return WhoIsScript(*subject.script,
                     InterpreterName(subject.executable.interpreter, subject.executable.path),
                     home);
}

std::string ScriptWord(const Script& script, std::string_view home) {
  switch (script.source) {
    case ScriptSource::kFile: return ShortPath(script.file.path, home);
    case ScriptSource::kModule: return "-m " + Printable(script.module, kNameCap);
    case ScriptSource::kArgument: return "-c";
    case ScriptSource::kStandardInput: return "(standard input)";
  }
  return "";
}

std::string ExeWord(std::string_view exe, std::string_view home) {
  if (exe.empty()) return "(memory)";
  return Below(exe, home) ? ShortPath(exe, home) : Printable(Basename(exe), kNameCap);
}

// "Only its own program may read Electrum wallet" where the rule has no words of its own.
std::string RuleSentence(const ReasonFacts& facts) {
  if (!facts.rule_meaning.empty()) return facts.rule_meaning;
  return "Only its own program may " + std::string(Verb(facts.operation)) + " " +
         Printable(facts.asset_name, kNameCap);
}

bool IsOwnProgramRule(std::string_view rule_id) {
  constexpr std::string_view kSuffix = ".owner";
  return rule_id.size() > kSuffix.size() &&
         rule_id.substr(rule_id.size() - kSuffix.size()) == kSuffix;
}

}  // namespace

std::string ProgramLine(const Subject& subject, std::string_view home) {
  std::string line = ExeWord(subject.executable.path, home);
  if (subject.script) line += " " + ScriptWord(*subject.script, home);
  return line;
}

std::string ProgramLine(const RecordedProcess& process, std::string_view home) {
  std::string line = ExeWord(process.exe, home);
  if (!process.script.empty()) line += " " + ShortPath(process.script, home);
  return line;
}

std::string WhoIs(const Subject& subject, std::string_view home) {
  std::string who = WhoIsAlone(subject, home);
  const Subject& judged = subject.judged();
  if (&judged != &subject) who += ", run for " + WhoIsAlone(judged, home);
  return who;
}

std::string OutcomeWord(Outcome outcome, bool monitored) {
  if (monitored) return "Let pass and recorded";
  switch (outcome) {
    case Outcome::kAllow: return "Allowed";
    case Outcome::kAudit: return "Allowed and recorded";
    case Outcome::kAsk: return "Refused until you allow it";
    default: return "Refused";
  }
}

std::string Reason(const ReasonFacts& facts) {
  if (facts.asset_name.empty()) return "Allowed. Nothing protected lies at this path.";
  std::string text = OutcomeWord(facts.outcome, facts.monitored) + ". ";
  const std::string who =
      facts.subject == nullptr ? "a program that is not known" : WhoIs(*facts.subject, facts.home);
  if (LetsPass(facts.outcome) && !facts.monitored && IsOwnProgramRule(facts.rule_id)) {
    text += "This is " + who + ", which " + Printable(facts.asset_name, kNameCap) + " belongs to";
  } else {
    text += RuleSentence(facts) + "; this is " + who;
  }
  Taints taints = facts.later_taints;
  if (facts.subject != nullptr) {
    taints.Add(facts.subject->taints);
    taints.Add(facts.subject->judged().taints);
  }
  for (const Taint taint : taints.List()) text += ", and " + std::string(TaintExplanation(taint));
  if (facts.monitored) text += ". Its rule only records for now";
  return text + ".";
}

std::string HowToAllow(std::string_view asset_id, const Subject& subject, Taints later_taints,
                       Operation operation) {
  const Subject& judged = subject.judged();
  Taints taints = later_taints;
  taints.Add(subject.taints);
  taints.Add(judged.taints);
  const bool has_file = !judged.script || judged.script->source == ScriptSource::kFile;
  const ProgramFile& file = judged.program();
  if (!taints.empty() || !has_file || file.path.empty() || file.role != ProgramRole::kProgram)
    return "";
  // A descriptor of the process, or nothing at all: there is no file to bind an approval to.
  const bool passing = file.path.rfind("/dev/", 0) == 0 || file.path.rfind("/proc/", 0) == 0;
  if (passing || Has(file, EvidenceKind::kMissing)) return "";
  // A path that would have to be quoted for a shell is left to the person.
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@%=:,";
  const bool plain = file.path.find_first_not_of(kPlain) == std::string::npos;
  std::string command = "keyward approve --asset " + Printable(asset_id, kNameCap) + " --exe ";
  command += plain ? file.path : "PROGRAM";
  if (AccessOf(operation) == Access::kWrite) command += " --write";
  return command;
}

std::string DurationText(std::chrono::seconds duration) {
  const auto amount = [](std::int64_t n, const char* unit) {
    return std::to_string(n) + " " + unit + (n == 1 ? "" : "s");
  };
  const std::int64_t s = duration.count();
  if (s >= 86400 && s % 86400 == 0) return amount(s / 86400, "day");
  if (s >= 3600 && s % 3600 == 0) return amount(s / 3600, "hour");
  if (s >= 60 && s % 60 == 0) return amount(s / 60, "minute");
  return amount(s, "second");
}

std::string ApprovalMessage(std::string_view program_path, std::string_view asset_name, bool read,
                            bool write, Term term, std::chrono::seconds duration) {
  std::string text = "Let " + Quoted(program_path) + " ";
  text += read && write ? "read and change " : write ? "change " : "read ";
  text += Quoted(asset_name, kNameCap);
  switch (term) {
    case Term::kOnce: return text + " once";
    case Term::kUntilExit: return text + " until it quits";
    case Term::kDuration: return text + " for " + DurationText(duration);
    case Term::kAlways: return text + " from now on";
  }
  return text;
}

std::string UnprotectMessage(std::string_view path) { return "Stop protecting " + Quoted(path); }

std::string_view Verb(Operation operation) {
  switch (operation) {
    case Operation::kRead: return "read";
    case Operation::kWrite: return "change";
    case Operation::kCreate: return "create files in";
    case Operation::kRename: return "rename";
    case Operation::kLink: return "link to";
    case Operation::kDelete: return "delete";
    case Operation::kList: return "list";
    case Operation::kTrace: return "look into the memory of";
    case Operation::kMount: return "mount over";
    case Operation::kSignal: return "signal";
  }
  return "touch";
}

std::string_view PastVerb(Operation operation) {
  switch (operation) {
    case Operation::kRead: return "read";
    case Operation::kWrite: return "changed";
    case Operation::kCreate: return "created files in";
    case Operation::kRename: return "renamed";
    case Operation::kLink: return "linked to";
    case Operation::kDelete: return "deleted";
    case Operation::kList: return "listed";
    case Operation::kTrace: return "looked into the memory of";
    case Operation::kMount: return "mounted over";
    case Operation::kSignal: return "signalled";
  }
  return "touched";
}

}  // namespace keyward::control
