// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "agent/model/program.h"
#include "agent/policy/location_trie.h"

namespace keyward::linux_os {

// Where a file lies, in the terms of the policy. A file in a marked directory that is no asset has
// an entry too (asset == kNoAsset): its opens are let pass without a look at its path.
struct Placement {
  static constexpr std::uint16_t kNoHome = 0xffff;
  policy::AssetRef asset;
  std::uint16_t home = kNoHome;  // index into the homes that the table was made for
  bool moved = false;            // has left its place: its protection goes with it

  bool is_asset() const { return asset.asset != policy::kNoAsset; }
};

// Every file that can cause a permission event, by inode: 24 bytes each, so that 100,000 cost 3
// MiB. Names are no identity: the same entry answers for hard links, bind mounts and symbolic
// links.
//
// Threads: any; one short lock a call.
class InodeTable {
 public:
  InodeTable();

  std::optional<Placement> Find(FileId id) const;
  void Insert(FileId id, Placement placement);
  void Erase(FileId id);
  void SetMoved(FileId id);

  std::size_t size() const;
  std::size_t asset_count() const;
  // The entries whose files have left their places: a rebuilt table must not forget them.
  std::vector<std::pair<FileId, Placement>> Moved() const;

 private:
  struct Entry {
    std::uint64_t inode = 0;  // 0: free
    std::uint32_t device = 0;
    std::uint32_t asset = 0;
    std::uint16_t browser = 0;
    std::uint16_t home = 0;
    std::uint32_t moved = 0;
  };
  static_assert(sizeof(Entry) == 24);

  std::size_t Slot(FileId id) const;  // of the entry, or of the free place for it
  void Grow();

  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
  std::size_t used_ = 0;
  std::size_t assets_ = 0;
};

}  // namespace keyward::linux_os
