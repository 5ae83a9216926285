// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/gate_fanotify/fanotify_groups.h"

#include <fcntl.h>
#include <sys/fanotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace keyward::linux_os {
namespace {

constexpr std::uint64_t kPermissionOnDirectory = FAN_OPEN_PERM | FAN_EVENT_ON_CHILD;
constexpr std::uint64_t kNameEvents =
    FAN_CREATE | FAN_MOVED_FROM | FAN_MOVED_TO | FAN_DELETE | FAN_DELETE_SELF | FAN_ONDIR;
constexpr std::size_t kEventBuffer = 64u << 10;

// FNV-1a over the parts of a handle: a name inside this process, not a security boundary.
std::uint64_t HashHandle(const void* fsid, int type, const void* bytes, std::size_t size) {
  std::uint64_t h = 0xcbf29ce484222325ull;
  const auto mix = [&h](const void* data, std::size_t n) {
    const auto* p = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < n; ++i) h = (h ^ p[i]) * 0x100000001b3ull;
  };
  mix(fsid, 8);
  mix(&type, sizeof type);
  mix(bytes, size);
  return h;
}

template <class Event>
Result<bool> ForEachEvent(int fd, const Event& on_event) {
  std::array<char, kEventBuffer> buffer;
  const ssize_t n = ::read(fd, buffer.data(), buffer.size());
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (n < 0) return OsError("read fanotify events", errno);
  const char* at = buffer.data();
  const char* const end = at + n;
  // Events with names leave the next one anywhere: the fixed part is copied to where it may be
  // read.
  fanotify_event_metadata event{};
  while (at + sizeof event <= end) {
    std::memcpy(&event, at, sizeof event);
    if (event.event_len < sizeof event || event.event_len > end - at) break;
    on_event(event, at + event.metadata_len, at + event.event_len);
    at += event.event_len;
  }
  return true;
}

template <class Info>
void ForEachInfo(const char* at, const char* end, const Info& on_info) {
  while (at + sizeof(fanotify_event_info_header) <= end) {
    const auto* header = reinterpret_cast<const fanotify_event_info_header*>(at);
    if (header->len < sizeof(*header) || at + header->len > end) return;
    on_info(*header, at);
    at += header->len;
  }
}

}  // namespace

Result<PermissionGroup> PermissionGroup::Open() {
  // Unlimited: a full queue would let later opens pass unasked.
  constexpr unsigned kFlags = FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE |
                              FAN_UNLIMITED_MARKS | FAN_REPORT_PIDFD;
  // O_NONBLOCK: an object must never make the reader wait when the kernel opens it for us.
  constexpr int kEventFlags = O_RDONLY | O_CLOEXEC | O_LARGEFILE | O_NONBLOCK | O_NOATIME;
  UniqueFd fd(::fanotify_init(kFlags, kEventFlags));
  if (!fd) return OsError("open a fanotify permission group", errno);
  return PermissionGroup(std::move(fd));
}

Result<> PermissionGroup::MarkDirectory(int directory) const {
  if (::fanotify_mark(fd_.get(), FAN_MARK_ADD | FAN_MARK_ONLYDIR, kPermissionOnDirectory, directory,
                      nullptr) != 0)
    return OsError("mark a directory", errno);
  return {};
}

Result<> PermissionGroup::MarkFile(int directory, const char* name) const {
  if (::fanotify_mark(fd_.get(), FAN_MARK_ADD | FAN_MARK_DONT_FOLLOW, FAN_OPEN_PERM, directory,
                      name) != 0)
    return OsError("mark a file", errno);
  return {};
}

Result<bool> PermissionGroup::Read(const std::function<void(WaitingOpen)>& take) const {
  return ForEachEvent(
      fd_.get(), [&](const fanotify_event_metadata& event, const char* info, const char* end) {
        if (event.fd < 0) return;
        WaitingOpen open;
        open.file = UniqueFd(event.fd);
        open.pid = event.pid;
        ForEachInfo(info, end, [&](const fanotify_event_info_header& header, const char* at) {
          if (header.info_type != FAN_EVENT_INFO_TYPE_PIDFD) return;
          const auto* pidfd = reinterpret_cast<const fanotify_event_info_pidfd*>(at);
          if (pidfd->pidfd >= 0) open.pidfd = UniqueFd(pidfd->pidfd);
        });
        take(std::move(open));
      });
}

void PermissionGroup::Reply(const WaitingOpen& open, bool allow) const {
  const fanotify_response response{open.file.get(),
                                   static_cast<std::uint32_t>(allow ? FAN_ALLOW : FAN_DENY)};
  while (::write(fd_.get(), &response, sizeof response) < 0 && errno == EINTR) {
  }
}

Result<NotificationGroup> NotificationGroup::Open() {
  constexpr unsigned kFlags = FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE |
                              FAN_UNLIMITED_MARKS | FAN_REPORT_DFID_NAME;
#ifdef FAN_REPORT_TARGET_FID
  UniqueFd with_object(::fanotify_init(kFlags | FAN_REPORT_FID | FAN_REPORT_TARGET_FID, O_RDONLY));
  if (with_object) return NotificationGroup(std::move(with_object));
#endif
  UniqueFd fd(::fanotify_init(kFlags, O_RDONLY));
  if (!fd) return OsError("open a fanotify notification group", errno);
  return NotificationGroup(std::move(fd));
}

Result<> NotificationGroup::Watch(int directory) const {
  if (::fanotify_mark(fd_.get(), FAN_MARK_ADD | FAN_MARK_ONLYDIR, kNameEvents, directory,
                      nullptr) != 0)
    return OsError("watch a directory", errno);
  return {};
}

Result<bool> NotificationGroup::Read(const std::function<void(const NameEvent&)>& take) const {
  return ForEachEvent(fd_.get(), [&](const fanotify_event_metadata& event, const char* info,
                                     const char* end) {
    NameEvent out;
    out.mask = event.mask;
    ForEachInfo(info, end, [&](const fanotify_event_info_header& header, const char* at) {
      const auto* fid = reinterpret_cast<const fanotify_event_info_fid*>(at);
      const auto* handle = reinterpret_cast<const file_handle*>(fid->handle);
      if (header.info_type == FAN_EVENT_INFO_TYPE_FID) {
        out.object = handle;
      } else if (header.info_type == FAN_EVENT_INFO_TYPE_DFID_NAME ||
                 header.info_type == FAN_EVENT_INFO_TYPE_DFID) {
        out.directory =
            HashHandle(&fid->fsid, handle->handle_type, handle->f_handle, handle->handle_bytes);
        if (header.info_type == FAN_EVENT_INFO_TYPE_DFID_NAME) {
          const char* name = reinterpret_cast<const char*>(handle->f_handle) + handle->handle_bytes;
          out.name = std::string_view(
              name, ::strnlen(name, static_cast<std::size_t>(at + header.len - name)));
        }
      }
    });
    take(out);
  });
}

Result<std::uint64_t> DirectoryKey(int directory) {
  alignas(file_handle) std::array<char, sizeof(file_handle) + MAX_HANDLE_SZ> room{};
  auto* handle = reinterpret_cast<file_handle*>(room.data());
  handle->handle_bytes = MAX_HANDLE_SZ;
  int mount = 0;
  if (::name_to_handle_at(directory, "", handle, &mount, AT_EMPTY_PATH) != 0)
    return OsError("take the handle of a directory", errno);
  struct statfs fs {};
  if (::fstatfs(directory, &fs) != 0) return OsError("look at a file system", errno);
  return HashHandle(&fs.f_fsid, handle->handle_type, handle->f_handle, handle->handle_bytes);
}

}  // namespace keyward::linux_os
