// SPDX-License-Identifier: Apache-2.0
// Policy files are written by hand and by machines: whatever they hold is refused with a place, or
// compiled into something that can be asked. The first byte says which layer the text is.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/model/check.h"
#include "agent/policy/approvals.h"
#include "agent/policy/compiled_policy.h"

namespace {

using namespace keyward;
using namespace keyward::policy;

void Ask(const CompiledPolicy& policy) {
  const std::vector<Home> homes = {{1000, "alice", "/home/alice"}};
  for (const char* path : {"/home/alice/.electrum/wallets/a", "/home/alice/a/b/c/d", "/opt/x/y"})
    if (const auto place = policy.FindPlace(path, homes)) policy.AssetName(place->asset);
  Subject subject;
  subject.executable.path = "/usr/bin/electrum";
  subject.executable.evidence = {{EvidenceKind::kPackage, ""}};
  subject.executable.package = PackageName{"electrum", "1", "dpkg"};
  subject.standing = Standing::kClean;
  AccessRequest request;
  request.subject = &subject;
  for (AssetIndex i = 0; i < policy.assets().size() && i < 64; ++i) {
    request.asset.asset = i;
    for (const Operation operation : {Operation::kRead, Operation::kWrite}) {
      request.operation = operation;
      policy.rule(policy.Decide(request).rule);
    }
    KW_CHECK(policy.FindAsset(policy.assets()[i].id) == i);
  }
}

// What the daemon wrote, it reads back.
void RoundTrip(const std::string& text) {
  Findings findings;
  const auto layer = ParseUserLayer(text, text, findings);
  if (!layer) return;
  const auto again =
      ParseUserLayer(WriteApprovals(*layer, true), WriteProtectedPaths(*layer), findings);
  KW_CHECK(again.has_value());
  KW_CHECK(again->approvals.size() == layer->approvals.size());
  KW_CHECK(again->protected_paths.size() == layer->protected_paths.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto kind = static_cast<LayerKind>(data[0] % 4);
  std::vector<Layer> layers = {{kind, {{"input.toml", text}}}};
  CompiledPolicy::Options options;
  options.now = Time(std::chrono::seconds{1'800'000'000});
  options.system = static_cast<OperatingSystem>(data[0] / 4 % 3);
  Findings findings;
  const auto policy = CompiledPolicy::Compile(layers, options, findings);
  KW_CHECK(policy.has_value() != HasError(findings));
  for (const Finding& finding : findings) KW_CHECK(!finding.message.empty());
  if (policy) Ask(**policy);
  if (kind == LayerKind::kUser) RoundTrip(text + "\n");
  return 0;
}
