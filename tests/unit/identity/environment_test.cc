// SPDX-License-Identifier: Apache-2.0
#include "agent/identity/environment.h"

#include <gtest/gtest.h>

#include "agent/identity/debug_flags.h"
#include "tests/unit/identity/fake_files.h"

namespace keyward::identity {
namespace {

TEST(HostileVariableTest, ValuesTaintWhenTheyLoadWhatOthersCanWrite) {
  FakeFiles files;
  const IdentityRules rules = Rules();
  const struct {
    const char* line;
    const char* interpreter;
    const char* cwd;
    bool hostile;
  } cases[] = {
      {"LD_PRELOAD=/tmp/x.so", "", "/", true},
      {"LD_PRELOAD=/usr/lib/libjemalloc.so", "", "/home/alice", false},
      {"LD_PRELOAD=libjemalloc.so", "", "/home/alice", false},  // looked up in system directories
      {"LD_PRELOAD=./x.so", "", "/home/alice", true},
      {"LD_PRELOAD=./x.so", "", "/usr", false},
      {"LD_PRELOAD=/usr/a.so /home/alice/b.so", "", "/", true},
      {"LD_PRELOAD=/usr/a.so:/home/alice/b.so", "", "/", true},
      {"LD_PRELOAD= /usr/a.so ", "", "/home/alice", false},
      {"LD_PRELOAD=", "", "/home/alice", false},
      {"LD_PRELOAD", "", "/home/alice", false},
      {"LD_PRELOADX=/tmp/x.so", "", "/", false},
      {"LD_LIBRARY_PATH=/usr/local/cuda/lib64", "", "/home/alice", false},
      {"LD_LIBRARY_PATH=/usr/lib:", "", "/home/alice", true},
      {"LD_LIBRARY_PATH=/usr/lib::/usr/lib64", "", "/home/alice", true},
      {"LD_LIBRARY_PATH=/usr/lib:", "", "/usr", false},
      {"LD_LIBRARY_PATH=/usr/lib:", "", "", true},  // nobody knows where
      {"LD_LIBRARY_PATH=/usr/lib;/tmp", "", "/", true},
      {"LD_LIBRARY_PATH=lib", "", "/home/alice", true},
      {"LD_LIBRARY_PATH=~/lib", "", "/", true},
      {"GTK_MODULES=gail:atk-bridge", "", "/home/alice", false},
      {"GTK_MODULES=gail:/home/alice/evil.so", "", "/", true},
      {"PYTHONPATH=/home/alice/lib", "python", "/", true},
      {"PYTHONPATH=/home/alice/lib", "", "/", false},
      {"PYTHONPATH=/home/alice/lib", "node", "/", false},
      {"PYTHONPATH=/usr/share/x", "python", "/home/alice", false},
      {"PYTHONINSPECT=1", "python", "/", true},
      {"PYTHONINSPECT=", "python", "/", false},
      {"NODE_OPTIONS=--require /tmp/x.js", "node", "/", true},
      {"NODE_OPTIONS=--require=/tmp/x.js", "node", "/", true},
      {"NODE_OPTIONS=-r/tmp/x.js", "", "/", true},
      {"NODE_OPTIONS=--max-old-space-size=4096 --require \"/tmp/x.js\"", "", "/", true},
      {"NODE_OPTIONS=--require /usr/share/code/bootloader.js", "", "/home/alice", false},
      {"NODE_OPTIONS=--max-old-space-size=4096", "", "/home/alice", false},
      {"NODE_OPTIONS=--inspect", "", "/", true},
      {"NODE_OPTIONS=--inspect --no-warnings", "", "/", true},
      {"NODE_OPTIONS=--require", "", "/", true},
      {"JAVA_TOOL_OPTIONS=-javaagent:/tmp/a.jar=x", "", "/", true},
      {"JAVA_TOOL_OPTIONS=-javaagent:/usr/share/a.jar=/tmp", "", "/", false},
      {"JAVA_TOOL_OPTIONS=-Dx=/tmp/y", "", "/", false},
      {"DYLD_INSERT_LIBRARIES=/tmp/x", "", "/", true},
      {"LANG=/tmp", "", "/", false},
      {"", "", "/", false},
      {"=x", "", "/", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.line) + " for " + c.interpreter + " in " + c.cwd);
    EXPECT_EQ(HostileVariable({"A=b", c.line}, c.interpreter, c.cwd, rules, files).has_value(),
              c.hostile);
  }
}

TEST(HostileVariableTest, TheReasonNamesTheVariable) {
  FakeFiles files;
  EXPECT_EQ(HostileVariable({"LD_PRELOAD=/tmp/x.so"}, "", "/", Rules(), files),
            "LD_PRELOAD names /tmp/x.so, which others than root can write");
}

TEST(VariableTest, TheFirstOneCounts) {
  EXPECT_EQ(Variable({"AB=1", "A=2", "A=3"}, "A"), "2");
  EXPECT_EQ(Variable({"A"}, "A"), std::nullopt);
}

TEST(DebugFlagTest, SwitchesThatHandAProgramOverAreFound) {
  FakeFiles files;
  const struct {
    std::vector<std::string> argv;
    bool found;
  } cases[] = {
      {{"chromium", "--remote-debugging-port=9222"}, true},
      {{"chromium", "--remote-debugging-pipe"}, true},
      {{"chromium", "-remote-debugging-port=0"}, true},
      {{"chromium", "--load-extension=/tmp/x"}, true},
      {{"chromium", "--load-extension=/usr/share/x, /tmp/x"}, true},
      {{"chromium", "--load-extension=x"}, true},  // below her working directory
      {{"chromium", "--load-extension=/usr/share/chromium/extensions/x"}, false},
      {{"chromium", "--load-extension="}, false},
      {{"chromium", "--show-component-extension-options"}, false},
      {{"chromium", "--headless"}, false},
      {{"chromium", "--", "--remote-debugging-port=1"}, false},
      {{"exodus", "--inspect"}, true},
      {{"exodus", "--inspect=0.0.0.0:1"}, true},
      {{"exodus", "--inspector"}, false},
      {{"java", "-agentlib:jdwp=transport=dt_socket"}, true},
      {{"--inspect"}, false},  // its own name
      {{}, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.argv.empty() ? "" : c.argv.back());
    EXPECT_EQ(DebugFlag(c.argv, "/home/alice", files).has_value(), c.found);
  }
}

}  // namespace
}  // namespace keyward::identity
