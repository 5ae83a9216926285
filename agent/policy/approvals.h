// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/finding.h"
#include "agent/model/hash.h"
#include "agent/model/incident.h"
#include "agent/model/result.h"

namespace keyward::policy {

// A person's answer that outlives one open: turns `ask`, or a `deny` that is not locked, into
// `allow` for one program by evidence. Never an interpreter, never an argument string.
struct Approval {
  std::uint64_t id = 0;
  std::uint32_t uid = 0;         // whose assets
  std::string asset;             // asset id
  std::string program_path;      // as it was seen; informative unless `package` is set
  std::optional<Sha256> sha256;  // of the program file: it binds exactly this content…
  std::string package;           // …or this package's file at program_path, digest right
  bool read = true;
  bool write = false;
  std::optional<Time> expires;
  std::optional<std::uint64_t> exec_id;  // "until it quits": not kept on disk
  Time created{};
  std::string authority;  // "polkit auth_admin", "root without a seat"
};

// A person's own place: `keyward protect PATH [--for PROGRAM]`.
struct ProtectedPath {
  std::uint64_t id = 0;
  std::uint32_t uid = 0;
  std::string path;                   // absolute
  bool directory = false;             // everything below as well
  std::vector<std::string> programs;  // program entries as in the catalogue
  Time created{};
};

// The user layer as it is kept in the state directory, one TOML file each, schema as in policy.d.
struct UserLayer {
  std::vector<Approval> approvals;
  std::vector<ProtectedPath> protected_paths;
};

Result<UserLayer> ParseUserLayer(std::string_view approvals_toml, std::string_view protected_toml,
                                 Findings& findings);
// `with_running`: those that hold until a program quits as well, for Compile; a file never has
// them.
std::string WriteApprovals(const UserLayer& layer, bool with_running = false);
std::string WriteProtectedPaths(const UserLayer& layer);

}  // namespace keyward::policy
