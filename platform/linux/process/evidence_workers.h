// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace keyward::linux_os {

// Two threads that read files for evidence, so that nobody who owes a verdict does. Two, because
// one may wait for a slow disk.
class EvidenceWorkers {
 public:
  enum class Urgency { kSomebodyWaits, kAhead };

  EvidenceWorkers();
  ~EvidenceWorkers();  // what has not begun is dropped
  // False when there is too much to do ahead already.
  bool Add(Urgency urgency, std::function<void()> job);

 private:
  void Work();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> urgent_;
  std::deque<std::function<void()>> ahead_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace keyward::linux_os
