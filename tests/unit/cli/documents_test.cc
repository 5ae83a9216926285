// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/documents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdio>
#include <fstream>
#include <set>

namespace keyward::cli {
namespace {

using testing::HasSubstr;

TEST(CommandTableTest, EveryNameIsThereOnceAndEveryCommandExplainsItself) {
  std::set<std::string_view> paths;
  for (const CommandSpec* command : CommandTable()) {
    SCOPED_TRACE(command->path);
    EXPECT_TRUE(paths.insert(command->path).second);
    EXPECT_FALSE(command->summary.empty());
    EXPECT_NE(command->summary.back(), '.');
    EXPECT_EQ(command->description.back(), '.');
    const std::size_t space = command->path.rfind(' ');
    if (space != std::string_view::npos) {
      EXPECT_EQ(paths.count(command->path.substr(0, space)), 1u) << "parents come first";
    }
    std::set<std::string_view> names;
    for (const auto& list : {command->arguments, CommonArguments()})
      for (const ArgumentSpec& argument : list) {
        EXPECT_TRUE(names.insert(argument.name).second) << argument.name;
        EXPECT_FALSE(argument.help.empty()) << argument.name;
        EXPECT_EQ(argument.completes == Completes::kChoice, !argument.choices.empty());
      }
  }
  // DESIGN's contract, as far as it has come into being.
  for (const char* name : {"status", "assets", "watch", "incidents", "incidents show", "explain",
                           "protect", "unprotect", "approve", "approvals", "approvals remove",
                           "policy check", "policy show", "doctor"})
    EXPECT_EQ(paths.count(name), 1u) << name;
}

TEST(DocumentsTest, HelpManPageAndCompletionNameEveryOptionThatTheParserTakes) {
  std::string man;
  for (const ManPage& page : ManPages()) man += page.text;
  const std::string bash = *CompletionScript("bash");
  const std::string zsh = *CompletionScript("zsh");
  const std::string fish = *CompletionScript("fish");
  for (const CommandSpec* command : CommandTable()) {
    SCOPED_TRACE(command->path);
    const std::string help = HelpText(command, 80);
    for (const ArgumentSpec& argument : command->arguments) {
      const std::string name(argument.name);
      EXPECT_THAT(help, HasSubstr("  " + name));
      std::string roff;
      for (const char c : name) roff += c == '-' ? "\\-" : std::string(1, c);
      EXPECT_THAT(man, HasSubstr(roff));
      if (name.rfind("--", 0) != 0) continue;
      EXPECT_THAT(bash, HasSubstr(name));
      EXPECT_THAT(zsh, HasSubstr(name));
      EXPECT_THAT(fish, HasSubstr(" -l " + name.substr(2)));
    }
  }
  for (const ArgumentSpec& hidden : HiddenArguments())
    EXPECT_THAT(HelpText(nullptr, 80), testing::Not(HasSubstr(std::string(hidden.name))));
}

TEST(ManPageTest, NoLineIsTakenForACommandThatIsNone) {
  for (const ManPage& page : ManPages()) {
    SCOPED_TRACE(page.file);
    for (const char c : page.text) EXPECT_GE(c, 0) << "beyond ASCII";
    std::size_t at = 0;
    while (at < page.text.size()) {
      const std::size_t end = page.text.find('\n', at);
      const std::string line = page.text.substr(at, end - at);
      if (!line.empty() && line[0] == '.') {
        EXPECT_THAT(line, testing::MatchesRegex("\\.(\\\\\"|TH|SH|TP|PP|B|BR|I|EX|EE).*"));
      }
      EXPECT_FALSE(!line.empty() && line[0] == '\'') << line;
      at = end + 1;
    }
  }
}

// Runs what a person's shell would run at the tab key.
std::string CompleteInBash(const std::string& words, int at) {
  char name[] = "/tmp/keyward-completion-XXXXXX";
  const int fd = ::mkstemp(name);
  std::ofstream(name) << *CompletionScript("bash");
  const std::string script = std::string("bash -c 'source ") + name + "; COMP_WORDS=(" + words +
                             "); COMP_CWORD=" + std::to_string(at) +
                             "; _keyward; echo \"${COMPREPLY[@]}\"' 2>&1";
  std::FILE* pipe = ::popen(script.c_str(), "r");
  std::string out;
  char buffer[4096];
  while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) out += buffer;
  ::pclose(pipe);
  std::remove(name);
  if (fd >= 0) std::fclose(::fdopen(fd, "r"));
  return out;
}

TEST(CompletionTest, BashCompletesCommandsOptionsAndValues) {
  const struct {
    const char* words;
    int at;
    const char* want;
  } cases[] = {
      {"keyward sta", 1, "status\n"},
      {"keyward incidents s", 2, "show\n"},
      {"keyward incidents --verd", 2, "--verdict\n"},
      {"keyward incidents --verdict d", 3, "deny\n"},
      {"keyward policy c", 2, "check\n"},
      {"keyward status --j", 2, "--json\n"},
      {"keyward --color a", 2, "auto always\n"},
      {"keyward nonsense", 1, "\n"},
  };
  for (const auto& c : cases) EXPECT_EQ(CompleteInBash(c.words, c.at), c.want) << c.words;
}

TEST(CompletionTest, AnUnknownShellIsRefused) {
  EXPECT_EQ(CompletionScript("tcsh").error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace keyward::cli
