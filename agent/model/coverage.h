// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keyward {

enum class CoverageLevel : std::uint8_t { kStops, kNotices, kBlind };

std::string_view CoverageLevelName(CoverageLevel level);

// What the engine in force does about one way to an asset, on this kernel.
struct CoverageItem {
  std::string id;    // "hard-link"
  std::string what;  // "opening a protected file by a hard link"
  CoverageLevel level = CoverageLevel::kBlind;
  std::string how;  // why, and what would close it: "rename is noticed; the kernel engine stops it"
};

// A place of a person that can't be protected, and why.
struct NotCovered {
  std::uint32_t uid = 0;
  std::string path;
  std::string why;
};

struct Coverage {
  std::string engine;    // "fanotify"
  std::string identity;  // "exec tracepoint" or "process connector"
  std::string kernel;    // "6.1.0-28-amd64"
  std::vector<CoverageItem> items;
  std::vector<NotCovered> not_covered;
};

}  // namespace keyward
