// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "platform/linux/control/users.h"
#include "platform/linux/passwd.h"
#include "platform/linux/policy_files.h"
#include "tests/integration/control/temp_dir.h"

namespace keyward::linux_os {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> Names(const std::vector<policy::SourceFile>& files) {
  std::vector<std::string> names;
  for (const policy::SourceFile& file : files) names.push_back(file.name);
  return names;
}

TEST(ParsePasswdTest, TakesLinesThatAreWholeAndLeavesTheOthers) {
  const auto entries = ParsePasswd(
      "root:x:0:0:root:/root:/bin/bash\n"
      "alice:x:1000:1000:Alice,,,:/home/alice:/bin/zsh\n"
      "\n"
      "short:x:1001:1001:/home/short\n"
      "long:x:1002:1002::/home/long:/bin/sh:more\n"
      "nan:x:12x:1002::/home/nan:/bin/sh\n"
      "huge:x:4294967295:1::/home/huge:/bin/sh\n"
      "relative:x:1003:1003::home/r:/bin/sh\n"
      ":x:1004:1004::/home/n:/bin/sh\n"
      "+::::::\n"
      "last:x:1005:1005::/home/last:/bin/sh");
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].user, "root");
  EXPECT_EQ(entries[1].home, "/home/alice");
  EXPECT_EQ(entries[1].uid, 1000u);
  EXPECT_EQ(entries[2].shell, "/bin/sh");
}

TEST(LocalHomesTest, ArePeopleWithAShellAndADirectory) {
  const TempDir dir;
  for (const char* home : {"alice", "bob", "system", "nologin"})
    ::mkdir((dir.path() + "/" + home).c_str(), 0700);
  ASSERT_EQ(::symlink("alice", (dir.path() + "/linked").c_str()), 0);
  const std::string at = dir.path();
  UserOptions options;
  options.passwd_file = dir.Write(
      "passwd", "alice:x:1000:1::" + at + "/linked/:/bin/bash\nbob:x:1001:1::" + at +
                    "/bob:\nsystem:x:999:1::" + at + "/system:/bin/bash\nnologin:x:1002:1::" + at +
                    "/nologin:/usr/sbin/nologin\ngone:x:1003:1::" + at +
                    "/gone:/bin/bash\nnobody:x:65534:1::" + at +
                    "/bob:/bin/bash\nslash:x:1004:1::/:/bin/bash\n");
  const auto homes = LocalHomes(options);
  ASSERT_TRUE(homes.has_value());
  ASSERT_EQ(homes->size(), 2u);
  EXPECT_EQ((*homes)[0].user, "alice");
  EXPECT_EQ((*homes)[0].path, at + "/alice") << "resolved";
  EXPECT_EQ((*homes)[1].user, "bob") << "no shell is the default shell";
  EXPECT_EQ(UserName(1001, options), "bob");
  EXPECT_EQ(UserName(77, options), "77");
}

TEST(ParseHomeOptionTest, TakesNamesAndNumbers) {
  const TempDir dir;
  UserOptions options;
  options.passwd_file = dir.Write("passwd", "alice:x:1000:1::/nowhere:/bin/bash\n");
  const struct {
    std::string text;
    ErrorCode code;  // kInternal: accepted
    std::uint32_t uid;
  } cases[] = {
      {"alice=" + dir.path(), ErrorCode::kInternal, 1000},
      {"1000=" + dir.path(), ErrorCode::kInternal, 1000},
      {"4321=" + dir.path(), ErrorCode::kInternal, 4321},
      {"alice", ErrorCode::kInvalid, 0},
      {"=" + dir.path(), ErrorCode::kInvalid, 0},
      {"alice=", ErrorCode::kInvalid, 0},
      {"alice=/", ErrorCode::kNotFound, 0},
      {"alice=" + dir.path() + "/none", ErrorCode::kNotFound, 0},
      {"carol=" + dir.path(), ErrorCode::kNotFound, 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto home = ParseHomeOption(c.text, options);
    ASSERT_EQ(home.has_value(), c.code == ErrorCode::kInternal);
    if (home) {
      EXPECT_EQ(home->uid, c.uid);
    } else {
      EXPECT_EQ(home.error().code, c.code);
    }
  }
}

TEST(ReadLayersTest, ReadsTheCatalogueByNameAndTheAdministratorsOnItsOwn) {
  const TempDir dir;
  dir.Write("policies/defaults.toml", "d");
  dir.Write("policies/catalogue/wallets/b.toml", "b");
  dir.Write("policies/catalogue/wallets/a.toml", "a");
  dir.Write("policies/catalogue/notes.txt", "x");
  dir.Write("policies/.hidden.toml", "x");
  dir.Write("policy.d/20-team.toml", "t");
  dir.Write("policy.d/10-base.toml", "t");
  dir.Write("policy.d/old/30.toml", "x");
  const auto layers =
      ReadLayers(dir.path() + "/policies", dir.path() + "/policy.d", dir.path() + "/state");
  ASSERT_TRUE(layers.has_value()) << layers.error().what;
  ASSERT_EQ(layers->size(), 2u);
  EXPECT_EQ((*layers)[0].kind, policy::LayerKind::kCatalogue);
  EXPECT_THAT(Names((*layers)[0].files),
              ElementsAre("policies/catalogue/wallets/a.toml", "policies/catalogue/wallets/b.toml",
                          "policies/defaults.toml"));
  EXPECT_EQ((*layers)[0].files[0].text, "a");
  EXPECT_EQ((*layers)[1].kind, policy::LayerKind::kAdministrator);
  EXPECT_THAT(Names((*layers)[1].files),
              ElementsAre("policy.d/10-base.toml", "policy.d/20-team.toml"));
}

TEST(ReadLayersTest, AMissingCatalogueIsAnErrorAndAMissingAdministratorsIsNot) {
  const TempDir dir;
  dir.Write("policies/defaults.toml", "d");
  const std::string none = dir.path() + "/none";
  EXPECT_EQ(ReadLayers(none, "", "").error().code, ErrorCode::kNotFound);
  const auto layers = ReadLayers(dir.path() + "/policies", none, none);
  ASSERT_TRUE(layers.has_value());
  EXPECT_EQ(layers->size(), 1u);
}

TEST(ReadLayersTest, TakesTheUserLayerFromTheStateDirectory) {
  const TempDir dir;
  dir.Write("state/approvals.toml", "a", 0600);
  dir.Write("state/other.toml", "x");
  const auto layers = ReadLayers("", "", dir.path() + "/state");
  ASSERT_TRUE(layers.has_value());
  ASSERT_EQ(layers->size(), 1u);
  EXPECT_EQ((*layers)[0].kind, policy::LayerKind::kUser);
  EXPECT_THAT(Names((*layers)[0].files), ElementsAre("state/approvals.toml"));
}

TEST(ReadLayersTest, WhatOthersCanWriteIsRefused) {
  const struct {
    const char* why;
    mode_t file;
    mode_t directory;
  } cases[] = {{"group-writable file", 0664, 0755},
               {"world-writable file", 0646, 0755},
               {"world-writable directory", 0644, 0777},
               {"sticky world-writable directory", 0644, 01777}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const TempDir dir;
    dir.Write("p/sub/a.toml", "a", c.file);
    ::chmod((dir.path() + "/p/sub").c_str(), c.directory);
    const auto layers = ReadLayers(dir.path() + "/p", "", "");
    ASSERT_FALSE(layers.has_value());
    EXPECT_EQ(layers.error().code, ErrorCode::kDenied);
    EXPECT_THAT(layers.error().what, HasSubstr("p/sub"));
    // For checking, whoever may write it.
    EXPECT_TRUE(ReadPolicyFiles(dir.path() + "/p").has_value());
  }
}

TEST(ReadLayersTest, AFileOfAThirdPersonIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to make another user's files";
  const TempDir dir;
  const std::string file = dir.Write("p/a.toml", "a");
  ASSERT_EQ(::chown(file.c_str(), 1234, 1234), 0);
  EXPECT_EQ(ReadLayers(dir.path() + "/p", "", "").error().code, ErrorCode::kDenied);
  // The owner of the directory that was named is the one who is trusted with it.
  ASSERT_EQ(::chown((dir.path() + "/p").c_str(), 1234, 1234), 0);
  EXPECT_TRUE(ReadLayers(dir.path() + "/p", "", "").has_value());
}

TEST(ReadLayersTest, LinksPipesAndGiantsAreRefused) {
  const TempDir dir;
  dir.Write("target", "a");
  dir.Write("links/z.txt", "");
  ASSERT_EQ(::symlink("../target", (dir.path() + "/links/a.toml").c_str()), 0);
  EXPECT_FALSE(ReadLayers(dir.path() + "/links", "", "").has_value());
  dir.Write("pipes/z.txt", "");
  ASSERT_EQ(::mkfifo((dir.path() + "/pipes/a.toml").c_str(), 0644), 0);
  EXPECT_EQ(ReadLayers(dir.path() + "/pipes", "", "").error().code, ErrorCode::kInvalid);
  dir.Write("giants/a.toml", std::string(1024 * 1024 + 1, 'x'));
  EXPECT_EQ(ReadLayers(dir.path() + "/giants", "", "").error().code, ErrorCode::kInvalid);
}

TEST(ReadPolicyFilesTest, TakesOneFileByTheNameGiven) {
  const TempDir dir;
  const std::string path = dir.Write("a.toml", "text");
  const auto files = ReadPolicyFiles(path);
  ASSERT_TRUE(files.has_value());
  EXPECT_THAT(Names(*files), ElementsAre(path));
  EXPECT_EQ(ReadPolicyFiles(dir.path() + "/none.toml").error().code, ErrorCode::kNotFound);
  EXPECT_THAT(*ReadPolicyFiles(dir.path() + "/"), testing::SizeIs(1));
}

}  // namespace
}  // namespace keyward::linux_os
