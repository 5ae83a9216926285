// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "platform/include/engine.h"
#include "platform/linux/gate_fanotify/fanotify_groups.h"
#include "platform/linux/gate_fanotify/held_opens.h"
#include "platform/linux/gate_fanotify/inode_table.h"
#include "platform/linux/process/subject_source.h"

namespace keyward::linux_os {

// What is in force: swapped whole. An open takes it once, with its placement, so that an asset's
// index always meets its own policy.
struct InForce {
  platform::PolicyPtr policy;
  std::shared_ptr<InodeTable> table;
  std::vector<policy::Home> homes;
};
using InForcePtr = std::shared_ptr<const InForce>;
using MatchPtr = std::shared_ptr<const policy::ProgramMatch>;

// Gives the verdict on one waiting open and replies: first the reply, then the record.
//
// Owns no descriptor of a waiter beyond a call, but those that HeldOpens holds. Must not block on
// disk, on a name service or on D-Bus.
// Threads: the gate's, the tree's and the subject workers' call Judge() side by side.
class Gatekeeper {
 public:
  // `on_held` is called when an open has been held: a deadline has to be kept from now on.
  Gatekeeper(const PermissionGroup& group, SubjectSource& subjects, HeldOpens& held,
             platform::EngineHost& host, std::function<void()> on_held)
      : group_(group),
        subjects_(subjects),
        held_(held),
        host_(host),
        on_held_(std::move(on_held)) {}

  void Judge(WaitingOpen open, const SubjectPtr& subject, const Placement& placement,
             const InForce& in_force);
  // An object whose place nobody can tell came by another name: refused to everybody.
  void RefuseUnplaced(WaitingOpen open, const SubjectPtr& subject, const InForce& in_force);
  // Answers a held open, and says so.
  void Close(HeldOpens::Held held, platform::Answer answer);

  std::uint64_t judged() const { return judged_.load(std::memory_order_relaxed); }
  std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  MatchPtr MatchOf(const SubjectPtr& subject, const policy::CompiledPolicy& policy);
  void Reply(const WaitingOpen& open, bool allow);

  const PermissionGroup& group_;
  SubjectSource& subjects_;
  HeldOpens& held_;
  platform::EngineHost& host_;
  const std::function<void()> on_held_;
  std::atomic<std::uint64_t> judged_{0};
  std::atomic<std::uint64_t> refused_{0};

  // Which program entries a subject matches, kept while the policy is the same.
  struct Matched {
    SubjectPtr subject;  // holds the key's object alive
    MatchPtr match;
  };
  std::mutex match_mutex_;
  std::uint64_t match_serial_ = 0;
  std::unordered_map<const Subject*, Matched> matches_;
};

}  // namespace keyward::linux_os
