// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/process/subject_source.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include "agent/identity/resolve.h"
#include "platform/linux/process/evidence_workers.h"
#include "platform/linux/process/exec_stream.h"
#include "platform/linux/process/look_again.h"
#include "platform/linux/process/proc_files.h"
#include "platform/linux/process/resolver.h"
#include "platform/linux/process/snapshot.h"

namespace keyward::linux_os {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kMostWait = std::chrono::milliseconds(2800);   // of the 3 s that are promised
constexpr auto kRecordWait = std::chrono::milliseconds(200);  // a record later than that was lost
constexpr auto kRetry = std::chrono::milliseconds(5);
constexpr auto kTakeInFor = std::chrono::milliseconds(20);  // between two looks at who waits
constexpr std::size_t kPruneEvery = 512;
constexpr std::size_t kMostProcesses = 1 << 22;
constexpr int kSnapshotPasses = 8;

UniqueFd OpenPidfd(std::int32_t pid) {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

// One call of Resolve(): answered exactly once, by whoever is first.
struct Request {
  std::int32_t pid = 0;
  UniqueFd pidfd;
  std::function<void(SubjectPtr)> done;
  Clock::time_point asked = Clock::now();
  bool handed_on = false;  // the intake thread's own
  std::atomic<bool> answered{false};

  void Answer(SubjectPtr subject) {
    if (!answered.exchange(true)) done(std::move(subject));
  }
};
using RequestPtr = std::shared_ptr<Request>;

class Source : public SubjectSource {
 public:
  Source(std::unique_ptr<ExecStream> stream, Stream kind, Options options)
      : kind_(kind),
        stream_(std::move(stream)),
        resolver_(std::move(options)),
        later_(resolver_.evidence().ownership()),
        wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  ~Source() override {
    stop_ = true;
    Wake();
    if (intake_.joinable()) intake_.join();
    for (const RequestPtr& r : inbox_) r->Answer(Unknown(*r));
    for (const RequestPtr& r : waiting_) r->Answer(Unknown(*r));
  }

  void Start() {
    TakeInWhatRuns();
    intake_ = std::thread([this] { Intake(); });
  }

  Stream stream() const override { return kind_; }

  SubjectPtr Find(std::int32_t pid, int pidfd) override {
    const std::uint64_t seq = SeqOf(pid, pidfd);
    return seq == 0 ? nullptr : resolver_.table().FullOf(seq);
  }

  void Resolve(std::int32_t pid, UniqueFd pidfd, std::function<void(SubjectPtr)> done) override {
    auto request = std::make_shared<Request>();
    request->pid = pid;
    request->pidfd = std::move(pidfd);
    request->done = std::move(done);
    {
      const std::lock_guard lock(mutex_);
      inbox_.push_back(std::move(request));
    }
    Wake();
  }

  Taints LookAgain(std::int32_t pid, const Subject& subject) override {
    Taints taints = later_.Look(pid, subject);
    if (resolver_.ImportsChanged(subject)) taints.Add(Taint::kHostileEnvironment);
    return taints;
  }

  void SetOptions(Options options) override {
    resolver_.SetOptions(std::move(options));
    judge_anew_ = true;
    Wake();
  }

  std::uint64_t execs_missed() const override { return stream_->missed(); }
  std::uint64_t subject_count() const override { return resolver_.table().size(); }

 private:
  static SubjectPtr Unknown(const Request& r) {
    const auto birth = BirthOf(r.pid);
    return identity::UnknownSubject({r.pid, birth ? birth->start_ticks : 0}, 0);
  }

  void Wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = ::write(wake_.get(), &one, sizeof one);
  }

  std::uint64_t SeqOf(std::int32_t pid, int pidfd) {
    if (pidfd >= 0) return stream_->SeqOf(pid, pidfd);
    const UniqueFd own = OpenPidfd(pid);
    return own ? stream_->SeqOf(pid, own.get()) : 0;
  }

  // --- before the intake thread starts -----------------------------------------------------------

  // A number and a subject for every process that is older than the stream, parents first. A child
  // that its parent forks before the parent has a number is found by the next pass.
  void TakeInWhatRuns() {
    for (int pass = 0; pass < kSnapshotPasses; ++pass) {
      std::unordered_set<std::int32_t> visited;
      int taken = 0;
      for (const int pid : ListNumbers("/proc", kMostProcesses))
        taken += TakeInRunning(pid, visited);
      if (taken == 0) return;
    }
  }

  int TakeInRunning(std::int32_t pid, std::unordered_set<std::int32_t>& visited) {
    if (!visited.insert(pid).second) return 0;
    const UniqueFd pidfd = OpenPidfd(pid);
    const auto birth = BirthOf(pid);
    if (!pidfd || !birth) return 0;
    int taken = birth->parent > 0 ? TakeInRunning(birth->parent, visited) : 0;
    if (stream_->SeqOf(pid, pidfd.get()) != 0) return taken;
    auto record = RecordFromProc(pid);
    if (!record) return taken;
    record->seq = ++own_seq_;
    record->parent_seq = birth->parent > 0 ? SeqOf(birth->parent, -1) : 0;
    // An exec in between gave it a number of the stream's: what we read may be of either program.
    if (!stream_->Assign(pid, record->start_ticks, pidfd.get(), record->seq)) return taken;
    TakeIn(std::move(*record));
    return taken + 1;
  }

  // --- the intake thread -------------------------------------------------------------------------

  void Intake() {
    bool emptied = true;
    while (!stop_) {
      std::array<pollfd, 2> fds{{{stream_->descriptor(), POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
      ::poll(fds.data(), fds.size(), emptied ? Timeout() : 0);
      if ((fds[1].revents & POLLIN) != 0) {
        std::uint64_t count = 0;
        [[maybe_unused]] const ssize_t n = ::read(wake_.get(), &count, sizeof count);
      }
      {
        const std::lock_guard lock(mutex_);
        std::move(inbox_.begin(), inbox_.end(), std::back_inserter(waiting_));
        inbox_.clear();
      }
      // After the requests are in: a record that was written before a request is then in the table.
      emptied = stream_->Drain([this](ExecRecord record) { TakeIn(std::move(record)); },
                               Clock::now() + kTakeInFor);
      if (judge_anew_.exchange(false))
        for (const ExecEntryPtr& entry : resolver_.JudgeAnew()) CompleteAhead(entry);
      ServeRequests(emptied);
      if (resolver_.table().size() >= prune_at_) Prune();
    }
  }

  int Timeout() const {
    if (waiting_.empty()) return -1;
    const bool some_wait_for_records = std::any_of(
        waiting_.begin(), waiting_.end(), [](const RequestPtr& r) { return !r->handed_on; });
    if (some_wait_for_records) return static_cast<int>(kRetry.count());
    const auto first = std::min_element(
        waiting_.begin(), waiting_.end(),
        [](const RequestPtr& a, const RequestPtr& b) { return a->asked < b->asked; });
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        (*first)->asked + kMostWait - Clock::now());
    return static_cast<int>(std::max<std::int64_t>(left.count() + 1, 1));
  }

  void TakeIn(ExecRecord record) {
    const std::uint64_t seq = record.seq;
    if (resolver_.TakeIn(std::move(record))) CompleteAhead(resolver_.table().Find(seq));
  }

  void CompleteAhead(const ExecEntryPtr& entry) {
    if (entry && resolver_.table().MarkQueued(*entry))
      workers_.Add(EvidenceWorkers::Urgency::kAhead, [this, entry] { resolver_.Complete(entry); });
  }

  // `emptied`: every record that was written before now is in the table.
  void ServeRequests(bool emptied) {
    const auto now = Clock::now();
    for (const RequestPtr& r : waiting_) {
      if (r->answered) continue;
      if (!r->handed_on) HandOn(r);
      const bool record_lost = emptied && !r->handed_on && now - r->asked >= kRecordWait;
      if (record_lost || now - r->asked >= kMostWait) r->Answer(Unknown(*r));
    }
    waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(),
                                  [](const RequestPtr& r) { return r->answered.load(); }),
                   waiting_.end());
  }

  void HandOn(const RequestPtr& r) {
    const std::uint64_t seq = SeqOf(r->pid, r->pidfd.get());
    if (seq == 0) {
      r->Answer(Unknown(*r));
      return;
    }
    ExecEntryPtr entry = resolver_.table().Find(seq);
    if (!entry) return;
    r->handed_on = true;
    workers_.Add(EvidenceWorkers::Urgency::kSomebodyWaits,
                 [this, r, entry] { r->Answer(resolver_.Complete(entry)); });
  }

  void Prune() {
    std::unordered_set<std::uint64_t> live;
    for (const int pid : ListNumbers("/proc", kMostProcesses))
      if (const std::uint64_t seq = SeqOf(pid, -1)) live.insert(seq);
    resolver_.table().Prune(live);
    prune_at_ = resolver_.table().size() + kPruneEvery;
  }

  const Stream kind_;
  const std::unique_ptr<ExecStream> stream_;
  Resolver resolver_;
  LaterTaints later_;
  const UniqueFd wake_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> judge_anew_{false};
  std::mutex mutex_;  // of the inbox
  std::vector<RequestPtr> inbox_;
  std::vector<RequestPtr> waiting_;  // the intake thread's own
  std::uint64_t own_seq_ = 0;        // below the stream's numbers
  std::size_t prune_at_ = kPruneEvery;
  std::thread intake_;
  EvidenceWorkers workers_;  // goes first: its jobs use everything above
};

}  // namespace

Result<std::unique_ptr<SubjectSource>> SubjectSource::Open(Options options) {
  Stream kind = Stream::kTracepoint;
  Result<std::unique_ptr<ExecStream>> stream =
      options.allow_tracepoint
          ? OpenTracepointStream()
          : Result<std::unique_ptr<ExecStream>>(
                Error{ErrorCode::kUnsupported, "exec tracepoint: switched off", "", 0});
  if (!stream) {
    kind = Stream::kConnector;
    auto connector = OpenConnectorStream();
    if (!connector) return connector.error();
    stream = std::move(connector);
  }
  auto source = std::make_unique<Source>(std::move(*stream), kind, std::move(options));
  source->Start();
  return std::unique_ptr<SubjectSource>(std::move(source));
}

}  // namespace keyward::linux_os
