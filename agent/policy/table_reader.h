// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/finding.h"
#include "agent/policy/toml_document.h"

namespace keyward::policy {

// A text of a policy file with the line where it stands.
struct PlacedText {
  std::string text;
  int line = 0;
};

// Reads one table of a policy file by the keys that its schema has. Every key that is asked for is
// known; Finish() reports the others. A mistake becomes a finding and the value is left out.
class TableReader {
 public:
  // `name` as it is written: "[[asset]]", "[asset.linux]".
  TableReader(const TomlValue& table, std::string name, const std::string& file,
              Findings& findings);

  std::optional<std::string> Text(std::string_view key, std::size_t max_bytes = 256);
  std::string RequiredText(std::string_view key, std::size_t max_bytes = 256);
  std::vector<PlacedText> Texts(std::string_view key, std::size_t max_items = 256,
                                std::size_t max_bytes = 1024);
  std::vector<std::string> PlainTexts(std::string_view key, std::size_t max_items = 256);
  std::optional<bool> Boolean(std::string_view key);
  std::optional<std::uint64_t> Number(std::string_view key);
  std::optional<Time> Moment(std::string_view key);
  const TomlValue* Table(std::string_view key);
  // `key` is one of `words`; `parse` gives its value.
  template <class E, class Parse>
  std::optional<E> Word(std::string_view key, std::span<const std::string_view> words,
                        Parse parse) {
    const auto text = Text(key, 64);
    if (!text) return std::nullopt;
    const std::optional<E> value = parse(*text);
    if (!value) UnknownWord(key, *text, words);
    return value;
  }
  template <class E, class Parse>
  std::optional<E> RequiredWord(std::string_view key, std::span<const std::string_view> words,
                                Parse parse) {
    if (Has(key)) return Word<E>(key, words, parse);
    Missing(key);
    return std::nullopt;
  }
  bool Has(std::string_view key);
  void Missing(std::string_view key);  // "[[asset]] needs \"id\""
  void Finish();

  Location Where() const { return {file_, table_.line}; }
  Location Where(std::string_view key) const;
  const std::string& name() const { return name_; }
  const std::string& file() const { return file_; }
  Findings& findings() { return findings_; }
  void Mistake(std::string_view key, std::string message, std::string hint = {});
  void UnknownWord(std::string_view key, const std::string& word,
                   std::span<const std::string_view> words);

 private:
  const TomlValue* Ask(std::string_view key, TomlValue::Type type);

  const TomlValue& table_;
  std::string name_;
  const std::string& file_;
  Findings& findings_;
  std::vector<std::string_view> known_;  // the keys asked for: literals of the schema
};

}  // namespace keyward::policy
