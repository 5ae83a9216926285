// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/finding.h"
#include "agent/model/incident.h"
#include "agent/policy/layer.h"

namespace keyward::policy {

struct TomlMember;

// A TOML document with the line of everything, apart from the library that parsed it.
struct TomlValue {
  enum class Type : std::uint8_t { kString, kInteger, kFloat, kBoolean, kTime, kArray, kTable };
  Type type = Type::kTable;
  int line = 0;
  std::string text;
  std::int64_t integer = 0;
  bool boolean = false;
  Time time{};
  std::vector<TomlValue> items;     // kArray
  std::vector<TomlMember> members;  // kTable, in the order of the file

  const TomlMember* Find(std::string_view key) const;
};

struct TomlMember {
  std::string key;
  int line = 0;
  TomlValue value;
};

// "a string", "an array": for messages.
std::string_view TypeName(TomlValue::Type type);

inline constexpr std::size_t kMaxFileBytes = std::size_t{4} << 20;
inline constexpr std::size_t kMaxTextBytes = 4096;
inline constexpr std::size_t kMaxItems = 20'000;
inline constexpr std::size_t kMaxMembers = 256;
inline constexpr int kMaxNesting = 8;

// Nothing, and findings, for a file that is not TOML, is above a limit, or holds control characters
// or times without a zone.
std::optional<TomlValue> ParseToml(const SourceFile& file, Findings& findings);

}  // namespace keyward::policy
