// SPDX-License-Identifier: Apache-2.0
// Thieves against the real daemon: who they pretend to be, and by which way they come.
#include <unistd.h>

#include <filesystem>

#include "tests/e2e/agent_fixture.h"

namespace keyward::e2e {
namespace {

class AttacksTest : public AgentTest {
 protected:
  void SetUp() override {
    AgentTest::SetUp();
    if (IsSkipped()) return;
    wallet_ = WriteFile(".electrum/wallets/default_wallet", "a seed", 0600);
    ASSERT_NO_FATAL_FAILURE(StartAgent());
  }

  void ExpectStopped(const RunResult& result, const std::string& who, const char* taint = "") {
    EXPECT_EQ(result.output.find("a seed"), std::string::npos) << "got it: " << who;
    const auto incidents = IncidentsOf("electrum", who);
    ASSERT_FALSE(incidents.empty()) << who << " left no incident: " << result.output;
    EXPECT_TRUE(incidents[0]["verdict"] == "deny" || incidents[0]["verdict"] == "ask");
    if (*taint != '\0') {
      EXPECT_NE(incidents[0]["subject"]["taints"].dump().find(taint), std::string::npos)
          << incidents[0]["subject"]["taints"];
    }
  }

  std::string Compile(const std::string& name, const std::string& source, bool library) {
    const std::string c = WriteFile("Downloads/" + name + ".c", source);
    const std::string out = Home("Downloads/" + name);
    std::vector<std::string> argv{"/usr/bin/cc", c, "-o", out};
    if (library) argv.insert(argv.end(), {"-shared", "-fPIC"});
    EXPECT_EQ(AsPerson(argv).status, 0);
    return out;
  }

  std::string wallet_;
};

TEST_F(AttacksTest, ToolsAndScriptsOfAStranger) {
  ExpectStopped(AsPerson({"/usr/bin/cat", wallet_}), "/cat");
  ExpectStopped(AsPerson({"/usr/bin/tar", "cf", "-", Home(".electrum")}), "/tar");
  ExpectStopped(AsPerson({"/usr/bin/cp", wallet_, Home("copy")}), "/cp");
  ExpectStopped(AsPerson({"/usr/bin/python3", "-c", "print(open('" + wallet_ + "').read())"}),
                "python3");
  const std::string script = WriteFile("Downloads/steal.js",
                                       "console.log(require('fs')"
                                       ".readFileSync('" +
                                           wallet_ + "').toString())");
  if (::access("/usr/bin/node", X_OK) == 0)
    ExpectStopped(AsPerson({"/usr/bin/node", script}), "steal.js");
}

// `node → sh → cat` is node: no permitted name in between lends its standing.
TEST_F(AttacksTest, LineageIsNotCutByShells) {
  const std::string script =
      WriteFile("Downloads/chain.py",
                "import subprocess\nsubprocess.run(['sh','-c','sh -c \"cat " + wallet_ + "\"'])\n");
  ExpectStopped(AsPerson({"/usr/bin/python3", script}), "/cat");
  const auto incidents = IncidentsOf("electrum", "/cat");
  ASSERT_FALSE(incidents.empty());
  EXPECT_EQ(incidents[0]["verdict"], "deny") << incidents[0].dump();
  EXPECT_NE(incidents[0]["subject"]["ancestry"].dump().find("chain.py"), std::string::npos);
}

TEST_F(AttacksTest, AProgramThatCallsItselfElectrum) {
  const std::string fake = Compile("electrum",
                                   "#include <stdio.h>\nint main(void){FILE*f=fopen(\"" + wallet_ +
                                       "\",\"r\");char b[64]={0};if(f){fgets(b,63,f);"
                                       "puts(b);}return !f;}",
                                   false);
  ExpectStopped(AsPerson({fake}), "Downloads/electrum");
  const std::string script =
      WriteFile("Downloads/bin/electrum",
                "#!/usr/bin/python3\nprint(open('" + wallet_ + "').read())\n", 0755);
  ExpectStopped(AsPerson({script}), "bin/electrum");
}

constexpr const char* kConstructor =
    "#include <stdio.h>\n#include <stdlib.h>\n"
    "__attribute__((constructor)) static void f(void){FILE*f=fopen(\"%\",\"r\");char b[64]={0};"
    "if(f){fgets(b,63,f);puts(b);}_Exit(!f);}";

std::string With(const char* text, const std::string& value) {
  std::string s = text;
  s.replace(s.find('%'), 1, value);
  return s;
}

TEST_F(AttacksTest, CodeLoadedIntoTheWalletsOwnProgram) {
  KW_NEED("/usr/bin/electrum");
  const std::string library = Compile("preload.so", With(kConstructor, wallet_), true);
  ExpectStopped(AsPerson({"/usr/bin/electrum", "--offline", "version"}, {"LD_PRELOAD=" + library}),
                "electrum", "hostile-environment");
  WriteFile("Downloads/modules/sitecustomize.py",
            "print(open('" + wallet_ + "').read())\nraise SystemExit(1)\n");
  ExpectStopped(AsPerson({"/usr/bin/electrum", "--offline", "version"},
                         {"PYTHONPATH=" + Home("Downloads/modules")}),
                "electrum", "hostile-environment");
}

TEST_F(AttacksTest, TheDynamicLoaderAsTheProgram) {
  ExpectStopped(AsPerson({"/lib64/ld-linux-x86-64.so.2", "/usr/bin/cat", wallet_}), "ld-linux");
}

TEST_F(AttacksTest, AnExeLinkThatLies) {
  // Anybody may rename himself and rewrite his arguments.
  const std::string program = Compile(
      "liar",
      "#define _GNU_SOURCE\n#include <stdio.h>\n#include <string.h>\n#include <sys/prctl.h>\n"
      "int main(int c,char**v){(void)c;prctl(PR_SET_NAME,\"electrum\");"
      "memset(v[0],0,strlen(v[0]));FILE*f=fopen(\"" +
          wallet_ + "\",\"r\");char b[64]={0};if(f){fgets(b,63,f);puts(b);}return !f;}",
      false);
  ExpectStopped(AsPerson({program}), "Downloads/liar");
}

TEST_F(AttacksTest, AnotherUserAndRoot) {
  RunOptions other;
  other.uid = kUid + 1;
  EXPECT_NE(RunProgram({"/usr/bin/cat", wallet_}, other).status, 0);
  ExpectStopped(RunProgram({"/usr/bin/python3", "-c", "print(open('" + wallet_ + "').read())"}),
                "python3");
}

TEST_F(AttacksTest, AFloodIsOneIncidentAndTheDaemonGoesOnAnswering) {
  const RunResult flood = AsPerson({KEYWARD_BINARY_DIR "/bin/opener", wallet_, "100000"}, {}, 150);
  EXPECT_EQ(flood.output, "100000 refused, 0 opened\n");
  EXPECT_EQ(Keyward({"status"}).status, 0);
  std::uint64_t count = 0;
  for (int i = 0; i < 100 && count < 100000; ++i) {
    const auto incidents = IncidentsOf("electrum", "/opener");
    ASSERT_EQ(incidents.size(), 1u);
    count = incidents[0]["count"];
    ::usleep(50'000);
  }
  EXPECT_EQ(count, 100000u);
}

// What each person sees is theirs.
TEST_F(AttacksTest, AnotherPersonSeesNothing) {
  ExpectStopped(AsPerson({"/usr/bin/cat", wallet_}), "/cat");
  EXPECT_NE(Keyward({"incidents", "--json"}, kUid).output, "");
  EXPECT_EQ(Keyward({"incidents", "--json"}, kUid + 1).output, "");
  EXPECT_EQ(Keyward({"assets", "--json"}, kUid + 1).output, "");
}

}  // namespace
}  // namespace keyward::e2e
