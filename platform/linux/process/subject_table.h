// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "agent/identity/exec_facts.h"
#include "agent/model/subject.h"

namespace keyward::linux_os {

// One exec: its facts, and the subject that they make.
struct ExecEntry {
  std::uint64_t seq = 0;
  identity::ExecFacts facts;  // without the parent, whose subject may still get better evidence
  std::shared_ptr<ExecEntry> parent;
  int depth = 0;

  // Guarded by the table's mutex: read and set through it.
  SubjectPtr quick;  // by ownership alone, at exec
  SubjectPtr full;   // with digests and packages
  bool queued = false;
  int unmarked = 0;  // passes in a row that found no process of it
};
using ExecEntryPtr = std::shared_ptr<ExecEntry>;

// All execs that some process still is, by number. A process that is gone lives on only as the
// ancestor of one that is not.
//
// Threads: any. Every member takes one lock for a look-up or an assignment; only Prune() holds it
// for the length of the table.
class SubjectTable {
 public:
  ExecEntryPtr Find(std::uint64_t seq) const;
  SubjectPtr FullOf(std::uint64_t seq) const;
  void Insert(ExecEntryPtr entry);

  SubjectPtr Quick(const ExecEntry& entry) const;
  SubjectPtr Full(const ExecEntry& entry) const;
  // The best that is known.
  SubjectPtr Best(const ExecEntry& entry) const;
  void SetQuick(ExecEntry& entry, SubjectPtr subject);  // forgets the full one
  // Only while `quick` is still what the full one was made of.
  bool SetFull(ExecEntry& entry, const SubjectPtr& quick, SubjectPtr full);
  bool MarkQueued(ExecEntry& entry);  // false when it was already

  // The entry to hang a child on: `parent`, or, where the chain has become too long, a copy of what
  // the parent is judged as, without its own ancestors. A chain of execs is the attacker's to grow.
  ExecEntryPtr ParentFor(const ExecEntryPtr& parent) const;

  // Drops what two passes in a row have found no process of: a child that was forked during the
  // first pass is found by the second.
  void Prune(const std::unordered_set<std::uint64_t>& live);

  std::vector<ExecEntryPtr> All() const;
  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, ExecEntryPtr> entries_;
};

}  // namespace keyward::linux_os
