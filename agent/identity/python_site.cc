// SPDX-License-Identifier: Apache-2.0
#include "agent/identity/python_site.h"

#include <algorithm>
#include <array>
#include <vector>

#include "agent/identity/environment.h"
#include "agent/identity/path.h"
#include "agent/identity/role.h"

namespace keyward::identity {
namespace {

// Where Debian's and other systems' Python keep their packages; `%` is "python3.11".
constexpr std::array<std::string_view, 4> kSystemPackages{
    "/usr/lib/python3/dist-packages", "/usr/lib/%/site-packages", "/usr/lib64/%/site-packages",
    "/usr/local/lib/%/dist-packages"};

std::string With(std::string_view pattern, std::string_view version) {
  const auto at = pattern.find('%');
  std::string path(pattern.substr(0, at));
  if (at != std::string_view::npos) path.append(version).append(pattern.substr(at + 1));
  return path;
}

// "electrum" of "electrum/", "electrum.py", "electrum.cpython-311-x86_64-linux-gnu.so".
std::string_view ModuleOf(std::string_view name) { return name.substr(0, name.find('.')); }

bool IsModule(std::string_view name) {
  const std::string_view suffix = name.substr(ModuleOf(name).size());
  return suffix.empty() || suffix == ".py" || suffix == ".pyc" || suffix.ends_with(".so");
}

std::optional<std::string> Hazard(const std::string& site, std::string_view version,
                                  FileJudge& judge) {
  const std::vector<std::string> names = judge.Names(site);
  if (names.empty() || !judge.OthersCanWrite(site)) return std::nullopt;

  std::vector<std::string> system;
  for (const std::string_view pattern : kSystemPackages)
    for (const std::string& name : judge.Names(With(pattern, version)))
      if (IsModule(name)) system.emplace_back(ModuleOf(name));
  std::sort(system.begin(), system.end());

  for (const std::string& name : names) {
    const std::string_view module = ModuleOf(name);
    const bool runs_at_start =
        name.ends_with(".pth") ||
        (IsModule(name) && (module == "usercustomize" || module == "sitecustomize"));
    const bool shadows = name != "__pycache__" && IsModule(name) &&
                         std::binary_search(system.begin(), system.end(), module);
    if (runs_at_start || shadows)
      return "Python would import " + site + "/" + name + ", which others than root can write";
  }
  return std::nullopt;
}

std::vector<std::string> Sites(const ExecFacts& facts, const FoundScript& script) {
  if (script.flags.find_first_of("Is") != std::string::npos) return {};
  const auto off = Variable(facts.environment, "PYTHONNOUSERSITE");
  if (off && !off->empty() && script.flags.find('E') == std::string::npos) return {};

  std::vector<std::string> sites;
  const std::string below =
      "/lib/" + std::string(BaseName(facts.executable.path)) + "/site-packages";
  const auto add_home = [&](std::string_view home) {
    if (!home.empty() && home.front() == '/')
      sites.push_back(std::string(home).append("/.local").append(below));
  };
  for (const std::string& home : facts.homes) add_home(home);
  if (const auto home = Variable(facts.environment, "HOME")) add_home(*home);
  if (const auto base = Variable(facts.environment, "PYTHONUSERBASE"))
    sites.push_back(Absolute(*base, facts.cwd) + below);
  return sites;
}

}  // namespace

std::optional<std::string> PythonUserSite(const ExecFacts& facts, const FoundScript& script,
                                          FileJudge& judge) {
  const std::string version(BaseName(facts.executable.path));
  for (const std::string& site : Sites(facts, script))
    if (auto hazard = Hazard(site, version, judge)) return hazard;
  return std::nullopt;
}

std::vector<std::string> PythonSiteDirectories(const ExecFacts& facts, const IdentityRules& rules) {
  const Role role = RoleOf(facts.executable.path, rules);
  if (role.interpreter == nullptr || role.interpreter->id != "python") return {};
  return Sites(facts, FindScript(facts.argv, *role.interpreter));
}

std::optional<std::string> PythonHome(const ExecFacts& facts, FileJudge& judge) {
  if (facts.argv.empty()) return "Python was started without a name";
  const std::string& name = facts.argv.front();
  if (name.find('/') != std::string::npos) {
    if (!NamesOthersCode(name, facts.cwd, judge)) return std::nullopt;
    return "it was started as " + name + ", which others than root can write";
  }
  std::string_view rest = Variable(facts.environment, "PATH").value_or(std::string_view());
  while (!rest.empty()) {
    const auto end = std::min(rest.find(':'), rest.size());
    const std::string directory = Absolute(rest.substr(0, end), facts.cwd);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    // Whether it has such a file now says nothing about a moment ago, or the next.
    if (directory.empty() || judge.OthersCanWrite(directory))
      return "Python looks for its libraries along PATH, where " + directory +
             " comes first, which others than root can write";
    if (judge.Describe(directory + "/" + name).trusted()) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace keyward::identity
