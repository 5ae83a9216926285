// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/process/evidence_workers.h"

#include <utility>

namespace keyward::linux_os {
namespace {

constexpr int kThreads = 2;
constexpr std::size_t kMostAhead = 4096;

}  // namespace

EvidenceWorkers::EvidenceWorkers() {
  for (int i = 0; i < kThreads; ++i) threads_.emplace_back([this] { Work(); });
}

EvidenceWorkers::~EvidenceWorkers() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& t : threads_) t.join();
}

bool EvidenceWorkers::Add(Urgency urgency, std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (urgency == Urgency::kAhead && ahead_.size() >= kMostAhead) return false;
    (urgency == Urgency::kSomebodyWaits ? urgent_ : ahead_).push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

void EvidenceWorkers::Work() {
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stop_ || !urgent_.empty() || !ahead_.empty(); });
      if (stop_) return;
      auto& queue = urgent_.empty() ? ahead_ : urgent_;
      job = std::move(queue.front());
      queue.pop_front();
    }
    job();
  }
}

}  // namespace keyward::linux_os
