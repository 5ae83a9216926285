// SPDX-License-Identifier: Apache-2.0
// Each file in testdata/ is one run of the program: who calls, what was typed, and everything that
// came out. KEYWARD_REWRITE_TESTDATA=1 writes them anew, to be reviewed as a diff.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/cli/canned_daemon.h"
#include "tests/unit/cli/run_program.h"

namespace keyward::cli {
namespace {

struct Case {
  std::string caller;  // "alice", "root", "refused" (alice, whom nobody grants), "none" (no daemon)
  std::string command;
  std::string want;  // the rest of the file
};

Case ReadCase(const std::string& path) {
  std::ifstream file(path);
  Case c;
  std::string line;
  std::getline(file, line);
  c.caller = line.substr(line.find(": ") + 2);
  std::getline(file, line);
  c.command = line.substr(std::string("$ keyward ").size());
  std::ostringstream rest;
  rest << file.rdbuf();
  c.want = rest.str();
  return c;
}

std::vector<std::string> Words(const std::string& command) {
  std::istringstream in(command);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

class StreamsTest : public testing::TestWithParam<std::string> {};

TEST_P(StreamsTest, PrintsExactlyThis) {
  const std::string path = std::string(KEYWARD_TESTDATA) + "/" + GetParam() + ".txt";
  const Case c = ReadCase(path);
  const TempDir dir;
  std::filesystem::create_directory(dir.path() + "/home");
  std::unique_ptr<CannedDaemon> daemon;
  std::string run_dir = dir.path() + "/nobody";
  if (c.caller != "none") {
    const std::uint32_t uid = c.caller == "root" ? 0 : control::FakeService::kAlice;
    daemon = std::make_unique<CannedDaemon>(uid, c.caller == "refused"
                                                     ? platform::AuthorityAnswer::kRefused
                                                     : platform::AuthorityAnswer::kGranted);
    ASSERT_TRUE(daemon->up());
    run_dir = daemon->run_dir();
  }
  std::vector<std::string> words = Words(Replaced(c.command, "{DIR}", dir.path()));
  // Homes of nobody in the canned machine: the machine that runs the test has no say.
  for (const std::string& word :
       {std::string("--run-dir"), run_dir, std::string("--state-dir"), dir.path() + "/state",
        std::string("--home"), "4321=" + dir.path() + "/home"})
    words.push_back(word);
  if (c.command.find("-- ") != std::string::npos || c.command == "--help") words = Words(c.command);
  const Ran ran = RunKeyward(words);
  std::string got = ran.out;
  if (!ran.err.empty()) got += "--- errors\n" + ran.err;
  got += "--- status " + std::to_string(ran.status) + "\n";
  got = Replaced(Replaced(got, run_dir, "{RUN}"), dir.path(), "{DIR}");
  if (::getenv("KEYWARD_REWRITE_TESTDATA") != nullptr) {
    std::ofstream(path) << "as: " << c.caller << "\n$ keyward " << c.command << "\n" << got;
    return;
  }
  EXPECT_EQ(got, c.want) << "$ keyward " << c.command;
}

std::vector<std::string> CaseNames() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(KEYWARD_TESTDATA))
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem());
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Cases, StreamsTest, testing::ValuesIn(CaseNames()),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace keyward::cli
