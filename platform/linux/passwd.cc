// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/passwd.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <mutex>

#include "platform/linux/state_files.h"

namespace keyward::linux_os {
namespace {

constexpr const char* kPasswd = "/etc/passwd";
constexpr std::size_t kMostBytes = 4 << 20;

}  // namespace

std::optional<std::uint32_t> ParseUid(std::string_view text) {
  std::uint32_t uid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), uid);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return uid == 0xffffffffu ? std::nullopt : std::optional(uid);
}

std::vector<PasswdEntry> ParsePasswd(std::string_view text) {
  std::vector<PasswdEntry> entries;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::array<std::string_view, 7> fields{};
    std::size_t count = 0;
    for (;;) {
      const std::size_t colon = line.find(':');
      if (count < fields.size()) fields[count] = line.substr(0, colon);
      ++count;
      if (colon == std::string_view::npos) break;
      line.remove_prefix(colon + 1);
    }
    const auto uid = ParseUid(fields[2]);
    if (count != fields.size() || fields[0].empty() || !uid) continue;
    if (fields[5].empty() || fields[5][0] != '/') continue;
    entries.push_back(
        PasswdEntry{std::string(fields[0]), *uid, std::string(fields[5]), std::string(fields[6])});
  }
  return entries;
}

std::vector<std::string> HomesOf(std::uint32_t uid) {
  static std::mutex mutex;
  static std::vector<PasswdEntry> entries;
  static timespec read_at{};
  struct stat st {};
  const std::lock_guard lock(mutex);
  if (::stat(kPasswd, &st) == 0 &&
      (st.st_mtim.tv_sec != read_at.tv_sec || st.st_mtim.tv_nsec != read_at.tv_nsec)) {
    if (auto text = ReadWholeFile(kPasswd, kMostBytes)) {
      entries = ParsePasswd(*text);
      read_at = st.st_mtim;
    }
  }
  std::vector<std::string> homes;
  for (const PasswdEntry& entry : entries)
    if (entry.uid == uid) homes.push_back(entry.home);
  return homes;
}

}  // namespace keyward::linux_os
