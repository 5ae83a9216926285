// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "agent/policy/compiler.h"
#include "agent/policy/schema.h"

namespace keyward::policy {
namespace {

constexpr std::size_t kMaxNotes = 200;

std::uint64_t NextSerial() {
  static std::atomic<std::uint64_t> serial{0};
  return ++serial;
}

// In the order in which the files were read, and by line.
void SortByPlace(std::span<const Layer> layers, Findings& findings) {
  std::map<std::string_view, std::size_t> order;
  for (const Layer& layer : layers)
    for (const SourceFile& file : layer.files) order.try_emplace(file.name, order.size());
  const auto place = [&order](const Finding& finding) {
    const auto found = order.find(finding.where.file);
    return std::pair(found == order.end() ? order.size() : found->second, finding.where.line);
  };
  std::stable_sort(findings.begin(), findings.end(),
                   [&](const Finding& a, const Finding& b) { return place(a) < place(b); });
}

keyward::Error Refusal(const Findings& findings) {
  std::size_t errors = 0;
  const Finding* first = nullptr;
  for (const Finding& finding : findings) {
    if (finding.level != FindingLevel::kError) continue;
    if (!first) first = &finding;
    ++errors;
  }
  std::string what = ToString(*first);
  if (errors > 1) {
    what += " (and " + std::to_string(errors - 1) +
            (errors == 2 ? " more mistake)" : " more mistakes)");
  }
  return {ErrorCode::kInvalid, std::move(what), first->hint, 0};
}

std::uint64_t HighestVersion(const PolicySource& source) {
  for (const LayerKind layer : {LayerKind::kManaged, LayerKind::kAdministrator})
    if (const auto& version = source.versions[static_cast<std::size_t>(layer)]) return *version;
  return 0;
}

}  // namespace

Result<std::shared_ptr<const CompiledPolicy>> CompiledPolicy::Compile(std::span<const Layer> layers,
                                                                      const Options& options,
                                                                      Findings& findings) {
  PolicySource source;
  Findings found;
  for (const Layer& layer : layers) {
    SchemaContext context{layer.kind, options.system, source};
    for (const SourceFile& file : layer.files) ReadPolicyFile(file, context, found);
  }
  auto tables = std::make_unique<Tables>();
  Compiler(source, options, *tables, found).Run();
  tables->identity = std::move(source.identity);
  tables->version = options.version != 0 ? options.version : HighestVersion(source);
  tables->serial = NextSerial();

  SortByPlace(layers, found);
  findings.insert(findings.end(), found.begin(), found.end());
  if (HasError(found)) return Refusal(found);
  return std::shared_ptr<const CompiledPolicy>(new CompiledPolicy(std::move(tables)));
}

Compiler::Compiler(const PolicySource& source, const CompiledPolicy::Options& options,
                   CompiledPolicy::Tables& tables, Findings& findings)
    : source_(source), options_(options), t_(tables), findings_(findings) {}

void Compiler::Run() {
  t_.unresolved = AddRule({"unresolved",
                           {"built-in", 0},
                           LayerKind::kCatalogue,
                           {},
                           {},
                           "what can't be resolved is refused"});
  CompileOverride();
  CompileGroups();
  CompileBrowsers();
  CheckIds();
  CompileProtectedPaths();
  CompileAssets();
  CompileLocks();
  CompileClasses();
  CompileLocations();
  CompileRules();
  CompileApprovals();
}

void Compiler::Error(const Location& where, std::string message, std::string hint) {
  findings_.push_back({FindingLevel::kError, where, std::move(message), std::move(hint)});
}

void Compiler::Warn(const Location& where, std::string message, std::string hint) {
  findings_.push_back({FindingLevel::kWarning, where, std::move(message), std::move(hint)});
}

void Compiler::Note(const Location& where, std::string message) {
  if (++notes_ > kMaxNotes) return;
  if (notes_ == kMaxNotes) message = "more overlaps than can be listed; the order settled them all";
  findings_.push_back({FindingLevel::kNote, where, std::move(message), {}});
}

void Compiler::Due(Time time) {
  if (time > options_.now && (!t_.next_change || time < *t_.next_change)) t_.next_change = time;
}

bool Compiler::Expired(const std::optional<Time>& expires) const {
  return expires && *expires <= options_.now;
}

RuleIndex Compiler::AddRule(RuleInfo info) {
  t_.rules.push_back(std::move(info));
  return static_cast<RuleIndex>(t_.rules.size() - 1);
}

void Compiler::CompileOverride() {
  if (!source_.monitor) return;
  if (Expired(source_.monitor->until)) {
    Note(source_.monitor->where, "this [override] has ended and is left out");
    return;
  }
  t_.monitoring = true;
  Due(source_.monitor->until);
}

}  // namespace keyward::policy
