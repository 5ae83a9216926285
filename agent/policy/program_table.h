// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/model/program.h"
#include "agent/model/subject.h"
#include "agent/policy/program_entry.h"

namespace keyward::policy {

using ProgramIndex = std::uint32_t;
inline constexpr ProgramIndex kAnyTrustedProgram = 0;  // "@any" is always the first

// The program entries of a match, where nothing may be allocated. What is beyond its size is left
// out: such a program is let in less, never more.
struct ShortMatch {
  static constexpr std::size_t kMax = 48;
  std::array<ProgramIndex, kMax> programs{};
  std::size_t count = 0;
  void Add(ProgramIndex program) {
    if (count < kMax) programs[count++] = program;
  }
};

// Every distinct program entry of the policy. Looked up by the hash of a basename, a package or a
// digest; only entries whose basename is a wildcard are tried one by one.
class ProgramTable {
 public:
  ProgramTable();

  ProgramIndex Add(const ProgramEntry& entry);
  std::optional<ProgramIndex> Find(const std::string& key) const;

  // The entries that `judged` is by evidence: what it may be let in as.
  void MatchEvidence(const Subject& judged, ShortMatch& match) const noexcept;
  // The entries that name this file, whatever speaks for or against it: what may hold it back.
  void MatchName(const ProgramFile& file, ShortMatch& match) const noexcept;
  // True when some entry lets in a file of this basename.
  bool NamesProgram(std::string_view basename) const;

  const std::string& key(ProgramIndex program) const { return keys_[program]; }
  // Bound to content: counts without any other evidence.
  bool IsContent(ProgramIndex program) const {
    return kinds_[program] == ProgramEntry::Kind::kContent;
  }
  std::size_t size() const { return keys_.size(); }
  std::size_t memory_bytes() const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  using Index = std::unordered_multimap<std::string, ProgramIndex, Hash, std::equal_to<>>;
  struct HashOfSha256 {
    std::size_t operator()(const Sha256& hash) const;
  };

  void Match(const ProgramFile& file, bool trusted, ShortMatch& match) const noexcept;
  bool Names(ProgramIndex program, std::string_view path, std::string_view basename) const noexcept;

  std::vector<std::string> keys_;
  std::vector<ProgramEntry::Kind> kinds_;
  std::vector<PatternSteps> steps_;  // of kPath
  std::unordered_map<std::string, ProgramIndex> by_key_;
  Index by_basename_;                       // kName, and kPath whose last component is literal
  std::vector<ProgramIndex> others_;        // kName with a wildcard, kPath that ends in one
  Index by_package_;                        // kPackage and kPackageFile
  std::vector<std::string> package_paths_;  // of kPackageFile, by program
  std::unordered_map<Sha256, ProgramIndex, HashOfSha256> by_content_;
};

}  // namespace keyward::policy
