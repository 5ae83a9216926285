// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "agent/policy/compiled_policy.h"
#include "tests/unit/policy/policy_maker.h"

namespace keyward::policy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kElectrum = R"([[asset]]
id = "electrum"
name = "Electrum wallet"
kind = "desktop-wallet"
class = "wallet-secret"
severity = "critical"
[asset.linux]
locations = ["~/.electrum/wallets/**"]
programs = ["electrum"]
)";

struct Case {
  const char* name;
  std::string text;
  std::string error;  // empty: accepted
  std::string hint;
};

void Check(const std::vector<Case>& cases, LayerKind layer) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Compiled compiled = CompileText(c.text, layer);
    if (c.error.empty()) {
      EXPECT_THAT(compiled.errors, IsEmpty());
      EXPECT_TRUE(compiled.policy);
      continue;
    }
    EXPECT_THAT(compiled.errors, ElementsAre(c.error));
    EXPECT_FALSE(compiled.policy);
    EXPECT_EQ(compiled.error.code, ErrorCode::kInvalid);
    EXPECT_EQ(compiled.error.what, c.error);
    EXPECT_EQ(compiled.error.hint, c.hint);
  }
}

std::string Replaced(std::string_view from, std::string_view to) {
  std::string text(kElectrum);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

TEST(SchemaTest, AnAssetIsTakenOrItsMistakeNamed) {
  Check(
      {{"as it should be", std::string(kElectrum), "", ""},
       {"an unknown key", Replaced("severity", "severty = \"high\"\nseverity"),
        "catalogue.toml:6: unknown key \"severty\" in [[asset]]", "did you mean \"severity\"?"},
       {"an unknown key in a sub-table", Replaced("programs =", "program ="),
        "catalogue.toml:9: unknown key \"program\" in [asset.linux]", "did you mean \"programs\"?"},
       {"a key that is near to nothing", Replaced("severity", "colour = \"red\"\nseverity"),
        "catalogue.toml:6: unknown key \"colour\" in [[asset]]", ""},
       {"an unknown table", std::string(kElectrum) + "[[aset]]\nid = \"x\"\n",
        "catalogue.toml:10: unknown table or key \"aset\"", "did you mean \"asset\"?"},
       {"an unknown class", Replaced("\"wallet-secret\"", "\"wallet-secrets\""),
        "catalogue.toml:5: unknown class \"wallet-secrets\" in [[asset]]",
        "did you mean \"wallet-secret\"?"},
       {"an unknown severity", Replaced("\"critical\"", "\"terrible\""),
        "catalogue.toml:6: unknown severity \"terrible\" in [[asset]]",
        "one of: low, medium, high, critical"},
       {"an unknown kind", Replaced("\"desktop-wallet\"", "\"desktop-walet\""),
        "catalogue.toml:4: unknown kind \"desktop-walet\" in [[asset]]",
        "did you mean \"desktop-wallet\"?"},
       {"a number for a text", Replaced("\"Electrum wallet\"", "7"),
        "catalogue.toml:3: \"name\" in [[asset]] must be a string, not a whole number", ""},
       {"a text for a list", Replaced("[\"electrum\"]", "\"electrum\""),
        "catalogue.toml:9: \"programs\" in [asset.linux] must be an array, not a string", ""},
       {"a number in a list", Replaced("[\"electrum\"]", "[1]"),
        "catalogue.toml:9: \"programs\" in [asset.linux] must hold strings of 1 to 1024 bytes", ""},
       {"no id", Replaced("id = \"electrum\"\n", ""), "catalogue.toml:1: [[asset]] needs \"id\"",
        ""},
       {"a hostile id", Replaced("\"electrum\"", "\"../electrum\""),
        "catalogue.toml:2: id \"../electrum\" has other characters than a-z 0-9 . _ { } @ -", ""},
       {"no system", std::string(kElectrum.substr(0, kElectrum.find("[asset.linux]"))),
        "catalogue.toml:1: [[asset]] needs [asset.linux], [asset.macos], [asset.windows] or "
        "[asset.all]",
        ""},
       {"no locations", Replaced("locations = [\"~/.electrum/wallets/**\"]\n", ""),
        "catalogue.toml:7: [asset.linux] needs \"locations\" or \"resources\"", ""},
       {"a mistake for another system",
        std::string(kElectrum) + "[asset.windows]\n"
                                 "locations = ['%APPDTA%\\Electrum\\wallets\\**']\n",
        "catalogue.toml:11: location \"%APPDTA%\\Electrum\\wallets\\**\" can't be used: it has an "
        "unknown variable",
        ""},
       {"an unknown resource", Replaced("programs =", "resources = [\"dbuss:x\"]\nprograms ="),
        "catalogue.toml:9: unknown kind of resource \"dbuss:x\"", "did you mean \"dbus:\"?"},
       {"not TOML", "[[asset\n",
        "catalogue.toml:1: not TOML: Error while parsing table header: expected ']', saw '\\n'",
        ""},
       {"a key that is none", "[;x]\n",
        "catalogue.toml:1: not TOML: Error while parsing key: expected bare key starting character "
        "or "
        "string delimiter, saw ';'",
        ""},
       {"letters of other languages in a text",
        Replaced("severity", "note = \"\"\"Börse \\\n   äöü\"\"\"\nseverity"), "", ""},
       {"a letter of another language in a key", "schlüssel = 1\n",
        "catalogue.toml:1: not TOML: Error while parsing key-value pair: expected '=', saw "
        "'\u00FC'",
        ""},
       {"a control character", Replaced("Electrum wallet", "Electrum\\u001b[31m"),
        "catalogue.toml:3: a control character in a text", ""},
       {"single table for a list", "[asset]\nid = \"x\"\n",
        "catalogue.toml:1: \"asset\" must be written as [[asset]]", ""}},
      LayerKind::kCatalogue);
}

TEST(SchemaTest, EachLayerHasItsOwnTables) {
  const std::string override_text =
      "[override]\nmode = \"monitor\"\nuntil = 2028-01-01T00:00:00Z\n";
  const std::string approval = "[[approval]]\nid = 1\nuid = 1000\nasset = \"x\"\nexec_id = 7\n";
  Check({{"an override", override_text,
          "catalogue.toml:1: [override] may not stand in the catalogue layer", ""},
         {"an approval", approval,
          "catalogue.toml:1: [[approval]] may not stand in the catalogue layer", ""},
         {"a person's place", "[[protected]]\nid = 1\nuid = 1000\npath = \"/home/a/x\"\n",
          "catalogue.toml:1: [[protected]] may not stand in the catalogue layer", ""}},
        LayerKind::kCatalogue);
  Check({{"an override", override_text, "", ""},
         {"without an end", "[override]\nmode = \"monitor\"\n",
          "administrator.toml:1: [override] needs \"until\"", ""},
         {"another mode", "[override]\nmode = \"off\"\nuntil = 2028-01-01T00:00:00Z\n",
          "administrator.toml:2: unknown mode \"off\" in [override]", "one of: monitor"},
         {"without a zone", "[override]\nmode = \"monitor\"\nuntil = 2028-01-01T00:00:00\n",
          "administrator.toml:3: a time needs a zone", "add Z for UTC: 2026-12-31T00:00:00Z"}},
        LayerKind::kAdministrator);
  Check(
      {{"an override", override_text, "user.toml:1: [override] may not stand in the user layer",
        ""},
       {"a rule", "[[asset_rule]]\nid = \"x\"\nassets = [\"*\"]\nverdict = \"allow\"\n",
        "user.toml:1: [[asset_rule]] may not stand in the user layer", ""},
       {"a person's place", "[[protected]]\nid = 1\nuid = 1000\npath = \"/home/a/x\"\n", "", ""},
       {"a relative place", "[[protected]]\nid = 1\nuid = 1000\npath = \"x\"\n",
        "user.toml:4: \"path\" in [[protected]] can't be used: its path is not absolute", ""},
       {"a system place", "[[protected]]\nid = 1\nuid = 1000\npath = \"/etc/shadow\"\n",
        "user.toml:4: \"path\" in [[protected]] can't be used: its path is a system directory", ""},
       {"a whole home", "[[protected]]\nid = 1\nuid = 1000\npath = \"/home/alice\"\n",
        "user.toml:4: \"path\" in [[protected]] can't be used: it covers a whole home or top "
        "directory",
        ""}},
      LayerKind::kUser);
}

TEST(SchemaTest, ARuleIsTakenOrItsMistakeNamed) {
  const std::string head(kElectrum);
  const auto rule = [&](const std::string& body) {
    return head + "[[asset_rule]]\nid = \"team\"\n" + body;
  };
  Check(
      {{"as it should be",
        rule("assets = [\"electrum\"]\nprograms = [\"restic\"]\nverdict = \"allow\"\n"), "", ""},
       {"an unknown asset", rule("assets = [\"electrun\"]\nverdict = \"allow\"\n"),
        "administrator.toml:12: unknown asset \"electrun\"", "did you mean \"electrum\"?"},
       {"an unknown verdict", rule("assets = [\"*\"]\nverdict = \"alow\"\n"),
        "administrator.toml:13: unknown verdict \"alow\" in [[asset_rule]]",
        "did you mean \"allow\"?"},
       {"no verdict", rule("assets = [\"*\"]\n"),
        "administrator.toml:10: [[asset_rule]] needs \"verdict\"", ""},
       {"an unknown operation",
        rule("assets = [\"*\"]\nverdict = \"deny\"\noperations = [\"reed\", \"write\"]\n"),
        "administrator.toml:14: unknown operations \"reed\" in [[asset_rule]]",
        "did you mean \"read\"?"},
       {"an unknown group", rule("assets = [\"*\"]\nprograms = [\"@anny\"]\nverdict = \"deny\"\n"),
        "administrator.toml:13: unknown group \"@anny\"", "did you mean \"any\"?"},
       {"@browser", rule("assets = [\"*\"]\nprograms = [\"@browser\"]\nverdict = \"deny\"\n"),
        "administrator.toml:13: \"@browser\" may only stand in an [[asset]]", ""},
       {"a digest that is none",
        rule("assets = [\"*\"]\nprograms = [\"sha256:12\"]\nverdict = \"deny\"\n"),
        "administrator.toml:13: program \"sha256:12\" can't be used: sha256: is followed by 64 hex "
        "digits",
        ""},
       {"a link that is none", rule("assets = [\"*\"]\nverdict = \"deny\"\nlink = \"http://x\"\n"),
        "administrator.toml:14: \"link\" in [[asset_rule]] must begin with https://", ""},
       {"a program rule for nobody",
        head + "[[program_rule]]\nid = \"p\"\nassets = [\"*\"]\nverdict = \"deny\"\n",
        "administrator.toml:10: [[program_rule]] needs \"programs\"", ""},
       {"an incomplete class",
        head + "[[class]]\nname = \"wallet-secret\"\nowner = \"allow\"\nclean = \"ask\"\n",
        "administrator.toml:10: [[class]] \"wallet-secret\" needs \"stranger\"", ""}},
      LayerKind::kAdministrator);
}

TEST(SchemaTest, EveryMistakeIsFoundAndInTheOrderOfTheFiles) {
  const Compiled compiled = CompileLayers(
      {{LayerKind::kCatalogue,
        {{"a.toml", Replaced("\"critical\"", "\"terrible\"") + "[[tool]]\nkind = \"shell\"\n"},
         {"b.toml", std::string(kElectrum)},
         {"c.toml", std::string(kElectrum)}}},
       LayerOf(LayerKind::kAdministrator, "[[asset_rule]]\nid = \"x\"\nassetss = [\"*\"]\n")});
  EXPECT_THAT(compiled.errors,
              ElementsAre("a.toml:6: unknown severity \"terrible\" in [[asset]]",
                          "a.toml:10: [[tool]] needs \"names\"",
                          "b.toml:1: asset \"electrum\" is already at a.toml:1",
                          "c.toml:1: asset \"electrum\" is already at a.toml:1",
                          "administrator.toml:1: [[asset_rule]] needs \"verdict\"",
                          "administrator.toml:1: [[asset_rule]] needs \"assets\"",
                          "administrator.toml:3: unknown key \"assetss\" in [[asset_rule]]"));
  EXPECT_EQ(compiled.error.what,
            "a.toml:6: unknown severity \"terrible\" in [[asset]] (and 6 more mistakes)");
}

TEST(SchemaTest, WhatIsAboveALimitIsRefused) {
  const Compiled large = CompileText(std::string(kElectrum) + "# " + std::string(5 << 20, 'x'));
  EXPECT_THAT(large.errors, ElementsAre("catalogue.toml: larger than 4 MiB"));
  const Compiled deep = CompileText("x = [[[[[[[[[[1]]]]]]]]]]\n");
  EXPECT_THAT(deep.errors, ElementsAre("catalogue.toml:1: nested more than 8 deep"));
  const Compiled braces = CompileText(
      Replaced("~/.electrum/wallets/**", "~/{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"));
  EXPECT_THAT(braces.errors,
              ElementsAre("catalogue.toml:8: location "
                          "\"~/{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}\" can't be used: "
                          "braces stand for more than 256 texts"));
}

TEST(SchemaTest, IdentityRulesArriveAsWritten) {
  const PolicyPtr policy = PolicyOf(R"(
[[tool]]
kind = "shell"
names = ["sh", "bash"]
[[interpreter]]
id = "python"
names = ["python3", "python3.*"]
code_options = ["-c"]
module_options = ["-m"]
value_options = ["-W"]
[[loader]]
names = ["ld-linux*.so*"]
[[environment]]
name = "LD_*"
test = "paths"
)");
  ASSERT_TRUE(policy);
  const IdentityRules& rules = policy->identity();
  ASSERT_EQ(rules.tools.size(), 1u);
  EXPECT_THAT(rules.tools[0].names, ElementsAre("sh", "bash"));
  ASSERT_EQ(rules.interpreters.size(), 1u);
  EXPECT_EQ(rules.interpreters[0].id, "python");
  EXPECT_THAT(rules.interpreters[0].module_options, ElementsAre("-m"));
  EXPECT_FALSE(rules.interpreters[0].shell);
  EXPECT_THAT(rules.loaders, ElementsAre("ld-linux*.so*"));
  ASSERT_EQ(rules.environment.size(), 1u);
  EXPECT_EQ(rules.environment[0].test, EnvironmentTest::kPaths);
}

}  // namespace
}  // namespace keyward::policy
