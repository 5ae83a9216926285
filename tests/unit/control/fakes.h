// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/control/server.h"
#include "agent/control/timestamp.h"

// A transport, an authority and a service without an OS, for tests of what speaks to them.
namespace keyward::control {

class FakeConnection : public platform::ControlConnection {
 public:
  explicit FakeConnection(std::uint32_t uid) { peer_.uid = uid; }

  const platform::Peer& peer() const override { return peer_; }
  bool Send(std::string_view message) override {
    if (!closed) sent.emplace_back(message);
    return !closed;
  }
  void Close() override { closed = true; }

  std::vector<std::string> Take() { return std::exchange(sent, {}); }

  std::vector<std::string> sent;
  bool closed = false;

 private:
  platform::Peer peer_{42, 4200, 0, 0};
};

// Keeps what it was asked until the test answers.
class FakeAuthority : public platform::Authority {
 public:
  struct Asked {
    platform::Peer peer;
    std::string action;
    std::string message;
    std::function<void(platform::AuthorityDecision)> done;
  };
  void Ask(const platform::Peer& peer, const std::string& action, const std::string& message,
           std::function<void(platform::AuthorityDecision)> done) override {
    asked.push_back({peer, action, message, std::move(done)});
  }
  void Answer(platform::AuthorityAnswer answer, const std::string& how) {
    const auto done = std::move(asked.front().done);
    asked.erase(asked.begin());
    done({answer, how});
  }
  std::vector<Asked> asked;
};

// A canned machine with two people, alice (1000) and bob (1001). It ignores the viewer on purpose:
// the dispatcher must leave out what is not theirs.
class FakeService : public Service {
 public:
  static constexpr std::uint32_t kAlice = 1000;
  static constexpr std::uint32_t kBob = 1001;

  FakeService();

  Result<StatusReply> Status(const Viewer&) override { return status; }
  Result<std::vector<AssetRow>> Assets(const Viewer&) override { return assets; }
  Result<std::vector<Incident>> Incidents(const Viewer&, const IncidentsRequest& request) override;
  Result<Incident> FindIncident(const Viewer&, std::int64_t id) override;
  Result<ExplainReply> Explain(const Viewer&, const ExplainRequest& request) override;
  Result<DoctorReply> Doctor(const Viewer&) override { return doctor; }
  Result<std::vector<ApprovalRow>> Approvals(const Viewer&) override { return approvals; }
  Result<std::vector<ProtectedRow>> ProtectedPaths(const Viewer&) override { return places; }
  Result<PolicyReply> Policy(const Viewer&) override { return policy; }
  std::vector<QuestionRow> Questions(const Viewer&) override { return questions; }
  Result<ProtectedRow> Protect(const platform::Peer& peer, const ProtectRequest& request) override;
  Result<ApprovalRow> RemoveApproval(const Viewer& viewer,
                                     const RemoveApprovalRequest& request) override;
  Result<PolicyReply> ReloadPolicy() override { return policy; }
  Result<std::string> DescribeApproval(const platform::Peer&, const ApproveRequest&) override;
  Result<ApprovalRow> Approve(const platform::Peer& peer, const ApproveRequest& request,
                              const std::string& how) override;
  Result<std::string> DescribeUnprotect(const platform::Peer&, const UnprotectRequest&) override {
    return std::string("Stop protecting it");
  }
  Result<ProtectedRow> Unprotect(const platform::Peer& peer, const UnprotectRequest& request,
                                 const std::string& how) override;
  Result<OverrideReply> Override(const platform::Peer&, const OverrideRequest& request,
                                 const std::string& how) override;

  StatusReply status;
  std::vector<AssetRow> assets;
  std::vector<Incident> incidents;  // newest first
  DoctorReply doctor;
  std::vector<ApprovalRow> approvals;
  std::vector<ProtectedRow> places;
  PolicyReply policy;
  std::vector<QuestionRow> questions;
  std::vector<std::string> changes;  // what was done, in order
};

// Not the published JSON: only what a test of the dispatcher looks for.
inline std::string FakeIncidentJson(const Incident& incident) {
  return "{\"id\":" + std::to_string(incident.id) + "}";
}

}  // namespace keyward::control
