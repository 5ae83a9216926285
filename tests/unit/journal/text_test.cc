// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/text.h"

#include <gtest/gtest.h>

#include <random>

namespace keyward::journal {
namespace {

TEST(EscapeBytesTest, OnlyWhatIsNotTextIsEscaped) {
  const struct {
    const char* name;
    std::string bytes;
    std::string text;
  } cases[] = {
      {"ASCII", "wallet.dat", "wallet.dat"},
      {"UTF-8 of two to four bytes", "ключ 鍵 🔑", "ключ 鍵 🔑"},
      {"Latin-1", "caf\xe9", "caf\\xe9"},
      {"NUL", std::string("a\0b", 3), "a\\x00b"},
      {"a cut sequence", "\xf0\x9f\x94", "\\xf0\\x9f\\x94"},
      {"an overlong slash", "\xc0\xaf", "\\xc0\\xaf"},
      {"an overlong three-byte form", "\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
      {"a surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80"},
      {"above U+10FFFF", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
      {"a Windows path", "C:\\xampp\\keys", "C:\\xampp\\keys"},
      {"what looks like an escape", "\\x41", "\\x5cx41"},
      {"a backslash before an escaped byte", "\\\xff", "\\\\xff"},
      {"control characters", "\x1b[2J\n", "\x1b[2J\n"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(EscapeBytes(c.bytes), c.text);
    EXPECT_EQ(UnescapeBytes(c.text), c.bytes);
  }
}

TEST(EscapeBytesTest, AnyBytesComeBack) {
  std::mt19937 random(7);
  const std::string_view kLikely = "\\xX0aF\xc3\xa9\xed\xff";
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes;
    for (auto length = random() % 12; length > 0; --length)
      bytes += random() % 3 == 0 ? static_cast<char>(random()) : kLikely[random() % kLikely.size()];
    ASSERT_EQ(UnescapeBytes(EscapeBytes(bytes)), bytes);
    ASSERT_EQ(EscapeBytes(bytes).find('\0'), std::string::npos);
  }
}

}  // namespace
}  // namespace keyward::journal
