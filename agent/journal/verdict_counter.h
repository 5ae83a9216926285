// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace keyward::journal {

// Two counters that outlive the process (the platform keeps them in shared memory): when the
// daemon dies, `given` minus `committed` is how many verdicts its successor has to report as a gap.
// Called from several threads.
class VerdictCounter {
 public:
  virtual ~VerdictCounter() = default;
  virtual void Given(std::uint64_t n) = 0;      // before anything else is done with them
  virtual void Committed(std::uint64_t n) = 0;  // after the transaction that holds them
};

}  // namespace keyward::journal
