// SPDX-License-Identifier: Apache-2.0
#include "platform/include/host.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <set>

#include "platform/linux/control/authority_polkit.h"
#include "platform/linux/control/socket_server.h"
#include "platform/linux/control/users.h"
#include "platform/linux/directory_watch.h"
#include "platform/linux/event_loop.h"
#include "platform/linux/gate_fanotify/fanotify_engine.h"
#include "platform/linux/policy_files.h"
#include "platform/linux/state_files.h"

namespace keyward::linux_os {
namespace {

using platform::HostOptions;
using std::chrono::milliseconds;

constexpr std::size_t kMaxStateFile = 4u << 20;

class LinuxHost final : public platform::Host {
 public:
  explicit LinuxHost(HostOptions options) : options_(std::move(options)) {
    // One arena for all threads: none of ours allocates enough to wait for another, and each arena
    // more costs a wallet's computer its memory.
    ::mallopt(M_ARENA_MAX, 1);
    auto loop = EventLoop::Create();
    if (!loop) {
      loop_error_ = loop.error();
      return;
    }
    loop_ = std::move(*loop);
    control_ = MakeSocketServer(*loop_);
    authority_ = MakePolkitAuthority(*loop_);
  }

  Result<int> Run() override { return loop_->Run(); }
  void Stop(int status) override { loop_->Stop(status); }
  void Post(std::function<void()> work) override { loop_->Post(std::move(work)); }

  Result<> After(Slot slot, milliseconds delay, std::function<void()> work) override {
    auto source = loop_->AddTimer(delay, delay / 10 + milliseconds(1), std::move(work));
    if (!source) return source.error();
    timers_[static_cast<std::size_t>(slot)] = std::move(*source);
    return {};
  }

  Result<> OnStopRequested(std::function<void()> work) override {
    for (const int signal : {SIGTERM, SIGINT})
      if (auto added = AddSignal(signal, work); !added) return added.error();
    return {};
  }
  Result<> OnReloadRequested(std::function<void()> work) override {
    return AddSignal(SIGHUP, work);
  }

  Result<std::unique_ptr<platform::Engine>> MakeEngine(const std::string& kind,
                                                       platform::EngineHost& host,
                                                       platform::EngineSettings settings) override {
    if (kind == "kernel")
      return Error{ErrorCode::kUnsupported, "the kernel engine is not part of this build",
                   "use --engine fanotify, or auto"};
    FanotifyOptions options;
    options.whole_system = options_.homes.empty();
    return MakeFanotifyEngine(host, std::move(settings), options);
  }

  Result<std::vector<policy::Home>> Homes() override {
    if (options_.homes.empty()) return LocalHomes();
    std::vector<policy::Home> homes;
    for (const std::string& text : options_.homes) {
      auto home = ParseHomeOption(text);
      if (!home) return home.error();
      homes.push_back(std::move(*home));
    }
    return homes;
  }

  Result<> OnHomesChanged(std::function<void()> work) override {
    if (!options_.homes.empty()) return {};
    std::set<std::string> directories{"/etc", "/home"};
    if (auto homes = Homes())
      for (const policy::Home& home : *homes)
        directories.insert(home.path.substr(0, std::max<std::size_t>(home.path.rfind('/'), 1)));
    return Watch({directories.begin(), directories.end()}, std::move(work));
  }

  std::string UserName(std::uint32_t uid) override { return linux_os::UserName(uid); }

  platform::ControlServer& control() override { return *control_; }
  platform::Authority& authority() override { return *authority_; }

  Result<std::vector<policy::Layer>> ReadLayers() override {
    return linux_os::ReadLayers(options_.policy_dir, options_.admin_dir, options_.state_dir);
  }
  Result<> OnPolicyFilesChanged(std::function<void()> work) override {
    return Watch({options_.admin_dir}, std::move(work));
  }

  Result<> ClaimDirectories() override {
    if (!loop_) return loop_error_;
    ::umask(077);
    if (auto made = ClaimDirectory(options_.state_dir, 0700); !made) return made.error();
    if (auto made = ClaimDirectory(options_.run_dir, 0755); !made) return made.error();
    for (const std::string& directory : {options_.state_dir, options_.run_dir}) {
      auto lock = LockDirectory(directory);
      if (!lock) return lock.error();
      locks_.push_back(std::move(*lock));
    }
    return {};
  }

  Result<> WriteStateFile(const std::string& name, std::string_view text) override {
    return ReplaceFile(options_.state_dir + "/" + name, text);
  }
  Result<std::string> ReadStateFile(const std::string& name) override {
    return ReadWholeFile(options_.state_dir + "/" + name, kMaxStateFile);
  }

  // A file in run_dir (on tmpfs): it outlives us, and the machine's next boot starts it anew.
  Result<platform::VerdictCounters*> MapVerdictCounters() override {
    static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
    const std::string path = options_.run_dir + "/verdicts";
    const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return OsError("open " + path, errno);
    if (::ftruncate(fd.get(), sizeof(platform::VerdictCounters)) != 0)
      return OsError("size " + path, errno);
    void* memory = ::mmap(nullptr, sizeof(platform::VerdictCounters), PROT_READ | PROT_WRITE,
                          MAP_SHARED, fd.get(), 0);
    if (memory == MAP_FAILED) return OsError("map " + path, errno);
    return static_cast<platform::VerdictCounters*>(memory);
  }

  void NotifyReady(const std::string& status) override {
    ::malloc_trim(0);  // what reading the catalogue took
    ::sd_notify(0, ("READY=1\nSTATUS=" + status).c_str());
  }

 private:
  Result<> AddSignal(int signal, const std::function<void()>& work) {
    auto source = loop_->AddSignal(signal, [work](int) { work(); });
    if (!source) return source.error();
    signals_.push_back(std::move(*source));
    return {};
  }

  Result<> Watch(const std::vector<std::string>& directories, std::function<void()> work) {
    auto watch = DirectoryWatch::Create(*loop_, directories, std::move(work));
    if (!watch) return watch.error();
    watches_.push_back(std::move(*watch));
    return {};
  }

  const HostOptions options_;
  Error loop_error_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<platform::ControlServer> control_;
  std::unique_ptr<platform::Authority> authority_;
  std::array<EventLoop::SourcePtr, static_cast<std::size_t>(Slot::kSlots)> timers_;
  std::vector<EventLoop::SourcePtr> signals_;
  std::vector<std::unique_ptr<DirectoryWatch>> watches_;
  std::vector<UniqueFd> locks_;
};

}  // namespace
}  // namespace keyward::linux_os

namespace keyward::platform {

std::unique_ptr<Host> MakeHost(const HostOptions& options) {
  return std::make_unique<linux_os::LinuxHost>(options);
}

}  // namespace keyward::platform
