// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "platform/linux/process/dpkg.h"
#include "platform/linux/process/file_evidence.h"
#include "platform/linux/process/ownership.h"
#include "tests/integration/process/fixture.h"

namespace keyward::linux_os {
namespace {

class EvidenceTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: files of several owners";
  }
  std::string Put(const std::string& name, const std::string& text) {
    const std::string path = scratch_.path() + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text;
    return path;
  }
  Scratch scratch_;
};

constexpr const char* kMd5OfHello = "b1946ac92492d2347c6235b4d2611184";  // "hello\n"

TEST_F(EvidenceTest, OwnershipIsThatOfTheWholeWay) {
  Ownership ownership;
  ASSERT_EQ(::symlink("/usr/bin/cat", (scratch_.path() + "/link").c_str()), 0);
  const struct {
    std::string path;
    bool others;
  } cases[] = {
      {"/usr/bin/cat", false},
      {"/bin/cat", false},  // a link that root made
      {"/usr/bin/../bin/./cat", false},
      {"/usr/bin/no-such-file", false},  // nobody else can make it
      {"/usr/bin/no-such-directory/x", false},
      {"/tmp/no-such-file", true},  // anybody can
      {scratch_.path() + "/x", true},
      {scratch_.path() + "/link", true},  // leads to a good file, by a way that is not
      {"/dev/null", false},
      {"/dev/fd/3", true},
      {"/proc/self/exe", true},
      {"/proc/1/root/usr/bin/cat", true},
      {"relative", true},
      {"", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.path);
    EXPECT_EQ(ownership.OthersCanWrite(c.path), c.others);
  }
}

TEST_F(EvidenceTest, ForeignFileSystemsAreReadFromTheMountTable) {
  const auto mounts = ForeignMounts(
      "36 35 98:0 / / rw shared:1 - ext4 /dev/vda rw\n"
      "37 36 0:40 / /home/a\\040b/mnt rw,nosuid shared:2 master:1 - fuse.sshfs host: rw\n"
      "38 36 0:41 / /srv/nfs rw - nfs4 server:/x rw\n"
      "39 36 0:42 / /run rw - tmpfs tmpfs rw\n"
      "garbage\n");
  EXPECT_EQ(mounts, (std::vector<std::string>{"/home/a b/mnt", "/srv/nfs"}));
}

TEST_F(EvidenceTest, ThePackageDatabaseFindsOwnersAfterUsrmergeAndDiversions) {
  std::filesystem::create_symlink("usr/bin", scratch_.path() + "/bin");
  const std::string sum(kMd5OfHello);
  Put("var/lib/dpkg/info/wallet.md5sums",
      sum + "  usr/bin/wallet\n" + sum + "  bin/old-wallet\n" + sum + "  usr/bin/shared\n");
  Put("var/lib/dpkg/info/lib:amd64.md5sums", sum + "  usr/lib/lib.so\n");
  Put("var/lib/dpkg/info/diverter.md5sums", "00000000000000000000000000000000  usr/bin/shared\n");
  Put("var/lib/dpkg/diversions", "/usr/bin/shared\n/usr/bin/shared.distrib\ndiverter\n");
  Put("var/lib/dpkg/status",
      "Package: wallet-extra\nVersion: 9\n\nPackage: wallet\nArchitecture: all\nVersion: 1.2\n\n"
      "Package: lib\nArchitecture: i386\nVersion: 5\n\n"
      "Package: lib\nArchitecture: amd64\nVersion: 6\n\n");
  DpkgDatabase dpkg(scratch_.path());
  const struct {
    const char* path;
    const char* package;
    const char* version;
    const char* md5;
  } cases[] = {
      {"/usr/bin/wallet", "wallet", "1.2", kMd5OfHello},
      {"/usr/bin/old-wallet", "wallet", "1.2", kMd5OfHello},
      {"/bin/old-wallet", "wallet", "1.2", kMd5OfHello},
      {"/usr/lib/lib.so", "lib", "6", kMd5OfHello},
      {"/usr/bin/shared", "diverter", "", "00000000000000000000000000000000"},
      {"/usr/bin/shared.distrib", "wallet", "1.2", kMd5OfHello},
      {"/usr/bin/wallet2", nullptr, nullptr, nullptr},
      {"/", nullptr, nullptr, nullptr},
      {"", nullptr, nullptr, nullptr},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.path);
    const auto owner = dpkg.FindOwner(c.path);
    ASSERT_EQ(owner.has_value(), c.package != nullptr);
    if (!owner) continue;
    EXPECT_EQ(owner->package.name, c.package);
    EXPECT_EQ(owner->package.version, c.version);
    EXPECT_EQ(owner->md5, c.md5);
  }
  EXPECT_EQ(dpkg.entries(), 5u);
}

TEST_F(EvidenceTest, ThePackageDatabaseIsReadAgainWhenItHasChanged) {
  Put("var/lib/dpkg/info/a.md5sums", std::string(kMd5OfHello) + "  usr/bin/a\n");
  DpkgDatabase dpkg(scratch_.path());
  EXPECT_FALSE(dpkg.FindOwner("/usr/bin/b"));
  Put("var/lib/dpkg/info/b.md5sums", std::string(kMd5OfHello) + "  usr/bin/b\n");
  EXPECT_TRUE(dpkg.FindOwner("/usr/bin/b"));
}

TEST_F(EvidenceTest, AFileThatIsNotThePackagedOneSpeaksAgainstItself) {
  const std::string wallet = Put("usr/bin/wallet", "hello\n");
  FileEvidence evidence(scratch_.path());
  const std::string key = wallet.substr(1);
  Put("var/lib/dpkg/info/wallet.md5sums", std::string(kMd5OfHello) + "  " + key + "\n");
  ProgramFile good = evidence.Describe(wallet, Depth::kFull);
  ASSERT_FALSE(good.evidence.empty());
  EXPECT_EQ(good.evidence.front().kind, EvidenceKind::kPackage);
  EXPECT_FALSE(good.trusted()) << "it lies below a stranger's directory";

  std::ofstream(wallet, std::ios::app) << "thief\n";
  const ProgramFile bad = evidence.Describe(wallet, Depth::kFull);
  ASSERT_FALSE(bad.evidence.empty());
  EXPECT_EQ(bad.evidence.front().kind, EvidenceKind::kDigestMismatch);
  EXPECT_NE(bad.sha256, good.sha256);
}

TEST_F(EvidenceTest, RealProgramsHaveTheirPackageAndDigest) {
  FileEvidence evidence;
  for (const char* path : {"/usr/bin/cat", "/bin/bash", "/usr/bin/python3", "/usr/bin/electrum"}) {
    SCOPED_TRACE(path);
    if (!std::filesystem::exists(path)) continue;
    const ProgramFile file = evidence.Describe(path, Depth::kFull);
    EXPECT_TRUE(file.trusted());
    EXPECT_EQ(file.evidence.front().kind, EvidenceKind::kPackage);
    EXPECT_TRUE(file.package && !file.package->version.empty());
    EXPECT_TRUE(file.sha256);
  }
}

TEST_F(EvidenceTest, WhatIsNoProgramFileIsMissing) {
  FileEvidence evidence;
  ASSERT_EQ(::mkfifo((scratch_.path() + "/fifo").c_str(), 0600), 0);
  for (const std::string& path :
       {std::string("/usr/bin"), std::string("/nowhere"), std::string(""), std::string("x"),
        std::string("/dev/zero"), scratch_.path() + "/fifo"}) {
    SCOPED_TRACE(path);
    const ProgramFile file = evidence.Describe(path, Depth::kFull);
    EXPECT_FALSE(file.trusted());
    EXPECT_EQ(file.evidence.front().kind, EvidenceKind::kMissing);
  }
}

}  // namespace
}  // namespace keyward::linux_os
