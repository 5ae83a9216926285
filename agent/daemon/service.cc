// SPDX-License-Identifier: Apache-2.0
// What people ask the daemon: everything that only looks.
#include <algorithm>

#include "agent/control/explain_reply.h"
#include "agent/control/wording.h"
#include "agent/daemon/daemon.h"
#include "agent/daemon/questions.h"
#include "agent/daemon/rows.h"
#include "agent/model/clock.h"

namespace keyward::daemon {
namespace {

Time StartOfDay(Time now) { return std::chrono::floor<std::chrono::days>(now); }

}  // namespace

Result<std::unique_ptr<journal::Journal>> Daemon::OpenForReading() const {
  journal::Journal::Options options;
  options.mode = journal::Journal::Mode::kReadOnly;
  return journal::Journal::Open(options_.host.state_dir + "/incidents.db", options);
}

Result<std::vector<control::AssetRow>> Daemon::Assets(const control::Viewer& viewer) {
  std::vector<control::AssetRow> rows;
  const policy::CompiledPolicy& policy = *policies_.current();
  for (const platform::FoundAsset& found : engine_->found_assets()) {
    if (!viewer.Sees(found.uid) || found.asset.asset >= policy.assets().size()) continue;
    const policy::AssetInfo& asset = policy.asset(found.asset.asset);
    control::AssetRow row;
    row.uid = found.uid;
    row.user = host_->UserName(found.uid);
    for (const policy::Home& home : homes_)
      if (home.uid == found.uid) row.user = home.user;
    row.id = policy.AssetId(found.asset);
    row.name = policy.AssetName(found.asset);
    row.kind = asset.kind;
    row.asset_class = asset.asset_class;
    row.severity = asset.severity;
    row.path = found.path;
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<control::StatusReply> Daemon::Status(const control::Viewer& viewer) {
  auto rows = Assets(viewer);
  if (!rows) return rows.error();
  const Coverage coverage = engine_->coverage();
  control::StatusReply reply;
  reply.version = KEYWARD_VERSION;
  reply.engine = coverage.engine;
  reply.identity = coverage.identity;
  reply.kernel = coverage.kernel;
  reply.policy_version = policies_.current()->version();
  reply.policy_serial = policies_.current()->serial();
  reply.monitoring = policies_.current()->monitoring();
  reply.monitoring_until = policies_.override_until();
  reply.since = since_;
  reply.users = control::SummarizeAssets(*rows);
  for (const NotCovered& place : coverage.not_covered)
    if (viewer.Sees(place.uid)) reply.not_covered.push_back(place);
  auto journal = OpenForReading();
  if (!journal) return journal.error();
  journal::Filter filter;
  filter.kind = IncidentKind::kAccess;
  filter.since = StartOfDay(Now());
  if (!viewer.all) filter.owner_uid = viewer.uid;
  for (const Outcome stopped : {Outcome::kDeny, Outcome::kAsk}) {
    filter.outcome = stopped;
    auto count = (*journal)->Count(filter);
    if (!count) return count.error();
    reply.stopped_today += *count;
  }
  filter.outcome.reset();
  filter.since.reset();
  filter.limit = 1;
  auto newest = (*journal)->Query(filter);
  if (!newest) return newest.error();
  if (!newest->empty()) {
    const Incident& incident = newest->front();
    const policy::Home* home = HomeOf(incident.owner_uid);
    reply.newest =
        control::IncidentLine{incident.id,
                              incident.last,
                              incident.owner_uid,
                              incident.outcome,
                              control::ProgramLine(incident.subject, home ? home->path : ""),
                              incident.asset_name};
  }
  return reply;
}

Result<std::vector<Incident>> Daemon::Incidents(const control::Viewer& viewer,
                                                const control::IncidentsRequest& request) {
  auto journal = OpenForReading();
  if (!journal) return journal.error();
  journal::Filter filter;
  filter.since = request.since;
  filter.until = request.until;
  filter.outcome = request.outcome;
  if (!request.asset.empty()) filter.asset = request.asset;
  if (request.before > 0) filter.before_id = request.before;
  if (!viewer.all) filter.owner_uid = viewer.uid;
  filter.limit = request.limit;
  return (*journal)->Query(filter);
}

Result<Incident> Daemon::FindIncident(const control::Viewer& viewer, std::int64_t id) {
  auto journal = OpenForReading();
  if (!journal) return journal.error();
  auto incident = (*journal)->Get(id);
  // Somebody else's is not there, for all that this viewer may know.
  if (incident && !viewer.Sees(incident->owner_uid))
    return Error{ErrorCode::kNotFound, "no incident " + std::to_string(id)};
  return incident;
}

Result<control::ExplainReply> Daemon::Explain(const control::Viewer& viewer,
                                              const control::ExplainRequest& request) {
  SubjectPtr subject = engine_->FindSubject(request.pid);
  if (!subject) return Error{ErrorCode::kNotFound, "no process " + std::to_string(request.pid)};
  if (!viewer.Sees(subject->uid))
    return Error{ErrorCode::kDenied, "process " + std::to_string(request.pid) + " is not yours"};
  control::ExplainReply reply = control::ExplainVerdict(*policies_.current(), homes_, request.path,
                                                        request.operation, *subject);
  reply.pid = request.pid;
  return reply;
}

Result<control::DoctorReply> Daemon::Doctor(const control::Viewer& viewer) {
  using enum control::CheckState;
  control::DoctorReply reply;
  reply.version = KEYWARD_VERSION;
  reply.coverage = engine_->coverage();
  std::erase_if(reply.coverage.not_covered,
                [&](const NotCovered& place) { return !viewer.Sees(place.uid); });
  const platform::EngineCounters counters = engine_->counters();
  reply.counters = {{"judged", counters.judged},
                    {"refused", counters.refused},
                    {"execs_missed", counters.execs_missed},
                    {"subjects", counters.subjects},
                    {"marked_directories", counters.marked_directories},
                    {"marked_files", counters.marked_files},
                    {"incidents_dropped", writer_->dropped()}};
  reply.checks.push_back(
      {"engine", kOk, "the " + reply.coverage.engine + " engine is in force", ""});
  reply.checks.push_back(
      reply.coverage.identity == "exec tracepoint"
          ? control::DoctorCheck{"identity", kOk, "programs are identified at exec", ""}
          : control::DoctorCheck{"identity", kWarning,
                                 "programs are identified after exec, by the process connector",
                                 "a kernel with BTF lets keywardd use the exec tracepoint"});
  reply.checks.push_back(
      counters.execs_missed == 0
          ? control::DoctorCheck{"execs", kOk, "no start of a program was missed", ""}
          : control::DoctorCheck{"execs", kWarning,
                                 std::to_string(counters.execs_missed) +
                                     " starts of programs were missed: those are not trusted",
                                 "restart them to have them identified"});
  if (policies_.uses_last_good()) {
    reply.checks.push_back(
        {"policy", kFailure,
         "the administrator's files have mistakes; the last good ones are in force",
         "keyward policy check"});
  } else {
    reply.checks.push_back({"policy", kOk,
                            std::to_string(policies_.current()->rule_count()) + " rules, " +
                                std::to_string(policies_.current()->assets().size()) +
                                " assets in the catalogue",
                            ""});
  }
  if (policies_.current()->monitoring())
    reply.checks.push_back({"override", kWarning, "nothing is refused now, only recorded",
                            "the override ends by itself"});
  auto journal = OpenForReading();
  if (!journal) {
    reply.checks.push_back({"journal", kFailure, journal.error().what, journal.error().hint});
  } else if (auto stats = (*journal)->ReadStats()) {
    reply.checks.push_back({"journal", kOk,
                            std::to_string(stats->incidents) + " incidents, " +
                                std::to_string(stats->bytes / 1024) + " KiB",
                            ""});
    reply.counters.emplace_back("incidents", stats->incidents);
    reply.counters.emplace_back("journal_bytes", stats->bytes);
  }
  return reply;
}

Result<std::vector<control::ApprovalRow>> Daemon::Approvals(const control::Viewer& viewer) {
  std::vector<control::ApprovalRow> rows;
  for (const policy::Approval& approval : policies_.people().approvals)
    if (viewer.Sees(approval.uid)) rows.push_back(ApprovalRowOf(approval, *policies_.current()));
  return rows;
}

Result<std::vector<control::ProtectedRow>> Daemon::ProtectedPaths(const control::Viewer& viewer) {
  std::vector<control::ProtectedRow> rows;
  for (const policy::ProtectedPath& path : policies_.people().protected_paths)
    if (viewer.Sees(path.uid)) rows.push_back(ProtectedRowOf(path));
  return rows;
}

Result<control::PolicyReply> Daemon::Policy(const control::Viewer&) {
  const policy::CompiledPolicy& policy = *policies_.current();
  control::PolicyReply reply;
  reply.version = policy.version();
  reply.serial = policy.serial();
  reply.monitoring = policy.monitoring();
  reply.next_change = policy.next_change();
  reply.assets = policy.assets().size();
  for (const policy::Layer& layer : policies_.layers()) {
    control::LayerRow row{std::string(policy::LayerKindName(layer.kind)), {}};
    for (const auto& file : layer.files) row.files.push_back(file.name);
    reply.layers.push_back(std::move(row));
  }
  for (std::size_t i = 0; i < policy.rule_count(); ++i) {
    const policy::RuleInfo& rule = policy.rule(static_cast<RuleIndex>(i));
    reply.rules.push_back(
        {rule.id, rule.where, std::string(policy::LayerKindName(rule.layer)), rule.meaning});
  }
  reply.findings = policies_.findings();
  return reply;
}

std::vector<control::QuestionRow> Daemon::Questions(const control::Viewer& viewer) {
  std::vector<control::QuestionRow> rows;
  for (const auto& [id, question] : questions_)
    if (viewer.Sees(question.record.owner_uid)) rows.push_back(QuestionRowOf(question, Now()));
  return rows;
}

}  // namespace keyward::daemon
