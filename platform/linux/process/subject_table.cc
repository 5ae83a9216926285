// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/process/subject_table.h"

#include <utility>

namespace keyward::linux_os {
namespace {

constexpr int kMostGenerations = 48;

}  // namespace

ExecEntryPtr SubjectTable::Find(std::uint64_t seq) const {
  const std::lock_guard lock(mutex_);
  const auto it = entries_.find(seq);
  return it == entries_.end() ? nullptr : it->second;
}

SubjectPtr SubjectTable::FullOf(std::uint64_t seq) const {
  const std::lock_guard lock(mutex_);
  const auto it = entries_.find(seq);
  return it == entries_.end() ? nullptr : it->second->full;
}

void SubjectTable::Insert(ExecEntryPtr entry) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t seq = entry->seq;
  entries_.insert_or_assign(seq, std::move(entry));
}

SubjectPtr SubjectTable::Quick(const ExecEntry& entry) const {
  const std::lock_guard lock(mutex_);
  return entry.quick;
}

SubjectPtr SubjectTable::Full(const ExecEntry& entry) const {
  const std::lock_guard lock(mutex_);
  return entry.full;
}

SubjectPtr SubjectTable::Best(const ExecEntry& entry) const {
  const std::lock_guard lock(mutex_);
  return entry.full ? entry.full : entry.quick;
}

void SubjectTable::SetQuick(ExecEntry& entry, SubjectPtr subject) {
  const std::lock_guard lock(mutex_);
  entry.quick = std::move(subject);
  entry.full.reset();
  entry.queued = false;
}

bool SubjectTable::SetFull(ExecEntry& entry, const SubjectPtr& quick, SubjectPtr full) {
  const std::lock_guard lock(mutex_);
  if (entry.quick != quick) return false;
  entry.full = std::move(full);
  return true;
}

bool SubjectTable::MarkQueued(ExecEntry& entry) {
  const std::lock_guard lock(mutex_);
  return !std::exchange(entry.queued, true);
}

ExecEntryPtr SubjectTable::ParentFor(const ExecEntryPtr& parent) const {
  if (!parent || parent->depth < kMostGenerations) return parent;
  const std::lock_guard lock(mutex_);
  const ExecEntry* judged = parent.get();
  for (int i = parent->quick ? parent->quick->judged_generations : 0; i > 0 && judged->parent; --i)
    judged = judged->parent.get();
  auto copy = std::make_shared<ExecEntry>(*judged);
  copy->parent.reset();
  copy->depth = 0;
  const auto without_parent = [](const SubjectPtr& subject) -> SubjectPtr {
    if (!subject) return nullptr;
    auto alone = std::make_shared<Subject>(*subject);
    alone->parent.reset();
    return alone;
  };
  copy->quick = without_parent(judged->quick);
  copy->full = without_parent(judged->full);
  return copy;
}

void SubjectTable::Prune(const std::unordered_set<std::uint64_t>& live) {
  const std::lock_guard lock(mutex_);
  for (auto it = entries_.begin(); it != entries_.end();) {
    ExecEntry& entry = *it->second;
    entry.unmarked = live.count(entry.seq) != 0 ? 0 : entry.unmarked + 1;
    it = entry.unmarked >= 2 ? entries_.erase(it) : std::next(it);
  }
}

std::vector<ExecEntryPtr> SubjectTable::All() const {
  const std::lock_guard lock(mutex_);
  std::vector<ExecEntryPtr> all;
  all.reserve(entries_.size());
  for (const auto& [seq, entry] : entries_) all.push_back(entry);
  return all;
}

std::size_t SubjectTable::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace keyward::linux_os
