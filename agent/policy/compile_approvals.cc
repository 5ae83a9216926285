// SPDX-License-Identifier: Apache-2.0
// What people allowed. A stale answer is left out with a word; it never refuses the policy.
#include <map>
#include <string>

#include "agent/policy/compiler.h"

namespace keyward::policy {

void Compiler::CompileApprovals() {
  std::map<std::uint64_t, Location> known;
  for (const PlacedApproval& placed : source_.approvals) {
    const auto [other, is_new] = known.try_emplace(placed.approval.id, placed.where);
    if (!is_new) {
      Error(placed.where, "approval " + std::to_string(placed.approval.id) + " is already at " +
                              ToString(other->second));
      continue;
    }
    CompileApproval(placed);
  }
}

void Compiler::CompileApproval(const PlacedApproval& placed) {
  const Approval& a = placed.approval;
  const std::string id = "approval." + std::to_string(a.id);
  if (Expired(a.expires)) return;
  const auto reference = FindReference(a.asset);
  if (!reference || reference->asset == kNoAsset) {
    Warn(placed.where, id + " is for asset \"" + a.asset + "\", which is not here: it is left out");
    return;
  }
  const auto lock = asset_locks_.find(reference->asset);
  if (lock != asset_locks_.end()) {
    Warn(placed.where, id + " is for asset \"" + a.asset + "\", which is locked at " +
                           ToString(lock->second.where) + ": it is left out");
    return;
  }
  if (a.expires) Due(*a.expires);

  RuleInfo info;
  info.id = id;
  info.where = placed.where;
  info.layer = LayerKind::kUser;
  info.meaning =
      "a person allowed this program" + (a.authority.empty() ? "" : " (" + a.authority + ")");
  const RuleIndex rule = AddRule(std::move(info));
  FlatMap<ApprovalCell>& map = a.exec_id ? t_.running : t_.approvals;
  std::uint64_t who = a.exec_id.value_or(0);
  if (!a.exec_id) {
    ProgramEntry entry;
    if (a.sha256) {
      entry.kind = ProgramEntry::Kind::kContent;
      entry.content = *a.sha256;
    } else {
      entry.kind = ProgramEntry::Kind::kPackageFile;
      entry.text = a.package;
      entry.path = a.program_path;
    }
    who = t_.programs.Add(entry);
  }
  ApprovalCell& cell = map[CompiledPolicy::Tables::ApprovalKey(
      who, reference->asset, reference->selector->browser, a.uid)];
  if (a.read) cell.rules[static_cast<std::size_t>(Access::kRead)] = rule;
  if (a.write) cell.rules[static_cast<std::size_t>(Access::kWrite)] = rule;
}

}  // namespace keyward::policy
