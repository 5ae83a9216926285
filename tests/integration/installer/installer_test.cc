// SPDX-License-Identifier: Apache-2.0
// The Debian package as it would be handed to somebody: made by cpack, unpacked, looked through.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "tests/support/run.h"

namespace {

namespace fs = std::filesystem;
using keyward::testing_support::RunOptions;
using keyward::testing_support::RunProgram;
using keyward::testing_support::RunResult;

// Sanitized and debug builds are not what is shipped.
bool IsShippedBuild() {
  return fs::path(KEYWARD_BINARY_DIR).filename() == "release" &&
         ::access("/usr/bin/dpkg-deb", X_OK) == 0;
}

class InstallerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!IsShippedBuild()) return;
    std::string pattern = "/var/tmp/keyward-package-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    const RunResult packed = RunProgram({"/usr/bin/cpack", "-G", "DEB", "-B", directory_,
                                         "--config", KEYWARD_BINARY_DIR "/CPackConfig.cmake"},
                                        RunOptions{.directory = directory_, .seconds = 150});
    ASSERT_EQ(packed.status, 0) << packed.output;
    for (const auto& entry : fs::directory_iterator(directory_))
      if (entry.path().extension() == ".deb") package_ = entry.path();
    ASSERT_FALSE(package_.empty()) << packed.output;
    ASSERT_EQ(RunProgram({"/usr/bin/dpkg-deb", "-R", package_, directory_ + "/tree"}).status, 0);
  }
  static void TearDownTestSuite() {
    if (!directory_.empty()) fs::remove_all(directory_);
  }
  void SetUp() override {
    if (!IsShippedBuild()) GTEST_SKIP() << "only the release build is packaged";
  }

  static std::string Read(const std::string& relative) {
    std::ifstream in(directory_ + "/tree/" + relative);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }

  static std::string directory_;
  static std::string package_;
};

std::string InstallerTest::directory_;
std::string InstallerTest::package_;

TEST_F(InstallerTest, HoldsEverythingThatRunsAndNothingElse) {
  std::set<std::string> files;
  std::size_t policies = 0;
  const fs::path tree = directory_ + "/tree";
  for (const auto& entry : fs::recursive_directory_iterator(tree)) {
    if (!entry.is_regular_file()) continue;
    const std::string name = fs::relative(entry.path(), tree);
    if (name.rfind("usr/share/keyward/policies/", 0) == 0) {
      EXPECT_EQ(entry.path().extension(), ".toml") << name;
      ++policies;
    } else if (name.rfind("usr/share/man/man1/", 0) != 0) {
      files.insert(name);
    }
  }
  EXPECT_EQ(
      files,
      (std::set<std::string>{
          "DEBIAN/control", "DEBIAN/md5sums", "DEBIAN/postinst", "DEBIAN/postrm", "DEBIAN/prerm",
          "usr/bin/keyward", "usr/sbin/keywardd", "usr/lib/systemd/system/keywardd.service",
          "usr/share/doc/keyward/copyright", "usr/share/bash-completion/completions/keyward",
          "usr/share/fish/vendor_completions.d/keyward.fish", "usr/share/man/man8/keywardd.8",
          "usr/share/polkit-1/actions/com.keyward.policy",
          "usr/share/zsh/vendor-completions/_keyward"}));
  EXPECT_TRUE(fs::exists(tree / "usr/share/man/man1/keyward.1"));
  EXPECT_GT(policies, 50u);
}

TEST_F(InstallerTest, NobodyButRootCanChangeWhatItInstalls) {
  const RunResult list = RunProgram({"/usr/bin/dpkg-deb", "-c", package_});
  std::istringstream lines(list.output);
  for (std::string line; std::getline(lines, line);) {
    ASSERT_GT(line.size(), 10u);
    EXPECT_NE(line.find("root/root"), std::string::npos) << line;
    EXPECT_NE(line[5], 'w') << line;
    EXPECT_NE(line[8], 'w') << line;
    EXPECT_EQ(line.find_first_of("sS", 1) < 10, false) << "set-id: " << line;
  }
}

TEST_F(InstallerTest, NamesTheLibrariesThatItNeeds) {
  const std::string control = Read("DEBIAN/control");
  for (const char* library : {"libc6", "libsqlite3-0", "libbpf", "libsystemd0", "libssl3"})
    EXPECT_NE(control.find(library), std::string::npos) << library << " in\n" << control;
}

TEST_F(InstallerTest, ScriptsAreSoundAndHarmlessWithoutSystemd) {
  for (const char* script : {"preinst", "postinst", "prerm", "postrm"}) {
    const std::string path = directory_ + "/tree/DEBIAN/" + script;
    if (!fs::exists(path)) continue;
    const RunResult checked = RunProgram({"/bin/sh", "-n", path});
    EXPECT_EQ(checked.status, 0) << script << ": " << checked.output;
    EXPECT_NE(Read(std::string("DEBIAN/") + script).find("set -e"), std::string::npos) << script;
  }
}

TEST_F(InstallerTest, TheUnitIsValid) {
  if (::access("/usr/bin/systemd-analyze", X_OK) != 0) GTEST_SKIP() << "no systemd-analyze";
  // systemd looks whether the program is there: point it at the one in the package.
  std::string unit = Read("usr/lib/systemd/system/keywardd.service");
  const std::string program = "/usr/sbin/keywardd";
  unit.replace(unit.find(program), program.size(), directory_ + "/tree" + program);
  const std::string path = directory_ + "/keywardd.service";
  std::ofstream(path) << unit;
  const RunResult verified = RunProgram({"/usr/bin/systemd-analyze", "verify", "--man=no", path});
  EXPECT_EQ(verified.status, 0) << verified.output;
  EXPECT_EQ(verified.output, "");
}

TEST_F(InstallerTest, ThePackagedProgramsRun) {
  const RunResult version = RunProgram({directory_ + "/tree/usr/sbin/keywardd", "--version"});
  EXPECT_EQ(version.status, 0) << version.output;
  const RunResult checked =
      RunProgram({directory_ + "/tree/usr/bin/keyward", "policy", "check", "--policy-dir",
                  directory_ + "/tree/usr/share/keyward/policies", "--state-dir", directory_});
  EXPECT_EQ(checked.status, 0) << checked.output;
}

}  // namespace
