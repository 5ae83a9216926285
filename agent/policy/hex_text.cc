// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/hex_text.h"

#include <cstddef>
#include <cstdint>

namespace keyward::policy {
namespace {

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

struct Sequence {
  std::size_t length = 0;  // 0: no first byte of a character
  std::uint32_t first_bits = 0;
  std::uint32_t least = 0;  // smaller code points are written in fewer bytes
};

Sequence SequenceOf(unsigned char first) {
  if (first < 0x80) return {1, first, 0};
  if (first >= 0xc2 && first <= 0xdf) return {2, first & 0x1fu, 0x80};
  if (first >= 0xe0 && first <= 0xef) return {3, first & 0x0fu, 0x800};
  if (first >= 0xf0 && first <= 0xf4) return {4, first & 0x07u, 0x10000};
  return {};
}

}  // namespace

bool FitsToml(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const Sequence s = SequenceOf(static_cast<unsigned char>(text[i]));
    if (s.length == 0 || i + s.length > text.size()) return false;
    std::uint32_t code = s.first_bits;
    for (std::size_t k = 1; k < s.length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xc0) != 0x80) return false;
      code = code << 6 | (next & 0x3fu);
    }
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < s.least || code > 0x10ffff || surrogate || code < 0x20 || code == 0x7f) return false;
    i += s.length;
  }
  return true;
}

std::string ToHexText(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex += kDigits[static_cast<unsigned char>(c) >> 4];
    hex += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

std::optional<std::string> FromHexText(std::string_view hex) {
  if (hex.empty() || hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = DigitOf(hex[i]);
    const int low = DigitOf(hex[i + 1]);
    if (high < 0 || low < 0 || high + low == 0) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

}  // namespace keyward::policy
