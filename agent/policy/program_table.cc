// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/program_table.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "agent/model/identity_rules.h"

namespace keyward::policy {
namespace {

using Kind = ProgramEntry::Kind;

std::string_view BaseName(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool IsPackaged(const ProgramFile& file) {
  return file.package && std::any_of(file.evidence.begin(), file.evidence.end(), [](const auto& e) {
           return e.kind == EvidenceKind::kPackage;
         });
}

}  // namespace

std::size_t ProgramTable::HashOfSha256::operator()(const Sha256& hash) const {
  std::size_t first;  // any eight bytes of a digest are a good hash
  std::memcpy(&first, hash.bytes.data(), sizeof first);
  return first;
}

ProgramTable::ProgramTable() {
  ProgramEntry any;
  any.kind = Kind::kAnyTrusted;
  Add(any);
}

std::optional<ProgramIndex> ProgramTable::Find(const std::string& key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? std::nullopt : std::optional(found->second);
}

ProgramIndex ProgramTable::Add(const ProgramEntry& entry) {
  const auto [found, is_new] =
      by_key_.try_emplace(entry.Key(), static_cast<ProgramIndex>(keys_.size()));
  const ProgramIndex program = found->second;
  if (!is_new) return program;
  keys_.push_back(found->first);
  kinds_.push_back(entry.kind);
  steps_.push_back(entry.steps);
  package_paths_.emplace_back(WithoutUsr(entry.path));
  switch (entry.kind) {
    case Kind::kName:
      if (entry.text.find('*') == std::string::npos)
        by_basename_.emplace(entry.text, program);
      else
        others_.push_back(program);
      break;
    case Kind::kPath:
      if (entry.steps.back().kind == PatternStep::Kind::kLiteral)
        by_basename_.emplace(entry.steps.back().text, program);
      else
        others_.push_back(program);
      break;
    case Kind::kPackage:
    case Kind::kPackageFile: by_package_.emplace(entry.text, program); break;
    case Kind::kContent: by_content_.emplace(entry.content, program); break;
    default: break;  // nothing on this system can prove it, or it is not a file
  }
  return program;
}

bool ProgramTable::Names(ProgramIndex program, std::string_view path,
                         std::string_view basename) const noexcept {
  if (kinds_[program] == Kind::kName) return MatchesName(keys_[program], basename);
  return !path.empty() && MatchesSteps(steps_[program], path.substr(1));
}

void ProgramTable::Match(const ProgramFile& file, bool trusted, ShortMatch& match) const noexcept {
  if (trusted && !file.path.empty()) {
    const std::string_view path = WithoutUsr(file.path);
    const std::string_view basename = BaseName(path);
    const auto [from, to] = by_basename_.equal_range(basename);
    for (auto i = from; i != to; ++i)
      if (Names(i->second, path, basename)) match.Add(i->second);
    for (const ProgramIndex program : others_)
      if (Names(program, path, basename)) match.Add(program);
    if (IsPackaged(file)) {
      const auto [first, last] = by_package_.equal_range(std::string_view(file.package->name));
      for (auto i = first; i != last; ++i)
        if (kinds_[i->second] == Kind::kPackage || package_paths_[i->second] == path)
          match.Add(i->second);
    }
  }
  if (file.sha256) {
    const auto found = by_content_.find(*file.sha256);
    if (found != by_content_.end()) match.Add(found->second);
  }
}

void ProgramTable::MatchEvidence(const Subject& judged, ShortMatch& match) const noexcept {
  // Code that is in no file, and what stands for others, is nobody.
  if (judged.script && judged.script->source != ScriptSource::kFile) return;
  const ProgramFile& file = judged.program();
  if (file.role != ProgramRole::kProgram) return;
  // A script is what it says only to an interpreter that can be believed.
  if (judged.script && !judged.executable.trusted()) return;
  const bool trusted = file.trusted();
  if (trusted) match.Add(kAnyTrustedProgram);
  Match(file, trusted, match);
  std::sort(match.programs.begin(),
            match.programs.begin() + static_cast<std::ptrdiff_t>(match.count));
}

void ProgramTable::MatchName(const ProgramFile& file, ShortMatch& match) const noexcept {
  if (file.role != ProgramRole::kLoader) match.Add(kAnyTrustedProgram);
  Match(file, true, match);
}

bool ProgramTable::NamesProgram(std::string_view basename) const {
  if (by_basename_.find(basename) != by_basename_.end()) return true;
  return std::any_of(others_.begin(), others_.end(), [&](ProgramIndex program) {
    if (kinds_[program] == Kind::kName) return MatchesName(keys_[program], basename);
    const PatternStep& last = steps_[program].back();
    return last.kind == PatternStep::Kind::kWildcard && MatchesName(last.text, basename);
  });
}

std::size_t ProgramTable::memory_bytes() const {
  std::size_t bytes = 0;
  for (const std::string& key : keys_) bytes += 2 * (sizeof(std::string) + key.capacity());
  for (const PatternSteps& steps : steps_)
    bytes += sizeof steps + steps.capacity() * sizeof(PatternStep);
  return bytes + (by_basename_.size() + by_package_.size() + by_content_.size()) * 64 +
         keys_.size() * (sizeof(Kind) + sizeof(std::string) + 48);
}

}  // namespace keyward::policy
