// SPDX-License-Identifier: Apache-2.0
// Real programs on an ordinary day: each works under protection without a prompt or an incident,
// while a stranger is refused its files.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/e2e/agent_fixture.h"

namespace keyward::e2e {
namespace {

namespace fs = std::filesystem;

class ProgramsTest : public AgentTest {
 protected:
  // The first file below `directory` whose name begins with `prefix`.
  static std::string Find(const std::string& directory, const std::string& prefix) {
    if (!fs::exists(directory)) return "";
    for (const auto& entry : fs::recursive_directory_iterator(directory))
      if (entry.is_regular_file() && entry.path().filename().string().rfind(prefix, 0) == 0)
        return entry.path();
    return "";
  }

  void ExpectRefusedToStrangers(const std::string& path, const std::string& asset) {
    ASSERT_FALSE(path.empty());
    ExpectQuiet();
    EXPECT_FALSE(StrangerReads(path)) << "cat read " << path;
    EXPECT_FALSE(ThiefReads(path)) << "a script read " << path;
    EXPECT_FALSE(IncidentsOf(asset, "thief.py").empty()) << asset;
    const RunResult explained =
        Keyward({"explain", path, "--exe", "/usr/bin/python3", "--script",
                 Home("Downloads/thief.py"), "--home", std::to_string(kUid) + "=" + home_});
    EXPECT_EQ(explained.status, 1) << explained.output;
    EXPECT_NE(explained.output.find(asset), std::string::npos) << explained.output;
  }
};

TEST_F(ProgramsTest, Electrum) {
  KW_NEED("/usr/bin/electrum");
  const std::vector<std::string> electrum{"/usr/bin/electrum", "--testnet", "--offline"};
  const auto with = [&](const char* command) {
    auto argv = electrum;
    argv.push_back(command);
    return AsPerson(argv);
  };
  ASSERT_NO_FATAL_FAILURE(StartAgent());
  ASSERT_EQ(with("create").status, 0);
  const RunResult addresses = with("listaddresses");
  EXPECT_EQ(addresses.status, 0) << addresses.output;
  EXPECT_NE(addresses.output.find("tb1"), std::string::npos);
  ExpectRefusedToStrangers(Home(".electrum/testnet/wallets/default_wallet"), "electrum");
  EXPECT_EQ(with("listaddresses").status, 0);
}

TEST_F(ProgramsTest, Monero) {
  KW_NEED("/usr/bin/monero-wallet-cli");
  ASSERT_NO_FATAL_FAILURE(StartAgent());
  WriteFile("Monero/wallets/w/note", "");
  const std::string wallet = Home("Monero/wallets/w/w");
  const RunResult made = AsPerson({"/usr/bin/monero-wallet-cli", "--stagenet", "--offline",
                                   "--generate-new-wallet", wallet, "--password", "test",
                                   "--mnemonic-language", "English", "--command", "address"});
  ASSERT_EQ(made.status, 0) << made.output;
  const RunResult opened =
      AsPerson({"/usr/bin/monero-wallet-cli", "--stagenet", "--offline", "--wallet-file", wallet,
                "--password", "test", "--command", "address"});
  EXPECT_EQ(opened.status, 0) << opened.output;
  ExpectRefusedToStrangers(wallet + ".keys", "monero-gui");
}

TEST_F(ProgramsTest, GnuPG) {
  KW_NEED("/usr/bin/gpg");
  ASSERT_NO_FATAL_FAILURE(StartAgent());
  const RunResult made = AsPerson({"/usr/bin/gpg", "--batch", "--passphrase", "", "--quick-gen-key",
                                   "tester@localhost", "default", "default", "never"});
  ASSERT_EQ(made.status, 0) << made.output;
  const std::string text = WriteFile("letter", "hello");
  const RunResult signed_by =
      AsPerson({"/usr/bin/gpg", "--batch", "--yes", "--clearsign", "-o", text + ".asc", text});
  EXPECT_EQ(signed_by.status, 0) << signed_by.output;
  EXPECT_EQ(AsPerson({"/usr/bin/gpg", "--batch", "--verify", text + ".asc"}).status, 0);
  ExpectRefusedToStrangers(Find(Home(".gnupg/private-keys-v1.d"), ""), "gnupg");
  AsPerson({"/usr/bin/gpgconf", "--kill", "all"});
}

TEST_F(ProgramsTest, Ssh) {
  KW_NEED("/usr/bin/ssh");
  ASSERT_NO_FATAL_FAILURE(StartAgent());
  const std::string key = Home(".ssh/id_ed25519");
  ASSERT_NO_FATAL_FAILURE(WriteFile(".ssh/config", "", 0600));
  const RunResult made =
      AsPerson({"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key});
  ASSERT_EQ(made.status, 0) << made.output;
  // ssh-add in an agent of its own.
  const RunResult added = AsPerson({"/usr/bin/ssh-agent", "/usr/bin/ssh-add", key});
  EXPECT_EQ(added.status, 0) << added.output;
  // Trust is not inherited: what ssh starts is judged by itself.
  const RunResult login = AsPerson(
      {"/usr/bin/ssh", "-F", "none", "-i", key, "-o", "StrictHostKeyChecking=no", "-o",
       "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o",
       "ProxyCommand=/usr/bin/cat " + key + " > " + Home("stolen"), "localhost", "true"});
  EXPECT_NE(login.status, 0) << "there is no server behind this";
  EXPECT_EQ(fs::exists(Home("stolen")) ? fs::file_size(Home("stolen")) : 0u, 0u)
      << "a child of ssh got the key by ssh's name";
  EXPECT_EQ(AsPerson({"/usr/bin/ssh-keygen", "-y", "-f", key}).status, 0);
  EXPECT_FALSE(IncidentsOf("ssh-keys", "/cat").empty());
  EXPECT_FALSE(ThiefReads(key));
}

// Chromium's own profile, made and used by the real browser.
TEST_F(ProgramsTest, Chromium) {
  KW_NEED("/usr/bin/chromium");
  ASSERT_NO_FATAL_FAILURE(StartAgent());
  for (int start = 0; start < 2; ++start) {
    const RunResult page = AsPerson(
        {"/usr/bin/chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
         "--disable-quic", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--user-data-dir=" + Home(".config/chromium"), "--dump-dom",
         "data:text/html,<p>an ordinary page</p>"},
        {}, 90);
    EXPECT_EQ(page.status, 0) << page.output;
    EXPECT_NE(page.output.find("an ordinary page"), std::string::npos) << page.output;
  }
  ExpectRefusedToStrangers(Find(Home(".config/chromium"), "Login Data"),
                           "browser-secrets.chromium");
}

TEST_F(ProgramsTest, Firefox) {
  KW_NEED("/usr/bin/firefox-esr");
  ASSERT_NO_FATAL_FAILURE(StartAgent());
  const std::string page = WriteFile("page.html", "<p>an ordinary page</p>");
  for (int start = 0; start < 2; ++start) {
    const RunResult shot = AsPerson(
        {"/usr/bin/firefox-esr", "--headless", "--screenshot", Home("shot.png"), "file://" + page},
        {"MOZ_DISABLE_AUTO_SAFE_MODE=1"}, 90);
    EXPECT_EQ(shot.status, 0) << shot.output;
    EXPECT_TRUE(fs::exists(Home("shot.png"))) << shot.output;
  }
  std::string secret = Find(Home(".mozilla/firefox"), "cookies.sqlite");
  if (secret.empty()) secret = Find(Home(".config/mozilla/firefox"), "cookies.sqlite");
  ExpectRefusedToStrangers(secret, "browser-secrets.firefox");
}

TEST_F(ProgramsTest, EverydayToolsAreLeftAlone) {
  WriteFile(".electrum/wallets/default_wallet", "{}");
  WriteFile("notes/today.txt", "buy milk");
  ASSERT_NO_FATAL_FAILURE(StartAgent());
  EXPECT_EQ(AsPerson({"/usr/bin/ls", "-lR", home_}).status, 0);
  EXPECT_EQ(AsPerson({"/usr/bin/find", home_, "-name", "*wallet*"}).status, 0);
  EXPECT_EQ(AsPerson({"/usr/bin/stat", Home(".electrum/wallets/default_wallet")}).status, 0);
  EXPECT_EQ(AsPerson({"/usr/bin/du", "-s", home_}).status, 0);
  EXPECT_EQ(AsPerson({"/usr/bin/cat", Home("notes/today.txt")}).status, 0);
  ExpectQuiet();
}

}  // namespace
}  // namespace keyward::e2e
