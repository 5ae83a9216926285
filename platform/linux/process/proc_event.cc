// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/process/proc_event.h"

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>

#include <algorithm>
#include <cstring>

namespace keyward::linux_os {
namespace {

// Of linux/cn_proc.h, where newer headers have them outside the structure and older ones inside.
constexpr std::uint32_t kFork = 0x00000001;
constexpr std::uint32_t kExec = 0x00000002;
constexpr std::uint32_t kExit = 0x80000000;

}  // namespace

std::optional<ProcEvent> ParseProcEvent(const char* data, std::size_t size) {
  nlmsghdr netlink{};
  cn_msg connector{};
  proc_event event{};
  constexpr std::size_t kHeads = sizeof netlink + sizeof connector;
  if (size < kHeads + offsetof(proc_event, event_data)) return std::nullopt;
  std::memcpy(&netlink, data, sizeof netlink);
  std::memcpy(&connector, data + sizeof netlink, sizeof connector);
  if (netlink.nlmsg_len > size || connector.id.idx != CN_IDX_PROC ||
      connector.id.val != CN_VAL_PROC)
    return std::nullopt;
  // Kernels send no more than the event needs: the rest stays zero.
  std::memcpy(&event, data + kHeads, std::min(sizeof event, size - kHeads));
  switch (static_cast<std::uint32_t>(event.what)) {
    case kFork: {
      const auto& fork = event.event_data.fork;
      if (fork.child_pid != fork.child_tgid) return std::nullopt;
      return ProcEvent{ProcEvent::Kind::kFork, fork.child_tgid, fork.parent_tgid};
    }
    case kExec: return ProcEvent{ProcEvent::Kind::kExec, event.event_data.exec.process_tgid, 0};
    case kExit: {
      const auto& exit = event.event_data.exit;
      if (exit.process_pid != exit.process_tgid) return std::nullopt;
      return ProcEvent{ProcEvent::Kind::kExit, exit.process_tgid, 0};
    }
    default: return std::nullopt;
  }
}

}  // namespace keyward::linux_os
