// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/location_pattern.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "agent/policy/braces.h"

namespace keyward::policy {
namespace {

using Root = LocationPattern::Root;

Error Invalid(std::string why) { return {ErrorCode::kInvalid, std::move(why), {}, 0}; }

struct Variable {
  std::string_view name;
  Root root;
  std::string_view directory;  // below the root; empty for the root itself
};

// The defaults of the XDG base directory specification: what a person's own session exports is not
// evidence of anything.
constexpr std::array<Variable, 5> kUnixVariables{{{"~", Root::kHome, ""},
                                                  {"$XDG_CONFIG_HOME", Root::kHome, ".config"},
                                                  {"$XDG_DATA_HOME", Root::kHome, ".local/share"},
                                                  {"$XDG_STATE_HOME", Root::kHome, ".local/state"},
                                                  {"$XDG_CACHE_HOME", Root::kHome, ".cache"}}};

constexpr std::array<Variable, 7> kWindowsVariables{
    {{"~", Root::kHome, ""},
     {"%USERPROFILE%", Root::kHome, ""},
     {"%APPDATA%", Root::kHome, "AppData/Roaming"},
     {"%LOCALAPPDATA%", Root::kHome, "AppData/Local"},
     {"%DOCUMENTS%", Root::kHome, "Documents"},
     {"%PROGRAMDATA%", Root::kAbsolute, "C:/ProgramData"},
     {"%PROGRAMFILES%", Root::kAbsolute, "C:/Program Files"}}};

constexpr std::array<Variable, 4> kMacros{{{"${chromium-root}", Root::kChromiumRoot, ""},
                                           {"${chromium-profile}", Root::kChromiumProfile, ""},
                                           {"${firefox-root}", Root::kFirefoxRoot, ""},
                                           {"${firefox-profile}", Root::kFirefoxProfile, ""}}};

// Where a person's own place can't be: nothing that a user does may stop the system from working.
constexpr std::array<std::string_view, 13> kSystemDirectories{
    "/usr",  "/bin", "/sbin", "/lib", "/lib32", "/lib64",          "/etc",
    "/boot", "/dev", "/proc", "/sys", "/run",   "/var/lib/keyward"};

bool IsBelowOrSame(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

struct Rooted {
  Root root;
  std::string relative;
};

Result<Rooted> UnderVariable(std::string_view text, std::span<const Variable> variables) {
  for (const Variable& v : variables) {
    if (!IsBelowOrSame(text, v.name)) continue;
    std::string relative(v.directory);
    const std::string_view rest = text.substr(v.name.size());
    if (rest == "/") return Invalid("it ends in a slash");
    if (!relative.empty() && !rest.empty()) relative += '/';
    if (!rest.empty()) relative += rest.substr(1);
    if (rest.size() > 1 && rest[1] == '/') return Invalid("it has an empty component");
    return Rooted{v.root, std::move(relative)};
  }
  return Error{ErrorCode::kNotFound, {}, {}, 0};
}

Result<Rooted> SplitUnix(std::string_view text) {
  if (text.find('\\') != std::string_view::npos)
    return Invalid("it has a backslash: components are separated by /");
  if (text.starts_with("%")) return Invalid("it has a variable of Windows");
  auto rooted = UnderVariable(text, kUnixVariables);
  if (rooted || rooted.error().code != ErrorCode::kNotFound) return rooted;
  if (text.starts_with("**/")) return Rooted{Root::kHome, std::string(text)};
  if (text == "/" || text.starts_with("//")) return Invalid("it covers the whole file system");
  if (text.starts_with("/")) return Rooted{Root::kAbsolute, std::string(text.substr(1))};
  if (text.starts_with("$")) return Invalid("it has an unknown variable");
  return Invalid("it must begin with ~/, /, a variable or a macro");
}

Result<Rooted> SplitWindows(std::string_view text) {
  std::string forward(text);
  std::replace(forward.begin(), forward.end(), '\\', '/');
  auto rooted = UnderVariable(forward, kWindowsVariables);
  if (rooted || rooted.error().code != ErrorCode::kNotFound) return rooted;
  if (forward.starts_with("**/")) return Rooted{Root::kHome, forward};
  const bool drive = forward.size() > 3 && forward[1] == ':' && forward[2] == '/';
  if (drive) return Rooted{Root::kAbsolute, forward};
  if (forward.starts_with("%")) return Invalid("it has an unknown variable");
  return Invalid("it must begin with a variable, a drive or a macro");
}

Result<Rooted> Split(std::string_view text, OperatingSystem system) {
  if (text.starts_with("${")) {
    std::string forward(text);
    if (system == OperatingSystem::kWindows)
      std::replace(forward.begin(), forward.end(), '\\', '/');
    auto rooted = UnderVariable(forward, kMacros);
    if (rooted || rooted.error().code != ErrorCode::kNotFound) return rooted;
    return Invalid("it has an unknown macro");
  }
  return system == OperatingSystem::kWindows ? SplitWindows(text) : SplitUnix(text);
}

bool NamesSomething(const PatternSteps& steps) {
  return std::any_of(steps.begin(), steps.end(), [](const PatternStep& step) {
    return step.text.find_first_not_of('*') != std::string::npos;
  });
}

Result<LocationPattern> ParseOne(std::string_view text, OperatingSystem system) {
  auto rooted = Split(text, system);
  if (!rooted) return rooted.error();
  auto steps = ParseSteps(rooted->relative);
  if (!steps) return steps.error();
  LocationPattern pattern{rooted->root, std::move(*steps), false};
  if (!pattern.steps.empty() && pattern.steps.back().kind == PatternStep::Kind::kAnyDepth) {
    pattern.below = true;
    pattern.steps.pop_back();
  }
  const bool in_browser = pattern.root != Root::kHome && pattern.root != Root::kAbsolute;
  if (!in_browser && !NamesSomething(pattern.steps))
    return Invalid(pattern.root == Root::kHome ? "it covers the whole home"
                                               : "it covers the whole file system");
  if (pattern.root == Root::kAbsolute && pattern.steps.front().kind == PatternStep::Kind::kAnyDepth)
    return Invalid("it would have to look through the whole file system");
  return pattern;
}

Error Explained(std::string_view text, const Error& error) {
  return Invalid("location \"" + std::string(text.substr(0, 200)) +
                 "\" can't be used: " + error.what);
}

}  // namespace

Result<std::vector<LocationPattern>> ParseLocation(std::string_view text, OperatingSystem system) {
  auto texts = ExpandBraces(text);
  if (!texts) return Explained(text, texts.error());
  std::vector<LocationPattern> patterns;
  for (const std::string& expanded : *texts) {
    auto pattern = ParseOne(expanded, system);
    if (!pattern) return Explained(expanded, pattern.error());
    patterns.push_back(std::move(*pattern));
  }
  return patterns;
}

Result<std::vector<PatternSteps>> ParseBrowserRoot(std::string_view text, OperatingSystem system) {
  auto patterns = ParseLocation(text, system);
  if (!patterns) return patterns.error();
  std::vector<PatternSteps> roots;
  for (LocationPattern& pattern : *patterns) {
    const bool any_depth =
        std::any_of(pattern.steps.begin(), pattern.steps.end(),
                    [](const PatternStep& s) { return s.kind == PatternStep::Kind::kAnyDepth; });
    if (pattern.root != Root::kHome || pattern.below || any_depth)
      return Explained(text, Invalid("a browser's root is a directory below the home, without **"));
    roots.push_back(std::move(pattern.steps));
  }
  return roots;
}

Result<LocationPattern> OwnPlace(std::string_view path, bool directory) {
  if (!path.starts_with("/") || path.size() < 2) return Invalid("its path is not absolute");
  for (const std::string_view system : kSystemDirectories)
    if (IsBelowOrSame(path, system)) return Invalid("its path is a system directory");
  LocationPattern pattern{Root::kAbsolute, {}, directory};
  std::string_view rest = path.substr(1);
  for (;;) {
    const std::size_t slash = rest.find('/');
    const std::string_view component = rest.substr(0, slash);
    if (component.empty() || component == "." || component == "..")
      return Invalid("its path is not a plain one");
    if (component.size() > kMaxComponentBytes || pattern.steps.size() >= kMaxSteps)
      return Invalid("its path is too long");
    pattern.steps.push_back({PatternStep::Kind::kLiteral, std::string(component)});
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  const std::size_t least = path.starts_with("/home/") ? 3 : 2;
  if (pattern.steps.size() < least) return Invalid("it covers a whole home or top directory");
  return pattern;
}

}  // namespace keyward::policy
