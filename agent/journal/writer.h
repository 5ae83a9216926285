// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "agent/journal/fold.h"
#include "agent/journal/journal.h"
#include "agent/journal/verdict_counter.h"

namespace keyward::journal {

// Takes incidents from any thread and gets them into the journal, folded, on a thread of its own.
//
// Owns the journal: nobody else may use it until Stop(). A submitter takes one short lock and folds
// under it, so memory is bounded by Folder::Options::most_held whatever the flood and whatever the
// disk does. The first of a fold is committed at once, together with whatever came meanwhile; its
// count at most every `update_every`. An idle writer sleeps without a timer.
//
// When the disk is full or failing, folds stay in memory and the commit is tried again after
// `retry_first`, twice as long each time, up to `retry_longest`. The commit that gets through also
// holds a kGap incident with the count of what was late.
class Writer {
 public:
  using Tick = Folder::Tick;

  struct Options {
    Folder::Options fold;
    std::chrono::milliseconds retry_first{100};
    std::chrono::milliseconds retry_longest{30'000};
    std::function<Tick()> tick;  // empty: the steady clock
    std::function<Time()> time;  // empty: the system's clock
  };

  // Called on the writer's thread without a lock held; they may call Submit(), not Flush() or
  // Stop().
  struct Events {
    // `incident` is in the journal, as it is there: with its id, count and last.
    std::function<void(const Incident& incident, bool updated)> on_committed;
    // Once when it begins to fail, and once when it works again with how many were late.
    std::function<void(const Error&)> on_failing;
    std::function<void(std::uint64_t late)> on_recovered;
  };

  // `counter` may be null; it must outlive the writer.
  Writer(std::unique_ptr<Journal> journal, Options options, VerdictCounter* counter, Events events);
  ~Writer();

  void Start();
  void Submit(Incident incident);
  // Waits until all that was submitted before is committed: that commit's error, or kBusy after
  // `timeout`.
  Result<> Flush(std::chrono::milliseconds timeout);
  // Ends the thread, commits what is left, closes the journal. The error says that something is not
  // committed; the counter then says how much.
  Result<> Stop();

  // What the thread does each time it wakes: commits what is due at `now`, gives when to come
  // again. For tests, which do not Start().
  std::optional<Tick> Step(Tick now);

  // Verdicts that could not even be counted in a fold and wait for the next one: 0 on a good day.
  std::uint64_t dropped() const;

 private:
  struct Batch;
  struct Outage {
    Time since{};
    Error error;
    Tick retry_at{};
    std::chrono::milliseconds wait{};
  };

  void Loop();
  Batch TakeBatch(Tick now);
  Result<> Write(Batch& batch);
  void AddGap(Batch& batch);
  void Succeeded(const Batch& batch, Tick now);
  void Failed(const Error& error, Tick now);
  void Tell(const Batch& batch);
  void PruneSometimes(std::size_t added);

  std::unique_ptr<Journal> journal_;
  Options options_;
  VerdictCounter* counter_;
  Events events_;

  // In rows: a look at the journal's size costs some milliseconds.
  static constexpr std::size_t kPruneEvery = 256;

  // Of the thread that steps.
  std::optional<Outage> outage_;
  std::size_t added_since_prune_ = kPruneEvery;  // the bounds may be new ones: look at once

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable wake_;
  std::condition_variable flushed_;
  Folder folder_;
  bool woken_ = false;
  bool stopping_ = false;
  std::uint64_t flush_asked_ = 0;
  std::uint64_t flush_done_ = 0;
  std::uint64_t flush_failed_ = 0;  // the latest that ended in `flush_error_`
  Error flush_error_;

  std::thread thread_;
};

}  // namespace keyward::journal
