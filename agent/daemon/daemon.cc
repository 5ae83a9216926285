// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/daemon.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>

#include "agent/daemon/questions.h"
#include "agent/journal/incident_json.h"
#include "agent/model/clock.h"

namespace keyward::daemon {
namespace {

using std::chrono::milliseconds;

}  // namespace

// Verdicts are counted as given before their reply (OnGiving); the journal counts what it has
// committed of them.
class Daemon::CommittedCounter final : public journal::VerdictCounter {
 public:
  explicit CommittedCounter(platform::VerdictCounters& counters) : counters_(counters) {}
  void Given(std::uint64_t) override {}
  void Committed(std::uint64_t n) override { counters_.committed.fetch_add(n); }

 private:
  platform::VerdictCounters& counters_;
};

// For whom a question makes sense: somebody watches who can answer it.
struct Daemon::Watched {
  std::mutex mutex;
  std::set<std::uint32_t> uids;

  bool Has(std::uint32_t uid) {
    const std::lock_guard lock(mutex);
    return uids.contains(uid);
  }
};

Daemon::Daemon(std::unique_ptr<platform::Host> host, Options options)
    : options_(std::move(options)),
      host_(std::move(host)),
      policies_(*host_),
      watched_(std::make_unique<Watched>()) {}

Daemon::~Daemon() {
  if (engine_) engine_->Stop();
  if (recorder_) recorder_->Stop();
  if (writer_) static_cast<void>(writer_->Stop());
}

Result<> Daemon::Start() {
  if (auto claimed = host_->ClaimDirectories(); !claimed) return claimed.error();
  if (auto done = host_->OnStopRequested([this] { host_->Stop(0); }); !done) return done.error();
  if (auto done = host_->OnReloadRequested([this] { OnPolicyFiles(); }); !done) return done.error();
  if (auto loaded = policies_.Load(); !loaded) {
    for (const Finding& finding : policies_.findings())
      if (finding.level == FindingLevel::kError) spdlog::error("{}", ToString(finding));
    return loaded.error();
  }
  auto homes = host_->Homes();
  if (!homes) return homes.error();
  homes_ = std::move(*homes);
  if (auto opened = OpenJournal(); !opened) return opened.error();
  if (policies_.uses_last_good()) {
    for (const Finding& finding : policies_.findings())
      if (finding.level == FindingLevel::kError) spdlog::error("{}", ToString(finding));
    OnIncident(OwnIncident(IncidentKind::kPolicy, 0,
                           "the administrator's policy files have mistakes; the last good ones are "
                           "in force"));
  }
  if (auto started = StartEngine(); !started) return started.error();
  if (auto started = StartControl(); !started) return started.error();
  if (auto done = host_->OnPolicyFilesChanged([this] {
        // Editors write in several steps: wait until it is quiet.
        static_cast<void>(host_->After(platform::Host::Slot::kReload, milliseconds(300),
                                       [this] { OnPolicyFiles(); }));
      });
      !done)
    return done.error();
  if (auto done = host_->OnHomesChanged([this] {
        static_cast<void>(
            host_->After(platform::Host::Slot::kHomes, milliseconds(300), [this] { OnHomes(); }));
      });
      !done)
    return done.error();
  ScheduleExpiry();
  since_ = Now();
  const auto counters = engine_->counters();
  spdlog::info("protecting assets={} directories={} files={} engine={} policy={}",
               engine_->found_assets().size(), counters.marked_directories, counters.marked_files,
               engine_->coverage().engine, policies_.current()->version());
  host_->NotifyReady("protecting " + std::to_string(engine_->found_assets().size()) + " assets");
  return {};
}

Result<int> Daemon::Run() {
  auto status = host_->Run();
  host_->control().StopListening();
  engine_->Stop();
  recorder_->Stop();
  if (auto stopped = writer_->Stop(); !stopped)
    spdlog::error("incidents are left unwritten: {}", stopped.error().what);
  spdlog::info("stopped");
  return status;
}

Result<> Daemon::OpenJournal() {
  auto counters = host_->MapVerdictCounters();
  if (!counters) return counters.error();
  counters_ = *counters;
  const std::uint64_t given = counters_->given.load();
  const std::uint64_t committed = counters_->committed.load();
  counters_->given = 0;
  counters_->committed = 0;
  auto journal = journal::Journal::Open(options_.host.state_dir + "/incidents.db", {});
  if (!journal) return journal.error();
  committed_ = std::make_unique<CommittedCounter>(*counters_);
  journal::Writer::Events events;
  events.on_committed = [this](const Incident& incident, bool) {
    host_->Post([this, incident] {
      if (dispatcher_) dispatcher_->Publish(incident);
    });
  };
  events.on_failing = [](const Error& error) {
    spdlog::error("incidents can't be written: {}, keeping them in memory", error.what);
  };
  events.on_recovered = [](std::uint64_t late) {
    spdlog::warn("incidents are written again late={}", late);
  };
  writer_ = std::make_unique<journal::Writer>(std::move(*journal), journal::Writer::Options{},
                                              committed_.get(), std::move(events));
  writer_->Start();
  recorder_ = std::make_unique<Recorder>(
      [this](Incident incident) { writer_->Submit(std::move(incident)); });
  if (given > committed) ReportGap(given - committed);
  return {};
}

void Daemon::ReportGap(std::uint64_t lost) {
  Incident gap =
      OwnIncident(IncidentKind::kGap, 0,
                  "the agent ended while verdicts were not yet written down; how many is "
                  "the count");
  gap.count = lost;
  gap.severity = Severity::kHigh;
  spdlog::warn("gap verdicts_lost={}, the agent had ended without writing them down", lost);
  OnIncident(std::move(gap));
}

Result<> Daemon::StartEngine() {
  platform::EngineSettings settings;
  settings.homes = homes_;
  settings.own_directories = {options_.host.state_dir, options_.host.run_dir,
                              options_.host.policy_dir, options_.host.admin_dir};
  auto engine = host_->MakeEngine(options_.engine, *this, std::move(settings));
  if (!engine) return engine.error();
  engine_ = std::move(*engine);
  return engine_->Start(policies_.current());
}

Result<> Daemon::StartControl() {
  control::Dispatcher::Options options;
  options.version = KEYWARD_VERSION;
  options.incident_json = [](const Incident& incident) { return journal::ToJson(incident); };
  dispatcher_ =
      std::make_unique<control::Dispatcher>(*this, host_->authority(), std::move(options));
  const auto look_who_watches = [this] {
    const std::lock_guard lock(watched_->mutex);
    watched_->uids.clear();
    for (const policy::Home& home : homes_)
      if (dispatcher_->Watched(home.uid)) watched_->uids.insert(home.uid);
  };
  return host_->control().Listen(
      options_.host.run_dir,
      [this, look_who_watches](std::shared_ptr<platform::ControlConnection> connection,
                               std::string message) {
        dispatcher_->OnMessage(connection, message);
        look_who_watches();
      },
      [this, look_who_watches](const std::shared_ptr<platform::ControlConnection>& connection) {
        dispatcher_->OnClosed(connection);
        look_who_watches();
      });
}

void Daemon::OnVerdict(platform::VerdictRecord record) { recorder_->Take(std::move(record)); }

void Daemon::OnIncident(Incident incident) {
  if (incident.first == Time{}) incident.first = incident.last = Now();
  // A gap tells of verdicts; it is none itself.
  if (incident.kind != IncidentKind::kGap) counters_->given.fetch_add(incident.count);
  writer_->Submit(std::move(incident));
}

bool Daemon::OnQuestion(const platform::Question& question) {
  if (!watched_->Has(question.record.owner_uid)) return false;
  host_->Post([this, question] {
    questions_[question.id] = question;
    dispatcher_->PublishQuestion(QuestionRowOf(question, Now()));
  });
  return true;
}

void Daemon::OnQuestionClosed(std::uint64_t id) {
  host_->Post([this, id] {
    const auto at = questions_.find(id);
    if (at == questions_.end()) return;
    dispatcher_->PublishQuestionClosed(id, at->second.record.owner_uid);
    questions_.erase(at);
  });
}

void Daemon::ApplyPolicy() {
  engine_->Apply(policies_.current());
  ScheduleExpiry();
}

void Daemon::OnPolicyFiles() {
  if (auto reloaded = policies_.Reload(); !reloaded) {
    for (const Finding& finding : policies_.findings())
      if (finding.level == FindingLevel::kError) spdlog::error("{}", ToString(finding));
    spdlog::warn("policy refused: {}, keeping policy {}", reloaded.error().what,
                 policies_.current()->version());
    OnIncident(OwnIncident(IncidentKind::kPolicy, 0,
                           "a policy with mistakes was refused; the one before stays in force"));
    return;
  }
  ApplyPolicy();
  spdlog::info("policy reloaded version={} rules={} assets={}", policies_.current()->version(),
               policies_.current()->rule_count(), policies_.current()->assets().size());
}

void Daemon::OnHomes() {
  auto homes = host_->Homes();
  if (!homes) {
    spdlog::warn("users can't be read: {}, keeping {} homes", homes.error().what, homes_.size());
    return;
  }
  homes_ = std::move(*homes);
  engine_->SetHomes(homes_);
}

void Daemon::ScheduleExpiry() {
  const auto next = policies_.current()->next_change();
  if (!next) return;
  const auto wait = std::chrono::ceil<milliseconds>(*next - Now());
  static_cast<void>(
      host_->After(platform::Host::Slot::kPolicyExpiry,
                   std::clamp<milliseconds>(wait, milliseconds(1), std::chrono::hours(24)), [this] {
                     if (policies_.override_until() && *policies_.override_until() <= Now()) {
                       static_cast<void>(policies_.SetOverride(std::nullopt));
                       OnIncident(OwnIncident(IncidentKind::kOverride, 0, "enforcing is on again"));
                     }
                     OnPolicyFiles();
                   }));
}

Incident Daemon::OwnIncident(IncidentKind kind, std::uint32_t owner_uid,
                             std::string message) const {
  Incident incident;
  incident.kind = kind;
  incident.first = incident.last = Now();
  incident.outcome = Outcome::kAudit;
  incident.owner_uid = owner_uid;
  incident.severity = Severity::kMedium;
  incident.policy_version = policies_.current() ? policies_.current()->version() : 0;
  incident.engine = engine_ ? engine_->coverage().engine : "";
  incident.message = std::move(message);
  return incident;
}

const policy::Home* Daemon::HomeOf(std::uint32_t uid) const {
  for (const policy::Home& home : homes_)
    if (home.uid == uid) return &home;
  return nullptr;
}

}  // namespace keyward::daemon
