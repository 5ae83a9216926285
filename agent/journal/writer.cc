// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/writer.h"

#include <algorithm>

#include "agent/model/check.h"

namespace keyward::journal {
namespace {

std::string GapMessage(const Error& error, std::uint64_t late, std::uint64_t dropped) {
  std::string message = "the journal could not be written for a while (" + error.what +
                        "): " + std::to_string(late) + " verdicts were recorded late";
  if (dropped > 0) message += ", " + std::to_string(dropped) + " of them only as a number";
  return message;
}

}  // namespace

// What goes into one transaction.
struct Writer::Batch {
  std::vector<Folder::Pending> rows;
  std::vector<IncidentId> ids;  // of the rows that had none, then of the gap
  std::optional<Incident> gap;
  std::uint64_t flush = 0;  // the flush that this batch answers
  bool forced = false;

  std::uint64_t verdicts() const {
    std::uint64_t sum = 0;
    for (const Folder::Pending& row : rows) sum += row.verdicts;
    return sum;
  }
  bool empty() const { return rows.empty(); }
};

Writer::Writer(std::unique_ptr<Journal> journal, Options options, VerdictCounter* counter,
               Events events)
    : journal_(std::move(journal)),
      options_(std::move(options)),
      counter_(counter),
      events_(std::move(events)),
      folder_(options_.fold) {
  if (!options_.tick) options_.tick = [] { return std::chrono::steady_clock::now(); };
  if (!options_.time) options_.time = [] { return Time(std::chrono::system_clock::now()); };
}

Writer::~Writer() {
  if (journal_) static_cast<void>(Stop());
}

void Writer::Start() {
  KW_CHECK(!thread_.joinable());
  thread_ = std::thread([this] { Loop(); });
}

void Writer::Submit(Incident incident) {
  if (counter_ != nullptr && incident.kind != IncidentKind::kGap) counter_->Given(incident.count);
  const Tick now = options_.tick();
  const std::lock_guard lock(mutex_);
  const bool slept = folder_.idle();
  const Folder::Added added = folder_.Add(std::move(incident), now);
  if (added == Folder::Added::kNew || slept) {
    woken_ = true;
    wake_.notify_one();
  }
}

std::uint64_t Writer::dropped() const {
  const std::lock_guard lock(mutex_);
  return folder_.dropped();
}

void Writer::Loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    woken_ = false;
    lock.unlock();
    const std::optional<Tick> next = Step(options_.tick());
    lock.lock();
    const auto ready = [this] { return woken_ || stopping_; };
    if (next) {
      wake_.wait_until(lock, *next, ready);
    } else {
      wake_.wait(lock, ready);
    }
  }
}

std::optional<Writer::Tick> Writer::Step(Tick now) {
  Batch batch = TakeBatch(now);
  // While the disk fails, more incidents don't make it try sooner; somebody who waits does.
  if (outage_ && !batch.forced && now < outage_->retry_at) return outage_->retry_at;
  if (!batch.empty()) {
    if (outage_) AddGap(batch);
    const Result<> written = Write(batch);
    if (!written) {
      Failed(written.error(), now);
      const std::lock_guard lock(mutex_);
      flush_failed_ = std::max(flush_failed_, batch.flush);
      flush_error_ = written.error();
      flushed_.notify_all();
      return outage_->retry_at;
    }
    Succeeded(batch, now);
  }
  const std::lock_guard lock(mutex_);
  flush_done_ = std::max(flush_done_, batch.flush);
  flushed_.notify_all();
  return folder_.NextDue();
}

Writer::Batch Writer::TakeBatch(Tick now) {
  const std::lock_guard lock(mutex_);
  Batch batch;
  batch.flush = flush_asked_;
  batch.forced = stopping_ || flush_asked_ > std::max(flush_done_, flush_failed_);
  const bool waiting = outage_ && now < outage_->retry_at;
  if (batch.forced || !waiting) batch.rows = folder_.Due(now, batch.forced || outage_.has_value());
  return batch;
}

Result<> Writer::Write(Batch& batch) {
  std::vector<Incident> changed;  // the ones whose row is not as the incident came first
  changed.reserve(batch.rows.size());
  std::vector<const Incident*> added;
  std::vector<Journal::Raise> raised;
  for (const Folder::Pending& row : batch.rows) {
    if (row.id != 0) {
      raised.push_back({row.id, row.count, row.last, row.dropped});
    } else if (row.count == row.incident->count && row.last == row.incident->last &&
               row.dropped == row.incident->dropped) {
      added.push_back(row.incident.get());
    } else {
      Incident& incident = changed.emplace_back(*row.incident);
      incident.count = row.count;
      incident.last = row.last;
      incident.dropped = row.dropped;
      added.push_back(&incident);
    }
  }
  if (batch.gap) added.push_back(&*batch.gap);
  Result<std::vector<IncidentId>> ids = journal_->Commit(added, raised);
  if (!ids) return ids.error();
  batch.ids = std::move(*ids);
  return {};
}

// The batch holds everything that has waited since the outage began.
void Writer::AddGap(Batch& batch) {
  Incident gap;
  gap.kind = IncidentKind::kGap;
  gap.first = outage_->since;
  gap.last = options_.time();
  gap.count = batch.verdicts();
  gap.severity = Severity::kHigh;
  std::uint64_t dropped = 0;
  for (const Folder::Pending& row : batch.rows) dropped += row.dropped;
  gap.message = GapMessage(outage_->error, gap.count, dropped);
  batch.gap = std::move(gap);
}

void Writer::Succeeded(const Batch& batch, Tick now) {
  const std::size_t new_rows = batch.ids.size() - (batch.gap ? 1 : 0);
  {
    const std::lock_guard lock(mutex_);
    folder_.Committed(batch.rows, std::span(batch.ids).first(new_rows), now);
  }
  if (counter_ != nullptr) counter_->Committed(batch.verdicts());
  Tell(batch);
  if (outage_) {
    outage_.reset();
    if (events_.on_recovered) events_.on_recovered(batch.verdicts());
  }
  PruneSometimes(batch.ids.size());
}

void Writer::Failed(const Error& error, Tick now) {
  if (!outage_) {
    outage_ = Outage{options_.time(), error, now + options_.retry_first, options_.retry_first};
    if (events_.on_failing) events_.on_failing(error);
    return;
  }
  outage_->wait = std::min(outage_->wait * 2, options_.retry_longest);
  outage_->retry_at = now + outage_->wait;
}

void Writer::Tell(const Batch& batch) {
  if (!events_.on_committed) return;
  std::size_t next_id = 0;
  for (const Folder::Pending& row : batch.rows) {
    Incident incident = *row.incident;
    const bool updated = row.id != 0;
    incident.id = updated ? row.id : batch.ids[next_id++];
    incident.count = row.count;
    incident.last = row.last;
    incident.dropped = row.dropped;
    events_.on_committed(incident, updated);
  }
  if (batch.gap) {
    Incident gap = *batch.gap;
    gap.id = batch.ids.back();
    events_.on_committed(gap, false);
  }
}

void Writer::PruneSometimes(std::size_t added) {
  added_since_prune_ += added;
  if (added_since_prune_ < kPruneEvery) return;
  // Where it fails, the next commit fails too and says so, or the next prune makes up for it.
  if (journal_->Prune(options_.time())) added_since_prune_ = 0;
}

Result<> Writer::Flush(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  const std::uint64_t ticket = ++flush_asked_;
  if (!thread_.joinable()) {
    lock.unlock();
    Step(options_.tick());
    lock.lock();
  }
  woken_ = true;
  wake_.notify_one();
  const bool done = flushed_.wait_for(
      lock, timeout, [&] { return flush_done_ >= ticket || flush_failed_ >= ticket; });
  if (!done) return Error{ErrorCode::kBusy, "write the journal: still waiting for the disk", {}, 0};
  if (flush_done_ >= ticket) return {};
  return flush_error_;
}

Result<> Writer::Stop() {
  if (!journal_) return {};
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  Step(options_.tick());  // with stopping_, everything is due
  std::optional<Error> lost;
  if (outage_) lost = outage_->error;
  const Result<> closed = journal_->Close();
  journal_.reset();
  if (lost) return *lost;
  return closed;
}

}  // namespace keyward::journal
