// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/control/users.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <memory>

#include "platform/linux/mount_table.h"
#include "platform/linux/passwd.h"
#include "platform/linux/state_files.h"

namespace keyward::linux_os {
namespace {

constexpr std::size_t kMaxPasswdBytes = 4 * 1024 * 1024;
constexpr std::uint32_t kNobody = 65534;

bool IsLoginShell(std::string_view shell) {
  const std::size_t slash = shell.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? shell : shell.substr(slash + 1);
  return name != "nologin" && name != "false" && name != "sync" && name != "true";
}

bool IsPerson(const PasswdEntry& entry, const UserOptions& options) {
  const bool human = entry.uid == 0 || (entry.uid >= options.lowest_uid && entry.uid != kNobody);
  return human && IsLoginShell(entry.shell);
}

// The directory with every link followed; nothing when it is none, or is the root.
std::optional<std::string> ResolvedDirectory(const std::string& path) {
  struct Free {
    void operator()(char* text) const { std::free(text); }
  };
  const std::unique_ptr<char, Free> real(::realpath(path.c_str(), nullptr));
  if (!real) return std::nullopt;
  struct stat info {};
  if (::stat(real.get(), &info) != 0 || !S_ISDIR(info.st_mode)) return std::nullopt;
  std::string resolved(real.get());
  return resolved == "/" ? std::nullopt : std::optional(std::move(resolved));
}

std::vector<PasswdEntry> ReadPasswd(const UserOptions& options) {
  const Result<std::string> text = ReadWholeFile(options.passwd_file, kMaxPasswdBytes);
  return text ? ParsePasswd(*text) : std::vector<PasswdEntry>();
}

}  // namespace

Result<std::vector<policy::Home>> LocalHomes(const UserOptions& options) {
  const Result<std::string> text = ReadWholeFile(options.passwd_file, kMaxPasswdBytes);
  if (!text) return text.error();
  const auto mounts = MountTable::Read();
  std::vector<policy::Home> homes;
  for (const PasswdEntry& entry : ParsePasswd(*text)) {
    if (!IsPerson(entry, options)) continue;
    // On a network a mere look may hang: it is taken as it is written, and named as not protected.
    if (mounts && mounts->PassesUnprotectable(entry.home)) {
      homes.push_back(policy::Home{entry.uid, entry.user, entry.home});
      continue;
    }
    const auto directory = ResolvedDirectory(entry.home);
    if (directory) homes.push_back(policy::Home{entry.uid, entry.user, *directory});
  }
  return homes;
}

Result<policy::Home> ParseHomeOption(std::string_view text, const UserOptions& options) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size())
    return Error{ErrorCode::kInvalid, "--home " + std::string(text) + ": must be USER=DIR", "", 0};
  const std::string user(text.substr(0, equals));
  const std::string path(text.substr(equals + 1));
  const auto directory = ResolvedDirectory(path);
  if (!directory)
    return Error{ErrorCode::kNotFound, "--home " + user + "=" + path + ": no such directory", "",
                 0};
  for (const PasswdEntry& entry : ReadPasswd(options))
    if (entry.user == user) return policy::Home{entry.uid, user, *directory};
  if (const auto uid = ParseUid(user))
    return policy::Home{*uid, UserName(*uid, options), *directory};
  return Error{ErrorCode::kNotFound, "--home " + user + "=" + path + ": no such local user", "", 0};
}

std::string UserName(std::uint32_t uid, const UserOptions& options) {
  for (const PasswdEntry& entry : ReadPasswd(options))
    if (entry.uid == uid) return entry.user;
  return std::to_string(uid);
}

}  // namespace keyward::linux_os
