// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "agent/control/server.h"
#include "agent/daemon/options.h"
#include "agent/daemon/policy_store.h"
#include "agent/daemon/recorder.h"
#include "agent/journal/journal.h"
#include "agent/journal/writer.h"
#include "platform/include/engine.h"
#include "platform/include/host.h"

namespace keyward::daemon {

// One running agent: the policy, the engine that enforces it, the journal, and what people can ask
// of it. Everything happens on the loop's thread, but what EngineHost says.
class Daemon final : public platform::EngineHost, public control::Service {
 public:
  Daemon(std::unique_ptr<platform::Host> host, Options options);
  ~Daemon() override;

  // Protects, or says why not. Run() then goes on until it is told to stop.
  Result<> Start();
  Result<int> Run();

  // EngineHost: from the engine's threads.
  void OnGiving() noexcept override { counters_->given.fetch_add(1); }
  void OnVerdict(platform::VerdictRecord record) override;
  void OnIncident(Incident incident) override;
  bool OnQuestion(const platform::Question& question) override;
  void OnQuestionClosed(std::uint64_t id) override;

  // control::Service: what people ask for; see service.cc and changes.cc.
  Result<control::StatusReply> Status(const control::Viewer& viewer) override;
  Result<std::vector<control::AssetRow>> Assets(const control::Viewer& viewer) override;
  Result<std::vector<Incident>> Incidents(const control::Viewer& viewer,
                                          const control::IncidentsRequest& request) override;
  Result<Incident> FindIncident(const control::Viewer& viewer, std::int64_t id) override;
  Result<control::ExplainReply> Explain(const control::Viewer& viewer,
                                        const control::ExplainRequest& request) override;
  Result<control::DoctorReply> Doctor(const control::Viewer& viewer) override;
  Result<std::vector<control::ApprovalRow>> Approvals(const control::Viewer& viewer) override;
  Result<std::vector<control::ProtectedRow>> ProtectedPaths(const control::Viewer& viewer) override;
  Result<control::PolicyReply> Policy(const control::Viewer& viewer) override;
  std::vector<control::QuestionRow> Questions(const control::Viewer& viewer) override;
  Result<control::ProtectedRow> Protect(const platform::Peer& peer,
                                        const control::ProtectRequest& request) override;
  Result<control::ApprovalRow> RemoveApproval(
      const control::Viewer& viewer, const control::RemoveApprovalRequest& request) override;
  Result<control::PolicyReply> ReloadPolicy() override;
  Result<std::string> DescribeApproval(const platform::Peer& peer,
                                       const control::ApproveRequest& request) override;
  Result<control::ApprovalRow> Approve(const platform::Peer& peer,
                                       const control::ApproveRequest& request,
                                       const std::string& how) override;
  Result<std::string> DescribeUnprotect(const platform::Peer& peer,
                                        const control::UnprotectRequest& request) override;
  Result<control::ProtectedRow> Unprotect(const platform::Peer& peer,
                                          const control::UnprotectRequest& request,
                                          const std::string& how) override;
  Result<control::OverrideReply> Override(const platform::Peer& peer,
                                          const control::OverrideRequest& request,
                                          const std::string& how) override;

 private:
  class CommittedCounter;

  Result<> OpenJournal();
  Result<> StartEngine();
  Result<> StartControl();
  void ReportGap(std::uint64_t lost);
  void ApplyPolicy();
  void OnPolicyFiles();
  void OnHomes();
  void ScheduleExpiry();
  Result<std::unique_ptr<journal::Journal>> OpenForReading() const;
  Incident OwnIncident(IncidentKind kind, std::uint32_t owner_uid, std::string message) const;
  Result<policy::Approval> ApprovalFor(const platform::Peer& peer,
                                       const control::ApproveRequest& request) const;
  const policy::Home* HomeOf(std::uint32_t uid) const;

  const Options options_;
  std::unique_ptr<platform::Host> host_;
  PolicyStore policies_;
  std::vector<policy::Home> homes_;
  platform::VerdictCounters* counters_ = nullptr;
  std::unique_ptr<CommittedCounter> committed_;
  std::unique_ptr<journal::Writer> writer_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<platform::Engine> engine_;
  std::unique_ptr<control::Dispatcher> dispatcher_;
  std::map<std::uint64_t, platform::Question> questions_;
  // Whom a watcher could be asked for: read by the engine's threads.
  struct Watched;
  std::unique_ptr<Watched> watched_;
  Time since_{};
};

}  // namespace keyward::daemon
