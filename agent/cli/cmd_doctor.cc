// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "agent/cli/command.h"
#include "agent/control/printable.h"

namespace keyward::cli {
namespace {

constexpr std::size_t kIndent = 11;

void PrintLevel(Output& out, const Coverage& coverage, CoverageLevel level, const char* title) {
  bool any = false;
  for (const CoverageItem& item : coverage.items) {
    if (item.level != level) continue;
    if (!any) out.Line(title);
    any = true;
    std::string text = control::Printable(item.what);
    if (!item.how.empty()) text += ": " + control::Printable(item.how);
    out.Labelled("  –", 4, text);
  }
}

void Print(const Context& context, const control::DoctorReply& doctor) {
  Output& out = context.out;
  out.Line("keywardd " + control::Printable(doctor.version, 40) + ", " +
           control::Printable(doctor.coverage.engine, 60) + " engine, programs known by " +
           control::Printable(doctor.coverage.identity, 60) + ", kernel " +
           control::Printable(doctor.coverage.kernel, 60));
  out.Line();
  for (const control::DoctorCheck& check : doctor.checks) {
    const bool good = check.state == control::CheckState::kOk;
    const bool bad = check.state == control::CheckState::kFailure;
    const Ink ink = good ? Ink::kGood : bad ? Ink::kBad : Ink::kWarn;
    const std::string_view word = good ? "good" : bad ? "failed" : "look";
    out.Labelled("  " + out.Paint(ink, word) + std::string(kIndent - 2 - word.size(), ' '), kIndent,
                 control::Printable(check.what));
    if (!check.hint.empty()) out.Labelled("", kIndent, "→ " + control::Printable(check.hint));
  }
  out.Line();
  PrintLevel(out, doctor.coverage, CoverageLevel::kStops, "Stopped here");
  PrintLevel(out, doctor.coverage, CoverageLevel::kNotices, "Noticed here, but not stopped");
  PrintLevel(out, doctor.coverage, CoverageLevel::kBlind, "Not seen here");
  if (!doctor.coverage.not_covered.empty()) out.Line("Places that can't be protected");
  for (const NotCovered& place : doctor.coverage.not_covered)
    out.Labelled("  –", 4,
                 control::ShortPath(place.path, context.HomeOf(place.uid)) + ": " +
                     control::Printable(place.why));
  std::string counters;
  for (const auto& [name, number] : doctor.counters)
    counters += (counters.empty() ? "" : ", ") + control::Printable(name, 40) + " " +
                std::to_string(number);
  if (!counters.empty()) out.Labelled("Counted", kIndent, counters);
}

Exit Run(const Context& context) {
  const auto session = context.Connect();
  if (!session) return FailToConnect(session.error());
  const auto data = (*session)->AskOne(control::DoctorRequest{});
  if (!data) return Fail(data.error());
  const auto doctor = control::ParseDoctor(*data);
  if (!doctor) return Fail(doctor.error());
  if (context.json())
    context.out.Line(*data);
  else
    Print(context, *doctor);
  const bool failed = std::any_of(
      doctor->checks.begin(), doctor->checks.end(),
      [](const control::DoctorCheck& c) { return c.state == control::CheckState::kFailure; });
  return failed ? Exit::kNo : Exit::kFine;
}

}  // namespace

const CommandSpec kDoctorCommand{
    "doctor",
    "whether everything is well, and what can't be stopped here",
    "Says whether everything is well with Keyward, and in plain words what the engine in force can "
    "stop on this kernel, what it can only notice, and what it can't see. The exit status is 1 "
    "when "
    "a check failed.",
    {},
    "  keyward doctor\n",
    &Run};

}  // namespace keyward::cli
