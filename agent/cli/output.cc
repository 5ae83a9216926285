// SPDX-License-Identifier: Apache-2.0
#include "agent/cli/output.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "agent/control/printable.h"

namespace keyward::cli {
namespace {

// Continued lines are never squeezed below this, however narrow the terminal.
constexpr std::size_t kLeastWidth = 24;

std::string_view Code(Ink ink) {
  switch (ink) {
    case Ink::kBold: return "\x1b[1m";
    case Ink::kDim: return "\x1b[2m";
    case Ink::kGood: return "\x1b[32m";
    case Ink::kWarn: return "\x1b[33m";
    case Ink::kBad: return "\x1b[31m";
    case Ink::kPlain: break;
  }
  return "";
}

}  // namespace

void Output::Write(std::string_view text) {
  if (closed_ || failed_) return;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) Check();
}

void Output::Flush() {
  if (closed_ || failed_) return;
  if (std::fflush(stdout) != 0) Check();
}

void Output::Check() { (errno == EPIPE ? closed_ : failed_) = true; }

void Output::Labelled(std::string_view label, std::size_t indent, std::string_view text) {
  const std::size_t room = static_cast<std::size_t>(std::max(width_, 0));
  const std::size_t width = std::max(room > indent ? room - indent : 0, kLeastWidth);
  std::string head = Padded(label, indent);
  for (const std::string& line : Wrap(text, width)) {
    Line(head + line);
    head.assign(indent, ' ');
  }
}

std::string Output::Paint(Ink ink, std::string_view text) const {
  if (!colour_ || ink == Ink::kPlain) return std::string(text);
  std::string painted(Code(ink));
  return painted.append(text).append("\x1b[0m");
}

std::vector<std::string> Wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines{""};
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t size = control::DisplayWidth(word);
    if (column > 0 && column + 1 + size > width) {
      lines.emplace_back();
      column = 0;
    }
    if (column > 0) {
      lines.back() += ' ';
      ++column;
    }
    lines.back().append(word);
    column += size;
  }
  for (std::string& line : lines) line.erase(line.find_last_not_of(' ') + 1);
  return lines;
}

std::string Padded(std::string_view text, std::size_t width) {
  std::string padded(text);
  const std::size_t taken = control::DisplayWidth(text);
  if (taken < width) padded.append(width - taken, ' ');
  return padded;
}

}  // namespace keyward::cli
