// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/gate_fanotify/inode_table.h"

#include <utility>

namespace keyward::linux_os {
namespace {

// dev_t of Linux has 12 + 20 significant bits; makedev() spreads them over 64.
std::uint32_t Fold(std::uint64_t device) {
  return static_cast<std::uint32_t>(device ^ device >> 32);
}

std::size_t HashOf(std::uint64_t inode, std::uint32_t device) {
  std::uint64_t h = inode * 0x9e3779b97f4a7c15ull ^ (static_cast<std::uint64_t>(device) << 17);
  h ^= h >> 29;
  h *= 0xbf58476d1ce4e5b9ull;
  return static_cast<std::size_t>(h ^ h >> 32);
}

}  // namespace

InodeTable::InodeTable() : entries_(64) {}

std::size_t InodeTable::Slot(FileId id) const {
  const std::size_t mask = entries_.size() - 1;
  const std::uint32_t device = Fold(id.device);
  std::size_t i = HashOf(id.inode, device) & mask;
  while (entries_[i].inode != 0 && (entries_[i].inode != id.inode || entries_[i].device != device))
    i = (i + 1) & mask;
  return i;
}

std::optional<Placement> InodeTable::Find(FileId id) const {
  const std::lock_guard lock(mutex_);
  const Entry& e = entries_[Slot(id)];
  if (e.inode == 0) return std::nullopt;
  return Placement{{e.asset, e.browser}, e.home, e.moved != 0};
}

void InodeTable::Insert(FileId id, Placement placement) {
  if (id.inode == 0) return;  // no file system gives it to a file
  const std::lock_guard lock(mutex_);
  if ((used_ + 1) * 5 > entries_.size() * 4) Grow();
  Entry& e = entries_[Slot(id)];
  if (e.inode == 0) {
    ++used_;
  } else if (e.asset != policy::kNoAsset) {
    --assets_;
  }
  if (placement.is_asset()) ++assets_;
  e = Entry{
      id.inode,       Fold(id.device),          placement.asset.asset, placement.asset.browser,
      placement.home, placement.moved ? 1u : 0u};
}

void InodeTable::Erase(FileId id) {
  const std::lock_guard lock(mutex_);
  const std::size_t mask = entries_.size() - 1;
  std::size_t hole = Slot(id);
  if (entries_[hole].inode == 0) return;
  if (entries_[hole].asset != policy::kNoAsset) --assets_;
  --used_;
  entries_[hole] = Entry{};
  // Closes the gap, so that a probe never has to step over deleted entries.
  for (std::size_t i = (hole + 1) & mask; entries_[i].inode != 0; i = (i + 1) & mask) {
    const std::size_t wanted = HashOf(entries_[i].inode, entries_[i].device) & mask;
    const bool movable = ((i - wanted) & mask) >= ((i - hole) & mask);
    if (!movable) continue;
    entries_[hole] = std::exchange(entries_[i], Entry{});
    hole = i;
  }
}

void InodeTable::SetMoved(FileId id) {
  const std::lock_guard lock(mutex_);
  Entry& e = entries_[Slot(id)];
  if (e.inode != 0) e.moved = 1;
}

std::size_t InodeTable::size() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

std::size_t InodeTable::asset_count() const {
  const std::lock_guard lock(mutex_);
  return assets_;
}

std::vector<std::pair<FileId, Placement>> InodeTable::Moved() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<FileId, Placement>> moved;
  for (const Entry& e : entries_)
    if (e.inode != 0 && e.moved != 0)
      moved.push_back({{e.device, e.inode}, Placement{{e.asset, e.browser}, e.home, true}});
  return moved;
}

void InodeTable::Grow() {
  std::vector<Entry> old = std::exchange(entries_, std::vector<Entry>(entries_.size() * 2));
  for (const Entry& e : old)
    if (e.inode != 0) entries_[Slot({e.device, e.inode})] = e;
}

}  // namespace keyward::linux_os
