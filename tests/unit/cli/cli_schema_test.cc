// SPDX-License-Identifier: Apache-2.0
// docs/CLI.md names every key that --json prints, and --json prints every key that it names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/unit/cli/canned_daemon.h"
#include "tests/unit/cli/run_program.h"

namespace keyward::cli {
namespace {

using nlohmann::json;

// "users[].groups[].count" for every leaf; what is null or an empty list counts for its own key.
void Collect(const json& value, const std::string& path, std::set<std::string>& keys) {
  if (value.is_object() && path != "counters") {
    for (const auto& item : value.items())
      Collect(item.value(), path.empty() ? item.key() : path + "." + item.key(), keys);
  } else if (value.is_array() && !value.empty() && value[0].is_object()) {
    for (const json& item : value) Collect(item, path + "[]", keys);
  } else {
    keys.insert(path + (value.is_array() ? "[]" : ""));
  }
}

// The keys listed below "### `keyward COMMAND --json`": lines that begin with "- `KEY`".
std::map<std::string, std::set<std::string>> Documented() {
  std::ifstream file(std::string(KEYWARD_SOURCE_DIR) + "/docs/CLI.md");
  std::map<std::string, std::set<std::string>> documented;
  std::string section;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("#", 0) == 0) section.clear();
    if (line.rfind("### `keyward ", 0) == 0) section = line.substr(13, line.find(" --json`") - 13);
    if (section.empty() || line.rfind("- `", 0) != 0) continue;
    documented[section].insert(line.substr(3, line.find('`', 3) - 3));
  }
  return documented;
}

TEST(CliSchemaTest, TheDocumentNamesWhatIsPrinted) {
  const CannedDaemon daemon(control::FakeService::kAlice);
  const TempDir dir;
  dir.Write("p/a.toml", "[[asset_rule]]\nbad = 1\n");
  dir.Write("home/x", "");
  const struct {
    const char* section;
    std::vector<std::string> command;
  } cases[] = {
      {"status", {"status"}},
      {"assets", {"assets"}},
      {"incidents", {"incidents"}},
      {"incidents show", {"incidents", "show", "17"}},
      {"explain", {"explain", "/home/alice/.electrum/wallets/w", "--pid", "4242"}},
      {"protect", {"protect", dir.path() + "/home/x", "--for", "cat"}},
      {"unprotect", {"unprotect", dir.path() + "/home/x"}},
      {"approve", {"approve", "3", "--once"}},
      {"approvals", {"approvals"}},
      {"approvals remove", {"approvals", "remove", "3"}},
      {"policy show", {"policy", "show"}},
      {"policy override", {"policy", "override", "30m"}},
      {"policy check", {"policy", "check", "--policy-dir", dir.path() + "/p"}},
      {"doctor", {"doctor"}},
      {"watch", {"watch"}},
  };
  const auto documented = Documented();
  std::set<std::string> sections;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.section);
    sections.insert(c.section);
    std::vector<std::string> words = c.command;
    words.insert(words.end(), {"--json", "--run-dir", daemon.run_dir(), "--admin-dir", ""});
    const Ran ran = RunKeyward(words);
    std::set<std::string> printed;
    std::istringstream lines(ran.out);
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
      const json value = json::parse(line, nullptr, false);
      ASSERT_TRUE(value.is_object()) << line;
      // What a watcher is told is an incident or a question: described where these are.
      if (std::string(c.section) == "watch") {
        printed.insert("event");
        printed.insert("data");
      } else {
        Collect(value, "", printed);
      }
    }
    EXPECT_GT(count, 0) << ran.err;
    const auto known = documented.find(c.section);
    ASSERT_NE(known, documented.end()) << testing::PrintToString(printed);
    EXPECT_EQ(printed, known->second);
  }
  for (const auto& [section, keys] : documented)
    EXPECT_EQ(sections.count(section), 1u) << "documented, but not looked at: " << section;
}

}  // namespace
}  // namespace keyward::cli
