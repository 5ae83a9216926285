// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "agent/model/incident.h"

namespace keyward::journal {

// Makes one incident with a count of what is one event to a person, and tells when which row is to
// be written. Pure: no thread, no clock, no disk; the Writer drives it.
//
// What differs in *what happened* (kind, owner, asset, operation, outcome, rule, taints) is never
// one. Of the rest, an open fold takes in, in this order:
//  1. the same process: tar that reads a thousand files of one wallet;
//  2. another process of the same parent with the same program and arguments:
//     `for i in …; do cat wallet; done`;
//  3. when a program has had `processes_apart` rows within `longest`: each further process of it;
//  4. when `programs_apart` rows were opened for one asset: each further program. That row's
//     message says that it counts others too. It keeps a flood of ever new scripts from pushing
//     older incidents out.
// Approvals and overrides are acts: each has a row of its own.
//
// Cost: Add() hashes and compares some strings; at most `most_held` incidents are kept.
class Folder {
 public:
  using Tick = std::chrono::steady_clock::time_point;

  struct Options {
    std::chrono::milliseconds quiet{60'000};        // since the last occurrence: a fold ends
    std::chrono::milliseconds longest{600'000};     // since its first
    std::chrono::milliseconds update_every{1'000};  // rows that exist are written this often
    std::size_t most_held = 1024;                   // folds, open or still to be written
    std::uint32_t processes_apart = 8;
    std::uint32_t programs_apart = 64;
  };

  enum class Added {
    kNew,      // a row of its own: to be written at once
    kFolded,   // counted in an open fold
    kDropped,  // `most_held` different folds wait for the disk: counted in the next one's `dropped`
  };

  // One row to be written, as it is now. The folder keeps it until it is told of the commit.
  struct Pending {
    std::uint64_t fold = 0;
    std::int64_t id = 0;                       // 0: the row is not there yet
    std::shared_ptr<const Incident> incident;  // as it came first
    std::uint64_t count = 0;
    Time last{};
    std::uint64_t dropped = 0;
    std::uint64_t verdicts = 0;  // of those, how many no commit holds yet, dropped ones included
  };

  explicit Folder(const Options& options) : options_(options) {}

  Added Add(Incident incident, Tick now);

  // The rows that are due: new ones, those with news whose last write is `update_every` ago, and
  // with `everything` all that have news.
  std::vector<Pending> Due(Tick now, bool everything) const;
  // `written` is in the journal: `ids` are those of the ones that had none, in their order.
  void Committed(std::span<const Pending> written, std::span<const std::int64_t> ids, Tick now);
  // When something will be due; nothing while all is written.
  std::optional<Tick> NextDue() const;

  // Nothing waits to be written.
  bool idle() const { return news_ == 0; }
  std::size_t held() const { return folds_.size(); }
  // Occurrences that could not even be counted in a fold, and are in no `dropped` yet.
  std::uint64_t dropped() const { return dropped_; }

 private:
  using FoldId = std::uint64_t;

  struct Fold {
    std::shared_ptr<const Incident> incident;
    std::int64_t id = 0;
    std::uint64_t count = 0;
    Time last{};
    std::uint64_t dropped = 0;
    std::uint64_t verdicts = 0;  // not committed yet
    bool news = true;            // something that is not in the journal
    bool closed = false;
    Tick opened{};
    Tick touched{};
    Tick written{};
  };

  // Rows of one program, or of one asset, within `longest`.
  struct Group {
    Tick since{};
    std::uint32_t rows = 0;
    FoldId target = 0;  // which fold takes in the further ones
  };
  using Groups = std::unordered_map<std::uint64_t, Group>;

  bool Ended(const Fold& fold, Tick now) const;
  Fold* OpenFold(FoldId id, Tick now);
  Fold* FindExact(const Incident& incident, Tick now);
  Fold* FindProgram(const Incident& incident, std::uint32_t rows, Tick now);
  Fold* FindOverflow(const Incident& incident, Tick now);
  Group& CountRow(Groups& groups, std::uint64_t key, Tick now);
  std::uint32_t RowsOf(const Groups& groups, std::uint64_t key, Tick now) const;
  void TakeIn(Fold& fold, const Incident& incident, Tick now);
  void Open(Incident incident, Tick now);
  bool MakeRoom(Tick now);
  void Sweep(Tick now);
  std::map<FoldId, Fold>::iterator Erase(std::map<FoldId, Fold>::iterator it);

  Options options_;
  std::map<FoldId, Fold> folds_;  // in the order in which they were opened
  // By hash: a hit is compared with the fold's incident, a collision only costs a row.
  std::unordered_map<std::uint64_t, FoldId> by_process_;
  std::unordered_map<std::uint64_t, FoldId> by_parent_;
  Groups programs_;
  Groups assets_;
  FoldId next_ = 1;
  std::size_t news_ = 0;  // folds with something to write
  std::uint64_t dropped_ = 0;
  Tick swept_{};
};

}  // namespace keyward::journal
