// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/pattern_overlap.h"

#include <cstddef>
#include <vector>

namespace keyward::policy {
namespace {

// Is there a sequence that two patterns with "any run" elements both match? A table over how far
// each has come: `is_any(x)` consumes anything, `meet(i, j)` one element of both.
template <class IsAnyA, class IsAnyB, class Meet>
bool Overlap(std::size_t n, std::size_t m, IsAnyA is_any_a, IsAnyB is_any_b, Meet meet) {
  std::vector<char> can((n + 1) * (m + 1), 0);
  const auto at = [&](std::size_t i, std::size_t j) -> char& { return can[i * (m + 1) + j]; };
  for (std::size_t i = n + 1; i-- > 0;) {
    for (std::size_t j = m + 1; j-- > 0;) {
      bool yes = i == n && j == m;
      if (i < n && is_any_a(i)) yes = yes || at(i + 1, j) != 0 || (j < m && at(i, j + 1) != 0);
      if (j < m && is_any_b(j)) yes = yes || at(i, j + 1) != 0 || (i < n && at(i + 1, j) != 0);
      if (i < n && j < m && !is_any_a(i) && !is_any_b(j) && meet(i, j))
        yes = yes || at(i + 1, j + 1) != 0;
      at(i, j) = yes ? 1 : 0;
    }
  }
  return at(0, 0) != 0;
}

}  // namespace

bool NamesOverlap(std::string_view a, std::string_view b) {
  return Overlap(
      a.size(), b.size(), [&](std::size_t i) { return a[i] == '*'; },
      [&](std::size_t j) { return b[j] == '*'; },
      [&](std::size_t i, std::size_t j) { return a[i] == b[j]; });
}

bool PlacesOverlap(const PatternSteps& a, bool a_below, const PatternSteps& b, bool b_below) {
  using Kind = PatternStep::Kind;
  const auto whole = [](PatternSteps steps, bool below) {
    if (below) {  // something below, at any depth
      steps.push_back({Kind::kWildcard, "*"});
      steps.push_back({Kind::kAnyDepth, "**"});
    }
    return steps;
  };
  const PatternSteps x = whole(a, a_below);
  const PatternSteps y = whole(b, b_below);
  const auto meet = [&](std::size_t i, std::size_t j) {
    if (x[i].kind == Kind::kLiteral && y[j].kind == Kind::kLiteral) return x[i].text == y[j].text;
    // A literal may itself have a `*` (a person's own place); that errs on the safe side.
    return NamesOverlap(x[i].text, y[j].text);
  };
  return Overlap(
      x.size(), y.size(), [&](std::size_t i) { return x[i].kind == Kind::kAnyDepth; },
      [&](std::size_t j) { return y[j].kind == Kind::kAnyDepth; }, meet);
}

}  // namespace keyward::policy
