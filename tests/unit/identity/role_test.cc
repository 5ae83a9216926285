// SPDX-License-Identifier: Apache-2.0
#include "agent/identity/role.h"

#include <gtest/gtest.h>

#include "agent/identity/path.h"
#include "tests/unit/identity/fake_files.h"

namespace keyward::identity {
namespace {

TEST(RoleTest, TheResolvedNameDecides) {
  const IdentityRules rules = Rules();
  const struct {
    const char* path;
    ProgramRole role;
    const char* interpreter;
  } cases[] = {
      {"/usr/bin/python3", ProgramRole::kInterpreter, "python"},
      {"/usr/bin/python3.11", ProgramRole::kInterpreter, "python"},
      {"/home/alice/node", ProgramRole::kInterpreter, "node"},
      {"/usr/bin/bash", ProgramRole::kInterpreter, "shell"},  // both: the script matters
      {"/usr/bin/cat", ProgramRole::kTool, ""},
      {"/usr/bin/catalogue", ProgramRole::kProgram, ""},
      {"/usr/lib64/ld-linux-x86-64.so.2", ProgramRole::kLoader, ""},
      {"/usr/bin/python3/wallet", ProgramRole::kProgram, ""},
      {"cat", ProgramRole::kTool, ""},
      {"", ProgramRole::kProgram, ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.path);
    const Role role = RoleOf(c.path, rules);
    EXPECT_EQ(role.role, c.role);
    EXPECT_EQ(role.interpreter ? role.interpreter->id : "", c.interpreter);
  }
}

TEST(PathTest, RelativePathsNeedAKnownDirectory) {
  const struct {
    const char* path;
    const char* cwd;
    const char* want;
  } cases[] = {
      {"x", "/home/a", "/home/a/x"},
      {"./x", "/home/a/", "/home/a/x"},
      {"/x//y/.", "", "/x/y"},
      {"../x", "/a", "/a/../x"},
      {"x", "", ""},
      {"", "/a", "/a"},
      {"/", "", "/"},
      {".", "/", "/"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.path) + " in " + c.cwd);
    EXPECT_EQ(Absolute(c.path, c.cwd), c.want);
  }
}

}  // namespace
}  // namespace keyward::identity
