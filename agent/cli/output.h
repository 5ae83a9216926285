// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace keyward::cli {

enum class Ink : unsigned char { kPlain, kBold, kDim, kGood, kWarn, kBad };

// Standard output. Once its reader has gone everything is dropped: a closed pipe is no error.
class Output {
 public:
  Output(bool colour, int width) : colour_(colour), width_(width) {}

  void Write(std::string_view text);
  void Line(std::string_view text = "") { Write(std::string(text) + "\n"); }
  // "  wallets      3   Electrum, Monero": a label of `indent` columns, and a text that is wrapped
  // at the terminal's width and goes on below itself.
  void Labelled(std::string_view label, std::size_t indent, std::string_view text);
  std::string Paint(Ink ink, std::string_view text) const;
  void Flush();

  bool closed() const { return closed_; }
  bool failed() const { return failed_; }  // could not be written for another reason
  int width() const { return width_; }

 private:
  void Check();

  bool colour_;
  int width_;
  bool closed_ = false;
  bool failed_ = false;
};

// Breaks at spaces; a word that is too long stays whole (paths are to be copied).
std::vector<std::string> Wrap(std::string_view text, std::size_t width);
// Pads with spaces to `width` columns.
std::string Padded(std::string_view text, std::size_t width);

}  // namespace keyward::cli
