// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/table_reader.h"

#include <algorithm>
#include <utility>

#include "agent/policy/nearest_word.h"

namespace keyward::policy {
namespace {

std::string InQuotes(std::string_view text) {
  std::string quoted = "\"";
  quoted += text.substr(0, 80);
  quoted += '"';
  return quoted;
}

}  // namespace

TableReader::TableReader(const TomlValue& table, std::string name, const std::string& file,
                         Findings& findings)
    : table_(table), name_(std::move(name)), file_(file), findings_(findings) {}

Location TableReader::Where(std::string_view key) const {
  const TomlMember* member = table_.Find(key);
  return {file_, member ? member->line : table_.line};
}

void TableReader::Mistake(std::string_view key, std::string message, std::string hint) {
  findings_.push_back({FindingLevel::kError, Where(key), std::move(message), std::move(hint)});
}

void TableReader::UnknownWord(std::string_view key, const std::string& word,
                              std::span<const std::string_view> words) {
  std::string hint = DidYouMean(word, words);
  if (hint.empty()) {
    hint = "one of: ";
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (i > 0) hint += ", ";
      hint += words[i];
    }
  }
  Mistake(key, "unknown " + std::string(key) + " " + InQuotes(word) + " in " + name_,
          std::move(hint));
}

bool TableReader::Has(std::string_view key) {
  known_.push_back(key);
  return table_.Find(key) != nullptr;
}

void TableReader::Missing(std::string_view key) { Mistake(key, name_ + " needs " + InQuotes(key)); }

const TomlValue* TableReader::Ask(std::string_view key, TomlValue::Type type) {
  known_.push_back(key);
  const TomlMember* member = table_.Find(key);
  if (!member) return nullptr;
  if (member->value.type == type) return &member->value;
  Mistake(key, InQuotes(key) + " in " + name_ + " must be " + std::string(TypeName(type)) +
                   ", not " + std::string(TypeName(member->value.type)));
  return nullptr;
}

std::optional<std::string> TableReader::Text(std::string_view key, std::size_t max_bytes) {
  const TomlValue* value = Ask(key, TomlValue::Type::kString);
  if (!value) return std::nullopt;
  if (value->text.empty()) {
    Mistake(key, InQuotes(key) + " in " + name_ + " is empty");
    return std::nullopt;
  }
  if (value->text.size() > max_bytes) {
    Mistake(key, InQuotes(key) + " in " + name_ + " is longer than " + std::to_string(max_bytes) +
                     " bytes");
    return std::nullopt;
  }
  return value->text;
}

std::string TableReader::RequiredText(std::string_view key, std::size_t max_bytes) {
  if (!Has(key)) {
    Missing(key);
    return {};
  }
  return Text(key, max_bytes).value_or(std::string());
}

std::vector<PlacedText> TableReader::Texts(std::string_view key, std::size_t max_items,
                                           std::size_t max_bytes) {
  std::vector<PlacedText> texts;
  const TomlValue* value = Ask(key, TomlValue::Type::kArray);
  if (!value) return texts;
  if (value->items.size() > max_items) {
    Mistake(key, InQuotes(key) + " in " + name_ + " has more than " + std::to_string(max_items) +
                     " items");
    return texts;
  }
  for (const TomlValue& item : value->items) {
    if (item.type != TomlValue::Type::kString || item.text.empty() ||
        item.text.size() > max_bytes) {
      findings_.push_back({FindingLevel::kError,
                           {file_, item.line},
                           InQuotes(key) + " in " + name_ + " must hold strings of 1 to " +
                               std::to_string(max_bytes) + " bytes",
                           {}});
      continue;
    }
    texts.push_back({item.text, item.line});
  }
  return texts;
}

std::vector<std::string> TableReader::PlainTexts(std::string_view key, std::size_t max_items) {
  std::vector<std::string> plain;
  for (PlacedText& text : Texts(key, max_items)) plain.push_back(std::move(text.text));
  return plain;
}

std::optional<bool> TableReader::Boolean(std::string_view key) {
  const TomlValue* value = Ask(key, TomlValue::Type::kBoolean);
  return value ? std::optional(value->boolean) : std::nullopt;
}

std::optional<std::uint64_t> TableReader::Number(std::string_view key) {
  const TomlValue* value = Ask(key, TomlValue::Type::kInteger);
  if (!value) return std::nullopt;
  if (value->integer < 0) {
    Mistake(key, InQuotes(key) + " in " + name_ + " is negative");
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(value->integer);
}

std::optional<Time> TableReader::Moment(std::string_view key) {
  const TomlValue* value = Ask(key, TomlValue::Type::kTime);
  return value ? std::optional(value->time) : std::nullopt;
}

const TomlValue* TableReader::Table(std::string_view key) {
  return Ask(key, TomlValue::Type::kTable);
}

void TableReader::Finish() {
  for (const TomlMember& member : table_.members) {
    if (std::find(known_.begin(), known_.end(), member.key) != known_.end()) continue;
    findings_.push_back({FindingLevel::kError,
                         {file_, member.line},
                         "unknown key " + InQuotes(member.key) + " in " + name_,
                         DidYouMean(member.key, known_)});
  }
}

}  // namespace keyward::policy
