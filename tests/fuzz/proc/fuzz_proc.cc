// SPDX-License-Identifier: Apache-2.0
// The parsers of /proc and of the process connector, on whatever bytes. Each claim below is one
// that callers rely on.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "platform/linux/passwd.h"
#include "platform/linux/process/ownership.h"
#include "platform/linux/process/proc_event.h"
#include "platform/linux/process/proc_reader.h"

namespace {

void Claim(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace keyward::linux_os;
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  if (const auto stat = ParseStat(text)) Claim(stat->pid > 0 && stat->name.size() < size);
  if (const auto status = ParseStatus(text)) Claim(text.find("TracerPid") != text.npos);
  const TextList list = ParseNulList(text, 16, 256);
  std::size_t bytes = 0;
  for (const std::string& item : list.items) {
    bytes += item.size();
    Claim(item.find('\0') == item.npos);
  }
  Claim(list.items.size() <= 16 && bytes <= 256);
  if (const auto mapping = ParseMapping(text))
    Claim(mapping->path.empty() ||
          (mapping->path.data() >= text.data() &&
           mapping->path.data() + mapping->path.size() <= text.data() + text.size()));
  Claim(ParseCgroup(text).size() <= 512);
  (void)ParseNumber(text);
  // Read-only must be shown, never assumed.
  if (ParseSyscall(text) == WaitingIn::kReadOnlyOpen) Claim(text.find("0x") != text.npos);
  for (const std::string& mount : ForeignMounts(text)) Claim(mount.size() <= size);
  for (const PasswdEntry& entry : ParsePasswd(text)) Claim(entry.home.front() == '/');
  if (const auto event = ParseProcEvent(text.data(), text.size())) Claim(size >= 36);
  return 0;
}
