// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <string>
#include <thread>

namespace keyward::bench {

// The floor: a fanotify permission group with the same marks that lets everything pass and does
// nothing else.
class BareResponder {
 public:
  BareResponder(const std::string& directory, const std::string& file);
  ~BareResponder();

 private:
  int group_ = -1;
  int stop_ = -1;
  std::thread thread_;
};

}  // namespace keyward::bench
