// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "agent/cli/command.h"
#include "agent/cli/policy_files.h"
#include "agent/control/replies.h"

namespace keyward::cli {
namespace {

// The catalogue with what is to be checked as the administrator's layer; without names, what would
// be in force.
Result<std::vector<policy::Layer>> LayersToCheck(const Context& context) {
  const std::vector<std::string> names = context.arguments.Values("FILE");
  if (names.empty()) return context.host.ReadLayers(context.policy_dir(), context.admin_dir(), "");
  auto layers = context.host.ReadLayers(context.policy_dir(), "", "");
  if (!layers) return layers;
  policy::Layer checked{policy::LayerKind::kAdministrator, {}};
  for (const std::string& name : names) {
    auto files = context.host.ReadPolicyFiles(name);
    if (!files) return files.error();
    for (policy::SourceFile& file : *files) checked.files.push_back(std::move(file));
  }
  layers->push_back(std::move(checked));
  return layers;
}

std::string Json(bool ok, std::size_t assets, std::size_t rules, const Findings& findings) {
  std::string json = std::string("{\"ok\":") + (ok ? "true" : "false") +
                     ",\"assets\":" + std::to_string(assets) +
                     ",\"rules\":" + std::to_string(rules) + ",\"findings\":[";
  bool first = true;
  for (const Finding& finding : findings) {
    json += (first ? "" : ",") + control::ToJson(finding);
    first = false;
  }
  return json + "]}";
}

Exit Run(const Context& context) {
  const auto layers = LayersToCheck(context);
  if (!layers) return Fail(layers.error());
  Findings findings;
  const auto policy = Compile(context, *layers, findings);
  const std::size_t assets = policy ? (*policy)->assets().size() : 0;
  const std::size_t rules = policy ? (*policy)->rule_count() : 0;
  if (context.json()) {
    context.out.Line(Json(policy.has_value(), assets, rules, findings));
    return policy ? Exit::kFine : Exit::kNo;
  }
  PrintFindings(findings,
                context.arguments.Has("--notes") ? FindingLevel::kNote : FindingLevel::kWarning);
  if (!policy) {
    if (!HasError(findings)) return Fail(policy.error());
    return Exit::kNo;
  }
  const auto notes = std::count_if(findings.begin(), findings.end(),
                                   [](const Finding& f) { return f.level == FindingLevel::kNote; });
  context.out.Line(
      "No mistakes: " + std::to_string(assets) + " assets, " + std::to_string(rules) + " rules, " +
      std::to_string(notes) + " overlaps settled by their order" +
      (notes > 0 && !context.arguments.Has("--notes") ? " (--notes lists them)." : "."));
  return Exit::kFine;
}

constexpr ArgumentSpec kArguments[] = {
    {"FILE", "", Shape::kRest, Completes::kPath,
     "files or directories to check on top of the catalogue, as the administrator's; without one, "
     "what would be in force",
     ""},
    {"--notes", "", Shape::kFlag, Completes::kNothing,
     "also list the overlaps that the order of rules settles", ""},
};

}  // namespace

const CommandSpec kPolicyCheckCommand{
    "policy check",
    "look for mistakes in policy files",
    "Reads policy files as the daemon would and reports every mistake with its file and line. "
    "Nothing is changed, and no daemon is needed. The exit status is 1 when there is a mistake.",
    kArguments,
    "  keyward policy check 20-team.toml\n  keyward policy check --policy-dir policies\n",
    &Run};

}  // namespace keyward::cli
