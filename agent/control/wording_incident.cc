// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "agent/control/interpreter_names.h"
#include "agent/control/printable.h"
#include "agent/control/wording.h"

namespace keyward::control {
namespace {

constexpr std::size_t kNameCap = 60;
constexpr std::size_t kChainLength = 6;

// " in Downloads", " in /tmp"; empty directly in the home.
std::string InFolder(std::string_view path, std::string_view home) {
  const std::string shown = ShortPath(path, home);
  if (shown.rfind("~/", 0) == 0) {
    const std::size_t end = shown.find('/', 2);
    return end == std::string::npos ? " in the home folder" : " in " + shown.substr(2, end - 2);
  }
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return "";
  return " in " + Printable(path.substr(0, slash), kNameCap);
}

bool Packaged(const RecordedProcess& process) { return !process.package.empty(); }

std::string Capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string Article(const std::string& word) {
  constexpr std::string_view kVowels = "AEIOUaeiou";
  const bool vowel = !word.empty() && kVowels.find(word[0]) != std::string_view::npos;
  return (vowel ? "an " : "a ") + word;
}

std::string WhoDid(const RecordedProcess& process, std::string_view home) {
  const std::string interpreter = InterpreterName("", process.exe);
  const std::string& script = process.script;
  if (script == "-c") return "code given to " + interpreter + " on its command line";
  if (script == "stdin") return "code that " + interpreter + " was fed on its standard input";
  if (script.rfind("-m ", 0) == 0)
    return "the module " + Quoted(std::string_view(script).substr(3), kNameCap) + " run by " +
           interpreter;
  if (!script.empty()) {
    const bool shell = interpreter == "the shell";
    if (Packaged(process)) return Printable(Basename(script), kNameCap);
    return Article(shell ? "shell" : interpreter) + " script" + InFolder(script, home);
  }
  if (process.exe.empty()) return "a program that was started from memory";
  if (Packaged(process)) return Printable(Basename(process.exe), kNameCap);
  return "the program " + Quoted(Basename(process.exe), kNameCap) + InFolder(process.exe, home);
}

std::string OtherKind(const Incident& incident) {
  if (!incident.message.empty()) {
    std::string text = Capital(Printable(incident.message, 400));
    if (text.back() != '.') text += ".";
    return text;
  }
  switch (incident.kind) {
    case IncidentKind::kGap:
      return "For a while " + std::to_string(incident.count) + " accesses could not be judged.";
    case IncidentKind::kOverride: return "Refusing was switched off or on for the whole computer.";
    case IncidentKind::kApproval: return "The protection was loosened by an approval.";
    case IncidentKind::kLocation: return "A place can't be protected.";
    case IncidentKind::kPolicy: return "A policy was refused or replaced.";
    default: return "Something happened.";
  }
}

// Where the thing that acted lies, when it lies in the person's own folders: to be looked at.
std::string OwnFolder(const RecordedProcess& process, std::string_view home) {
  std::string_view path = process.exe;
  if (!process.script.empty() && process.script[0] == '/') path = process.script;
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos || slash == 0 || Packaged(process)) return "";
  const std::string shown = ShortPath(path.substr(0, slash), home);
  return shown.rfind("~/", 0) == 0 || shown.rfind("/tmp", 0) == 0 ? shown : "";
}

struct Technique {
  std::string_view id;
  std::string_view name;
};

constexpr Technique kTechniques[] = {
    {"T1555.003", "credentials from web browsers"},
    {"T1555.005", "credentials from password managers"},
    {"T1555", "credentials from password stores"},
    {"T1552.004", "private keys"},
    {"T1552.001", "credentials in files"},
    {"T1554", "a program replaced by another"},
    {"T1546.004", "shell start-up files changed"},
    {"T1120", "a search for devices"},
    {"T1485", "data destroyed"},
    {"T1560.001", "packed by an archiver"},
    {"T1574.006", "a library loaded into another program"},
    {"T1055.008", "another program controlled as by a debugger"},
    {"T1620", "code run from memory"},
};

}  // namespace

std::string IncidentSentence(const Incident& incident, std::string_view home) {
  if (incident.kind != IncidentKind::kAccess) return OtherKind(incident);
  const std::string asset =
      Printable(incident.asset_name.empty() ? incident.asset : incident.asset_name, kNameCap);
  std::string text = Capital(WhoDid(incident.subject, home));
  if (LetsPass(incident.outcome) || incident.monitored)
    text += " " + std::string(PastVerb(incident.operation)) + " ";
  else
    text += " tried to " + std::string(Verb(incident.operation)) + " ";
  return text + asset + ".";
}

std::string IncidentEffect(const Incident& incident) {
  if (incident.kind != IncidentKind::kAccess) return "";
  if (incident.monitored) return "let pass: the rule only records";
  if (LetsPass(incident.outcome)) return "let pass and recorded";
  return "nothing was " +
         std::string(AccessOf(incident.operation) == Access::kRead ? "read" : "changed");
}

std::string IncidentChain(const Incident& incident, std::string_view home) {
  std::string chain;
  const std::size_t shown = std::min(incident.ancestry.size(), kChainLength - 1);
  if (shown < incident.ancestry.size()) chain = "… → ";
  for (std::size_t i = shown; i > 0; --i)
    chain += ProgramLine(incident.ancestry[i - 1], home) + " → ";
  return chain + ProgramLine(incident.subject, home);
}

std::string IncidentNextStep(const Incident& incident, std::string_view home) {
  if (incident.kind == IncidentKind::kGap)
    return "see keyward doctor; look at what ran at that time";
  if (incident.kind != IncidentKind::kAccess) return "nothing, if this was you";
  if (LetsPass(incident.outcome) || incident.monitored)
    return "look at what this program does, if you don't know it";
  const std::string folder = OwnFolder(incident.subject, home);
  if (folder.empty()) return "nothing; it was refused";
  return "if you don't know it, delete " + folder + "; what it tried to reach was not reached";
}

std::string_view TechniqueName(std::string_view id) {
  for (const Technique& technique : kTechniques)
    if (technique.id == id) return technique.name;
  return "";
}

}  // namespace keyward::control
