// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "agent/control/requests.h"
#include "agent/model/incident.h"
#include "agent/model/subject.h"
#include "agent/model/verdict.h"

// The words that daemon, command line and notifications share: pure functions over the model. What
// an attacker could have written (names, paths, arguments) goes through Printable() or Quoted().
namespace keyward::control {

// "python3 ~/Downloads/x.py", "node -c", "cat". `home` (may be empty) becomes "~".
std::string ProgramLine(const Subject& subject, std::string_view home);
std::string ProgramLine(const RecordedProcess& process, std::string_view home);

// Who a subject is, in the middle of a sentence: "a script of yours run by Node", "cat from the
// package coreutils, run for a program of yours ("tool")".
std::string WhoIs(const Subject& subject, std::string_view home);

// "Refused", "Refused until you allow it", "Allowed and recorded", "Allowed".
std::string OutcomeWord(Outcome outcome, bool monitored);

struct ReasonFacts {
  Outcome outcome = Outcome::kDeny;
  bool monitored = false;  // let pass: the rule, or everything, only records
  Operation operation = Operation::kRead;
  std::string asset_name;  // empty: not protected
  std::string rule_id;
  std::string rule_meaning;  // "Only Electrum may read its wallet"; empty: said by the asset
  const Subject* subject = nullptr;
  Taints later_taints;
  std::string home;
};

// "Refused. Only Electrum may read its wallet; this is a script of yours run by Node."
std::string Reason(const ReasonFacts& facts);

// The command that would let this subject in; empty where none could (code without a file, a taint,
// an interpreter).
std::string HowToAllow(std::string_view asset_id, const Subject& subject, Taints later_taints,
                       Operation operation);

// The sentence that a person is asked with before something is loosened.
std::string ApprovalMessage(std::string_view program_path, std::string_view asset_name, bool read,
                            bool write, Term term, std::chrono::seconds duration);
std::string UnprotectMessage(std::string_view path);

// "90 seconds", "2 hours", "3 days".
std::string DurationText(std::chrono::seconds duration);

// "read", "change", "delete": what an operation does, as a verb; the second is "read", "changed".
std::string_view Verb(Operation operation);
std::string_view PastVerb(Operation operation);

// What happened, to what, by whom: "A Python script in Downloads tried to read Electrum wallet."
std::string IncidentSentence(const Incident& incident, std::string_view home);
// Whether anything was reached: "nothing was read", "it was let pass".
std::string IncidentEffect(const Incident& incident);
// "npm → sh → node telemetry.js", oldest first, at most six.
std::string IncidentChain(const Incident& incident, std::string_view home);
// What to do now; never empty.
std::string IncidentNextStep(const Incident& incident, std::string_view home);
// "credentials in files" for "T1552.001"; empty for a technique that is not named here.
std::string_view TechniqueName(std::string_view id);

}  // namespace keyward::control
