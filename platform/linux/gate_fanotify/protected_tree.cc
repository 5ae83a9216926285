// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/gate_fanotify/protected_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

#include "platform/linux/gate_fanotify/tree_paths.h"

namespace keyward::linux_os {
namespace {

// Places that can never become an asset by what a user does in his home.
constexpr std::array<std::string_view, 14> kSystemTrees{"/usr",   "/bin", "/sbin", "/lib", "/lib32",
                                                        "/lib64", "/etc", "/boot", "/dev", "/proc",
                                                        "/sys",   "/run", "/opt",  "/snap"};

UniqueFd Reopen(int fd) {
  return UniqueFd(::open(("/proc/self/fd/" + std::to_string(fd)).c_str(), kOpenDirectory));
}

}  // namespace

policy::AssetRef ProtectedTree::PlaceState::here() const {
  if (!absolute.protects()) return home.here;
  if (!home.protects()) return absolute.here;
  return absolute.here_rank > home.here_rank ? absolute.here : home.here;
}

policy::AssetRef ProtectedTree::PlaceState::below() const {
  if (absolute.below.asset == policy::kNoAsset) return home.below;
  if (home.below.asset == policy::kNoAsset) return absolute.below;
  return absolute.below_rank > home.below_rank ? absolute.below : home.below;
}

ProtectedTree::ProtectedTree(const PermissionGroup& permission,
                             const NotificationGroup& notification, platform::PolicyPtr policy,
                             Settings settings)
    : permission_(permission),
      notification_(notification),
      policy_(std::move(policy)),
      settings_(std::move(settings)),
      table_(std::make_shared<InodeTable>()) {}

void ProtectedTree::Scan(const ProtectedTree* before) {
  if (auto mounts = MountTable::Read()) mounts_ = std::move(*mounts);
  for (std::size_t i = 0; i < settings_.homes.size(); ++i) ScanHome(static_cast<std::uint16_t>(i));
  ScanAbsolute();
  if (before) AdoptMoved(*before);
}

void ProtectedTree::ScanHome(std::uint16_t home) {
  const policy::Home& h = settings_.homes[home];
  if (mounts_.PassesUnprotectable(h.path)) {
    const auto mount = mounts_.Of(h.path);
    Refuse(home, h.path,
           "it is on a " + (mount ? mount->type : std::string("network")) +
               " file system: only local ones are protected",
           false);
    return;
  }
  const UniqueFd fd(::open(h.path.c_str(), kOpenDirectory));
  if (!fd) return;  // not there yet: the daemon watches for it
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0) return;
  const std::uint32_t index = AddDirectory(IdOf(st), fd.get(), kRoot, h.path, home);
  directories_[index].is_home = true;
  ScanDirectory(fd.get(), index, RootState(h.path, true), 0);
}

void ProtectedTree::ScanAbsolute() {
  const PlaceState state = RootState("/", false);
  if (!state.leads_further()) return;
  const UniqueFd fd(::open("/", kOpenDirectory));
  struct stat st {};
  if (!fd || ::fstat(fd.get(), &st) != 0) return;
  const std::uint32_t index = AddDirectory(IdOf(st), fd.get(), kRoot, "/", Placement::kNoHome);
  ScanDirectory(fd.get(), index, state, 0);
}

// What has been moved out of its place, or renamed by its owner, stays what it was.
void ProtectedTree::AdoptMoved(const ProtectedTree& before) {
  const auto translate = [&](policy::AssetRef old) -> policy::AssetRef {
    if (old.asset == policy::kNoAsset) return {};
    const auto index = policy_->FindAsset(before.policy_->asset(old.asset).id);
    if (!index) return {};
    return {*index, before.policy_ == policy_ ? old.browser : policy::kNoBrowser};
  };
  for (auto [id, placement] : before.table_->Moved()) {
    placement.asset = translate(placement.asset);
    if (placement.is_asset() && !table_->Find(id)) table_->Insert(id, placement);
  }
  for (const auto& [index, path] : before.real_paths_) {
    const Directory& old = before.directories_[index];
    if (by_id_.contains(IdKey(old.id)) || mounts_.PassesUnprotectable(path)) continue;
    const UniqueFd fd(::open(path.c_str(), kOpenDirectory | O_NOFOLLOW));
    struct stat st {};
    if (!fd || ::fstat(fd.get(), &st) != 0 || !(IdOf(st) == old.id)) continue;
    const std::uint32_t moved =
        AddDirectory(old.id, fd.get(), kRoot, before.LogicalPathOf(index), old.home);
    real_paths_[moved] = path;
    ScanDirectory(fd.get(), moved, StateOf(moved), 0);
  }
}

// A home is never marked whole: that would make every dotfile of it wait. Its own files are marked
// by inode, and its names are watched.
bool ProtectedTree::ShouldMark(const Directory& directory, const PlaceState& state) const {
  if (directory.is_home || directory.name == "/") return false;
  if (state.below().asset != policy::kNoAsset) return true;
  if (state.must_list()) return !settings_.homes.empty() && directory.home != Placement::kNoHome;
  for (const auto name : policy_->home_locations().LiteralChildren(state.home))
    if (Step(state, name).protects()) return true;
  for (const auto name : policy_->absolute_locations().LiteralChildren(state.absolute))
    if (Step(state, name).protects()) return true;
  return false;
}

void ProtectedTree::MarkDirectory(int fd, std::uint32_t index) {
  if (directories_[index].marked) return;
  if (auto done = permission_.MarkDirectory(fd); !done) {
    Refuse(directories_[index].home, PathOf(index), done.error().what, false);
    return;
  }
  directories_[index].marked = true;
  ++marked_directories_;
}

void ProtectedTree::ScanDirectory(int fd, std::uint32_t index, const PlaceState& state, int depth) {
  // First the marks, then the look: what appears in between is reported or found.
  if (directories_[index].name != "/") {
    if (auto done = notification_.Watch(fd); !done)
      Refuse(directories_[index].home, PathOf(index),
             "its changes can't be watched: " + done.error().what, false);
  }
  if (ShouldMark(directories_[index], state)) MarkDirectory(fd, index);
  if (depth >= kMaxDepth) {
    Refuse(directories_[index].home, PathOf(index), "it is nested too deeply", false);
    return;
  }
  if (!state.must_list() && state.below().asset == policy::kNoAsset) {
    for (const auto name : policy_->home_locations().LiteralChildren(state.home))
      Visit(fd, index, state, std::string(name).c_str(), DT_UNKNOWN, depth);
    for (const auto name : policy_->absolute_locations().LiteralChildren(state.absolute))
      Visit(fd, index, state, std::string(name).c_str(), DT_UNKNOWN, depth);
    return;
  }
  UniqueFd list = Reopen(fd);
  if (!list) return;
  DIR* entries = ::fdopendir(list.Release());
  if (!entries) return;
  while (const dirent* entry = ::readdir(entries)) {
    if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0) continue;
    Visit(fd, index, state, entry->d_name, entry->d_type, depth);
  }
  ::closedir(entries);
}

void ProtectedTree::Visit(int fd, std::uint32_t index, const PlaceState& state, const char* name,
                          int type, int depth) {
  const PlaceState next = Step(state, name);
  if (!next.protects() && !next.leads_further()) return;
  if (type == DT_UNKNOWN) {
    if (mounts_.PassesUnprotectable(Join(PathOf(index), name))) type = DT_DIR;
    struct stat st {};
    if (type == DT_UNKNOWN && ::fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) return;
    if (type == DT_UNKNOWN) type = IFTODT(st.st_mode);
  }
  switch (type) {
    case DT_DIR:
      if (next.leads_further()) VisitDirectory(fd, index, next, name, depth);
      break;
    case DT_REG:
      if (next.protects()) VisitFile(fd, index, next, name);
      break;
    case DT_LNK: VisitLink(fd, index, next, name, depth); break;
    default: break;  // FIFOs, sockets and devices are never marked: some kernels open them for us
  }
}

void ProtectedTree::VisitDirectory(int fd, std::uint32_t index, const PlaceState& state,
                                   const char* name, int depth) {
  const std::uint16_t home = directories_[index].home;
  const std::string path = Join(PathOf(index), name);
  if (home == Placement::kNoHome) {
    // Homes have their own walk; outside of them the settings may allow nothing.
    bool leads_to_home = false;
    for (const policy::Home& h : settings_.homes) {
      if (h.path == path) return;
      leads_to_home = leads_to_home || IsWithin(h.path, path);
    }
    if (!settings_.whole_system && !leads_to_home) return;
  }
  if (mounts_.PassesUnprotectable(path)) {
    const auto mount = mounts_.Of(path);
    Refuse(home, path, "it is on a " + (mount ? mount->type : "network") + " file system", false);
    return;
  }
  const UniqueFd child(::openat(fd, name, kOpenDirectory | O_NOFOLLOW));
  struct stat st {};
  if (!child || ::fstat(child.get(), &st) != 0) return;
  const FileId id = IdOf(st);
  if (const auto known = by_id_.find(IdKey(id)); known != by_id_.end()) {
    Directory& d = directories_[known->second];
    if (d.parent == index && d.name == name) {
      if (depth > 0) return;  // seen in this walk: a bind mount or a link back
    } else if (d.is_home) {
      return;
    } else {
      d.parent = index;
      d.name = name;
      d.home = home;
      real_paths_.erase(known->second);
    }
    ScanDirectory(child.get(), known->second, state, depth + 1);
    return;
  }
  const std::uint32_t added = AddDirectory(id, child.get(), index, name, home);
  if (state.below().asset != policy::kNoAsset) Found(state.below(), home, path);
  ScanDirectory(child.get(), added, state, depth + 1);
}

void ProtectedTree::VisitFile(int fd, std::uint32_t index, const PlaceState& state,
                              const char* name) {
  struct stat st {};
  if (::fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode)) return;
  const std::uint16_t home = directories_[index].home;
  if (home == Placement::kNoHome && !settings_.whole_system) return;
  table_->Insert(IdOf(st), Placement{state.here(), home, false});
  if (auto done = permission_.MarkFile(fd, name); !done) {
    if (done.error().os_errno != ENOENT)
      Refuse(home, Join(PathOf(index), name), done.error().what, false);
    return;
  }
  ++marked_files_;
  // A file that carries an asset by itself gets its directory marked as well: an atomic save by
  // rename then leaves no gap. Not for a home, whose other files must not wait.
  const Directory& directory = directories_[index];
  if (!directory.is_home && !directory.marked && directory.name != "/") MarkDirectory(fd, index);
  Found(state.here(), home, Join(PathOf(index), name));
}

void ProtectedTree::VisitLink(int fd, std::uint32_t index, const PlaceState& state,
                              const char* name, int depth) {
  const std::string path = Join(PathOf(index), name);
  std::array<char, PATH_MAX> text;
  const ssize_t n = ::readlinkat(fd, name, text.data(), text.size());
  if (n <= 0) return;
  std::string first(text.data(), static_cast<std::size_t>(n));
  if (first.front() != '/') first = Join(PathOf(index), first);
  if (mounts_.PassesUnprotectable(first)) {
    Refuse(directories_[index].home, path, "it leads to a file system that can't be protected",
           false);
    return;
  }
  const UniqueFd target(::openat(fd, name, O_PATH | O_CLOEXEC));
  struct stat st {};
  if (!target || ::fstat(target.get(), &st) != 0) return;
  const std::string real = LinkTarget(target.get());
  const std::uint16_t home = directories_[index].home;
  if (!MayFollow(target.get(), real, home)) {
    Refuse(home, path, "it is a link to \"" + real + "\", which this person does not own", true);
    return;
  }
  if (S_ISREG(st.st_mode) && state.protects()) {
    const std::size_t slash = real.rfind('/');
    const UniqueFd parent(::open(real.substr(0, slash == 0 ? 1 : slash).c_str(), kOpenDirectory));
    struct stat again {};
    const std::string base = real.substr(slash + 1);
    if (!parent || ::fstatat(parent.get(), base.c_str(), &again, AT_SYMLINK_NOFOLLOW) != 0 ||
        !(IdOf(again) == IdOf(st)))
      return;
    table_->Insert(IdOf(st), Placement{state.here(), home, false});
    if (permission_.MarkFile(parent.get(), base.c_str())) ++marked_files_;
    Found(state.here(), home, path);
  } else if (S_ISDIR(st.st_mode) && state.leads_further()) {
    if (by_id_.contains(IdKey(IdOf(st)))) return;  // a link back into what is covered already
    const UniqueFd directory = Reopen(target.get());
    if (!directory) return;
    const std::uint32_t added = AddDirectory(IdOf(st), directory.get(), index, name, home);
    real_paths_[added] = real;
    if (state.below().asset != policy::kNoAsset) Found(state.below(), home, path);
    ScanDirectory(directory.get(), added, state, depth + 1);
  }
}

// A person may keep a wallet elsewhere by a link, but only what is his own becomes an asset: else
// anyone could have the agent refuse the system's files to everybody.
bool ProtectedTree::MayFollow(int target, const std::string& path, std::uint16_t home) {
  struct stat st {};
  if (home == Placement::kNoHome || ::fstat(target, &st) != 0) return false;
  if (st.st_uid != settings_.homes[home].uid) return false;
  if (path.empty() || path == "/") return false;
  for (const auto tree : kSystemTrees)
    if (IsWithin(path, tree)) return false;
  for (const std::string& own : settings_.own_directories)
    if (IsWithin(path, own) || IsWithin(own, path)) return false;
  for (const policy::Home& h : settings_.homes)
    if (h.path == path) return false;
  return true;
}

std::uint32_t ProtectedTree::AddDirectory(FileId id, int fd, std::uint32_t parent, std::string name,
                                          std::uint16_t home) {
  std::uint32_t index = static_cast<std::uint32_t>(directories_.size());
  if (!free_.empty()) {
    index = free_.back();
    free_.pop_back();
  } else {
    directories_.emplace_back();
  }
  Directory& d = directories_[index];
  d = Directory{id, 0, parent, home, false, false, std::move(name)};
  if (auto key = DirectoryKey(fd)) {
    d.key = *key;
    by_key_[d.key] = index;
  }
  by_id_[IdKey(id)] = index;
  return index;
}

void ProtectedTree::Forget(std::uint32_t index) {
  Directory& d = directories_[index];
  if (d.key != 0) by_key_.erase(d.key);
  by_id_.erase(IdKey(d.id));
  real_paths_.erase(index);
  if (d.marked) --marked_directories_;
  // Children that outlive it (moved elsewhere) resolve their paths through it: the slot is not
  // reused while it may have any. A new tree drops it.
  d.marked = false;
}

ProtectedTree::PlaceState ProtectedTree::RootState(const std::string& path, bool is_home) const {
  PlaceState state;
  if (is_home) state.home = policy_->home_locations().Root();
  state.absolute = policy_->absolute_locations().Walk(std::string_view(path).substr(1));
  return state;
}

ProtectedTree::PlaceState ProtectedTree::Step(const PlaceState& state,
                                              std::string_view name) const {
  PlaceState next;
  next.home = policy_->home_locations().Step(state.home, name);
  next.absolute = policy_->absolute_locations().Step(state.absolute, name);
  return next;
}

ProtectedTree::PlaceState ProtectedTree::StateOf(std::uint32_t index) const {
  const Directory& d = directories_[index];
  if (d.parent != kRoot) return Step(StateOf(d.parent), d.name);
  if (d.is_home || d.home == Placement::kNoHome) return RootState(d.name, d.is_home);
  // A moved directory: judged by where it was.
  const std::string& home = settings_.homes[d.home].path;
  PlaceState state;
  if (d.name.size() > home.size())
    state.home = policy_->home_locations().Walk(std::string_view(d.name).substr(home.size() + 1));
  state.absolute = policy_->absolute_locations().Walk(std::string_view(d.name).substr(1));
  return state;
}

// The path by which the directory can be opened now.
std::string ProtectedTree::PathOf(std::uint32_t index) const {
  if (const auto real = real_paths_.find(index); real != real_paths_.end()) return real->second;
  const Directory& d = directories_[index];
  return d.parent == kRoot ? d.name : Join(PathOf(d.parent), d.name);
}

std::string ProtectedTree::LogicalPathOf(std::uint32_t index) const {
  const Directory& d = directories_[index];
  return d.parent == kRoot ? d.name : Join(LogicalPathOf(d.parent), d.name);
}

std::uint32_t ProtectedTree::OwnerOf(const Placement& placement) const {
  return placement.home < settings_.homes.size() ? settings_.homes[placement.home].uid : 0;
}

void ProtectedTree::Found(policy::AssetRef asset, std::uint16_t home, const std::string& path) {
  if (!found_keys_.insert({asset.asset, asset.browser, home}).second) return;
  found_.push_back({asset, OwnerOf(Placement{asset, home, false}), path});
}

void ProtectedTree::Refuse(std::uint16_t home, const std::string& path, const std::string& why,
                           bool hostile) {
  if (!refused_.insert(path).second) return;
  const std::uint32_t owner = OwnerOf(Placement{{}, home, false});
  not_covered_.push_back({owner, path, why});
  if (!hostile) return;
  Incident incident;
  incident.kind = IncidentKind::kLocation;
  incident.outcome = Outcome::kAudit;
  incident.severity = Severity::kHigh;
  incident.owner_uid = owner;
  incident.path = path;
  incident.message = "not protected: " + why;
  incidents_.push_back(std::move(incident));
}

std::vector<Incident> ProtectedTree::TakeIncidents() { return std::exchange(incidents_, {}); }

bool ProtectedTree::stale() const { return lost_place_ || deleted_ > 4096 + 2 * table_->size(); }

}  // namespace keyward::linux_os
