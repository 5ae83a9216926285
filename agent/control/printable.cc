// SPDX-License-Identifier: Apache-2.0
#include "agent/control/printable.h"

#include <array>
#include <cstdint>
#include <cstdio>

namespace keyward::control {
namespace {

struct Decoded {
  std::uint32_t character = 0;
  std::size_t bytes = 0;  // 0: not UTF-8
};

// One character off the front of a text; strict (no overlong forms, no surrogates).
Decoded Decode(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return {};
  std::uint32_t character = first & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    character = character << 6 | (byte(i) & 0x3fu);
  }
  constexpr std::array<std::uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = character >= 0xd800 && character <= 0xdfff;
  if (character < kLeast[length] || character > 0x10ffff || surrogate) return {};
  return {character, length};
}

// Characters that a terminal acts on, or that reorder or hide what stands beside them.
bool IsHostile(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
         (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
         (c >= 0xe0000 && c <= 0xe007f);
}

std::string Escape(const char* format, unsigned value) {
  char text[16];
  const int length = std::snprintf(text, sizeof text, format, value);
  return std::string(text, static_cast<std::size_t>(length));
}

}  // namespace

std::string Printable(std::string_view foreign, std::size_t cap) {
  std::string out;
  std::size_t characters = 0;
  while (!foreign.empty()) {
    if (characters++ == cap) return out + "…";
    const Decoded next = Decode(foreign);
    if (next.bytes == 0) {
      out += Escape("\\x%02x", static_cast<std::uint8_t>(foreign[0]));
      foreign.remove_prefix(1);
      continue;
    }
    if (next.character == '\n')
      out += "\\n";
    else if (next.character == '\t')
      out += "\\t";
    else if (IsHostile(next.character))
      out += Escape(next.character < 0x100 ? "\\x%02x" : "\\u%04x", next.character);
    else
      out.append(foreign.substr(0, next.bytes));
    foreign.remove_prefix(next.bytes);
  }
  return out;
}

std::string Quoted(std::string_view foreign, std::size_t cap) {
  std::string out = "\"";
  return out.append(Printable(foreign, cap)).append("\"");
}

std::string ShortPath(std::string_view path, std::string_view home) {
  const bool below = home.size() > 1 && path.substr(0, home.size()) == home &&
                     (path.size() == home.size() || path[home.size()] == '/');
  if (!below) return Printable(path);
  std::string out = "~";
  return out.append(Printable(path.substr(home.size())));
}

std::string_view Basename(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::size_t DisplayWidth(std::string_view utf8) {
  std::size_t width = 0;
  for (const char c : utf8)
    if ((static_cast<std::uint8_t>(c) & 0xc0) != 0x80) ++width;
  return width;
}

}  // namespace keyward::control
