// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/policy/compiled_policy.h"

namespace keyward::policy {

using PolicyPtr = std::shared_ptr<const CompiledPolicy>;

inline constexpr Time kNow{std::chrono::seconds{1'800'000'000}};  // 2027-01-15T08:00:00Z

// What a compilation gave: the policy, or nothing; every finding as a line.
struct Compiled {
  PolicyPtr policy;
  Error error;
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
  std::vector<std::string> notes;
  std::vector<std::string> hints;  // of the errors, where there is one
};

inline Compiled CompileLayers(const std::vector<Layer>& layers,
                              OperatingSystem system = OperatingSystem::kLinux) {
  CompiledPolicy::Options options;
  options.system = system;
  options.now = kNow;
  Findings findings;
  auto result = CompiledPolicy::Compile(layers, options, findings);
  Compiled compiled;
  if (result)
    compiled.policy = *result;
  else
    compiled.error = result.error();
  for (const Finding& f : findings) {
    auto& list = f.level == FindingLevel::kError     ? compiled.errors
                 : f.level == FindingLevel::kWarning ? compiled.warnings
                                                     : compiled.notes;
    list.push_back(ToString(f));
    if (f.level == FindingLevel::kError && !f.hint.empty()) compiled.hints.push_back(f.hint);
  }
  return compiled;
}

inline Layer LayerOf(LayerKind kind, std::string text) {
  const std::string name = std::string(LayerKindName(kind)) + ".toml";
  return {kind, {{name, std::move(text)}}};
}

inline Compiled CompileText(std::string text, LayerKind kind = LayerKind::kCatalogue) {
  return CompileLayers({LayerOf(kind, std::move(text))});
}

// The policy of texts that have no mistake.
inline PolicyPtr PolicyOf(const std::vector<Layer>& layers) {
  Compiled compiled = CompileLayers(layers);
  for (const std::string& error : compiled.errors) ADD_FAILURE() << error;
  return compiled.policy;
}
inline PolicyPtr PolicyOf(std::string text) {
  return PolicyOf({LayerOf(LayerKind::kCatalogue, std::move(text))});
}

// The defaults of the design for the classes that the tests use.
inline constexpr std::string_view kDefaults = R"(
[[class]]
name = "wallet-secret"
owner = "allow"
clean = "ask"
stranger = "deny"
meaning = "Only the wallet's own program may touch it"
[[class]]
name = "credential"
owner = "allow"
clean = "audit"
stranger = "deny"
[[class]]
name = "wallet-code"
owner = "allow"
clean = "ask"
stranger = "deny"
[[class]]
name = "watch-only"
owner = "allow"
clean = "audit"
stranger = "audit"
)";

inline std::string AssetText(std::string_view id, std::string_view asset_class,
                             std::string_view locations, std::string_view programs) {
  std::string text = "[[asset]]\nid = \"" + std::string(id) + "\"\nname = \"The " +
                     std::string(id) + "\"\nkind = \"desktop-wallet\"\nclass = \"" +
                     std::string(asset_class) + "\"\nseverity = \"critical\"\n[asset.linux]\n";
  text += "locations = [" + std::string(locations) + "]\n";
  text += "programs = [" + std::string(programs) + "]\n";
  return text;
}

// Programs as identity would describe them.
inline ProgramFile Packaged(std::string path, std::string package) {
  ProgramFile file;
  file.path = std::move(path);
  file.evidence = {{EvidenceKind::kPackage, "digest right"}};
  file.package = PackageName{std::move(package), "1", "dpkg"};
  return file;
}
inline ProgramFile InHome(std::string path) {
  ProgramFile file;
  file.path = std::move(path);
  file.evidence = {{EvidenceKind::kUserWritable, "alice can change it"}};
  return file;
}
inline Subject Running(ProgramFile file, Standing standing = Standing::kClean) {
  Subject subject;
  subject.executable = std::move(file);
  subject.standing = standing;
  return subject;
}
inline Sha256 HashOf(std::uint8_t fill) {
  Sha256 hash;
  hash.bytes.fill(fill);
  return hash;
}

inline AccessRequest RequestFor(const CompiledPolicy& policy, std::string_view asset,
                                const Subject& subject, Operation operation = Operation::kRead) {
  AccessRequest request;
  request.subject = &subject;
  request.asset.asset = policy.FindAsset(asset).value_or(kNoAsset);
  request.operation = operation;
  request.owner_uid = 1000;
  return request;
}

}  // namespace keyward::policy
