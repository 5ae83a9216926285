// SPDX-License-Identifier: Apache-2.0
// The programs that Debian installs work, their neighbours don't: with the shipped policy.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "tests/unit/catalogue/shipped_policy.h"

namespace keyward::policy {
namespace {

ProgramFile Packaged(std::string_view path, ProgramRole role = ProgramRole::kProgram) {
  ProgramFile file;
  file.path = path;
  file.role = role;
  file.evidence.push_back({EvidenceKind::kPackage, "digest right"});
  return file;
}

ProgramFile InTheHome(std::string_view path) {
  ProgramFile file;
  file.path = path;
  file.evidence.push_back({EvidenceKind::kUserWritable, "alice can change it"});
  return file;
}

Subject Program(std::string_view path) {
  Subject subject;
  subject.executable = Packaged(path);
  subject.standing = Standing::kClean;
  return subject;
}

Subject ScriptOf(std::string_view interpreter, ProgramFile script) {
  Subject subject;
  subject.executable = Packaged(interpreter, ProgramRole::kInterpreter);
  subject.standing = script.trusted() ? Standing::kClean : Standing::kStranger;
  subject.script = Script{ScriptSource::kFile, std::move(script), ""};
  return subject;
}

Subject Tainted(Subject subject) {
  subject.taints.Add(Taint::kHostileEnvironment);
  subject.standing = Standing::kStranger;
  return subject;
}

// `cat` run by another program: judged as that.
Subject CatOf(Subject parent) {
  Subject subject;
  subject.executable = Packaged("/usr/bin/cat", ProgramRole::kTool);
  subject.standing = parent.standing;
  subject.judged_generations = 1;
  subject.parent = std::make_shared<const Subject>(std::move(parent));
  return subject;
}

class OrdinaryUseTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(Shipped(OperatingSystem::kLinux).policy); }

  static Outcome Try(const Subject& subject, std::string_view place, Operation operation) {
    const CompiledPolicy& policy = *Shipped(OperatingSystem::kLinux).policy;
    const bool home = place.starts_with("~/");
    const auto state = home ? policy.home_locations().Walk(place.substr(2))
                            : policy.absolute_locations().Walk(place);
    if (!state.protects()) return Outcome::kAllow;
    AccessRequest request;
    request.subject = &subject;
    request.asset = state.here;
    request.operation = operation;
    request.owner_uid = 1000;
    return policy.Decide(request).outcome;
  }
  static Outcome Read(const Subject& subject, std::string_view place) {
    return Try(subject, place, Operation::kRead);
  }
  static Outcome Write(const Subject& subject, std::string_view place) {
    return Try(subject, place, Operation::kWrite);
  }
};

TEST_F(OrdinaryUseTest, ProgramsOfDebianReachWhatIsTheirs) {
  const Subject electrum = ScriptOf("/usr/bin/python3.11", Packaged("/usr/bin/electrum"));
  const Subject npm = ScriptOf("/usr/bin/node", Packaged("/usr/share/nodejs/npm/bin/npm-cli.js"));
  const Subject aws = ScriptOf("/usr/bin/python3.11", Packaged("/usr/bin/aws"));
  const struct {
    Subject subject;
    const char* place;
  } cases[] = {
      {electrum, "~/.electrum/wallets/default_wallet"},
      {electrum, "~/.electrum/regtest/wallets/w"},
      {electrum, "~/.electrum/config"},
      {Program("/usr/bin/monero-wallet-cli"), "~/Monero/wallets/w/w.keys"},
      {Program("/usr/bin/monero-wallet-cli"), "~/elsewhere/w.keys"},
      {Program("/usr/bin/litecoind"), "~/.litecoin/wallet.dat"},
      {Program("/usr/bin/ssh"), "~/.ssh/id_ed25519"},
      {Program("/usr/bin/ssh-add"), "~/.ssh/id_ed25519"},
      {Program("/usr/bin/ssh-keygen"), "~/.ssh/id_ed25519"},
      {Program("/usr/bin/gnome-keyring-daemon"), "~/.ssh/id_rsa"},
      {Program("/usr/bin/gpg-agent"), "~/.gnupg/private-keys-v1.d/0.key"},
      {Program("/usr/bin/gpg"), "~/.gnupg/openpgp-revocs.d/0.rev"},
      {Program("/usr/bin/gnome-keyring-daemon"), "~/.local/share/keyrings/login.keyring"},
      {Program("/usr/bin/kwalletd5"), "~/.local/share/kwalletd/kdewallet.kwl"},
      {Program("/usr/bin/keepassxc"), "~/Documents/mine.kdbx"},
      {Program("/usr/bin/gpg"), "~/.password-store/bank.gpg"},
      {Program("/usr/lib/chromium/chromium"), "~/.config/chromium/Default/Login Data"},
      {Program("/usr/lib/chromium/chromium"), "~/.config/chromium/Local State"},
      {Program("/usr/lib/chromium/chromium"),
       "~/.config/chromium/Default/Local Extension Settings/nkbihfbeogaeaoehlefnkodbefgpgknn/0"},
      {Program("/usr/lib/firefox-esr/firefox-esr"), "~/.mozilla/firefox/x.default/logins.json"},
      {Program("/usr/lib/firefox-esr/firefox-esr"),
       "~/.mozilla/firefox/x.default/storage/default/moz-extension+++1/idb/0.sqlite"},
      {Program("/usr/lib/thunderbird/thunderbird-bin"), "~/.thunderbird/x.default/key4.db"},
      {Program("/usr/lib/git-core/git"), "~/.git-credentials"},
      {Program("/usr/bin/gh"), "~/.config/gh/hosts.yml"},
      {Program("/usr/bin/docker"), "~/.docker/config.json"},
      {Program("/usr/bin/kubectl"), "~/.kube/config"},
      {Program("/usr/bin/rclone"), "~/.config/rclone/rclone.conf"},
      {Program("/usr/bin/telegram-desktop"), "~/.local/share/TelegramDesktop/tdata/key_datas"},
      {npm, "~/.npmrc"},
      {aws, "~/.aws/credentials"},
      {CatOf(Program("/usr/libexec/gnome-terminal-server")), "~/.bash_history"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.place);
    EXPECT_NE(AssetAt(*Shipped(OperatingSystem::kLinux).policy, c.place), "");
    EXPECT_EQ(Read(c.subject, c.place), Outcome::kAllow);
    EXPECT_EQ(Write(c.subject, c.place), Outcome::kAllow);
    EXPECT_EQ(Read(Tainted(c.subject), c.place), Outcome::kDeny);
  }
}

TEST_F(OrdinaryUseTest, AnotherProgramIsAskedAboutAndAScriptIsRefused) {
  const Subject other = Program("/usr/bin/gimp");
  const Subject thief = ScriptOf("/usr/bin/node", InTheHome("/home/alice/x/server.js"));
  const char* secrets[] = {
      "~/.electrum/wallets/default_wallet",
      "~/.ssh/id_ed25519",
      "~/.gnupg/private-keys-v1.d/0.key",
      "~/.config/solana/id.json",
      "~/.config/google-chrome/Profile 1/Cookies",
      "~/.config/opera/Login Data",
      "~/.config/google-chrome/Default/Local Extension Settings/whatever/0",
      "~/.mozilla/firefox/x/cookies.sqlite-wal",
      "~/.local/share/keyrings/login.keyring",
      "~/.bitcoin/.cookie",
      "~/passwords.kdbx",
  };
  for (const char* place : secrets) {
    SCOPED_TRACE(place);
    EXPECT_EQ(Read(other, place), Outcome::kAsk);
    EXPECT_EQ(Read(CatOf(other), place), Outcome::kAsk);
    EXPECT_EQ(Read(thief, place), Outcome::kDeny);
    EXPECT_EQ(Read(CatOf(thief), place), Outcome::kDeny);
  }
}

TEST_F(OrdinaryUseTest, PublicPartsAreFreeToRead) {
  const Subject thief = ScriptOf("/usr/bin/node", InTheHome("/home/alice/x/server.js"));
  for (const char* place :
       {"~/.ssh/id_ed25519.pub", "~/.ssh/id_work.pub", "~/.ssh/config", "~/.ssh/known_hosts",
        "~/.gnupg/gpg.conf", "~/.gnupg/pubring.kbx", "~/.bashrc", "~/.config/solana/cli/config.yml",
        "~/.config/google-chrome/Default/Preferences", "~/.password-store/.gpg-id",
        "~/.electrum/blockchain_headers", "~/.bitcoin/blocks/blk00000.dat"}) {
    EXPECT_EQ(Read(thief, place), Outcome::kAllow) << place;
  }
}

TEST_F(OrdinaryUseTest, ABrowserOwnsItsOwnProfilesOnly) {
  const Subject chromium = Program("/usr/lib/chromium/chromium");
  EXPECT_EQ(Read(chromium, "~/.config/google-chrome/Default/Login Data"), Outcome::kAsk);
  EXPECT_EQ(Read(chromium, "~/.mozilla/firefox/x/key4.db"), Outcome::kAsk);
}

TEST_F(OrdinaryUseTest, WritesToStartUpFilesAreNotedWhenAStrangerMakesThem) {
  const Subject thief = ScriptOf("/usr/bin/node", InTheHome("/home/alice/x/server.js"));
  EXPECT_EQ(Write(thief, "~/.bashrc"), Outcome::kAudit);
  EXPECT_EQ(Write(thief, "~/.ssh/authorized_keys"), Outcome::kAudit);
  EXPECT_EQ(Write(Program("/usr/bin/vim.basic"), "~/.bashrc"), Outcome::kAllow);
  EXPECT_EQ(Write(Program("/usr/bin/gimp"), "~/.bashrc"), Outcome::kAllow);
}

TEST_F(OrdinaryUseTest, OnlyInstallersReplaceTheCodeOfAWallet) {
  const Subject thief = ScriptOf("/usr/bin/node", InTheHome("/home/alice/x/server.js"));
  const char* code = "/opt/Exodus/resources/app.asar";
  EXPECT_EQ(Read(thief, code), Outcome::kAllow);
  EXPECT_EQ(Write(thief, code), Outcome::kDeny);
  EXPECT_EQ(Write(Program("/usr/bin/gimp"), code), Outcome::kAsk);
  EXPECT_EQ(Write(Program("/usr/bin/dpkg"), code), Outcome::kAllow);
}

TEST_F(OrdinaryUseTest, IndexersAndFileManagersAreRefusedWithoutAQuestion) {
  EXPECT_EQ(Read(Program("/usr/libexec/tracker-extract-3"), "~/Documents/mine.kdbx"),
            Outcome::kDeny);
  EXPECT_EQ(Read(Program("/usr/bin/nautilus"), "~/.electrum/wallets/w"), Outcome::kDeny);
  EXPECT_EQ(Read(Program("/usr/libexec/tracker-extract-3"), "~/Documents/bitcoin-paper.pdf"),
            Outcome::kAllow);
}

}  // namespace
}  // namespace keyward::policy
