// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/hash.h"

namespace keyward {

// A file as the kernel tells it apart. `device` is st_dev, `inode` st_ino.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  friend bool operator==(const FileId&, const FileId&) = default;
};

// Why a program file may be believed, strongest first; the last ones speak against it.
enum class EvidenceKind : std::uint8_t {
  kPackage,         // the package database owns it and its digest is right
  kRootOwned,       // root owns it and every directory above; nobody else can write any of them
  kApproved,        // a person approved exactly this content (SHA-256)
  kDigestMismatch,  // a package owns the path, but the content is not the packaged one
  kUserWritable,    // others than root can change the file or its path
  kMissing,         // no such file to look at
};

// "package": short and stable, for --json.
std::string_view EvidenceKindName(EvidenceKind kind);
bool Supports(EvidenceKind kind);

struct Evidence {
  EvidenceKind kind = EvidenceKind::kMissing;
  std::string detail;  // "Debian package electrum 4.3.4, digest right"; plain words
};

struct PackageName {
  std::string name;     // "electrum"
  std::string version;  // "4.3.4+dfsg1-1"
  std::string manager;  // "dpkg"
};

// What a program file is when it runs.
enum class ProgramRole : std::uint8_t {
  kProgram,      // stands for itself
  kTool,         // general purpose (shells, coreutils, archivers…): stands for whoever runs it
  kInterpreter,  // stands for the script that it runs
  kLoader,       // the dynamic loader, Wine, a container runtime: never stands for anything
};

std::string_view ProgramRoleName(ProgramRole role);

// One program file with what is known of it: an executable, or a script.
struct ProgramFile {
  std::string path;  // resolved, as at exec; "" when it has none (memfd, stdin, -c)
  FileId id;
  ProgramRole role = ProgramRole::kProgram;
  std::string interpreter;  // for kInterpreter: the catalogue's id, "python"
  std::vector<Evidence> evidence;
  std::optional<PackageName> package;
  std::optional<Sha256> sha256;  // when it was computed

  // At least one piece of evidence for it and none against it.
  bool trusted() const;
};

}  // namespace keyward
