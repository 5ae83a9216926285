// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/path_pattern.h"

#include <utility>

#include "agent/model/identity_rules.h"

namespace keyward::policy {
namespace {

Error Invalid(std::string why) { return {ErrorCode::kInvalid, std::move(why), {}, 0}; }

bool MatchesStep(const PatternStep& step, std::string_view component) {
  return step.kind == PatternStep::Kind::kLiteral ? step.text == component
                                                  : MatchesName(step.text, component);
}

// The path after its first component.
std::string_view Rest(std::string_view path) {
  const std::size_t slash = path.find('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
}

Result<PatternStep> ParseStep(std::string_view component) {
  if (component.empty()) return Invalid("it has an empty component");
  if (component == "." || component == "..")
    return Invalid("it has the component \"" + std::string(component) + "\"");
  if (component.size() > kMaxComponentBytes) return Invalid("a component is too long");
  PatternStep step;
  step.text = std::string(component);
  if (component == "**") {
    step.kind = PatternStep::Kind::kAnyDepth;
  } else if (component.find("**") != std::string_view::npos) {
    return Invalid("** must be a component of its own");
  } else if (component.find('*') != std::string_view::npos) {
    step.kind = PatternStep::Kind::kWildcard;
  }
  return step;
}

}  // namespace

Result<PatternSteps> ParseSteps(std::string_view relative) {
  PatternSteps steps;
  while (!relative.empty()) {
    const std::size_t slash = relative.find('/');
    auto step = ParseStep(relative.substr(0, slash));
    if (!step) return step.error();
    const bool repeated = step->kind == PatternStep::Kind::kAnyDepth && !steps.empty() &&
                          steps.back().kind == PatternStep::Kind::kAnyDepth;
    if (!repeated) steps.push_back(std::move(*step));
    if (steps.size() > kMaxSteps)
      return Invalid("it has more than " + std::to_string(kMaxSteps) + " components");
    if (slash == std::string_view::npos) break;
    relative.remove_prefix(slash + 1);
    if (relative.empty()) return Invalid("it ends in a slash");
  }
  return steps;
}

// Like `*` in a name, one level up: only the last `**` ever has to give way.
bool MatchesSteps(const PatternSteps& steps, std::string_view path) {
  std::size_t at = 0;
  std::size_t after_any = PatternSteps().max_size();
  std::string_view resume;
  while (!path.empty()) {
    if (at < steps.size() && steps[at].kind == PatternStep::Kind::kAnyDepth) {
      after_any = ++at;
      resume = path;
    } else if (at < steps.size() && MatchesStep(steps[at], path.substr(0, path.find('/')))) {
      ++at;
      path = Rest(path);
    } else if (after_any <= steps.size()) {
      at = after_any;
      resume = Rest(resume);
      path = resume;
    } else {
      return false;
    }
  }
  while (at < steps.size() && steps[at].kind == PatternStep::Kind::kAnyDepth) ++at;
  return at == steps.size();
}

std::string_view WithoutUsr(std::string_view path) {
  constexpr std::string_view kMerged[] = {"/usr/bin/",   "/usr/sbin/",  "/usr/lib/",
                                          "/usr/lib32/", "/usr/lib64/", "/usr/libx32/"};
  for (const std::string_view prefix : kMerged)
    if (path.starts_with(prefix)) return path.substr(4);
  return path;
}

}  // namespace keyward::policy
