// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/program_table.h"

#include <gmock/gmock.h>

#include "tests/unit/policy/policy_maker.h"

namespace keyward::policy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ProgramEntryTest, EntriesAreTakenOrRefused) {
  const std::string digest(64, 'a');
  for (const std::string& taken :
       {std::string("electrum"), std::string("electrum-*"), std::string("Atomic Wallet"),
        std::string("/opt/google/chrome*/chrome"), std::string("/usr/lib/**/x"),
        std::string("package:restic"), "sha256:" + digest, std::string("flatpak:com.google.Chrome"),
        std::string("appimage:electrum-*.AppImage"), std::string("exe:bitcoin-qt.exe"),
        std::string("signer:Ledger SAS"), std::string("@any"), std::string("@package-manager"),
        std::string("{a,b}")})
    EXPECT_TRUE(ParseProgramEntry(taken)) << taken;
  const struct {
    const char* entry;
    const char* why;
  } refused[] = {
      {"*", "it is every program: write \"@any\""},
      {"/**", "it is every program: write \"@any\""},
      {"bin/electrum", "a program's path is absolute, a program's name has no slash"},
      {"../x", "a program's path is absolute, a program's name has no slash"},
      {"/usr/../x", "it has the component \"..\""},
      {"sha256:abcd", "sha256: is followed by 64 hex digits"},
      {"package:a b", "that is not the name of a package"},
      {"flatpak:", "nothing follows flatpak:"},
      {"@", "the group's name has other characters than a-z0-9-_."},
      {"a\nb", "it has a control character"},
  };
  for (const auto& c : refused) {
    const auto entries = ParseProgramEntry(c.entry);
    ASSERT_FALSE(entries) << c.entry;
    EXPECT_EQ(entries.error().what,
              "program \"" + std::string(c.entry) + "\" can't be used: " + c.why);
  }
}

class ProgramTableTest : public testing::Test {
 protected:
  std::vector<std::string> Keys(const Subject& judged) {
    ShortMatch match;
    table_.MatchEvidence(judged, match);
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < match.count; ++i) keys.push_back(table_.key(match.programs[i]));
    return keys;
  }
  void Add(std::string_view text) {
    const auto entries = ParseProgramEntry(text).value();
    for (const ProgramEntry& entry : entries) table_.Add(entry);
  }

  ProgramTable table_;
};

TEST_F(ProgramTableTest, ATrustedFileIsWhatItsNamePathPackageAndDigestSay) {
  for (const char* entry :
       {"electrum", "electrum*", "/usr/bin/electrum", "/bin/electr*", "/opt/**/x",
        "package:electrum", "package:other", "monero", "flatpak:electrum"})
    Add(entry);
  Add("sha256:" + ToHex(HashOf(7)));
  ProgramFile file = Packaged("/usr/bin/electrum", "electrum");
  EXPECT_THAT(Keys(Running(file)), ElementsAre("@any", "electrum", "electrum*", "/bin/electrum",
                                               "/bin/electr*", "package:electrum"));
  file.sha256 = HashOf(7);
  EXPECT_THAT(Keys(Running(file)),
              ElementsAre("@any", "electrum", "electrum*", "/bin/electrum", "/bin/electr*",
                          "package:electrum", "sha256:" + ToHex(HashOf(7))));
  EXPECT_THAT(Keys(Running(Packaged("/opt/a/b/x", "y"))), ElementsAre("@any", "/opt/**/x"));
}

TEST_F(ProgramTableTest, NothingIsAnybodyWithoutEvidence) {
  for (const char* entry : {"electrum", "/home/alice/electrum", "package:electrum", "python3"})
    Add(entry);
  Add("sha256:" + ToHex(HashOf(7)));
  EXPECT_THAT(Keys(Running(InHome("/home/alice/electrum"))), IsEmpty());

  ProgramFile approved = InHome("/home/alice/electrum");
  approved.sha256 = HashOf(7);
  EXPECT_THAT(Keys(Running(approved)), ElementsAre("sha256:" + ToHex(HashOf(7))));

  ProgramFile mismatch = Packaged("/usr/bin/electrum", "electrum");
  mismatch.evidence.push_back({EvidenceKind::kDigestMismatch, ""});
  EXPECT_THAT(Keys(Running(mismatch)), IsEmpty());

  ProgramFile python = Packaged("/usr/bin/python3", "python3");
  python.role = ProgramRole::kInterpreter;
  python.sha256 = HashOf(7);
  EXPECT_THAT(Keys(Running(python)), IsEmpty());

  Subject code = Running(python);
  code.script = Script{ScriptSource::kArgument, {}, {}};
  EXPECT_THAT(Keys(code), IsEmpty());

  Subject script = Running(python);
  script.script = Script{ScriptSource::kFile, Packaged("/usr/bin/electrum", "electrum"), {}};
  EXPECT_THAT(Keys(script), ElementsAre("@any", "electrum", "package:electrum"));
  script.executable = InHome("/home/alice/python3");  // an interpreter that only claims to be one
  script.executable.role = ProgramRole::kInterpreter;
  EXPECT_THAT(Keys(script), IsEmpty());
}

TEST_F(ProgramTableTest, NamesOfProgramsWorthADigestAreKnown) {
  for (const char* entry : {"electrum", "bitcoin-*", "/opt/google/chrome*/chrome", "/opt/x/y*"})
    Add(entry);
  for (const char* named : {"electrum", "bitcoin-qt", "chrome", "yes"})
    EXPECT_TRUE(table_.NamesProgram(named)) << named;
  for (const char* other : {"electrum2", "bitcoin", "google", "x", ""})
    EXPECT_FALSE(table_.NamesProgram(other)) << other;
}

}  // namespace
}  // namespace keyward::policy
