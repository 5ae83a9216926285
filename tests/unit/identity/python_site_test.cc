// SPDX-License-Identifier: Apache-2.0
#include "agent/identity/python_site.h"

#include <gtest/gtest.h>

#include "agent/identity/resolve.h"
#include "tests/unit/identity/fake_files.h"

namespace keyward::identity {
namespace {

const std::string kSite = "/home/alice/.local/lib/python3.11/site-packages/";

ExecFacts Electrum(FakeFiles& files, std::vector<std::string> options = {}) {
  std::vector<std::string> argv{"/usr/bin/python3"};
  argv.insert(argv.end(), options.begin(), options.end());
  argv.push_back("/usr/bin/electrum");
  return Exec("/usr/bin/python3", std::move(argv), files);
}

TEST(PythonSiteTest, WhatWouldRunInsideAPackagedProgramTaintsIt) {
  const struct {
    const char* name;
    bool hostile;
  } cases[] = {
      {"evil.pth", true},
      {"usercustomize.py", true},
      {"usercustomize", true},
      {"sitecustomize.py", true},
      {"electrum", true},  // shadows the system's
      {"electrum.py", true},
      {"electrum.cpython-311-x86_64-linux-gnu.so", true},
      {"requests", false},  // nobody's: imported only by whoever asks for it
      {"electrum-4.0.dist-info", false},
      {"electrum.txt", false},
      {"__pycache__", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    FakeFiles files;
    files.Add("/usr/lib/python3/dist-packages/electrum");
    files.Add("/usr/lib/python3/dist-packages/__pycache__");
    files.Add(kSite + c.name);
    const SubjectPtr s = Resolve(Electrum(files), Rules(), files);
    EXPECT_EQ(s->taints.Has(Taint::kHostileEnvironment), c.hostile);
    EXPECT_EQ(s->standing, c.hostile ? Standing::kStranger : Standing::kClean);
  }
}

TEST(PythonSiteTest, IsolatedProgramsDoNotLookThere) {
  FakeFiles files;
  files.Add(kSite + "evil.pth");
  const struct {
    std::vector<std::string> options;
    const char* variable;
    bool hostile;
  } cases[] = {
      {{}, "A=b", true},
      {{"-I"}, "A=b", false},
      {{"-s"}, "A=b", false},
      {{"-Bs"}, "A=b", false},
      {{"-E"}, "A=b", true},
      {{}, "PYTHONNOUSERSITE=1", false},
      {{}, "PYTHONNOUSERSITE=", true},
      {{"-E"}, "PYTHONNOUSERSITE=1", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE((c.options.empty() ? "" : c.options.front()) + " " + c.variable);
    ExecFacts facts = Electrum(files, c.options);
    facts.environment.emplace_back(c.variable);
    EXPECT_EQ(Resolve(facts, Rules(), files)->taints.Has(Taint::kHostileEnvironment), c.hostile);
  }
}

TEST(PythonSiteTest, ALyingHomeHidesNothingAndPointsNowhereElse) {
  FakeFiles files;
  ExecFacts facts = Electrum(files);
  files.Add("/tmp/h/.local/lib/python3.11/site-packages/evil.pth");
  facts.environment = {"HOME=/tmp/h"};
  EXPECT_TRUE(Resolve(facts, Rules(), files)->taints.Has(Taint::kHostileEnvironment));
  facts.environment = {"PYTHONUSERBASE=/tmp/h/.local"};
  EXPECT_TRUE(Resolve(facts, Rules(), files)->taints.Has(Taint::kHostileEnvironment));
  FakeFiles own;
  own.Add(kSite + "evil.pth");
  facts.environment = {"HOME=/nonexistent"};
  EXPECT_TRUE(Resolve(facts, Rules(), own)->taints.Has(Taint::kHostileEnvironment));
}

TEST(PythonHomeTest, AVirtualEnvironmentOfAStrangerIsNotTheSystems) {
  const struct {
    const char* name;
    const char* path;
    bool hostile;
  } cases[] = {
      {"/usr/bin/python3", "/home/alice/bin:/usr/bin", false},
      {"python3", "/usr/bin:/home/alice/bin", false},
      {"python3", "/usr/local/bin:/usr/bin:/home/alice/bin", false},
      {"python3", "/home/alice/bin:/usr/bin", true},
      {"python3", ":/usr/bin", true},
      {"/home/alice/venv/bin/python", "/usr/bin", true},
      {"venv/bin/python", "/usr/bin", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.name) + " by " + c.path);
    FakeFiles files;
    ExecFacts facts = Electrum(files);
    facts.argv.front() = c.name;
    facts.environment = {std::string("PATH=") + c.path};
    EXPECT_EQ(Resolve(facts, Rules(), files)->taints.Has(Taint::kHostileEnvironment), c.hostile);
  }
}

}  // namespace
}  // namespace keyward::identity
