// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/fold.h"

#include <algorithm>
#include <limits>

#include "agent/journal/fold_identity.h"
#include "agent/journal/limits.h"
#include "agent/model/check.h"

namespace keyward::journal {
namespace {

constexpr std::size_t kMostGroups = 8192;  // then begun anew: it costs some rows

std::uint64_t AddUp(std::uint64_t a, std::uint64_t b) {
  return a > std::numeric_limits<std::uint64_t>::max() - b
             ? std::numeric_limits<std::uint64_t>::max()
             : a + b;
}

// A gap speaks of verdicts that were counted as given when they were: not twice.
std::uint64_t VerdictsOf(const Incident& incident) {
  return incident.kind == IncidentKind::kGap ? 0 : incident.count;
}

void SayThatItCountsOthers(Incident& incident, std::uint32_t programs) {
  if (!incident.message.empty()) incident.message += " ";
  incident.message += "(more than " + std::to_string(programs) +
                      " different programs tried: this counts the further ones, and shows the "
                      "first of them)";
}

}  // namespace

bool Folder::Ended(const Fold& fold, Tick now) const {
  return fold.closed || now - fold.touched > options_.quiet || now - fold.opened > options_.longest;
}

Folder::Fold* Folder::OpenFold(FoldId id, Tick now) {
  const auto it = folds_.find(id);
  return it == folds_.end() || Ended(it->second, now) ? nullptr : &it->second;
}

Folder::Fold* Folder::FindExact(const Incident& incident, Tick now) {
  if (const auto it = by_process_.find(HashProcess(incident)); it != by_process_.end()) {
    Fold* fold = OpenFold(it->second, now);
    if (fold != nullptr && SameProcess(*fold->incident, incident)) return fold;
  }
  if (incident.ancestry.empty()) return nullptr;
  if (const auto it = by_parent_.find(HashParent(incident)); it != by_parent_.end()) {
    Fold* fold = OpenFold(it->second, now);
    if (fold != nullptr && SameParent(*fold->incident, incident)) return fold;
  }
  return nullptr;
}

Folder::Fold* Folder::FindProgram(const Incident& incident, std::uint32_t rows, Tick now) {
  const std::uint64_t key = HashProgram(incident);
  if (RowsOf(programs_, key, now) < rows) return nullptr;
  Fold* fold = OpenFold(programs_.at(key).target, now);
  return fold != nullptr && SameProgram(*fold->incident, incident) ? fold : nullptr;
}

Folder::Fold* Folder::FindOverflow(const Incident& incident, Tick now) {
  const std::uint64_t key = HashWhat(incident);
  if (RowsOf(assets_, key, now) < options_.programs_apart) return nullptr;
  Fold* fold = OpenFold(assets_.at(key).target, now);
  return fold != nullptr && SameWhat(*fold->incident, incident) ? fold : nullptr;
}

std::uint32_t Folder::RowsOf(const Groups& groups, std::uint64_t key, Tick now) const {
  const auto it = groups.find(key);
  return it == groups.end() || now - it->second.since > options_.longest ? 0 : it->second.rows;
}

Folder::Group& Folder::CountRow(Groups& groups, std::uint64_t key, Tick now) {
  if (groups.size() >= kMostGroups) groups.clear();
  Group& group = groups[key];
  if (group.rows == 0 || now - group.since > options_.longest) group = Group{now, 0, 0};
  ++group.rows;
  return group;
}

Folder::Added Folder::Add(Incident incident, Tick now) {
  Limit(incident);
  if (now - swept_ > options_.quiet) Sweep(now);
  if (Folds(incident.kind)) {
    Fold* fold = FindExact(incident, now);
    if (fold == nullptr) fold = FindProgram(incident, options_.processes_apart, now);
    if (fold == nullptr) fold = FindOverflow(incident, now);
    const bool room = fold != nullptr || MakeRoom(now);
    if (!room) fold = FindProgram(incident, 1, now);  // rather without detail than lost
    if (fold != nullptr) {
      TakeIn(*fold, incident, now);
      return Added::kFolded;
    }
  }
  if (!MakeRoom(now)) {
    dropped_ = AddUp(dropped_, VerdictsOf(incident));
    return Added::kDropped;
  }
  Open(std::move(incident), now);
  return Added::kNew;
}

void Folder::TakeIn(Fold& fold, const Incident& incident, Tick now) {
  fold.count = AddUp(fold.count, incident.count);
  fold.last = std::max(fold.last, incident.last);
  fold.dropped = AddUp(fold.dropped, AddUp(incident.dropped, dropped_));
  fold.verdicts = AddUp(fold.verdicts, AddUp(VerdictsOf(incident), dropped_));
  dropped_ = 0;
  fold.touched = now;
  if (!fold.news) ++news_;
  fold.news = true;
}

void Folder::Open(Incident incident, Tick now) {
  const FoldId id = next_++;
  if (Folds(incident.kind)) {
    by_process_[HashProcess(incident)] = id;
    if (!incident.ancestry.empty()) by_parent_[HashParent(incident)] = id;
    CountRow(programs_, HashProgram(incident), now).target = id;
    Group& asset = CountRow(assets_, HashWhat(incident), now);
    if (asset.rows > options_.programs_apart) {
      SayThatItCountsOthers(incident, options_.programs_apart);
      asset.target = id;
    }
  }
  Fold fold;
  fold.count = incident.count;
  fold.last = incident.last;
  fold.dropped = AddUp(incident.dropped, dropped_);
  fold.verdicts = AddUp(VerdictsOf(incident), dropped_);
  dropped_ = 0;
  fold.opened = fold.touched = now;
  fold.incident = std::make_shared<const Incident>(std::move(incident));
  folds_.emplace(id, std::move(fold));
  ++news_;
}

std::map<Folder::FoldId, Folder::Fold>::iterator Folder::Erase(
    std::map<FoldId, Fold>::iterator it) {
  const Incident& incident = *it->second.incident;
  const auto forget = [&](auto& index, std::uint64_t key) {
    const auto found = index.find(key);
    if (found != index.end() && found->second == it->first) index.erase(found);
  };
  forget(by_process_, HashProcess(incident));
  forget(by_parent_, HashParent(incident));
  return folds_.erase(it);
}

// Forgets what has ended and is written.
void Folder::Sweep(Tick now) {
  swept_ = now;
  for (auto it = folds_.begin(); it != folds_.end();) {
    it->second.closed = Ended(it->second, now);
    it = it->second.closed && !it->second.news ? Erase(it) : std::next(it);
  }
  for (Groups* groups : {&programs_, &assets_}) {
    for (auto it = groups->begin(); it != groups->end();)
      it = now - it->second.since > options_.longest ? groups->erase(it) : std::next(it);
  }
}

bool Folder::MakeRoom(Tick now) {
  if (folds_.size() < options_.most_held) return true;
  if (news_ == folds_.size()) return false;
  Sweep(now);
  if (folds_.size() < options_.most_held) return true;
  const auto oldest = std::find_if(folds_.begin(), folds_.end(),
                                   [](const auto& entry) { return !entry.second.news; });
  if (oldest == folds_.end()) return false;
  Erase(oldest);
  return true;
}

std::vector<Folder::Pending> Folder::Due(Tick now, bool everything) const {
  std::vector<Pending> due;
  for (const auto& [id, fold] : folds_) {
    if (!fold.news) continue;
    if (fold.id == 0 || everything || Ended(fold, now) ||
        now - fold.written >= options_.update_every)
      due.push_back(
          {id, fold.id, fold.incident, fold.count, fold.last, fold.dropped, fold.verdicts});
  }
  return due;
}

void Folder::Committed(std::span<const Pending> written, std::span<const std::int64_t> ids,
                       Tick now) {
  std::size_t next_id = 0;
  for (const Pending& p : written) {
    const auto it = folds_.find(p.fold);
    KW_CHECK(it != folds_.end());  // what has news is never forgotten
    Fold& fold = it->second;
    if (p.id == 0) {
      KW_CHECK(next_id < ids.size());
      fold.id = ids[next_id++];
    }
    fold.verdicts -= p.verdicts;
    fold.written = now;
    fold.news = fold.count != p.count || fold.last != p.last || fold.dropped != p.dropped;
    if (!fold.news) --news_;
    if (fold.closed && !fold.news) Erase(it);
  }
}

std::optional<Folder::Tick> Folder::NextDue() const {
  std::optional<Tick> next;
  if (idle()) return next;
  for (const auto& [id, fold] : folds_) {
    if (!fold.news) continue;
    const Tick due = fold.id == 0 ? Tick::min() : fold.written + options_.update_every;
    if (!next || due < *next) next = due;
  }
  return next;
}

}  // namespace keyward::journal
