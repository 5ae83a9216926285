// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/hash.h"
#include "agent/model/result.h"
#include "agent/policy/path_pattern.h"

namespace keyward::policy {

// One entry of a list of programs. It only says which trusted file it may be: whether a file is
// trusted is decided by evidence.
struct ProgramEntry {
  enum class Kind : std::uint8_t {
    kName,         // "electrum", "electrum-*": basename of a trusted file anywhere
    kPath,         // "/opt/google/chrome*/chrome"
    kPackage,      // "package:restic": any program file of that package
    kPackageFile,  // of an approval: this package's file at this path
    kContent,      // "sha256:…": exactly that content, trusted or not
    kSandboxed,    // flatpak:, snap:, appimage:, bundle:, exe:, signer: — needs its own evidence
    kAnyTrusted,   // "@any"
    kBrowser,      // "@browser": the browser whose profile the location is in
    kGroup,        // "@NAME" of a [[group]]
  };
  Kind kind = Kind::kName;
  std::string text;    // name, path, package, group; as written for kSandboxed
  PatternSteps steps;  // kPath: without /usr where that is merged
  Sha256 content;      // kContent
  std::string path;    // kPackageFile

  // Distinct for distinct entries; how the program table keeps it.
  std::string Key() const;
};

// kInvalid with what is wrong. Braces give several.
Result<std::vector<ProgramEntry>> ParseProgramEntry(std::string_view text);

}  // namespace keyward::policy
