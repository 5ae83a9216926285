// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/location_pattern.h"

#include <gmock/gmock.h>

#include "agent/policy/braces.h"
#include "agent/policy/nearest_word.h"
#include "agent/policy/pattern_overlap.h"

namespace keyward::policy {
namespace {

std::string Text(const LocationPattern& p) {
  constexpr const char* kRoots[] = {
      "~", "", "${chromium-root}", "${chromium-profile}", "${firefox-root}", "${firefox-profile}"};
  std::string text = kRoots[static_cast<int>(p.root)];
  for (const PatternStep& step : p.steps) text += "/" + step.text;
  return text + (p.below ? "/**" : "");
}

std::string Read(std::string_view location, OperatingSystem system) {
  const auto patterns = ParseLocation(location, system);
  if (!patterns) return "refused: " + patterns.error().what;
  std::string text;
  for (const LocationPattern& p : *patterns) text += (text.empty() ? "" : " ") + Text(p);
  return text;
}

TEST(LocationPatternTest, UnixLocationsAreTakenOrRefused) {
  const struct {
    const char* location;
    const char* want;
  } cases[] = {
      {"~/.electrum/wallets/**", "~/.electrum/wallets/**"},
      {"~/.npmrc", "~/.npmrc"},
      {"~/.electrum/{testnet,regtest}/wallets/**",
       "~/.electrum/testnet/wallets/** ~/.electrum/regtest/wallets/**"},
      {"~/.x/{a,b/{c,d}}", "~/.x/a ~/.x/b/c ~/.x/b/d"},
      {"$XDG_CONFIG_HOME/Exodus/**", "~/.config/Exodus/**"},
      {"$XDG_DATA_HOME/{cake_wallet,com.cake}/**",
       "~/.local/share/cake_wallet/** ~/.local/share/com.cake/**"},
      {"$XDG_STATE_HOME/x", "~/.local/state/x"},
      {"$XDG_CACHE_HOME/x", "~/.cache/x"},
      {"/opt/Atomic Wallet/atomic", "/opt/Atomic Wallet/atomic"},
      {"~/**/*.skey", "~/**/*.skey"},
      {"**/.aptos/config.yaml", "~/**/.aptos/config.yaml"},
      {"~/a/**/**/b", "~/a/**/b"},
      {"${chromium-profile}/Login Data", "${chromium-profile}/Login Data"},
      {"${firefox-profile}/key4.db", "${firefox-profile}/key4.db"},
      {"~", "refused: location \"~\" can't be used: it covers the whole home"},
      {"~/", "refused: location \"~/\" can't be used: it ends in a slash"},
      {"~/**", "refused: location \"~/**\" can't be used: it covers the whole home"},
      {"~/*", "refused: location \"~/*\" can't be used: it covers the whole home"},
      {"~/*/**", "refused: location \"~/*/**\" can't be used: it covers the whole home"},
      {"/", "refused: location \"/\" can't be used: it covers the whole file system"},
      {"/**", "refused: location \"/**\" can't be used: it covers the whole file system"},
      {"/**/x",
       "refused: location \"/**/x\" can't be used: it would have to look through the whole file "
       "system"},
      {"~/../bob/.ssh/**",
       "refused: location \"~/../bob/.ssh/**\" can't be used: it has the component \"..\""},
      {"~/./x", "refused: location \"~/./x\" can't be used: it has the component \".\""},
      {"~/a//b", "refused: location \"~/a//b\" can't be used: it has an empty component"},
      {"~//b", "refused: location \"~//b\" can't be used: it has an empty component"},
      {"~/a/", "refused: location \"~/a/\" can't be used: it ends in a slash"},
      {"~/a**", "refused: location \"~/a**\" can't be used: ** must be a component of its own"},
      {"~bob/x",
       "refused: location \"~bob/x\" can't be used: it must begin with ~/, /, a variable "
       "or a macro"},
      {"$HOME/x", "refused: location \"$HOME/x\" can't be used: it has an unknown variable"},
      {"${chrome}/x", "refused: location \"${chrome}/x\" can't be used: it has an unknown macro"},
      {"~/{a", "refused: location \"~/{a\" can't be used: an opening brace without a closing one"},
      {"~/a}", "refused: location \"~/a}\" can't be used: a closing brace without an opening one"},
      {"~/{a}",
       "refused: location \"~/{a}\" can't be used: braces hold at least two alternatives, "
       "with a comma between"},
      {"%APPDATA%/x",
       "refused: location \"%APPDATA%/x\" can't be used: it has a variable of Windows"},
      {"~\\x",
       "refused: location \"~\\x\" can't be used: it has a backslash: components are "
       "separated by /"},
  };
  for (const auto& c : cases) EXPECT_EQ(Read(c.location, OperatingSystem::kLinux), c.want);
}

TEST(LocationPatternTest, WindowsLocationsAreTakenOrRefused) {
  const struct {
    const char* location;
    const char* want;
  } cases[] = {
      {"%APPDATA%\\Electrum\\wallets\\**", "~/AppData/Roaming/Electrum/wallets/**"},
      {"%LOCALAPPDATA%\\Bitcoin\\{wallet.dat,wallets\\**}",
       "~/AppData/Local/Bitcoin/wallet.dat ~/AppData/Local/Bitcoin/wallets/**"},
      {"%PROGRAMFILES%\\Ledger Live\\resources\\app.asar",
       "/C:/Program Files/Ledger Live/resources/app.asar"},
      {"**\\electrum_data\\wallets\\**", "~/**/electrum_data/wallets/**"},
      {"%USERPROFILE%\\*.vault", "~/*.vault"},
      {"%APPDTA%\\x",
       "refused: location \"%APPDTA%\\x\" can't be used: it has an unknown variable"},
      {"%USERPROFILE%\\**",
       "refused: location \"%USERPROFILE%\\**\" can't be used: it covers the whole home"},
  };
  for (const auto& c : cases) EXPECT_EQ(Read(c.location, OperatingSystem::kWindows), c.want);
}

TEST(LocationPatternTest, APersonsPlaceIsTakenLetterByLetter) {
  const auto place = OwnPlace("/home/alice/my * {a,b} $x", true);
  ASSERT_TRUE(place);
  ASSERT_EQ(place->steps.size(), 3u);
  EXPECT_EQ(place->steps[2].kind, PatternStep::Kind::kLiteral);
  EXPECT_EQ(place->steps[2].text, "my * {a,b} $x");
  for (const char* refused : {"", "/", "home/x", "/home/alice", "/home/a/../b", "/home/a//b",
                              "/usr/x", "/etc", "/var/lib/keyward/x", "/home/a/b/", "/srv"})
    EXPECT_FALSE(OwnPlace(refused, false)) << refused;
  EXPECT_TRUE(OwnPlace("/usrlocal/x", false));
}

TEST(BracesTest, ALimitHolds) {
  EXPECT_EQ(ExpandBraces("{a,b}{c,d}")->size(), 4u);
  EXPECT_EQ(ExpandBraces("{,-ltc}")->at(0), "");
  EXPECT_FALSE(ExpandBraces("{a,{b,{c,{d,{e,f}}}}}"));
  EXPECT_EQ(ExpandBraces("${browser}x")->at(0), "${browser}x");
  EXPECT_FALSE(ExpandBraces("${browser"));
}

TEST(NearestWordTest, OnlySlipsOfTheKeyboardAreGuessed) {
  constexpr std::string_view kWords[] = {"programs", "locations", "id", "link", "expires"};
  EXPECT_EQ(NearestWord("program", kWords), "programs");
  EXPECT_EQ(NearestWord("porgrams", kWords), "programs");
  EXPECT_EQ(NearestWord("lokashions", kWords), "");
  EXPECT_EQ(NearestWord("di", kWords), "id");
  EXPECT_EQ(NearestWord("colour", kWords), "");
  EXPECT_EQ(NearestWord("", kWords), "");
}

TEST(PatternOverlapTest, TwoPlacesMeetWhenSomePathIsInBoth) {
  const auto meet = [](const char* a, const char* b) {
    const auto x = ParseLocation(a, OperatingSystem::kLinux);
    const auto y = ParseLocation(b, OperatingSystem::kLinux);
    const auto& p = x->front();
    const auto& q = y->front();
    return PlacesOverlap(p.steps, p.below, q.steps, q.below);
  };
  EXPECT_TRUE(meet("~/a/**", "~/a/b"));
  EXPECT_TRUE(meet("~/a/*/c", "~/a/b*/c"));
  EXPECT_TRUE(meet("~/**/*.key", "~/a/x/**"));
  EXPECT_TRUE(meet("~/x*", "~/*y"));
  EXPECT_FALSE(meet("~/a/**", "~/a"));
  EXPECT_FALSE(meet("~/a/*.key", "~/a/*.txt"));
  EXPECT_FALSE(meet("~/**/x/y", "~/a/z"));
}

}  // namespace
}  // namespace keyward::policy
