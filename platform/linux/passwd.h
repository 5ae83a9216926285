// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Local users as passwd(5) has them. Never a name service: a directory server that does not answer
// must not hold up identity, and may ask a program that waits for us.
namespace keyward::linux_os {

struct PasswdEntry {
  std::string user;
  std::uint32_t uid = 0;
  std::string home;
  std::string shell;
};

// The lines of a passwd file, whatever it holds; lines that are not such are left out.
std::vector<PasswdEntry> ParsePasswd(std::string_view text);
std::optional<std::uint32_t> ParseUid(std::string_view text);

// The homes that /etc/passwd gives to a user, remembered until it changes. Any thread.
std::vector<std::string> HomesOf(std::uint32_t uid);

}  // namespace keyward::linux_os
