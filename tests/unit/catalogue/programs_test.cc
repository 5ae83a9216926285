// SPDX-License-Identifier: Apache-2.0
// What the catalogue says of programs in general, as identity reads it.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "agent/identity/environment.h"
#include "agent/identity/role.h"
#include "agent/identity/script.h"
#include "tests/unit/catalogue/shipped_policy.h"

namespace keyward::policy {
namespace {

std::vector<std::string> Words(std::string_view line) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin < line.size();) {
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    words.emplace_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

// Everything below /home and /tmp is in others' hands.
class HomesAreOthers : public identity::FileJudge {
 public:
  ProgramFile Describe(const std::string& path) override {
    ProgramFile file;
    file.path = path;
    return file;
  }
  bool OthersCanWrite(const std::string& path) override {
    return path.starts_with("/home/") || path.starts_with("/tmp/");
  }
  std::vector<std::string> Names(const std::string&) override { return {}; }
};

class ProgramsTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(Shipped(OperatingSystem::kLinux).policy); }
  static const IdentityRules& rules() {
    return Shipped(OperatingSystem::kLinux).policy->identity();
  }
};

TEST_F(ProgramsTest, EachHasItsRole) {
  const struct {
    const char* path;
    ProgramRole role;
    const char* interpreter;
  } cases[] = {
      {"/usr/bin/cat", ProgramRole::kTool, ""},
      {"/usr/bin/tar", ProgramRole::kTool, ""},
      {"/usr/bin/sqlite3", ProgramRole::kTool, ""},
      {"/usr/bin/sudo", ProgramRole::kTool, ""},
      {"/usr/lib/systemd/systemd", ProgramRole::kTool, ""},
      {"/usr/bin/busybox", ProgramRole::kTool, ""},
      {"/usr/bin/xclip", ProgramRole::kTool, ""},
      {"/usr/bin/mawk", ProgramRole::kTool, ""},
      {"/usr/bin/bash", ProgramRole::kInterpreter, "shell"},
      {"/usr/bin/dash", ProgramRole::kInterpreter, "shell"},
      {"/usr/bin/python3.11", ProgramRole::kInterpreter, "python"},
      {"/usr/bin/node", ProgramRole::kInterpreter, "node"},
      {"/usr/bin/perl", ProgramRole::kInterpreter, "perl"},
      {"/usr/bin/ruby3.1", ProgramRole::kInterpreter, "ruby"},
      {"/usr/bin/php8.2", ProgramRole::kInterpreter, "php"},
      {"/usr/lib/jvm/java-17-openjdk-amd64/bin/java", ProgramRole::kInterpreter, "java"},
      {"/usr/bin/lua5.4", ProgramRole::kInterpreter, "lua"},
      {"/usr/bin/tclsh8.6", ProgramRole::kInterpreter, "tcl"},
      {"/usr/bin/mono-sgen", ProgramRole::kInterpreter, "mono"},
      {"/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", ProgramRole::kLoader, ""},
      {"/lib/ld-musl-x86_64.so.1", ProgramRole::kLoader, ""},
      {"/usr/bin/runc", ProgramRole::kLoader, ""},
      {"/usr/lib/wine/wine64", ProgramRole::kLoader, ""},
      {"/usr/bin/qemu-x86_64-static", ProgramRole::kLoader, ""},
      {"/usr/bin/ssh", ProgramRole::kProgram, ""},
      {"/usr/bin/gpg", ProgramRole::kProgram, ""},
      {"/usr/bin/git", ProgramRole::kProgram, ""},
      {"/usr/bin/docker", ProgramRole::kProgram, ""},
      {"/usr/bin/rclone", ProgramRole::kProgram, ""},
      {"/usr/bin/gdb", ProgramRole::kProgram, ""},
      {"/usr/bin/vim.basic", ProgramRole::kProgram, ""},
      {"/usr/libexec/gnome-terminal-server", ProgramRole::kProgram, ""},
      {"/usr/sbin/sshd", ProgramRole::kProgram, ""},
      {"/usr/lib/chromium/chromium", ProgramRole::kProgram, ""},
      {"/usr/bin/monero-wallet-cli", ProgramRole::kProgram, ""},
  };
  for (const auto& c : cases) {
    const identity::Role role = identity::RoleOf(c.path, rules());
    EXPECT_EQ(ProgramRoleName(role.role), ProgramRoleName(c.role)) << c.path;
    EXPECT_EQ(role.interpreter ? role.interpreter->id : "", c.interpreter) << c.path;
  }
}

TEST_F(ProgramsTest, CommandLinesNameTheirScript) {
  using enum ScriptSource;
  const struct {
    const char* line;
    ScriptSource source;
    const char* script;
    const char* preload;
  } cases[] = {
      {"/usr/bin/python3.11 /usr/bin/electrum getseed", kFile, "/usr/bin/electrum", ""},
      {"/usr/bin/python3 -I -W ignore -X dev x.py -c", kFile, "x.py", ""},
      {"/usr/bin/python3 -c code /usr/bin/electrum", kArgument, "", ""},
      {"/usr/bin/python3 -Ic code", kArgument, "", ""},
      {"/usr/bin/python3 -m pip install x", kModule, "", ""},
      {"/usr/bin/python3", kStandardInput, "", ""},
      {"/usr/bin/node --require ./a.js -C dev b.js", kFile, "b.js", "./a.js"},
      {"/usr/bin/node -r ./a.js b.js", kFile, "b.js", "./a.js"},
      {"/usr/bin/node --import=./a.mjs --max-old-space-size=9 b.js", kFile, "b.js", "./a.mjs"},
      {"/usr/bin/node --env-file .env b.js", kFile, "b.js", ""},
      {"/usr/bin/node -e code", kArgument, "", ""},
      {"/usr/bin/node inspect b.js", kFile, "b.js", ""},
      {"/usr/bin/bun run --preload a.ts b.ts", kFile, "b.ts", "a.ts"},
      {"/usr/bin/deno run -A --config d.json b.ts", kFile, "b.ts", ""},
      {"/usr/bin/perl -w -Ilib x.pl", kFile, "x.pl", "lib"},
      {"/usr/bin/perl -ne code", kArgument, "", ""},
      {"/usr/bin/ruby -rjson x.rb", kFile, "x.rb", "json"},
      {"/usr/bin/php -d memory_limit=1G -f x.php", kFile, "x.php", ""},
      {"/usr/bin/php -r code", kArgument, "", ""},
      {"/usr/bin/java -Xmx512m -Xcomp -Dp=1 -jar a.jar", kFile, "a.jar", ""},
      {"/usr/bin/java -javaagent:evil.jar=x -cp a.jar -jar b.jar", kFile, "b.jar", "evil.jar=x"},
      {"/usr/bin/java -cp a.jar org.example.Main", kFile, "org.example.Main", ""},
      {"/usr/bin/bash -euo pipefail x.sh", kFile, "x.sh", ""},
      {"/usr/bin/bash -O extglob x.sh", kFile, "x.sh", ""},
      {"/usr/bin/bash -lc code", kArgument, "", ""},
      {"/usr/bin/sh /usr/bin/pass show", kFile, "/usr/bin/pass", ""},
      {"/usr/bin/pwsh -NoProfile -ExecutionPolicy Bypass -File x.ps1", kFile, "x.ps1", ""},
      {"/usr/bin/pwsh -enc AAAA", kArgument, "", ""},
      {"/usr/bin/lua5.4 -l evil x.lua", kFile, "x.lua", "evil"},
      {"/usr/bin/Rscript --encoding=utf8 x.R", kFile, "x.R", ""},
      {"/usr/bin/osascript -l JavaScript x.js", kFile, "x.js", ""},
      {"/usr/bin/expect -f x.exp", kFile, "x.exp", ""},
      {"/usr/bin/mono-sgen --config c /usr/lib/keepass2/KeePass.exe", kFile,
       "/usr/lib/keepass2/KeePass.exe", ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.line);
    const std::vector<std::string> argv = Words(c.line);
    const identity::Role role = identity::RoleOf(argv[0], rules());
    ASSERT_NE(role.interpreter, nullptr);
    const identity::FoundScript found = identity::FindScript(argv, *role.interpreter);
    EXPECT_EQ(ScriptSourceName(found.source), ScriptSourceName(c.source));
    EXPECT_EQ(found.path, c.script);
    EXPECT_EQ(found.preloads.empty() ? "" : found.preloads.front(), c.preload);
  }
}

TEST_F(ProgramsTest, VariablesThatLoadCodeOfOthersAreHostile) {
  const struct {
    const char* variable;
    const char* interpreter;
    bool hostile;
  } cases[] = {
      {"LD_PRELOAD=/tmp/x.so", "", true},
      {"LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libjemalloc.so.2", "", false},
      {"LD_PRELOAD=libjemalloc.so.2", "", false},
      {"LD_LIBRARY_PATH=/usr/local/cuda/lib64", "", false},
      {"LD_LIBRARY_PATH=/usr/lib:/home/alice/lib", "", true},
      {"LD_AUDIT=/home/alice/a.so", "", true},
      {"GCONV_PATH=/tmp/x", "", true},
      {"PYTHONPATH=/home/alice/lib", "python", true},
      {"PYTHONPATH=/home/alice/lib", "", false},
      {"PYTHONPATH=/usr/share/x", "python", false},
      {"PYTHONINSPECT=1", "python", true},
      {"PYTHONSTARTUP=/home/alice/.pythonrc", "python", false},
      {"NODE_OPTIONS=--max-old-space-size=4096", "node", false},
      {"NODE_OPTIONS=--require /home/alice/x.js", "node", true},
      {"NODE_OPTIONS=--require=/home/alice/x.js", "", true},
      {"NODE_OPTIONS=--require /usr/share/code/bootloader.js", "node", false},
      {"NODE_OPTIONS=--inspect", "node", true},
      {"ELECTRON_RUN_AS_NODE=1", "", true},
      {"PERL5LIB=/home/alice/perl5", "perl", true},
      {"PERL5LIB=/home/alice/perl5", "", false},
      {"PERL5OPT=-I/home/alice/perl5", "perl", true},
      {"RUBYOPT=-W0", "ruby", false},
      {"RUBYOPT=-r/home/alice/x", "ruby", true},
      {"JAVA_TOOL_OPTIONS=-Dfile.encoding=UTF8", "", false},
      {"JAVA_TOOL_OPTIONS=-javaagent:/home/alice/a.jar=x", "", true},
      {"_JAVA_OPTIONS=-Xbootclasspath/a:/home/alice/a.jar", "java", true},
      {"_JAVA_OPTIONS=-Dawt.useSystemAAFontSettings=on", "java", false},
      {"DOTNET_STARTUP_HOOKS=/home/alice/x.dll", "", true},
      {"QT_PLUGIN_PATH=/home/alice/plugins", "", true},
      {"QT_PLUGIN_PATH=/usr/lib/x86_64-linux-gnu/qt5/plugins", "", false},
      {"QT_QPA_PLATFORMTHEME=gtk2", "", false},
      {"GTK_MODULES=gail:atk-bridge", "", false},
      {"GTK_MODULES=/home/alice/x.so", "", true},
      {"GTK2_RC_FILES=/home/alice/.gtkrc-2.0", "", false},
      {"GST_PLUGIN_PATH_1_0=/home/alice/gst", "", true},
      {"OPENSSL_CONF=/home/alice/openssl.cnf", "", true},
      {"VK_LAYER_PATH=/home/alice/vk", "", true},
      {"BASH_ENV=/home/alice/.bash_env", "shell", false},
      {"SSH_ASKPASS=/home/alice/askpass", "", false},
      {"GIT_SSH=/home/alice/ssh", "", false},
      {"PATH=/home/alice/bin:/usr/bin", "", false},
  };
  HomesAreOthers judge;
  for (const auto& c : cases) {
    const auto clause =
        identity::HostileVariable({c.variable}, c.interpreter, "/usr", rules(), judge);
    EXPECT_EQ(clause.has_value(), c.hostile) << c.variable << " for " << c.interpreter;
  }
}

}  // namespace
}  // namespace keyward::policy
