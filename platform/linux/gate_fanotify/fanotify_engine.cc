// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/gate_fanotify/fanotify_engine.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <deque>
#include <fstream>
#include <functional>
#include <future>
#include <optional>
#include <thread>

#include "platform/linux/gate_fanotify/coverage.h"
#include "platform/linux/gate_fanotify/fanotify_groups.h"
#include "platform/linux/gate_fanotify/gatekeeper.h"
#include "platform/linux/gate_fanotify/held_opens.h"
#include "platform/linux/gate_fanotify/protected_tree.h"
#include "platform/linux/process/subject_source.h"

namespace keyward::linux_os {
namespace {

using platform::PolicyPtr;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Longer than a program needs from one open to the next; with one processor the opener needs it.
const std::chrono::microseconds kBurst{std::thread::hardware_concurrency() > 1 ? 50 : 0};

// A queue of work for one thread, with a descriptor to poll.
class Inbox {
 public:
  Inbox() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  int fd() const { return wake_.get(); }

  void Post(std::function<void()> work) {
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back(std::move(work));
    }
    Wake();
  }
  void Wake() const {
    const std::uint64_t one = 1;
    if (::write(wake_.get(), &one, sizeof one) < 0) return;  // full: it is awake already
  }
  void RunAll() {
    std::uint64_t ignored = 0;
    if (::read(wake_.get(), &ignored, sizeof ignored) < 0 && errno != EAGAIN) return;
    std::deque<std::function<void()>> work;
    {
      const std::lock_guard lock(mutex_);
      work.swap(queue_);
    }
    for (auto& item : work) item();
  }

 private:
  UniqueFd wake_;
  std::mutex mutex_;
  std::deque<std::function<void()>> queue_;
};

// Every event takes a descriptor, and a pidfd beside it.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

bool UserNamespacesAllowed() {
  std::ifstream file("/proc/sys/user/max_user_namespaces");
  long long value = 1;
  file >> value;
  return value > 0;
}

std::string KernelRelease() {
  utsname name{};
  return ::uname(&name) == 0 ? name.release : "";
}

class FanotifyEngine final : public platform::Engine {
 public:
  FanotifyEngine(platform::EngineHost& host, platform::EngineSettings settings,
                 FanotifyOptions options)
      : host_(host),
        settings_(std::move(settings)),
        options_(options),
        held_(settings_.hold, settings_.held_per_user) {}
  ~FanotifyEngine() override { Stop(); }

  Result<> Start(PolicyPtr policy) override;
  void Apply(PolicyPtr policy) override;
  void SetHomes(std::vector<policy::Home> homes) override;
  void Stop() override;
  void AnswerQuestion(std::uint64_t id, platform::Answer answer) override;

  Coverage coverage() const override;
  platform::EngineCounters counters() const override;
  std::vector<platform::FoundAsset> found_assets() const override;
  SubjectPtr FindSubject(std::int32_t pid) override;

 private:
  void GateLoop();
  bool ReadBurst();
  bool NamesChange() const;
  void TreeLoop();
  void OnOpen(WaitingOpen open);
  void JudgeWithSubject(WaitingOpen open, const Placement& placement, const InForcePtr& in_force);
  void PlaceOnTreeThread(WaitingOpen open);
  void Rebuild(PolicyPtr policy, std::vector<policy::Home> homes);
  void PublishTree();
  void RunOnTree(std::function<void()> work);
  SubjectSource::Options SubjectOptions(const PolicyPtr& policy) const;
  ProtectedTree::Settings TreeSettings(std::vector<policy::Home> homes) const;
  InForcePtr in_force() const;
  void PutInForce(const ProtectedTree& tree);

  platform::EngineHost& host_;
  platform::EngineSettings settings_;
  const FanotifyOptions options_;
  const std::int32_t own_pid_ = ::getpid();

  std::optional<PermissionGroup> permission_;
  std::optional<NotificationGroup> notification_;
  std::unique_ptr<SubjectSource> subjects_;
  HeldOpens held_;
  std::unique_ptr<Gatekeeper> gatekeeper_;
  std::unique_ptr<ProtectedTree> tree_;  // the tree thread's own
  const ProtectedTree* published_ = nullptr;

  mutable std::mutex mutex_;
  InForcePtr in_force_;
  std::vector<platform::FoundAsset> found_;
  std::vector<NotCovered> not_covered_;
  std::uint64_t marked_directories_ = 0;
  std::uint64_t marked_files_ = 0;

  Inbox gate_inbox_;
  Inbox tree_inbox_;
  std::atomic<bool> running_{false};
  std::atomic<bool> tree_reads_{false};  // from before it reads names until the table has them
  std::thread gate_thread_;
  std::thread tree_thread_;
};

Result<> FanotifyEngine::Start(PolicyPtr policy) {
  RaiseDescriptorLimit();
  auto permission = PermissionGroup::Open();
  if (!permission) return permission.error();
  auto notification = NotificationGroup::Open();
  if (!notification) return notification.error();
  auto subjects = SubjectSource::Open(SubjectOptions(policy));
  if (!subjects) return subjects.error();
  permission_.emplace(std::move(*permission));
  notification_.emplace(std::move(*notification));
  subjects_ = std::move(*subjects);
  gatekeeper_ = std::make_unique<Gatekeeper>(*permission_, *subjects_, held_, host_,
                                             [this] { gate_inbox_.Wake(); });

  tree_ = std::make_unique<ProtectedTree>(*permission_, *notification_, policy,
                                          TreeSettings(settings_.homes));
  PutInForce(*tree_);
  running_ = true;
  // The gate answers from the first mark on: whoever opens meanwhile must not hang.
  gate_thread_ = std::thread([this] { GateLoop(); });
  tree_thread_ = std::thread([this] { TreeLoop(); });
  RunOnTree([this] {
    tree_->Scan(nullptr);
    PublishTree();
  });
  return {};
}

SubjectSource::Options FanotifyEngine::SubjectOptions(const PolicyPtr& policy) const {
  SubjectSource::Options options;
  // Shares ownership with the policy, of which the rules are a part.
  options.rules = std::shared_ptr<const IdentityRules>(policy, &policy->identity());
  options.names_program = [policy](std::string_view name) { return policy->NamesProgram(name); };
  options.allow_tracepoint = options_.allow_tracepoint;
  return options;
}

ProtectedTree::Settings FanotifyEngine::TreeSettings(std::vector<policy::Home> homes) const {
  return {std::move(homes), settings_.own_directories, options_.whole_system};
}

InForcePtr FanotifyEngine::in_force() const {
  const std::lock_guard lock(mutex_);
  return in_force_;
}

void FanotifyEngine::PutInForce(const ProtectedTree& tree) {
  auto next =
      std::make_shared<const InForce>(InForce{tree.policy(), tree.table(), tree.settings().homes});
  const std::lock_guard lock(mutex_);
  in_force_ = std::move(next);
}

void FanotifyEngine::GateLoop() {
  while (running_) {
    int timeout = -1;
    if (const auto deadline = held_.NextDeadline()) {
      const auto left = std::chrono::ceil<milliseconds>(*deadline - steady_clock::now());
      timeout = static_cast<int>(std::max<milliseconds::rep>(left.count(), 0));
    }
    pollfd polled[] = {{permission_->fd(), POLLIN, 0}, {gate_inbox_.fd(), POLLIN, 0}};
    if (::poll(polled, 2, timeout) < 0 && errno != EINTR) break;
    if ((polled[0].revents & POLLIN) != 0 && !ReadBurst()) break;
    if ((polled[1].revents & POLLIN) != 0) gate_inbox_.RunAll();
    for (auto& expired : held_.TakeExpired(steady_clock::now()))
      gatekeeper_->Close(std::move(expired), platform::Answer::kRefuse);
  }
}

// Most of what an open waits for is our waking up, and programs open files in bursts: after an
// event the next one is looked for a moment before sleeping. An idle machine pays nothing for it.
bool FanotifyEngine::ReadBurst() {
  auto until = steady_clock::now() + kBurst;
  do {
    // An event that can't be delivered (no descriptor left) is an error of this read; the kernel
    // has refused that open, and the next read goes on.
    const auto more = permission_->Read([this](WaitingOpen open) { OnOpen(std::move(open)); });
    if (!more) return more.error().code != ErrorCode::kInvalid;
    if (*more) until = steady_clock::now() + kBurst;
  } while (steady_clock::now() < until);
  return true;
}

void FanotifyEngine::OnOpen(WaitingOpen open) {
  if (open.pid == own_pid_) {
    permission_->Reply(open, true);
    return;
  }
  struct stat st {};
  if (::fstat(open.file.get(), &st) != 0) {
    permission_->Reply(open, false);
    return;
  }
  const InForcePtr now = in_force();
  if (const auto placement = now->table->Find({st.st_dev, st.st_ino})) {
    if (placement->is_asset()) {
      JudgeWithSubject(std::move(open), *placement, now);
      return;
    }
    if (!NamesChange()) {
      permission_->Reply(open, true);
      return;
    }
  }
  // A file that came since the scan, or may just have been renamed to an asset's name: that is
  // reported already, the tree thread reads it first. Other opens go on meanwhile.
  PlaceOnTreeThread(std::move(open));
}

// True while a name that was reported may not be in the table yet: what is no asset may be one now.
bool FanotifyEngine::NamesChange() const {
  if (tree_reads_) return true;
  pollfd polled{notification_->fd(), POLLIN, 0};
  return ::poll(&polled, 1, 0) > 0 || tree_reads_;
}

void FanotifyEngine::PlaceOnTreeThread(WaitingOpen open) {
  // std::function must be copyable; the open is not.
  auto shared = std::make_shared<WaitingOpen>(std::move(open));
  tree_inbox_.Post([this, shared] {
    struct stat st {};
    std::optional<Placement> placement;
    if (::fstat(shared->file.get(), &st) == 0) {
      tree_reads_ = true;
      tree_->TakeEvents();
      tree_reads_ = false;
      const std::string link = "/proc/self/fd/" + std::to_string(shared->file.get());
      char path[PATH_MAX];
      const ssize_t n = ::readlink(link.c_str(), path, sizeof path);
      if (n > 0)
        placement = tree_->Place({st.st_dev, st.st_ino},
                                 std::string_view(path, static_cast<std::size_t>(n)));
    }
    if (placement && !placement->is_asset()) {
      permission_->Reply(*shared, true);
    } else {
      // This thread alone puts something in force: it is what the tree was made for.
      JudgeWithSubject(std::move(*shared), placement.value_or(Placement{}), in_force());
    }
  });
}

// An empty placement: nobody can tell where the object lies.
void FanotifyEngine::JudgeWithSubject(WaitingOpen open, const Placement& placement,
                                      const InForcePtr& in_force) {
  const auto judge = [this, placement, in_force](WaitingOpen waiting, const SubjectPtr& subject) {
    if (placement.is_asset()) {
      gatekeeper_->Judge(std::move(waiting), subject, placement, *in_force);
    } else {
      gatekeeper_->RefuseUnplaced(std::move(waiting), subject, *in_force);
    }
  };
  if (const SubjectPtr subject = subjects_->Find(open.pid, open.pidfd.get())) {
    judge(std::move(open), subject);
    return;
  }
  const std::int32_t pid = open.pid;
  UniqueFd pidfd(open.pidfd ? ::dup(open.pidfd.get()) : -1);
  auto shared = std::make_shared<WaitingOpen>(std::move(open));
  subjects_->Resolve(pid, std::move(pidfd), [judge, shared](const SubjectPtr& subject) {
    judge(std::move(*shared), subject);
  });
}

void FanotifyEngine::TreeLoop() {
  auto next_rebuild = steady_clock::now();
  while (running_) {
    pollfd polled[] = {{tree_inbox_.fd(), POLLIN, 0}, {notification_->fd(), POLLIN, 0}};
    if (::poll(polled, 2, -1) < 0 && errno != EINTR) break;
    tree_reads_ = true;
    if ((polled[1].revents & POLLIN) != 0) {
      tree_->TakeEvents();
      PublishTree();
    }
    tree_reads_ = false;
    if ((polled[0].revents & POLLIN) != 0) tree_inbox_.RunAll();
    if (tree_->stale() && steady_clock::now() >= next_rebuild) {
      Rebuild(tree_->policy(), tree_->settings().homes);
      next_rebuild = steady_clock::now() + std::chrono::seconds(1);
    }
  }
}

void FanotifyEngine::Rebuild(PolicyPtr policy, std::vector<policy::Home> homes) {
  auto tree = std::make_unique<ProtectedTree>(*permission_, *notification_, policy,
                                              TreeSettings(std::move(homes)));
  tree_->TakeEvents();
  tree->Scan(tree_.get());
  PutInForce(*tree);
  tree_ = std::move(tree);
  PublishTree();
}

void FanotifyEngine::PublishTree() {
  auto incidents = tree_->TakeIncidents();
  {
    const std::lock_guard lock(mutex_);
    const bool fresh = std::exchange(published_, tree_.get()) != tree_.get();
    if (fresh || found_.size() != tree_->found().size()) found_ = tree_->found();
    if (fresh || not_covered_.size() != tree_->not_covered().size())
      not_covered_ = tree_->not_covered();
    marked_directories_ = tree_->marked_directories();
    marked_files_ = tree_->table()->asset_count();
  }
  for (Incident& incident : incidents) host_.OnIncident(std::move(incident));
}

void FanotifyEngine::RunOnTree(std::function<void()> work) {
  std::promise<void> done;
  tree_inbox_.Post([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

void FanotifyEngine::Apply(PolicyPtr policy) {
  subjects_->SetOptions(SubjectOptions(policy));
  RunOnTree([&] { Rebuild(policy, tree_->settings().homes); });
}

void FanotifyEngine::SetHomes(std::vector<policy::Home> homes) {
  RunOnTree([&] { Rebuild(tree_->policy(), homes); });
}

void FanotifyEngine::Stop() {
  if (!running_.exchange(false)) return;
  gate_inbox_.Wake();
  tree_inbox_.Wake();
  gate_thread_.join();
  tree_thread_.join();
  tree_inbox_.RunAll();  // opens that still wait to be placed
  subjects_.reset();     // calls back what it still owes
  // Last: the two before may have held some more.
  for (auto& held : held_.TakeAll()) gatekeeper_->Close(std::move(held), platform::Answer::kRefuse);
  permission_->Close();
}

void FanotifyEngine::AnswerQuestion(std::uint64_t id, platform::Answer answer) {
  if (auto held = held_.Take(id)) gatekeeper_->Close(std::move(*held), answer);
}

Coverage FanotifyEngine::coverage() const {
  Coverage c = FanotifyCoverage(KernelRelease(),
                                subjects_ ? subjects_->stream() : SubjectSource::Stream::kConnector,
                                UserNamespacesAllowed());
  const std::lock_guard lock(mutex_);
  c.not_covered = not_covered_;
  return c;
}

platform::EngineCounters FanotifyEngine::counters() const {
  platform::EngineCounters c;
  if (!gatekeeper_) return c;
  c.judged = gatekeeper_->judged();
  c.refused = gatekeeper_->refused();
  c.execs_missed = subjects_ ? subjects_->execs_missed() : 0;
  c.subjects = subjects_ ? subjects_->subject_count() : 0;
  const std::lock_guard lock(mutex_);
  c.marked_directories = marked_directories_;
  c.marked_files = marked_files_;
  return c;
}

std::vector<platform::FoundAsset> FanotifyEngine::found_assets() const {
  const std::lock_guard lock(mutex_);
  return found_;
}

SubjectPtr FanotifyEngine::FindSubject(std::int32_t pid) {
  return subjects_ ? subjects_->Find(pid, -1) : nullptr;
}

}  // namespace

std::unique_ptr<platform::Engine> MakeFanotifyEngine(platform::EngineHost& host,
                                                     platform::EngineSettings settings,
                                                     FanotifyOptions options) {
  return std::make_unique<FanotifyEngine>(host, std::move(settings), options);
}

}  // namespace keyward::linux_os
