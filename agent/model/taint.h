// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

namespace keyward {

// Why a subject is not the program that it seems. Numbers are stored in the journal: never reused.
enum class Taint : std::uint8_t {
  kHostileEnvironment = 0,  // a variable loads code that others than root can write
  kForeignCode = 1,         // maps executable code that others than root can write
  kDeletedExecutable = 2,   // was unlinked already at exec
  kMemoryExecutable = 3,    // memfd or another file without a name at exec
  kDynamicLoader = 4,       // started as `ld.so PROGRAM`
  kTraced = 5,              // another process holds it by ptrace
  kForeignNamespace = 6,    // was in a user namespace that is not the system's at exec
  kExecMissed = 7,          // its exec was not seen: who it is can't be known until its next
  kDebugFlags = 8,          // started with a switch that hands it over (remote debugging)
};
inline constexpr int kTaintCount = 9;

std::string_view TaintName(Taint taint);         // "hostile-environment"
std::string_view TaintExplanation(Taint taint);  // one plain clause for `explain`
std::optional<Taint> ParseTaint(std::string_view name);

// A set of taints, one bit each.
class Taints {
 public:
  constexpr Taints() = default;
  constexpr Taints(std::initializer_list<Taint> taints) {
    for (const Taint t : taints) Add(t);
  }
  static constexpr Taints FromBits(std::uint32_t bits) {
    Taints t;
    t.bits_ = bits & ((1u << kTaintCount) - 1);
    return t;
  }

  constexpr void Add(Taint taint) { bits_ |= 1u << static_cast<unsigned>(taint); }
  constexpr void Add(Taints other) { bits_ |= other.bits_; }
  constexpr bool Has(Taint taint) const {
    return (bits_ >> static_cast<unsigned>(taint) & 1u) != 0;
  }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr std::uint32_t bits() const { return bits_; }
  std::vector<Taint> List() const;

  friend constexpr bool operator==(const Taints&, const Taints&) = default;

 private:
  std::uint32_t bits_ = 0;
};

}  // namespace keyward
