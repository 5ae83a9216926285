// SPDX-License-Identifier: Apache-2.0
// ProtectedTree, what comes after the walk: names that are reported, objects that must be placed.
#include <dirent.h>
#include <fcntl.h>
#include <sys/fanotify.h>
#include <sys/stat.h>

#include "platform/linux/gate_fanotify/protected_tree.h"
#include "platform/linux/gate_fanotify/tree_paths.h"

namespace keyward::linux_os {

void ProtectedTree::TakeEvents() {
  while (true) {
    const auto more = notification_.Read([this](const NameEvent& event) { OnName(event); });
    if (!more || !*more) return;
  }
}

void ProtectedTree::OnName(const NameEvent& event) {
  const auto known = by_key_.find(event.directory);
  if (known == by_key_.end()) return;
  const std::uint32_t index = known->second;
  if ((event.mask & FAN_DELETE_SELF) != 0) {
    Forget(index);
    return;
  }
  if (event.name.empty() || event.name == ".") return;
  const std::string name(event.name);
  const UniqueFd fd = OpenDirectoryOf(index);
  if (!fd) return;
  if ((event.mask & (FAN_CREATE | FAN_MOVED_TO)) != 0) {
    const PlaceState state = StateOf(index);
    // Depth 0: a directory that is known here already is looked at again.
    Visit(fd.get(), index, state, name.c_str(), DT_UNKNOWN, 0);
  }
  if ((event.mask & (FAN_DELETE | FAN_MOVED_FROM)) != 0) {
    ++deleted_;
    OnLeft(event, fd.get());
  }
}

// A name is gone. What it named may live on under another: that keeps its protection.
void ProtectedTree::OnLeft(const NameEvent& event, int directory) {
  if (!event.object) return;
  auto* handle = static_cast<file_handle*>(const_cast<void*>(event.object));
  const UniqueFd object(::open_by_handle_at(directory, handle, O_PATH | O_CLOEXEC));
  struct stat st {};
  if (!object || ::fstat(object.get(), &st) != 0) return;
  const FileId id = IdOf(st);
  if (S_ISREG(st.st_mode)) {
    if (st.st_nlink > 0) table_->SetMoved(id);
    return;
  }
  const auto known = by_id_.find(IdKey(id));
  if (!S_ISDIR(st.st_mode) || known == by_id_.end()) return;
  const std::string real = LinkTarget(object.get());
  if (!real.empty() && real != PathOf(known->second)) real_paths_[known->second] = real;
}

UniqueFd ProtectedTree::OpenDirectoryOf(std::uint32_t index) {
  const Directory& d = directories_[index];
  UniqueFd fd(::open(PathOf(index).c_str(), kOpenDirectory | O_NOFOLLOW));
  struct stat st {};
  if (fd && ::fstat(fd.get(), &st) == 0 && IdOf(st) == d.id) return fd;
  // Somebody put another directory at this path: where ours went is not known. Look at everything.
  lost_place_ = true;
  return {};
}

std::optional<Placement> ProtectedTree::Place(FileId id, std::string_view path) {
  if (const auto known = table_->Find(id)) return known;
  const std::size_t slash = path.rfind('/');
  if (path.empty() || path.front() != '/') return std::nullopt;
  const std::string parent(path.substr(0, slash == 0 ? 1 : slash));
  if (auto mounts = MountTable::Read()) mounts_ = std::move(*mounts);
  if (mounts_.PassesUnprotectable(parent)) return std::nullopt;
  struct stat st {};
  if (::stat(parent.c_str(), &st) != 0) return std::nullopt;
  const auto known = by_id_.find(IdKey(IdOf(st)));
  // An event for a file whose directory is not marked is due to a mark on the file: it is an asset
  // that has come here by another name.
  if (known == by_id_.end() || !directories_[known->second].marked) return std::nullopt;
  const PlaceState state = Step(StateOf(known->second), path.substr(slash + 1));
  const Placement placement{state.here(), directories_[known->second].home, false};
  table_->Insert(id, placement);
  return placement;
}

}  // namespace keyward::linux_os
