// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/result.h"
#include "agent/policy/compiled_policy.h"

namespace keyward::linux_os {

struct UserOptions {
  std::string passwd_file = "/etc/passwd";
  std::uint32_t lowest_uid = 1000;  // root is taken as well
};

// Local people: root and uids from `lowest_uid` (but nobody), with a login shell and a home that
// exists. Read from the file itself: name services may be on a network, or ask a program that waits
// for us.
Result<std::vector<policy::Home>> LocalHomes(const UserOptions& options = {});

// `--home USER=DIR`: USER by name or number. kInvalid with what is wrong.
Result<policy::Home> ParseHomeOption(std::string_view text, const UserOptions& options = {});

// "alice", or the number where there is no such local user.
std::string UserName(std::uint32_t uid, const UserOptions& options = {});

}  // namespace keyward::linux_os
