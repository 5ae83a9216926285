// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/event_loop.h"

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

namespace keyward::linux_os {
namespace {

struct EventUnref {
  void operator()(sd_event* event) const { sd_event_unref(event); }
};
using EventPtr = std::unique_ptr<sd_event, EventUnref>;

std::uint64_t Micros(std::chrono::microseconds duration) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
}

// What a source calls. Shared, so that a callback may destroy its own source.
struct Callback {
  std::function<void(std::uint32_t)> function;
};

class SdSource : public EventLoop::Source {
 public:
  SdSource() : callback_(std::make_shared<Callback>()) {}
  ~SdSource() override { sd_event_source_disable_unref(source_); }
  SdSource(const SdSource&) = delete;
  SdSource& operator=(const SdSource&) = delete;

  Result<> SetEvents(std::uint32_t epoll_events) override {
    const int r = sd_event_source_set_io_events(source_, epoll_events);
    if (r < 0) return OsError("watch a descriptor", -r);
    return {};
  }

  Result<> Arm(std::chrono::microseconds delay) override {
    const int set = sd_event_source_set_time_relative(source_, Micros(delay));
    if (set < 0) return OsError("arm a timer", -set);
    const int on = sd_event_source_set_enabled(source_, SD_EVENT_ONESHOT);
    if (on < 0) return OsError("arm a timer", -on);
    return {};
  }

  void Disarm() override { (void)sd_event_source_set_enabled(source_, SD_EVENT_OFF); }

  static int OnReady(sd_event_source*, int, std::uint32_t events, void* self) {
    Call(self, events);
    return 0;
  }
  static int OnDue(sd_event_source*, std::uint64_t, void* self) {
    Call(self, 0);
    return 0;
  }
  static int OnSignal(sd_event_source*, const struct signalfd_siginfo* info, void* self) {
    Call(self, info->ssi_signo);
    return 0;
  }

  sd_event_source* source_ = nullptr;
  std::shared_ptr<Callback> callback_;

 private:
  static void Call(void* self, std::uint32_t argument) {
    const std::shared_ptr<Callback> held = static_cast<SdSource*>(self)->callback_;
    held->function(argument);
  }
};

class SdEventLoop : public EventLoop {
 public:
  SdEventLoop(EventPtr event, UniqueFd wake) : event_(std::move(event)), wake_(std::move(wake)) {}

  ~SdEventLoop() override {
    wake_source_.reset();
    // What was posted and never ran may own things: it goes while the loop is still there.
    std::vector<std::function<void()>> left;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      left.swap(posted_);
    }
  }

  Result<> WatchPosts() {
    Result<SourcePtr> source = AddFd(wake_.get(), EPOLLIN, [this](std::uint32_t) { RunPosted(); });
    if (!source) return source.error();
    wake_source_ = std::move(*source);
    return {};
  }

  Result<SourcePtr> AddFd(int fd, std::uint32_t epoll_events,
                          std::function<void(std::uint32_t)> ready) override {
    auto source = std::make_unique<SdSource>();
    source->callback_->function = std::move(ready);
    const int r = sd_event_add_io(event_.get(), &source->source_, fd, epoll_events,
                                  &SdSource::OnReady, source.get());
    if (r < 0) return OsError("watch a descriptor", -r);
    return SourcePtr(std::move(source));
  }

  Result<SourcePtr> AddTimer(std::chrono::microseconds delay, std::chrono::microseconds slack,
                             std::function<void()> due) override {
    auto source = std::make_unique<SdSource>();
    source->callback_->function = [due = std::move(due)](std::uint32_t) { due(); };
    const int r =
        sd_event_add_time_relative(event_.get(), &source->source_, CLOCK_MONOTONIC, Micros(delay),
                                   Micros(slack), &SdSource::OnDue, source.get());
    if (r < 0) return OsError("make a timer", -r);
    if (delay.count() < 0) source->Disarm();
    return SourcePtr(std::move(source));
  }

  Result<SourcePtr> AddSignal(int signal, std::function<void(int)> taken) override {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    const int blocked = pthread_sigmask(SIG_BLOCK, &set, nullptr);
    if (blocked != 0) return OsError("block a signal", blocked);
    auto source = std::make_unique<SdSource>();
    source->callback_->function = [taken = std::move(taken)](std::uint32_t number) {
      taken(static_cast<int>(number));
    };
    const int r = sd_event_add_signal(event_.get(), &source->source_, signal, &SdSource::OnSignal,
                                      source.get());
    if (r < 0) return OsError("take a signal", -r);
    return SourcePtr(std::move(source));
  }

  void Post(std::function<void()> function) override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      posted_.push_back(std::move(function));
    }
    const std::uint64_t one = 1;
    // Can only fail when the counter is full, and then the loop is awake anyway.
    if (::write(wake_.get(), &one, sizeof one) < 0) return;
  }

  Result<int> Run() override {
    const int r = sd_event_loop(event_.get());
    if (r < 0) return OsError("run the event loop", -r);
    return r;
  }

  Result<> RunOnce(std::chrono::microseconds timeout) override {
    const int r = sd_event_run(event_.get(), Micros(timeout));
    if (r < 0) return OsError("run the event loop", -r);
    return {};
  }

  void Stop(int status) override {
    Post([this, status] { (void)sd_event_exit(event_.get(), status); });
  }

  sd_event* UnsafeHandle() override { return event_.get(); }

 private:
  void RunPosted() {
    std::uint64_t count = 0;
    if (::read(wake_.get(), &count, sizeof count) < 0) return;
    std::vector<std::function<void()>> due;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      due.swap(posted_);
    }
    for (const auto& function : due) function();
  }

  EventPtr event_;
  UniqueFd wake_;
  SourcePtr wake_source_;
  std::mutex mutex_;  // guards posted_ only; nothing is called under it
  std::vector<std::function<void()>> posted_;
};

}  // namespace

Result<std::unique_ptr<EventLoop>> EventLoop::Create() {
  sd_event* event = nullptr;
  const int r = sd_event_new(&event);
  if (r < 0) return OsError("make an event loop", -r);
  EventPtr owned(event);
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return OsError("make an eventfd", errno);
  auto loop = std::make_unique<SdEventLoop>(std::move(owned), std::move(wake));
  const Result<> watched = loop->WatchPosts();
  if (!watched) return watched.error();
  return std::unique_ptr<EventLoop>(std::move(loop));
}

}  // namespace keyward::linux_os
