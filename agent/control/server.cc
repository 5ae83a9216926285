// SPDX-License-Identifier: Apache-2.0
#include "agent/control/server.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "agent/model/check.h"

namespace keyward::control {

using platform::AuthorityAnswer;
using platform::AuthorityDecision;
using platform::ControlConnection;

// One connection: what it may do next, and how to answer it.
struct Dispatcher::State {
  std::weak_ptr<ControlConnection> connection;
  platform::Peer peer;
  Viewer viewer;
  bool greeted = false;
  bool waiting = false;  // for a person
  bool watching = false;
  std::size_t answered_bytes = 0;  // of the request at hand

  // False once an answer has become so large that the rest has to be asked for.
  bool Row(std::string_view kind, const std::string& json) {
    if (answered_bytes > kMaxAnswerBytes) return false;
    answered_bytes += json.size();
    Send(WriteReply(kind, json));
    return true;
  }
  void End(bool more = false) { Send(WriteEnd(more)); }
  void One(std::string_view kind, const std::string& json) {
    Send(WriteReply(kind, json));
    End();
  }
  // What is not permitted ends the connection; what can't be done does not.
  void Fail(const Error& error) {
    Send(WriteError(error));
    if (error.code == ErrorCode::kDenied) Close();
  }
  void Refuse(const Error& error) {
    Send(WriteError(error));
    Close();
  }

 private:
  void Send(const std::string& message) {
    const auto open = connection.lock();
    if (open && !open->Send(message)) open->Close();
  }
  void Close() {
    if (const auto open = connection.lock()) open->Close();
  }
};

namespace {

Error Denied(std::string what, std::string hint = "") {
  return Error{ErrorCode::kDenied, std::move(what), std::move(hint), 0};
}

Error WhyNot(const AuthorityDecision& decision) {
  switch (decision.answer) {
    case AuthorityAnswer::kUseOwnAccount:
      return Denied("root alone can't loosen the protection on a machine with a seat",
                    "run it from your own account, without sudo; nothing was changed");
    case AuthorityAnswer::kNobodyToAsk:
      return Denied("nobody could be asked: " + decision.how,
                    "an authentication agent has to run in your session; nothing was changed");
    default: return Denied("not granted: " + decision.how, "nothing was changed");
  }
}

}  // namespace

Dispatcher::Dispatcher(Service& service, platform::Authority& authority, Options options)
    : service_(service), authority_(authority), options_(std::move(options)) {
  KW_CHECK(options_.incident_json != nullptr);
}

Dispatcher::~Dispatcher() = default;

Dispatcher::Handler Dispatcher::HandlerOf(RequestKind kind) {
  static constexpr std::array<Handler, kRequestKinds> kHandlers{
      &Dispatcher::Hello,     &Dispatcher::Status,       &Dispatcher::Assets,
      &Dispatcher::Incidents, &Dispatcher::FindIncident, &Dispatcher::Watch,
      &Dispatcher::Explain,   &Dispatcher::Protect,      &Dispatcher::Unprotect,
      &Dispatcher::Approve,   &Dispatcher::Approvals,    &Dispatcher::RemoveApproval,
      &Dispatcher::Policy,    &Dispatcher::ReloadPolicy, &Dispatcher::Doctor,
      &Dispatcher::Override};
  return kHandlers.at(static_cast<std::size_t>(kind));
}

void Dispatcher::OnMessage(const std::shared_ptr<ControlConnection>& connection,
                           const std::string& message) {
  std::shared_ptr<State>& slot = connections_[connection.get()];
  if (!slot) {
    slot = std::make_shared<State>();
    slot->connection = connection;
    slot->peer = connection->peer();
    slot->viewer = Viewer{slot->peer.uid, slot->peer.uid == 0};
  }
  // A copy: what is sent may close the connection, and with it the slot.
  const std::shared_ptr<State> state = slot;
  Dispatch(state, message);
}

void Dispatcher::OnClosed(const std::shared_ptr<ControlConnection>& connection) {
  connections_.erase(connection.get());
}

// The one check of who may send what, and when.
void Dispatcher::Dispatch(const std::shared_ptr<State>& state, const std::string& message) {
  const Result<Request> request = ParseRequest(message);
  if (!request) return state->Refuse(request.error());
  const RequestSpec& spec = SpecOf(KindOf(*request));
  const std::string name(spec.name);
  if (state->waiting || state->watching)
    return state->Refuse(Denied("request \"" + name + "\" while an answer is still owed"));
  if ((spec.when == When::kFirst) == state->greeted)
    return state->Refuse(Denied(state->greeted ? "a second hello" : "no hello came first"));
  if (spec.need == Need::kRoot && state->peer.uid != 0)
    return state->Refuse(
        Denied("request \"" + name + "\" is for root", "use sudo; nothing was changed"));
  state->answered_bytes = 0;
  (this->*HandlerOf(spec.kind))(state, *request);
}

void Dispatcher::Hello(const std::shared_ptr<State>& state, const Request& request) {
  const int protocol = std::get<HelloRequest>(request).protocol;
  if (protocol != kProtocolVersion) {
    return state->Refuse(Error{ErrorCode::kUnsupported,
                               "the daemon speaks protocol " + std::to_string(kProtocolVersion) +
                                   ", not " + std::to_string(protocol),
                               "keyward and keywardd must be of one release", 0});
  }
  state->greeted = true;
  state->One("hello", ToJson(HelloReply{kProtocolVersion, options_.version}));
}

void Dispatcher::Status(const std::shared_ptr<State>& state, const Request&) {
  Result<StatusReply> reply = service_.Status(state->viewer);
  if (!reply) return state->Fail(reply.error());
  const Viewer viewer = state->viewer;
  std::erase_if(reply->users, [viewer](const UserSummary& u) { return !viewer.Sees(u.uid); });
  std::erase_if(reply->not_covered, [viewer](const NotCovered& n) { return !viewer.Sees(n.uid); });
  if (reply->newest && !viewer.Sees(reply->newest->uid)) reply->newest.reset();
  state->One("status", ToJson(*reply));
}

void Dispatcher::Assets(const std::shared_ptr<State>& state, const Request&) {
  const auto rows = service_.Assets(state->viewer);
  if (!rows) return state->Fail(rows.error());
  for (const AssetRow& row : *rows)
    if (state->viewer.Sees(row.uid) && !state->Row("asset", ToJson(row))) return state->End(true);
  state->End();
}

void Dispatcher::Incidents(const std::shared_ptr<State>& state, const Request& request) {
  const auto& filter = std::get<IncidentsRequest>(request);
  const auto found = service_.Incidents(state->viewer, filter);
  if (!found) return state->Fail(found.error());
  for (const Incident& incident : *found) {
    if (!state->viewer.Sees(incident.owner_uid)) continue;
    if (!state->Row("incident", options_.incident_json(incident))) return state->End(true);
  }
  state->End(found->size() >= filter.limit);
}

void Dispatcher::FindIncident(const std::shared_ptr<State>& state, const Request& request) {
  const std::int64_t id = std::get<IncidentRequest>(request).id;
  const auto incident = service_.FindIncident(state->viewer, id);
  // Somebody else's looks exactly like none.
  const Error none{ErrorCode::kNotFound, "no incident " + std::to_string(id), "", 0};
  if (!incident)
    return state->Fail(incident.error().code == ErrorCode::kDenied ? none : incident.error());
  if (!state->viewer.Sees(incident->owner_uid)) return state->Fail(none);
  state->One("incident", options_.incident_json(*incident));
}

void Dispatcher::Watch(const std::shared_ptr<State>& state, const Request&) {
  state->watching = true;
  for (const QuestionRow& question : service_.Questions(state->viewer))
    if (state->viewer.Sees(question.uid)) state->Row("question", ToJson(question));
}

void Dispatcher::Explain(const std::shared_ptr<State>& state, const Request& request) {
  const auto reply = service_.Explain(state->viewer, std::get<ExplainRequest>(request));
  if (!reply) return state->Fail(reply.error());
  state->One("explain", ToJson(*reply));
}

void Dispatcher::Protect(const std::shared_ptr<State>& state, const Request& request) {
  const auto row = service_.Protect(state->peer, std::get<ProtectRequest>(request));
  if (!row) return state->Fail(row.error());
  state->One("protected", ToJson(*row));
}

void Dispatcher::Unprotect(const std::shared_ptr<State>& state, const Request& request) {
  const auto wanted = std::get<UnprotectRequest>(request);
  const auto message = service_.DescribeUnprotect(state->peer, wanted);
  if (!message) return state->Fail(message.error());
  AskPerson(state, RequestKind::kUnprotect, *message,
            [this, wanted](State& asked, const std::string& how) {
              const auto row = service_.Unprotect(asked.peer, wanted, how);
              if (!row) return asked.Fail(row.error());
              asked.One("protected", ToJson(*row));
            });
}

void Dispatcher::Approve(const std::shared_ptr<State>& state, const Request& request) {
  const auto wanted = std::get<ApproveRequest>(request);
  if (wanted.uid && !state->viewer.Sees(*wanted.uid))
    return state->Fail(Denied("only root approves for somebody else"));
  const auto message = service_.DescribeApproval(state->peer, wanted);
  if (!message) return state->Fail(message.error());
  AskPerson(state, RequestKind::kApprove, *message,
            [this, wanted](State& asked, const std::string& how) {
              const auto row = service_.Approve(asked.peer, wanted, how);
              if (!row) return asked.Fail(row.error());
              asked.One("approval", ToJson(*row));
            });
}

void Dispatcher::Approvals(const std::shared_ptr<State>& state, const Request&) {
  const auto approvals = service_.Approvals(state->viewer);
  if (!approvals) return state->Fail(approvals.error());
  const auto places = service_.ProtectedPaths(state->viewer);
  if (!places) return state->Fail(places.error());
  for (const ApprovalRow& row : *approvals) {
    if (!state->viewer.Sees(row.uid)) continue;
    if (!state->Row("approval", ToJson(row))) return state->End(true);
  }
  for (const ProtectedRow& row : *places) {
    if (!state->viewer.Sees(row.uid)) continue;
    if (!state->Row("protected", ToJson(row))) return state->End(true);
  }
  state->End();
}

void Dispatcher::RemoveApproval(const std::shared_ptr<State>& state, const Request& request) {
  const auto row = service_.RemoveApproval(state->viewer, std::get<RemoveApprovalRequest>(request));
  if (!row) return state->Fail(row.error());
  state->One("approval", ToJson(*row));
}

void Dispatcher::Policy(const std::shared_ptr<State>& state, const Request&) {
  SendPolicy(state, service_.Policy(state->viewer));
}

void Dispatcher::ReloadPolicy(const std::shared_ptr<State>& state, const Request&) {
  SendPolicy(state, service_.ReloadPolicy());
}

// The head first, then rules and findings as rows: there may be thousands.
void Dispatcher::SendPolicy(const std::shared_ptr<State>& state,
                            const Result<PolicyReply>& policy) {
  if (!policy) return state->Fail(policy.error());
  PolicyReply head = *policy;
  head.rules.clear();
  head.findings.clear();
  state->Row("policy", ToJson(head));
  for (const Finding& finding : policy->findings)
    if (!state->Row("finding", ToJson(finding))) return state->End(true);
  for (const RuleRow& rule : policy->rules)
    if (!state->Row("rule", ToJson(rule))) return state->End(true);
  state->End();
}

void Dispatcher::Doctor(const std::shared_ptr<State>& state, const Request&) {
  Result<DoctorReply> reply = service_.Doctor(state->viewer);
  if (!reply) return state->Fail(reply.error());
  const Viewer viewer = state->viewer;
  std::erase_if(reply->coverage.not_covered,
                [viewer](const NotCovered& n) { return !viewer.Sees(n.uid); });
  state->One("doctor", ToJson(*reply));
}

void Dispatcher::Override(const std::shared_ptr<State>& state, const Request& request) {
  const auto wanted = std::get<OverrideRequest>(request);
  const auto act = [this, wanted](State& asked, const std::string& how) {
    const auto reply = service_.Override(asked.peer, wanted, how);
    if (!reply) return asked.Fail(reply.error());
    asked.One("override", ToJson(*reply));
  };
  // Enforcing again only tightens.
  if (wanted.duration.count() == 0) return act(*state, "");
  AskPerson(state, RequestKind::kOverride,
            "Stop refusing anything on this computer, for everybody, for " +
                std::to_string((wanted.duration.count() + 59) / 60) + " minutes",
            act);
}

bool Dispatcher::AlreadyAsking(std::uint32_t uid) const {
  return std::any_of(connections_.begin(), connections_.end(), [uid](const auto& entry) {
    return entry.second->waiting && entry.second->peer.uid == uid;
  });
}

void Dispatcher::AskPerson(const std::shared_ptr<State>& state, RequestKind kind,
                           const std::string& message, Granted granted) {
  // One at a time: a pile of dialogs would wear a person down.
  if (AlreadyAsking(state->peer.uid)) {
    return state->Fail(Error{ErrorCode::kBusy, "a person is being asked about another request",
                             "answer that one first; nothing was changed", 0});
  }
  state->waiting = true;
  const std::weak_ptr<State> weak = state;
  authority_.Ask(state->peer, std::string(SpecOf(kind).action), message,
                 [weak, granted = std::move(granted)](const AuthorityDecision& decision) {
                   // The caller, or the dispatcher, is gone: nobody can be told, so nothing is
                   // loosened.
                   const std::shared_ptr<State> asked = weak.lock();
                   if (!asked || asked->connection.expired()) return;
                   asked->waiting = false;
                   if (decision.answer != AuthorityAnswer::kGranted)
                     return asked->Fail(WhyNot(decision));
                   granted(*asked, decision.how);
                 });
}

void Dispatcher::Tell(std::uint32_t owner_uid, std::string_view kind,
                      const std::function<std::string()>& json) {
  // First who, then the text: nobody watches most of the time. Sending may close a connection and
  // change the map.
  std::vector<std::shared_ptr<State>> watchers;
  for (const auto& [connection, state] : connections_)
    if (state->watching && state->viewer.Sees(owner_uid)) watchers.push_back(state);
  if (watchers.empty()) return;
  const std::string text = json();
  for (const auto& state : watchers) {
    state->answered_bytes = 0;
    state->Row(kind, text);
  }
}

void Dispatcher::Publish(const Incident& incident) {
  Tell(incident.owner_uid, "incident", [&] { return options_.incident_json(incident); });
}

void Dispatcher::PublishQuestion(const QuestionRow& question) {
  Tell(question.uid, "question", [&] { return ToJson(question); });
}

void Dispatcher::PublishQuestionClosed(std::uint64_t id, std::uint32_t owner_uid) {
  Tell(owner_uid, "question_closed", [id] { return "{\"id\":" + std::to_string(id) + "}"; });
}

bool Dispatcher::Watched(std::uint32_t owner_uid) const {
  return std::any_of(connections_.begin(), connections_.end(), [owner_uid](const auto& entry) {
    return entry.second->watching && entry.second->viewer.Sees(owner_uid);
  });
}

}  // namespace keyward::control
