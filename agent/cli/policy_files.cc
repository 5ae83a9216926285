// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/policy_files.h"

#include <cstdio>

#include "agent/control/printable.h"
#include "agent/policy/approvals.h"

namespace keyward::cli {
namespace {

policy::Approval ApprovalOf(const control::ApprovalRow& row) {
  policy::Approval approval;
  approval.id = row.id;
  approval.uid = row.uid;
  approval.asset = row.asset;
  approval.program_path = row.program_path;
  approval.sha256 = ParseSha256(row.sha256);
  approval.package = row.package;
  approval.read = row.read;
  approval.write = row.write;
  approval.expires = row.expires;
  approval.created = row.created;
  approval.authority = row.authority;
  return approval;
}

policy::ProtectedPath PlaceOf(const control::ProtectedRow& row) {
  policy::ProtectedPath place;
  place.id = row.id;
  place.uid = row.uid;
  place.path = row.path;
  place.directory = row.directory;
  place.programs = row.programs;
  place.created = row.created;
  return place;
}

// What people decided, as the daemon tells it to this caller.
Result<policy::Layer> AskForUserLayer(control::Session& session) {
  policy::UserLayer people;
  const auto asked = session.Ask(control::ApprovalsRequest{}, [&](const control::Reply& reply) {
    if (reply.kind == "approval") {
      const auto row = control::ParseApproval(reply.data);
      // What ends with a process says nothing of a program that is only imagined.
      if (row && !row->until_exit) people.approvals.push_back(ApprovalOf(*row));
    } else if (reply.kind == "protected") {
      const auto row = control::ParseProtected(reply.data);
      if (row) people.protected_paths.push_back(PlaceOf(*row));
    }
    return true;
  });
  if (!asked) return asked.error();
  policy::Layer layer{policy::LayerKind::kUser, {}};
  if (!people.approvals.empty())
    layer.files.push_back({"approvals.toml", policy::WriteApprovals(people)});
  if (!people.protected_paths.empty())
    layer.files.push_back({"protected.toml", policy::WriteProtectedPaths(people)});
  return layer;
}

void PrintFinding(const Finding& finding) {
  const char* const level = finding.level == FindingLevel::kError     ? "error"
                            : finding.level == FindingLevel::kWarning ? "warning"
                                                                      : "note";
  constexpr std::size_t kCap = 600;
  std::fprintf(stderr, "keyward: %s: %s\n", level,
               control::Printable(ToString(finding), kCap).c_str());
  if (!finding.hint.empty())
    std::fprintf(stderr, "keyward: hint: %s\n", control::Printable(finding.hint, kCap).c_str());
}

}  // namespace

Result<PolicyPtr> Compile(const Context& context, const std::vector<policy::Layer>& layers,
                          Findings& findings) {
  policy::CompiledPolicy::Options options;
  options.now = context.now;
  return policy::CompiledPolicy::Compile(layers, options, findings);
}

Result<std::vector<policy::Layer>> LayersInForce(const Context& context,
                                                 control::Session* session) {
  if (session == nullptr) {
    auto layers =
        context.host.ReadLayers(context.policy_dir(), context.admin_dir(), context.state_dir());
    // The state directory is root's: without it, approvals are not known.
    if (layers || layers.error().code != ErrorCode::kDenied) return layers;
  }
  auto layers = context.host.ReadLayers(context.policy_dir(), context.admin_dir(), "");
  if (!layers || session == nullptr) return layers;
  auto people = AskForUserLayer(*session);
  if (!people) return people.error();
  if (!people->files.empty()) layers->push_back(std::move(*people));
  return layers;
}

void PrintFindings(const Findings& findings, FindingLevel least) {
  std::fflush(stdout);
  for (const Finding& finding : findings)
    if (finding.level <= least) PrintFinding(finding);
}

}  // namespace keyward::cli
