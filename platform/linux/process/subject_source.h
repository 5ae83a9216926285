// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "agent/model/identity_rules.h"
#include "agent/model/result.h"
#include "agent/model/subject.h"
#include "platform/linux/unique_fd.h"

namespace keyward::linux_os {

// Knows every running program from its exec on: who it is, where it came from, why it may be
// believed. Exec records come from a tracepoint program (synchronous, arguments and environment as
// they were before the first instruction) or, where that will not load, from the process connector
// (arguments and environment read from /proc afterwards: a race that coverage names).
//
// Owns: the exec record stream, the table of subjects, the worker threads that compute digests.
// Must not own: anything that a verdict waits for while a worker is on disk; Find() never blocks.
class SubjectSource {
 public:
  enum class Stream { kTracepoint, kConnector };

  struct Options {
    std::shared_ptr<const IdentityRules> rules;
    // True for basenames that some asset lets in: only these are digested before they open
    // anything.
    std::function<bool(std::string_view)> names_program;
    // True for the SHA-256 of a program that a person approved.
    std::function<bool(const Sha256&)> approved;
    bool allow_tracepoint = true;  // false: tests of the connector
  };

  // Starts the stream, then takes in what is running already. kDenied without the rights for
  // either stream.
  static Result<std::unique_ptr<SubjectSource>> Open(Options options);
  virtual ~SubjectSource() = default;

  virtual Stream stream() const = 0;
  // The subject that `pid` is now, by its latest exec; nullptr when it is not resolved yet. The
  // pidfd (of the same process, from the event) makes a reused number impossible. No disk, no
  // allocation; takes one short lock.
  virtual SubjectPtr Find(std::int32_t pid, int pidfd) = 0;
  // Resolves it on a worker and calls `done` there, always, within 3 s: what can't be resolved by
  // then is a subject with Taint::kExecMissed.
  virtual void Resolve(std::int32_t pid, UniqueFd pidfd, std::function<void(SubjectPtr)> done) = 0;
  // What may have changed since the exec: traced, foreign code mapped. Reads /proc, no other disk.
  virtual Taints LookAgain(std::int32_t pid, const Subject& subject) = 0;
  // Another policy is in force: names and rules for execs from now on; roles and taints of what
  // runs already are judged anew.
  virtual void SetOptions(Options options) = 0;

  virtual std::uint64_t execs_missed() const = 0;
  virtual std::uint64_t subject_count() const = 0;
};

}  // namespace keyward::linux_os
