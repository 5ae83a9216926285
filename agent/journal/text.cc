// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/text.h"

#include <cstddef>
#include <cstdint>

namespace keyward::journal {
namespace {

std::uint8_t ByteAt(std::string_view s, std::size_t i) { return static_cast<std::uint8_t>(s[i]); }

bool ContinuesAt(std::string_view s, std::size_t i, std::uint8_t low = 0x80,
                 std::uint8_t high = 0xbf) {
  return i < s.size() && ByteAt(s, i) >= low && ByteAt(s, i) <= high;
}

// Bytes of the valid UTF-8 sequence at `i` (Unicode 15, table 3-7), 0 where there is none.
std::size_t SequenceAt(std::string_view s, std::size_t i) {
  const std::uint8_t b = ByteAt(s, i);
  if (b < 0x80) return 1;
  if (b < 0xc2) return 0;
  if (b < 0xe0) return ContinuesAt(s, i + 1) ? 2 : 0;
  if (b < 0xf0) {
    const std::uint8_t low = b == 0xe0 ? 0xa0 : 0x80;   // no overlong form
    const std::uint8_t high = b == 0xed ? 0x9f : 0xbf;  // no surrogate
    return ContinuesAt(s, i + 1, low, high) && ContinuesAt(s, i + 2) ? 3 : 0;
  }
  if (b > 0xf4) return 0;
  const std::uint8_t low = b == 0xf0 ? 0x90 : 0x80;
  const std::uint8_t high = b == 0xf4 ? 0x8f : 0xbf;  // nothing above U+10FFFF
  return ContinuesAt(s, i + 1, low, high) && ContinuesAt(s, i + 2) && ContinuesAt(s, i + 3) ? 4 : 0;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool EscapeAt(std::string_view s, std::size_t i) {
  return i + 3 < s.size() && s[i] == '\\' && s[i + 1] == 'x' && HexDigit(s[i + 2]) >= 0 &&
         HexDigit(s[i + 3]) >= 0;
}

void AppendEscaped(std::string& out, std::uint8_t byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\x";
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

}  // namespace

std::string EscapeBytes(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t length = SequenceAt(bytes, i);
    if (length == 0 || bytes[i] == '\0' || EscapeAt(bytes, i)) {
      AppendEscaped(out, ByteAt(bytes, i));
      ++i;
    } else {
      out.append(bytes, i, length);
      i += length;
    }
  }
  return out;
}

std::string UnescapeBytes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (EscapeAt(text, i)) {
      out += static_cast<char>(HexDigit(text[i + 2]) << 4 | HexDigit(text[i + 3]));
      i += 4;
    } else {
      out += text[i++];
    }
  }
  return out;
}

}  // namespace keyward::journal
