// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/rows.h"

namespace keyward::daemon {

control::ApprovalRow ApprovalRowOf(const policy::Approval& approval,
                                   const policy::CompiledPolicy& policy) {
  control::ApprovalRow row;
  row.id = approval.id;
  row.uid = approval.uid;
  row.asset = approval.asset;
  if (const auto index = policy.FindAsset(approval.asset))
    row.asset_name = policy.asset(*index).name;
  row.program_path = approval.program_path;
  if (approval.sha256) row.sha256 = ToHex(*approval.sha256);
  row.package = approval.package;
  row.read = approval.read;
  row.write = approval.write;
  row.expires = approval.expires;
  row.until_exit = approval.exec_id.has_value();
  row.created = approval.created;
  row.authority = approval.authority;
  return row;
}

control::ProtectedRow ProtectedRowOf(const policy::ProtectedPath& path) {
  return {path.id, path.uid, path.path, path.directory, path.programs, path.created};
}

}  // namespace keyward::daemon
