// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/program_entry.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/policy/braces.h"

namespace keyward::policy {
namespace {

using Kind = ProgramEntry::Kind;

constexpr std::array<std::string_view, 6> kSandboxedPrefixes{
    "flatpak:", "snap:", "appimage:", "bundle:", "exe:", "signer:"};

Error Invalid(std::string why) { return {ErrorCode::kInvalid, std::move(why), {}, 0}; }

bool IsWordOf(std::string_view text, std::string_view extra) {
  return !text.empty() && text.size() <= 128 &&
         std::all_of(text.begin(), text.end(), [extra](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  extra.find(c) != std::string_view::npos;
         });
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

Result<ProgramEntry> ParseGroup(std::string_view name) {
  ProgramEntry entry;
  entry.text = std::string(name);
  if (name == "any") {
    entry.kind = Kind::kAnyTrusted;
  } else if (name == "browser") {
    entry.kind = Kind::kBrowser;
  } else {
    if (!IsWordOf(name, "-_."))
      return Invalid("the group's name has other characters than a-z0-9-_.");
    entry.kind = Kind::kGroup;
  }
  return entry;
}

Result<ProgramEntry> ParsePath(std::string_view path) {
  ProgramEntry entry;
  entry.kind = Kind::kPath;
  entry.text = std::string(WithoutUsr(path));
  auto steps = ParseSteps(std::string_view(entry.text).substr(1));
  if (!steps) return steps.error();
  const bool names_something = std::any_of(steps->begin(), steps->end(), [](const PatternStep& s) {
    return s.text.find_first_not_of('*') != std::string::npos;
  });
  if (!names_something) return Invalid("it is every program: write \"@any\"");
  entry.steps = std::move(*steps);
  return entry;
}

Result<ProgramEntry> ParseName(std::string_view name) {
  if (name.find('/') != std::string_view::npos)
    return Invalid("a program's path is absolute, a program's name has no slash");
  if (name.size() > kMaxComponentBytes) return Invalid("the name is too long");
  if (name.find_first_not_of('*') == std::string_view::npos)
    return Invalid("it is every program: write \"@any\"");
  if (name.find("**") != std::string_view::npos) return Invalid("a name has single * only");
  if (name == "." || name == "..") return Invalid("it is not the name of a program");
  ProgramEntry entry;
  entry.text = std::string(name);
  return entry;
}

Result<ProgramEntry> ParseOne(std::string_view text) {
  if (text.empty()) return Invalid("it is empty");
  if (HasControl(text)) return Invalid("it has a control character");
  if (text.starts_with("@")) return ParseGroup(text.substr(1));
  if (text.starts_with("/")) return ParsePath(text);
  ProgramEntry entry;
  if (text.starts_with("package:")) {
    entry.kind = Kind::kPackage;
    entry.text = std::string(text.substr(8));
    if (!IsWordOf(entry.text, "+-._:")) return Invalid("that is not the name of a package");
    return entry;
  }
  if (text.starts_with("sha256:")) {
    const auto hash = ParseSha256(text.substr(7));
    if (!hash) return Invalid("sha256: is followed by 64 hex digits");
    entry.kind = Kind::kContent;
    entry.content = *hash;
    return entry;
  }
  for (const std::string_view prefix : kSandboxedPrefixes) {
    if (!text.starts_with(prefix)) continue;
    if (text.size() == prefix.size()) return Invalid("nothing follows " + std::string(prefix));
    entry.kind = Kind::kSandboxed;
    entry.text = std::string(text);
    return entry;
  }
  return ParseName(text);
}

}  // namespace

std::string ProgramEntry::Key() const {
  switch (kind) {
    case Kind::kPackage: return "package:" + text;
    case Kind::kPackageFile: return "package-file:" + text + ":" + path;
    case Kind::kContent: return "sha256:" + ToHex(content);
    case Kind::kAnyTrusted: return "@any";
    case Kind::kBrowser: return "@browser";
    case Kind::kGroup: return "@" + text;
    default: return text;
  }
}

Result<std::vector<ProgramEntry>> ParseProgramEntry(std::string_view text) {
  const auto explained = [text](const Error& error) {
    return Invalid("program \"" + std::string(text.substr(0, 200)) +
                   "\" can't be used: " + error.what);
  };
  auto texts = ExpandBraces(text);
  if (!texts) return explained(texts.error());
  std::vector<ProgramEntry> entries;
  for (const std::string& expanded : *texts) {
    auto entry = ParseOne(expanded);
    if (!entry) return explained(entry.error());
    entries.push_back(std::move(*entry));
  }
  return entries;
}

}  // namespace keyward::policy
