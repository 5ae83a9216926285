// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/command.h"
#include "agent/cli/times.h"
#include "agent/control/printable.h"

namespace keyward::cli {
namespace {

constexpr std::size_t kLabel = 17;
constexpr std::size_t kText = 23;

std::string_view GroupName(AssetGroup group) {
  switch (group) {
    case AssetGroup::kWallets: return "wallets";
    case AssetGroup::kKeys: return "keys";
    case AssetGroup::kBrowserSecrets: return "browser secrets";
    case AssetGroup::kOther: return "other";
  }
  return "other";
}

std::string Count(std::uint64_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// "  wallets          3   "
std::string Label(std::string_view label, std::uint64_t count) {
  return Padded(Padded(label, kLabel + 2) + std::to_string(count), kText);
}

std::string EngineWords(const control::StatusReply& status, const Context& context) {
  std::string words = status.engine + " engine";
  if (status.policy_version != 0) words += ", policy " + std::to_string(status.policy_version);
  return words + ", since " + Ago(status.since, context.now, context.host);
}

void PrintUser(const Context& context, const control::UserSummary& user, bool first,
               const control::StatusReply& status) {
  constexpr std::size_t kHead = 35;
  const std::string head =
      "Protecting " + Count(user.count, "asset") + " of " + control::Printable(user.user, 32);
  std::string line = context.out.Paint(Ink::kBold, head);
  if (first) {
    const std::size_t width = control::DisplayWidth(head);
    line.append(width < kHead ? kHead - width + 2 : 2, ' ').append(EngineWords(status, context));
  }
  context.out.Line(line);
  for (const control::GroupSummary& group : user.groups) {
    std::string names;
    for (const std::string& name : group.names)
      names += (names.empty() ? "" : ", ") + control::Printable(name, 80);
    context.out.Labelled(Label("  " + std::string(GroupName(group.group)), group.count), kText,
                         names);
  }
}

void Print(const Context& context, const control::StatusReply& status) {
  Output& out = context.out;
  if (status.monitoring)
    out.Line(out.Paint(Ink::kWarn, "Nothing is refused now, only recorded") +
             (status.monitoring_until
                  ? ", until " + Moment(*status.monitoring_until, context.now, context.host)
                  : ""));
  if (status.users.empty()) {
    out.Line("Nothing of yours to protect was found here.");
    out.Line(EngineWords(status, context));
  }
  bool first = true;
  for (const control::UserSummary& user : status.users) {
    PrintUser(context, user, first, status);
    first = false;
  }
  std::string newest = "nothing";
  if (status.newest)
    newest = control::Printable(status.newest->program, 120) + " → " +
             control::Printable(status.newest->asset_name, 80) + ", " +
             Ago(status.newest->last, context.now, context.host);
  if (status.stopped_today == 0 && status.newest) newest = "last: " + newest;
  out.Labelled(Label("Stopped today", status.stopped_today), kText, newest);
  std::string_view label = "Not covered here";
  for (const NotCovered& place : status.not_covered) {
    const std::string path = control::ShortPath(place.path, context.HomeOf(place.uid));
    out.Labelled(label, kLabel + 2, path + ": " + control::Printable(place.why));
    label = "";
  }
  if (!status.not_covered.empty()) out.Labelled("", kLabel + 2, "keyward doctor says more");
}

Exit Run(const Context& context) {
  const auto session = context.Connect();
  if (!session) return FailToConnect(session.error());
  const auto data = (*session)->AskOne(control::StatusRequest{});
  if (!data) return Fail(data.error());
  if (context.json()) {
    context.out.Line(*data);
    return Exit::kFine;
  }
  const auto status = control::ParseStatus(*data);
  if (!status) return Fail(status.error());
  Print(context, *status);
  return Exit::kFine;
}

}  // namespace

const CommandSpec kStatusCommand{
    "status",
    "what is protected, and what was stopped",
    "Shows in one look what is protected and by which engine, what was stopped today, and what "
    "can't be protected on this computer. A user sees what is theirs, root everything.",
    {},
    "  keyward status\n  keyward status --json\n",
    &Run};

}  // namespace keyward::cli
