// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/braces.h"

#include <utility>

namespace keyward::policy {
namespace {

constexpr int kMaxBraceNesting = 4;
constexpr std::size_t kMaxExpandedBytes = 4096;

using Texts = std::vector<std::string>;

// A recursive descent over: sequence = (character | macro | '{' sequence (',' sequence)+ '}')*.
class Expander {
 public:
  explicit Expander(std::string_view text) : text_(text) {}

  Result<Texts> Run() {
    Texts all = Sequence(0);
    if (error_.empty() && at_ < text_.size()) error_ = "a closing brace without an opening one";
    if (!error_.empty()) return Error{ErrorCode::kInvalid, error_, {}, 0};
    return all;
  }

 private:
  Texts Sequence(int depth) {
    Texts heads{""};
    while (error_.empty() && at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '}' || (c == ',' && depth > 0)) break;
      if (c == '$' && at_ + 1 < text_.size() && text_[at_ + 1] == '{') {
        const std::size_t end = text_.find('}', at_);
        if (end == std::string_view::npos) return Fail("a macro without its closing brace");
        for (std::string& head : heads) head += text_.substr(at_, end + 1 - at_);
        at_ = end + 1;
      } else if (c == '{') {
        heads = Product(heads, Alternatives(depth + 1));
      } else {
        for (std::string& head : heads) head += c;
        ++at_;
      }
    }
    return heads;
  }

  Texts Alternatives(int depth) {
    if (depth > kMaxBraceNesting) return Fail("braces are nested too deeply");
    ++at_;  // '{'
    Texts all = Sequence(depth);
    int count = 1;
    while (error_.empty() && at_ < text_.size() && text_[at_] == ',') {
      ++at_;
      for (std::string& text : Sequence(depth)) all.push_back(std::move(text));
      ++count;
      if (all.size() > kMaxExpansions) return Fail(TooMany());
    }
    if (!error_.empty()) return {};
    if (at_ >= text_.size()) return Fail("an opening brace without a closing one");
    if (count < 2) return Fail("braces hold at least two alternatives, with a comma between");
    ++at_;  // '}'
    return all;
  }

  Texts Product(const Texts& heads, const Texts& tails) {
    if (!error_.empty()) return {};
    if (heads.size() * tails.size() > kMaxExpansions) return Fail(TooMany());
    Texts all;
    for (const std::string& head : heads) {
      for (const std::string& tail : tails) {
        all.push_back(head + tail);
        if (all.back().size() > kMaxExpandedBytes) return Fail("an expansion is too long");
      }
    }
    return all;
  }

  static std::string TooMany() {
    return "braces stand for more than " + std::to_string(kMaxExpansions) + " texts";
  }

  Texts Fail(std::string why) {
    error_ = std::move(why);
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string error_;
};

}  // namespace

Result<std::vector<std::string>> ExpandBraces(std::string_view text) {
  return Expander(text).Run();
}

}  // namespace keyward::policy
