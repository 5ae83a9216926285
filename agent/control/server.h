// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/control/replies.h"
#include "agent/control/requests.h"
#include "agent/model/incident.h"
#include "agent/model/result.h"
#include "platform/include/authority.h"
#include "platform/include/control_transport.h"

namespace keyward::control {

// Whose things are asked for.
struct Viewer {
  std::uint32_t uid = 0;
  bool all = false;  // root: everybody's

  bool Sees(std::uint32_t owner) const { return all || owner == uid; }
};

// What the daemon can do for a caller. Called on the loop's thread; must not wait for anything that
// may open a protected file. What a member returns for a viewer is theirs; the dispatcher leaves
// out rows of others once more.
class Service {
 public:
  virtual ~Service() = default;

  virtual Result<StatusReply> Status(const Viewer& viewer) = 0;
  virtual Result<std::vector<AssetRow>> Assets(const Viewer& viewer) = 0;
  // At most request.limit, newest first.
  virtual Result<std::vector<Incident>> Incidents(const Viewer& viewer,
                                                  const IncidentsRequest& request) = 0;
  virtual Result<Incident> FindIncident(const Viewer& viewer, std::int64_t id) = 0;
  // kDenied where the process is not the viewer's.
  virtual Result<ExplainReply> Explain(const Viewer& viewer, const ExplainRequest& request) = 0;
  virtual Result<DoctorReply> Doctor(const Viewer& viewer) = 0;
  virtual Result<std::vector<ApprovalRow>> Approvals(const Viewer& viewer) = 0;
  virtual Result<std::vector<ProtectedRow>> ProtectedPaths(const Viewer& viewer) = 0;
  virtual Result<PolicyReply> Policy(const Viewer& viewer) = 0;
  // Questions that are open now, for a watcher that has just come.
  virtual std::vector<QuestionRow> Questions(const Viewer& viewer) = 0;

  // Tightens: no authority is needed, but the thing must be the peer's.
  virtual Result<ProtectedRow> Protect(const platform::Peer& peer,
                                       const ProtectRequest& request) = 0;
  virtual Result<ApprovalRow> RemoveApproval(const Viewer& viewer,
                                             const RemoveApprovalRequest& request) = 0;
  virtual Result<PolicyReply> ReloadPolicy() = 0;

  // Loosens. `Describe…` comes first: it checks that the request could be granted (the asset is the
  // peer's, the rule is not locked) and returns the sentence that the person is asked with. After
  // the answer the same is checked again: seconds have passed. `how` goes into the record.
  virtual Result<std::string> DescribeApproval(const platform::Peer& peer,
                                               const ApproveRequest& request) = 0;
  virtual Result<ApprovalRow> Approve(const platform::Peer& peer, const ApproveRequest& request,
                                      const std::string& how) = 0;
  virtual Result<std::string> DescribeUnprotect(const platform::Peer& peer,
                                                const UnprotectRequest& request) = 0;
  virtual Result<ProtectedRow> Unprotect(const platform::Peer& peer,
                                         const UnprotectRequest& request,
                                         const std::string& how) = 0;
  // Asked for by zero seconds: switches enforcing on again, which needs no authority; `how` is
  // empty then.
  virtual Result<OverrideReply> Override(const platform::Peer& peer, const OverrideRequest& request,
                                         const std::string& how) = 0;
};

// Takes the messages of every connection, checks the table (who, when), calls the service, answers.
//
// Owns: the state of each connection (greeted, waiting for a person, watching).
// Threads: everything on the loop's thread; `Publish…` as well.
class Dispatcher {
 public:
  struct Options {
    std::string version;  // of the daemon
    // journal::… : the published JSON of an incident.
    std::function<std::string(const Incident&)> incident_json;
  };

  Dispatcher(Service& service, platform::Authority& authority, Options options);
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // To be handed to ControlServer::Listen.
  void OnMessage(const std::shared_ptr<platform::ControlConnection>& connection,
                 const std::string& message);
  void OnClosed(const std::shared_ptr<platform::ControlConnection>& connection);

  // To those who watch and may see it.
  void Publish(const Incident& incident);
  void PublishQuestion(const QuestionRow& question);
  void PublishQuestionClosed(std::uint64_t id, std::uint32_t owner_uid);
  // Whether somebody who may see things of `owner_uid` watches and can be asked.
  bool Watched(std::uint32_t owner_uid) const;

 private:
  struct State;
  using Handler = void (Dispatcher::*)(const std::shared_ptr<State>&, const Request&);
  static Handler HandlerOf(RequestKind kind);

  void Dispatch(const std::shared_ptr<State>& state, const std::string& message);
  void Hello(const std::shared_ptr<State>& state, const Request& request);
  void Status(const std::shared_ptr<State>& state, const Request& request);
  void Assets(const std::shared_ptr<State>& state, const Request& request);
  void Incidents(const std::shared_ptr<State>& state, const Request& request);
  void FindIncident(const std::shared_ptr<State>& state, const Request& request);
  void Watch(const std::shared_ptr<State>& state, const Request& request);
  void Explain(const std::shared_ptr<State>& state, const Request& request);
  void Protect(const std::shared_ptr<State>& state, const Request& request);
  void Unprotect(const std::shared_ptr<State>& state, const Request& request);
  void Approve(const std::shared_ptr<State>& state, const Request& request);
  void Approvals(const std::shared_ptr<State>& state, const Request& request);
  void RemoveApproval(const std::shared_ptr<State>& state, const Request& request);
  void Policy(const std::shared_ptr<State>& state, const Request& request);
  void ReloadPolicy(const std::shared_ptr<State>& state, const Request& request);
  void Doctor(const std::shared_ptr<State>& state, const Request& request);
  void Override(const std::shared_ptr<State>& state, const Request& request);

  // Asks for a person; `granted` runs if one agrees and the connection is still there.
  using Granted = std::function<void(State& asked, const std::string& how)>;
  void AskPerson(const std::shared_ptr<State>& state, RequestKind kind, const std::string& message,
                 Granted granted);
  bool AlreadyAsking(std::uint32_t uid) const;
  // To every watcher who may see things of `owner_uid`.
  void Tell(std::uint32_t owner_uid, std::string_view kind,
            const std::function<std::string()>& json);
  void SendPolicy(const std::shared_ptr<State>& state, const Result<PolicyReply>& policy);

  Service& service_;
  platform::Authority& authority_;
  Options options_;
  // shared_ptr: an authority's answer may come when the connection, or all of this, is gone.
  std::map<const platform::ControlConnection*, std::shared_ptr<State>> connections_;
};

}  // namespace keyward::control
