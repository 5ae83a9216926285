// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "agent/model/result.h"
#include "agent/policy/layer.h"

namespace keyward::linux_os {

inline constexpr const char* kPolicyDirectory = "/usr/share/keyward/policies";
inline constexpr const char* kAdministratorDirectory = "/etc/keyward/policy.d";
// Of the user layer, in the state directory.
inline constexpr const char* kApprovalsFile = "approvals.toml";
inline constexpr const char* kProtectedFile = "protected.toml";

// Reads the policy files as layers, lowest first; nothing is parsed. `policy_dir` is the shipped
// catalogue (every *.toml below it, by name); `admin_dir` the administrator's (its own *.toml);
// `state_dir` the user layer. An empty name leaves a layer out; a missing admin_dir is an empty
// layer, and so is a user layer without files.
//
// kDenied for a file or directory that others than root, ourselves and the owner of the named
// directory can write; kInvalid for what is no regular file, and above 1 MiB a file, 2,000 files or
// 16 MiB a layer.
Result<std::vector<policy::Layer>> ReadLayers(const std::string& policy_dir,
                                              const std::string& admin_dir,
                                              const std::string& state_dir);

// One file, or the *.toml of one directory (and below it), shown as "NAME/…" of that directory.
// For checking what is not in force: whoever may write it.
Result<std::vector<policy::SourceFile>> ReadPolicyFiles(const std::string& path,
                                                        bool recursive = true);

}  // namespace keyward::linux_os
