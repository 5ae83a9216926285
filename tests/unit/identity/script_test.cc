// SPDX-License-Identifier: Apache-2.0
#include "agent/identity/script.h"

#include <gtest/gtest.h>

#include "tests/unit/identity/fake_files.h"

namespace keyward::identity {
namespace {

struct Case {
  const char* interpreter;
  std::vector<std::string> argv;
  ScriptSource source;
  const char* what = "";  // path or module
  std::vector<std::string> preloads = {};
  const char* flags = "";
};

constexpr auto kFile = ScriptSource::kFile;
constexpr auto kCode = ScriptSource::kArgument;
constexpr auto kModule = ScriptSource::kModule;
constexpr auto kInput = ScriptSource::kStandardInput;

TEST(FindScriptTest, ReadsCommandLinesAsTheInterpretersDo) {
  const Case cases[] = {
      {"python", {"python3", "/usr/bin/electrum"}, kFile, "/usr/bin/electrum"},
      {"python", {"/usr/bin/python3", "./x", "-c", "y"}, kFile, "./x"},
      {"python", {"python3", "-I", "x.py"}, kFile, "x.py", {}, "I"},
      {"python", {"python3", "-sE", "-B", "x.py", "-I"}, kFile, "x.py", {}, "sEB"},
      {"python", {"python3", "-c", "import os"}, kCode},
      {"python", {"python3", "-cimport os", "x.py"}, kCode},
      {"python", {"python3", "-Ic", "import os"}, kCode, "", {}, "I"},
      {"python", {"python3", "-Sc", "x"}, kCode, "", {}, "S"},
      {"python", {"python3", "-m", "pip", "install"}, kModule, "pip"},
      {"python", {"python3", "-mpip"}, kModule, "pip"},
      {"python", {"python3", "-Im", "pip"}, kModule, "pip", {}, "I"},
      {"python", {"python3", "-W", "ignore", "x.py"}, kFile, "x.py"},
      {"python", {"python3", "-Wignore", "x.py"}, kFile, "x.py"},
      {"python", {"python3", "-IWignore", "x.py"}, kFile, "x.py", {}, "I"},
      {"python", {"python3", "-X", "dev", "-c", "x"}, kCode},
      {"python", {"python3", "--check-hash-based-pycs", "never", "x.py"}, kFile, "x.py"},
      {"python", {"python3", "--check-hash-based-pycs=never", "x.py"}, kFile, "x.py"},
      {"python", {"python3", "--version"}, kInput},
      {"python", {"python3"}, kInput},
      {"python", {"python3", "-"}, kInput},
      {"python", {"python3", "-", "/usr/bin/electrum"}, kInput},
      {"python", {"python3", "-i", "x.py"}, kFile, "x.py", {}, "i"},
      {"python", {"python3", "--", "-c"}, kFile, "-c"},
      {"python", {"python3", "--"}, kInput},
      {"python", {"python3", "-c"}, kCode},
      {"python", {"python3", "-m"}, kModule, ""},
      {"python", {}, kInput},
      {"python", {""}, kInput},
      {"python", {"python3", ""}, kFile, ""},
      {"node", {"node", "server.js"}, kFile, "server.js"},
      {"node", {"node", "--require", "./evil.js", "x.js"}, kFile, "x.js", {"./evil.js"}},
      {"node", {"node", "--require=./evil.js", "x.js"}, kFile, "x.js", {"./evil.js"}},
      {"node", {"node", "-r", "a", "-r", "b", "x.js"}, kFile, "x.js", {"a", "b"}},
      {"node", {"node", "-e", "code", "x.js"}, kCode},
      {"node", {"node", "-pe", "code"}, kCode},
      {"node", {"node", "--eval=code"}, kCode},
      {"node", {"node", "--no-warnings", "x.js"}, kFile, "x.js"},
      {"node", {"node", "--max-old-space-size=4096", "x.js"}, kFile, "x.js"},
      {"node", {"node", "inspect", "x.js"}, kFile, "x.js"},
      {"node", {"node", "x.js", "inspect"}, kFile, "x.js"},
      {"node", {"node", "inspect", "inspect"}, kFile, "inspect"},
      {"java", {"java", "-jar", "/usr/share/sparrow.jar"}, kFile, "/usr/share/sparrow.jar"},
      {"java", {"java", "-Xmx512m", "-cp", "/x.jar", "Main"}, kFile, "Main", {}, "Xmx512m"},
      {"java", {"java", "-javaagent:/tmp/a.jar", "-jar", "x.jar"}, kFile, "x.jar", {"/tmp/a.jar"}},
      {"java", {"java", "--module", "a/b"}, kModule, "a/b"},
      {"perl", {"perl", "-e", "code"}, kCode},
      {"perl", {"perl", "-ne", "code", "file"}, kCode, "", {}, "n"},
      {"perl", {"perl", "-wnE", "code"}, kCode, "", {}, "wn"},
      {"perl", {"perl", "-w", "x.pl"}, kFile, "x.pl", {}, "w"},
      {"perl", {"perl", "-I/tmp/lib", "-MEvil", "x.pl"}, kFile, "x.pl", {"/tmp/lib", "Evil"}},
      {"shell", {"bash", "x.sh"}, kFile, "x.sh"},
      {"shell", {"sh", "-c", "cat"}, kCode},
      {"shell", {"sh", "-ec", "cat"}, kCode, "", {}, "e"},
      {"shell", {"-bash"}, kInput},
      {"shell", {"bash", "-l"}, kInput, "", {}, "l"},
      {"shell", {"bash", "--rcfile", "/x", "y.sh"}, kFile, "y.sh"},
      {"shell", {"bash", "-o", "pipefail", "y.sh"}, kFile, "y.sh"},
      {"shell", {"bash", "-s", "-", "x"}, kInput, "", {}, "s"},
  };
  for (const Case& c : cases) {
    std::string line;
    for (const std::string& a : c.argv) line += a + " ";
    SCOPED_TRACE(line);
    const FoundScript found = FindScript(c.argv, InterpreterNamed(c.interpreter));
    EXPECT_EQ(found.source, c.source);
    EXPECT_EQ(c.source == kModule ? found.module : found.path, c.what);
    EXPECT_EQ(found.preloads, c.preloads);
    EXPECT_EQ(found.flags, c.flags);
  }
}

}  // namespace
}  // namespace keyward::identity
