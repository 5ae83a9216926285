// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace keyward::policy {

struct FlatKey {
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  friend bool operator==(const FlatKey&, const FlatKey&) = default;
};

inline std::uint64_t Mix(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdull;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ull;
  return x ^ (x >> 33);
}

// A map that is filled once and then only asked: one array, at most three quarters full, so that a
// look-up touches one or two cache lines whatever its size.
template <class Value>
class FlatMap {
 public:
  Value& operator[](FlatKey key) {
    if ((used_ + 1) * 4 > slots_.size() * 3) Grow();
    Slot& slot = slots_[SlotOf(key)];
    if (!slot.used) {
      slot = {key, Value{}, true};
      ++used_;
    }
    return slot.value;
  }

  const Value* Find(FlatKey key) const noexcept {
    if (slots_.empty()) return nullptr;
    const Slot& slot = slots_[SlotOf(key)];
    return slot.used ? &slot.value : nullptr;
  }

  template <class Visit>
  void ForEach(Visit visit) const {
    for (const Slot& slot : slots_)
      if (slot.used) visit(slot.key, slot.value);
  }

  std::size_t size() const { return used_; }
  std::size_t memory_bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  struct Slot {
    FlatKey key;
    Value value{};
    bool used = false;
  };

  std::size_t SlotOf(FlatKey key) const noexcept {
    const std::size_t mask = slots_.size() - 1;
    std::size_t i =
        static_cast<std::size_t>(Mix(key.a * 0x9e3779b97f4a7c15ull ^ Mix(key.b))) & mask;
    while (slots_[i].used && !(slots_[i].key == key)) i = (i + 1) & mask;
    return i;
  }

  void Grow() {
    std::vector<Slot> old(slots_.empty() ? 16 : slots_.size() * 2);
    old.swap(slots_);
    for (Slot& slot : old)
      if (slot.used) slots_[SlotOf(slot.key)] = std::move(slot);
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace keyward::policy
