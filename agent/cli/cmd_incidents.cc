// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "agent/cli/command.h"
#include "agent/cli/incident_text.h"
#include "agent/cli/times.h"
#include "agent/journal/incident_json.h"
#include "agent/journal/journal.h"

namespace keyward::cli {
namespace {

constexpr std::uint32_t kPage = 200;

std::string JournalPath(const Context& context) { return context.state_dir() + "/incidents.db"; }

// The journal itself, where no daemon answers: who may read the file may see it.
Result<std::unique_ptr<journal::Journal>> OpenJournal(const Context& context) {
  journal::Journal::Options options;
  options.mode = journal::Journal::Mode::kReadOnly;
  return journal::Journal::Open(JournalPath(context), options);
}

// What to say where neither the daemon nor the journal answers.
Exit FailBoth(const Error& daemon, const Error& journal) {
  if (journal.code == ErrorCode::kNotFound || journal.code == ErrorCode::kDenied)
    return FailToConnect(daemon);
  return Fail(journal);
}

void Show(const Context& context, const Incident& incident, bool& any) {
  any = true;
  context.out.Line(context.json() ? journal::ToJson(incident) : IncidentRow(context, incident));
}

Result<> FromJournal(const Context& context, journal::Journal& journal,
                     const control::IncidentsRequest& wanted, std::uint64_t most, bool& any) {
  journal::Filter filter;
  filter.since = wanted.since;
  filter.outcome = wanted.outcome;
  if (!wanted.asset.empty()) filter.asset = wanted.asset;
  if (context.host.OwnUid() != 0) filter.owner_uid = context.host.OwnUid();
  filter.limit = static_cast<std::uint32_t>(most);
  const auto found = journal.Query(filter);
  if (!found) return found.error();
  for (const Incident& incident : *found) Show(context, incident, any);
  return {};
}

// Page after page, each from below the last number of the one before.
Result<> FromDaemon(const Context& context, control::Session& session,
                    control::IncidentsRequest wanted, std::uint64_t most, bool& any) {
  for (;;) {
    wanted.limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(most, kPage));
    std::uint64_t got = 0;
    Result<> read;
    const auto more = session.Ask(wanted, [&](const control::Reply& reply) {
      const auto incident = journal::FromJson(reply.data);
      if (!incident) {
        read = incident.error();
        return false;
      }
      wanted.before = incident->id;
      ++got;
      any = true;
      context.out.Line(context.json() ? reply.data : IncidentRow(context, *incident));
      return !context.out.closed();
    });
    if (!more) return more.error();
    if (!read) return read.error();
    most -= std::min(most, got);
    if (!*more || got == 0 || most == 0) return {};
  }
}

Exit RunList(const Context& context) {
  control::IncidentsRequest wanted;
  if (context.arguments.Has("--since")) {
    wanted.since = ParseSince(context.arguments.Value("--since"), context.now);
    if (!wanted.since)
      return FailUsage("--since: not a time", "2h, 3d, 2026-03-01 and 2026-03-01T14:00:00Z are");
  }
  if (context.arguments.Has("--verdict"))
    wanted.outcome = ParseOutcome(context.arguments.Value("--verdict"));
  wanted.asset = context.arguments.Value("--asset");
  std::uint64_t most = 100;
  if (context.arguments.Has("--limit")) {
    const std::string text = context.arguments.Value("--limit");
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), most);
    constexpr std::uint64_t kMost = 1'000'000;
    if (error != std::errc() || end != text.data() + text.size() || most == 0 || most > kMost)
      return FailUsage("--limit: must be a number from 1 to 1000000");
  }
  bool any = false;
  const auto session = context.Connect();
  if (session) {
    const Result<> shown = FromDaemon(context, **session, wanted, most, any);
    if (!shown) return Fail(shown.error());
  } else {
    const auto journal = OpenJournal(context);
    if (!journal) return FailBoth(session.error(), journal.error());
    const Result<> shown = FromJournal(context, **journal, wanted, most, any);
    if (!shown) return Fail(shown.error());
  }
  if (!any && !context.json()) context.out.Line("Nothing has happened.");
  return Exit::kFine;
}

Result<Incident> Find(const Context& context, std::int64_t id, Error& no_daemon) {
  const auto session = context.Connect();
  if (session) {
    const auto data = (*session)->AskOne(control::IncidentRequest{id});
    if (!data) return data.error();
    return journal::FromJson(*data);
  }
  no_daemon = session.error();
  const auto journal = OpenJournal(context);
  if (!journal) return journal.error();
  auto incident = (*journal)->Get(id);
  const std::uint32_t uid = context.host.OwnUid();
  if (incident && uid != 0 && incident->owner_uid != uid)
    return Error{ErrorCode::kNotFound, "no incident " + std::to_string(id), "", 0};
  no_daemon.what.clear();
  return incident;
}

Exit RunShow(const Context& context) {
  const std::string text = context.arguments.Value("ID");
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id <= 0)
    return FailUsage("ID: must be the number of an incident", "keyward incidents lists them");
  Error no_daemon{ErrorCode::kNotFound, "", "", 0};
  const auto incident = Find(context, id, no_daemon);
  if (!incident && !no_daemon.what.empty()) return FailBoth(no_daemon, incident.error());
  if (!incident) return Fail(incident.error());
  if (context.json())
    context.out.Line(journal::ToJson(*incident));
  else
    PrintIncident(context, *incident, context.arguments.Has("--full"));
  return Exit::kFine;
}

constexpr ArgumentSpec kListArguments[] = {
    {"--since", "TIME", Shape::kOption, Completes::kNothing,
     "only what was seen since: 2h, 3d, 2026-03-01, or an RFC 3339 time", ""},
    {"--limit", "N", Shape::kOption, Completes::kNothing, "at most the newest N (100)", ""},
    {"--asset", "ID", Shape::kOption, Completes::kNothing, "only of this asset", ""},
    {"--verdict", "VERDICT", Shape::kOption, Completes::kChoice, "only with this verdict",
     "allow|audit|ask|deny"},
};

constexpr ArgumentSpec kShowArguments[] = {
    {"ID", "", Shape::kRequired, Completes::kNothing, "the number of the incident", ""},
    {"--full", "", Shape::kFlag, Completes::kNothing,
     "also paths, hashes, arguments, evidence and every ancestor", ""},
};

}  // namespace

const CommandSpec kIncidentsCommand{
    "incidents",
    "what was stopped or recorded, newest first",
    "Lists what was stopped or recorded. One line is one event: repeats are counted, not "
    "repeated.\n\nWhere no daemon answers the journal is read itself, if you may read it.",
    kListArguments,
    "  keyward incidents --since 1d\n  keyward incidents show 17\n",
    &RunList};

const CommandSpec kIncidentsShowCommand{
    "incidents show",
    "one incident: what happened, by whom, and what to do now",
    "Shows one incident in full sentences; --full adds what an investigator needs.",
    kShowArguments,
    "  keyward incidents show 17 --full\n",
    &RunShow};

}  // namespace keyward::cli
