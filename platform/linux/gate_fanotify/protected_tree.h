// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/model/coverage.h"
#include "agent/model/incident.h"
#include "agent/policy/compiled_policy.h"
#include "platform/include/engine.h"
#include "platform/linux/gate_fanotify/fanotify_groups.h"
#include "platform/linux/gate_fanotify/inode_table.h"
#include "platform/linux/mount_table.h"

namespace keyward::linux_os {

// The protected directories and files as they are on disk: finds them below the homes by walking
// the policy's locations, marks them, and follows what is created, moved and deleted.
//
// Owns: nothing in the kernel but marks, which stay with their inodes. Keeps no descriptor in a
// home, so that an encrypted home can be unmounted.
// Threads: one (the engine's tree thread). It fills the InodeTable that the gate reads.
class ProtectedTree {
 public:
  struct Settings {
    std::vector<policy::Home> homes;
    std::vector<std::string> own_directories;
    bool whole_system = true;  // false: only what lies in the homes given (tests, quickstart)
  };

  ProtectedTree(const PermissionGroup& permission, const NotificationGroup& notification,
                platform::PolicyPtr policy, Settings settings);

  // Marks everything that is there. Places that have left their location while `before` was in
  // force keep their protection.
  void Scan(const ProtectedTree* before);
  // Follows what has been reported since the last call.
  void TakeEvents();
  // Where the object of an event lies whose inode is not in the table: `path` as the kernel shows
  // it. Nothing when that can't be told: then it came by another name, and is refused.
  std::optional<Placement> Place(FileId id, std::string_view path);

  const platform::PolicyPtr& policy() const { return policy_; }
  const Settings& settings() const { return settings_; }
  const std::shared_ptr<InodeTable>& table() const { return table_; }
  const std::vector<platform::FoundAsset>& found() const { return found_; }
  const std::vector<NotCovered>& not_covered() const { return not_covered_; }
  std::vector<Incident> TakeIncidents();
  std::uint64_t marked_directories() const { return marked_directories_; }
  std::uint64_t marked_files() const { return marked_files_; }
  // Enough has been deleted, or a place has changed under us: a new tree is due.
  bool stale() const;
  std::uint32_t OwnerOf(const Placement& placement) const;

 private:
  using State = policy::LocationTrie::State;
  struct PlaceState {
    State home;
    State absolute;
    bool protects() const { return home.protects() || absolute.protects(); }
    bool leads_further() const { return home.leads_further || absolute.leads_further; }
    bool must_list() const { return home.must_list || absolute.must_list; }
    policy::AssetRef here() const;
    policy::AssetRef below() const;
  };
  struct Directory {
    FileId id;
    std::uint64_t key = 0;
    std::uint32_t parent = kRoot;
    std::uint16_t home = Placement::kNoHome;
    bool marked = false;
    bool is_home = false;
    std::string name;  // of a root: its whole path
  };
  static constexpr std::uint32_t kRoot = 0xffffffffu;
  static constexpr int kMaxDepth = 96;

  void ScanHome(std::uint16_t home);
  void ScanAbsolute();
  void AdoptMoved(const ProtectedTree& before);
  void ScanDirectory(int fd, std::uint32_t index, const PlaceState& state, int depth);
  void Visit(int fd, std::uint32_t index, const PlaceState& state, const char* name, int type,
             int depth);
  void VisitDirectory(int fd, std::uint32_t index, const PlaceState& state, const char* name,
                      int depth);
  void VisitFile(int fd, std::uint32_t index, const PlaceState& state, const char* name);
  void VisitLink(int fd, std::uint32_t index, const PlaceState& state, const char* name, int depth);
  bool MayFollow(int target, const std::string& path, std::uint16_t home);
  void MarkDirectory(int fd, std::uint32_t index);
  bool ShouldMark(const Directory& directory, const PlaceState& state) const;
  std::uint32_t AddDirectory(FileId id, int fd, std::uint32_t parent, std::string name,
                             std::uint16_t home);
  void Forget(std::uint32_t index);

  void OnName(const NameEvent& event);
  void OnLeft(const NameEvent& event, int directory);
  UniqueFd OpenDirectoryOf(std::uint32_t index);

  PlaceState RootState(const std::string& path, bool is_home) const;
  PlaceState Step(const PlaceState& state, std::string_view name) const;
  PlaceState StateOf(std::uint32_t index) const;
  std::string PathOf(std::uint32_t index) const;         // where it is now
  std::string LogicalPathOf(std::uint32_t index) const;  // where the policy knows it
  std::uint16_t HomeOf(std::string_view path) const;
  void Found(policy::AssetRef asset, std::uint16_t home, const std::string& path);
  void Refuse(std::uint16_t home, const std::string& path, const std::string& why, bool hostile);

  const PermissionGroup& permission_;
  const NotificationGroup& notification_;
  platform::PolicyPtr policy_;
  Settings settings_;
  MountTable mounts_;
  std::shared_ptr<InodeTable> table_;
  std::vector<Directory> directories_;
  std::vector<std::uint32_t> free_;
  std::unordered_map<std::uint64_t, std::uint32_t> by_key_;
  std::unordered_map<std::uint64_t, std::uint32_t> by_id_;     // hash of FileId
  std::unordered_map<std::uint32_t, std::string> real_paths_;  // of linked and moved directories
  std::set<std::tuple<std::uint32_t, std::uint16_t, std::uint16_t>> found_keys_;
  std::vector<platform::FoundAsset> found_;
  std::vector<NotCovered> not_covered_;
  std::set<std::string> refused_;
  std::vector<Incident> incidents_;
  std::uint64_t marked_directories_ = 0;
  std::uint64_t marked_files_ = 0;
  std::uint64_t deleted_ = 0;
  bool lost_place_ = false;
};

}  // namespace keyward::linux_os
