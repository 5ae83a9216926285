// SPDX-License-Identifier: Apache-2.0
// Holds the tree to its dependency rule (docs/ARCHITECTURE.md): who may include whom.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Rooms = std::set<std::string>;

// A room may include itself, and what stands here. Everything else is against the grain.
const std::map<std::string, Rooms>& Allowed() {
  static const Rooms kAgentAndInterfaces{"agent/model",   "agent/policy",  "agent/identity",
                                         "agent/journal", "agent/control", "platform/include"};
  static const std::map<std::string, Rooms> kRules{
      {"agent/model", {}},
      {"agent/policy", {"agent/model"}},
      {"agent/identity", {"agent/model"}},
      {"agent/journal", {"agent/model"}},
      // The control library explains the policy's verdicts, speaks over the platform's transport
      // and asks its authority.
      {"agent/control", {"agent/model", "agent/policy", "platform/include"}},
      {"agent/daemon", kAgentAndInterfaces},
      {"agent/cli", kAgentAndInterfaces},
      // Engines execute the compiled policy, which is a value without behaviour of its own.
      {"platform/include", {"agent/model", "agent/policy"}},
      {"platform/linux", {"agent/model", "agent/policy", "agent/identity", "platform/include"}},
      {"platform/fake", {"agent/model", "agent/policy", "agent/identity", "platform/include"}},
  };
  return kRules;
}

std::string RoomOf(const std::string& path) {
  for (const auto& [room, allowed] : Allowed())
    if (path.rfind(room + "/", 0) == 0) return room;
  return "";
}

std::vector<std::string> IncludesOf(const fs::path& file, const std::regex& pattern) {
  std::vector<std::string> includes;
  std::ifstream in(file);
  std::smatch match;
  for (std::string line; std::getline(in, line);)
    if (std::regex_search(line, match, pattern)) includes.push_back(match[1]);
  return includes;
}

std::vector<fs::path> Sources(const char* folder) {
  std::vector<fs::path> files;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(KEYWARD_SOURCE_DIR) / folder)) {
    const auto extension = entry.path().extension();
    if (extension == ".cc" || extension == ".h" || extension == ".c") files.push_back(entry.path());
  }
  return files;
}

std::string Relative(const fs::path& file) {
  return fs::relative(file, KEYWARD_SOURCE_DIR).generic_string();
}

TEST(ArchTest, NoFileIncludesAgainstTheDependencyRule) {
  const std::regex ours("^\\s*#\\s*include\\s+\"((?:agent|platform)/[^\"]+)\"");
  int seen = 0;
  for (const char* folder : {"agent", "platform"}) {
    for (const fs::path& file : Sources(folder)) {
      const std::string name = Relative(file);
      const std::string room = RoomOf(name);
      ASSERT_FALSE(room.empty()) << name << " is in a room that this test does not know";
      for (const std::string& include : IncludesOf(file, ours)) {
        ++seen;
        const std::string other = RoomOf(include);
        EXPECT_TRUE(other == room || Allowed().at(room).contains(other))
            << name << " includes " << include << ": " << room << " must not know " << other;
      }
    }
  }
  EXPECT_GT(seen, 100) << "the test looks at the wrong place";
}

TEST(ArchTest, TheAgentKnowsNoOperatingSystem) {
  const std::regex system_header(
      "^\\s*#\\s*include\\s+<((?:unistd|fcntl|poll|dirent|windows|pwd|grp|sys/|linux/|systemd/|bpf/"
      "|"
      "netinet/|arpa/|mach/)[^>]*)>");
  const std::regex platform_switch(
      "^\\s*#\\s*(?:if|ifdef|ifndef|elif).*(__linux__|_WIN32|__APPLE__|__unix__)");
  for (const fs::path& file : Sources("agent")) {
    for (const std::string& header : IncludesOf(file, system_header))
      ADD_FAILURE() << Relative(file) << " includes <" << header << ">";
    for (const std::string& macro : IncludesOf(file, platform_switch))
      ADD_FAILURE() << Relative(file) << " is compiled differently for " << macro;
  }
}

TEST(ArchTest, EverySourceFileCarriesTheLicence) {
  for (const char* folder : {"agent", "platform", "tests"})
    for (const fs::path& file : Sources(folder)) {
      std::ifstream in(file);
      std::string first;
      std::getline(in, first);
      EXPECT_NE(first.find("SPDX-License-Identifier: "), std::string::npos) << Relative(file);
    }
}

}  // namespace
