// SPDX-License-Identifier: Apache-2.0
// What people ask the daemon to change. What loosens has been authorised when it comes here.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "agent/control/wording.h"
#include "agent/daemon/daemon.h"
#include "agent/daemon/rows.h"
#include "agent/model/clock.h"

namespace keyward::daemon {
namespace {

std::optional<Time> ExpiryOf(const control::ApproveRequest& request) {
  if (request.term != control::Term::kDuration) return std::nullopt;
  return Now() + request.duration;
}

}  // namespace

// What the request would become, or why it can't be granted.
Result<policy::Approval> Daemon::ApprovalFor(const platform::Peer& peer,
                                             const control::ApproveRequest& request) const {
  policy::Approval approval;
  approval.uid = peer.uid;
  approval.read = request.read;
  approval.write = request.write;
  approval.expires = ExpiryOf(request);
  const Subject* subject = nullptr;
  if (request.question) {
    const auto at = questions_.find(*request.question);
    if (at == questions_.end() || (peer.uid != 0 && at->second.record.owner_uid != peer.uid))
      return Error{ErrorCode::kNotFound,
                   "no question " + std::to_string(*request.question) + " is open",
                   "an open is held for ten seconds; approve the program by --exe and --asset"};
    const platform::VerdictRecord& record = at->second.record;
    subject = &record.subject->judged();
    approval.uid = record.owner_uid;
    approval.asset = record.policy->AssetId(record.asset);
    approval.program_path = subject->program().path;
    approval.sha256 = subject->program().sha256;
    if (!approval.sha256 && subject->program().package)
      approval.package = subject->program().package->name;
  } else {
    if (peer.uid == 0 && request.uid) approval.uid = *request.uid;
    approval.asset = request.asset;
    approval.program_path = request.program_path;
    approval.sha256 = request.sha256;
    approval.package = request.package;
  }
  if (!policies_.current()->FindAsset(approval.asset))
    return Error{ErrorCode::kNotFound, "no asset \"" + approval.asset + "\"",
                 "keyward assets lists them"};
  if (request.term == control::Term::kOnce) {
    if (!request.question)
      return Error{ErrorCode::kInvalid, "once answers a question that is open",
                   "give --question, or a duration such as --for 1h"};
    return approval;
  }
  if (request.term == control::Term::kUntilExit) {
    if (!subject)
      return Error{ErrorCode::kInvalid, "until-exit answers a question that is open",
                   "give --question"};
    approval.exec_id = subject->exec_id;
    return approval;
  }
  if (subject && questions_.at(*request.question).record.subject->judged_generations > 0)
    return Error{ErrorCode::kInvalid, "a tool asks here for the program that runs it",
                 "answer with --once or --until-exit"};
  if (subject && subject->executable.role == ProgramRole::kInterpreter && !subject->script)
    return Error{ErrorCode::kInvalid, "an interpreter can't be approved for longer than one run",
                 "approve the script, or answer with --once"};
  if (!approval.sha256 && approval.package.empty())
    return Error{ErrorCode::kInvalid, "there is nothing to know the program by again",
                 "approve a program file or a packaged program"};
  return approval;
}

Result<std::string> Daemon::DescribeApproval(const platform::Peer& peer,
                                             const control::ApproveRequest& request) {
  auto approval = ApprovalFor(peer, request);
  if (!approval) return approval.error();
  const auto index = policies_.current()->FindAsset(approval->asset);
  return control::ApprovalMessage(approval->program_path, policies_.current()->asset(*index).name,
                                  approval->read, approval->write, request.term, request.duration);
}

Result<control::ApprovalRow> Daemon::Approve(const platform::Peer& peer,
                                             const control::ApproveRequest& request,
                                             const std::string& how) {
  auto approval = ApprovalFor(peer, request);
  if (!approval) return approval.error();
  approval->authority = how;
  approval->created = Now();
  if (request.term != control::Term::kOnce) {
    auto stored = policies_.Approve(std::move(*approval));
    if (!stored) return stored.error();
    approval = std::move(*stored);
    ApplyPolicy();
  }
  Incident incident =
      OwnIncident(IncidentKind::kApproval, approval->uid,
                  control::ApprovalMessage(approval->program_path, approval->asset, approval->read,
                                           approval->write, request.term, request.duration) +
                      " (" + how + ")");
  incident.asset = approval->asset;
  incident.path = approval->program_path;
  OnIncident(std::move(incident));
  if (request.question) engine_->AnswerQuestion(*request.question, platform::Answer::kAllowOnce);
  spdlog::info("approval id={} uid={} asset={} by={}", approval->id, approval->uid, approval->asset,
               how);
  return ApprovalRowOf(*approval, *policies_.current());
}

Result<control::ApprovalRow> Daemon::RemoveApproval(const control::Viewer& viewer,
                                                    const control::RemoveApprovalRequest& request) {
  for (const policy::Approval& approval : policies_.people().approvals) {
    if (approval.id != request.id || !viewer.Sees(approval.uid)) continue;
    auto removed = policies_.RemoveApproval(request.id);
    if (!removed) return removed.error();
    ApplyPolicy();
    return ApprovalRowOf(*removed, *policies_.current());
  }
  return Error{ErrorCode::kNotFound, "no approval " + std::to_string(request.id),
               "keyward approvals lists them"};
}

Result<control::ProtectedRow> Daemon::Protect(const platform::Peer& peer,
                                              const control::ProtectRequest& request) {
  const auto inside = [&](const policy::Home& home) {
    return request.path.size() > home.path.size() + 1 &&
           request.path.compare(0, home.path.size(), home.path) == 0 &&
           request.path[home.path.size()] == '/';
  };
  const auto home = std::find_if(homes_.begin(), homes_.end(), inside);
  if (home == homes_.end() || (peer.uid != 0 && home->uid != peer.uid))
    return Error{ErrorCode::kDenied, request.path + " is not in your home",
                 "an administrator can protect other places in /etc/keyward/policy.d"};
  if (policies_.current()->FindPlace(request.path, homes_) && !request.programs.empty())
    return Error{ErrorCode::kInvalid, request.path + " is protected already, with its own rules",
                 "keyward approve lets a program in"};
  policy::ProtectedPath path;
  path.uid = home->uid;
  path.path = request.path;
  path.directory = true;  // a file has nothing below it: both are covered by one entry
  path.programs = request.programs;
  auto stored = policies_.Protect(std::move(path));
  if (!stored) return stored.error();
  ApplyPolicy();
  return ProtectedRowOf(*stored);
}

Result<std::string> Daemon::DescribeUnprotect(const platform::Peer& peer,
                                              const control::UnprotectRequest& request) {
  for (const policy::ProtectedPath& path : policies_.people().protected_paths)
    if (path.path == request.path && (peer.uid == 0 || path.uid == peer.uid))
      return control::UnprotectMessage(request.path);
  return Error{ErrorCode::kNotFound, request.path + " was not protected by you",
               "keyward assets lists what is protected and why"};
}

Result<control::ProtectedRow> Daemon::Unprotect(const platform::Peer& peer,
                                                const control::UnprotectRequest& request,
                                                const std::string& how) {
  std::uint32_t uid = peer.uid;
  for (const policy::ProtectedPath& path : policies_.people().protected_paths)
    if (path.path == request.path && peer.uid == 0) uid = path.uid;
  auto removed = policies_.Unprotect(uid, request.path);
  if (!removed) return removed.error();
  ApplyPolicy();
  Incident incident = OwnIncident(IncidentKind::kApproval, uid,
                                  "a person's own place is protected no longer (" + how + ")");
  incident.path = request.path;
  OnIncident(std::move(incident));
  return ProtectedRowOf(*removed);
}

Result<control::OverrideReply> Daemon::Override(const platform::Peer&,
                                                const control::OverrideRequest& request,
                                                const std::string& how) {
  std::optional<Time> until;
  if (request.duration.count() > 0) until = Now() + request.duration;
  if (auto set = policies_.SetOverride(until); !set) return set.error();
  ApplyPolicy();
  OnIncident(OwnIncident(
      IncidentKind::kOverride, 0,
      until ? "nothing is refused for " + control::DurationText(request.duration) + " (" + how + ")"
            : std::string("enforcing is on again")));
  return control::OverrideReply{policies_.current()->monitoring(), until};
}

Result<control::PolicyReply> Daemon::ReloadPolicy() {
  if (auto reloaded = policies_.Reload(); !reloaded) return reloaded.error();
  ApplyPolicy();
  return Policy(control::Viewer{0, true});
}

}  // namespace keyward::daemon
