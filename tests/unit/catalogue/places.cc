// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/catalogue/places.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace keyward::policy {
namespace {

// The innermost braces with a comma, `${macro}` apart; npos for none.
std::pair<std::size_t, std::size_t> InnermostBraces(std::string_view text) {
  std::size_t open = std::string_view::npos;
  bool comma = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') {
      open = i > 0 && text[i - 1] == '$' ? std::string_view::npos : i;
      comma = false;
    } else if (text[i] == ',') {
      comma = true;
    } else if (text[i] == '}') {
      if (open != std::string_view::npos && comma) return {open, i};
      open = std::string_view::npos;
    }
  }
  return {std::string_view::npos, std::string_view::npos};
}

void Replace(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
}

std::vector<std::string> Alternatives(std::string text) {
  const auto [open, close] = InnermostBraces(text);
  if (open == std::string_view::npos) return {std::move(text)};
  std::vector<std::string> all;
  std::size_t begin = open + 1;
  while (begin <= close) {
    const std::size_t end = std::min(text.find(',', begin), close);
    const std::string one =
        text.substr(0, open) + text.substr(begin, end - begin) + text.substr(close + 1);
    for (std::string& more : Alternatives(one)) all.push_back(std::move(more));
    begin = end + 1;
  }
  return all;
}

// No directory, and one, for every `**` that is not at the end.
std::vector<std::string> Depths(std::string path) {
  const std::size_t at = path.find("/**/");
  if (at == std::string::npos) return {std::move(path)};
  std::vector<std::string> all;
  for (const std::string_view between : {"/", "/a/"})
    for (std::string& more : Depths(path.substr(0, at).append(between).append(path.substr(at + 4))))
      all.push_back(std::move(more));
  return all;
}

}  // namespace

std::vector<std::string> Examples(std::string_view location) {
  std::string text(location);
  std::replace(text.begin(), text.end(), '\\', '/');
  if (text.starts_with("**/")) text.insert(0, "~/");
  std::vector<std::string> all;
  for (std::string& alternative : Alternatives(std::move(text))) {
    if (alternative.ends_with("/**")) alternative.replace(alternative.size() - 2, 2, "a/0");
    for (std::string& path : Depths(std::move(alternative))) {
      Replace(path, "*", "0");
      all.push_back(std::move(path));
    }
  }
  // Nested braces were taken apart from the inside, which repeats what stands beside them.
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::string Place(std::string_view path, OperatingSystem system) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kUnix{
      {{"$XDG_CONFIG_HOME/", "~/.config/"},
       {"$XDG_DATA_HOME/", "~/.local/share/"},
       {"$XDG_STATE_HOME/", "~/.local/state/"},
       {"$XDG_CACHE_HOME/", "~/.cache/"}}};
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kWindows{
      {{"%USERPROFILE%/", "~/"},
       {"%APPDATA%/", "~/AppData/Roaming/"},
       {"%LOCALAPPDATA%/", "~/AppData/Local/"},
       {"%DOCUMENTS%/", "~/Documents/"},
       {"%PROGRAMFILES%/", "C:/Program Files/"},
       {"%PROGRAMDATA%/", "C:/ProgramData/"}}};
  const auto replaced = [path](const auto& variables) {
    for (const auto& [name, where] : variables)
      if (path.starts_with(name)) return std::string(where).append(path.substr(name.size()));
    return std::string(path.find_first_of("$%") == 0 ? std::string_view() : path);
  };
  return system == OperatingSystem::kWindows ? replaced(kWindows) : replaced(kUnix);
}

}  // namespace keyward::policy
