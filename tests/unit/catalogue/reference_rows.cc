// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/catalogue/reference_rows.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "tests/unit/catalogue/places.h"
#include "tests/unit/catalogue/shipped_policy.h"

namespace keyward::policy {
namespace {

std::vector<std::vector<std::string>> ReadTable(const std::string& name) {
  std::ifstream in(std::string(KEYWARD_TESTDATA "/") + name);
  std::vector<std::vector<std::string>> table;
  for (std::string line; std::getline(in, line);) {
    std::vector<std::string> cells;
    for (std::size_t begin = 0; begin <= line.size();) {
      const std::size_t end = std::min(line.find('\t', begin), line.size());
      cells.push_back(line.substr(begin, end - begin));
      begin = end + 1;
    }
    table.push_back(std::move(cells));
  }
  return table;
}

}  // namespace

bool ReferenceRow::is_for(OperatingSystem system) const {
  return systems.find(SystemName(system)) != std::string::npos;
}

bool ReferenceRow::is_resource() const {
  const std::size_t colon = place.find(':');
  return colon != std::string::npos && colon > 1 &&
         place.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == colon;
}

std::vector<ReferenceRow> ReadReferenceRows() {
  std::vector<ReferenceRow> rows;
  int line = 0;
  for (const auto& cells : ReadTable("reference_rows.tsv")) {
    ++line;
    if (cells.size() == 3) rows.push_back({line, cells[0], cells[1], cells[2]});
  }
  return rows;
}

std::vector<StandIn> ReadStandIns() {
  std::vector<StandIn> stand_ins;
  for (const auto& cells : ReadTable("stand_ins.tsv"))
    if (cells.size() == 3) stand_ins.push_back({cells[0], cells[1], cells[2]});
  return stand_ins;
}

MacroExpander::MacroExpander(const std::vector<ReferenceRow>& rows, OperatingSystem system) {
  for (const ReferenceRow& row : rows) {
    if (!row.is_for(system)) continue;
    if (row.is_browser_root())
      for (std::string& root : Examples(row.place)) chromium_.push_back(std::move(root));
    for (const char separator : {'/', '\\'}) {
      const std::size_t at = row.place.find(std::string(1, separator) + "{key4.db");
      if (at != std::string::npos) firefox_.push_back(Examples(row.place.substr(0, at)).front());
    }
  }
}

std::string MacroExpander::Expand(std::string_view path) {
  const std::pair<std::string_view, const std::vector<std::string>*> macros[] = {
      {"${chromium-root}", &chromium_}, {"${firefox-profile}", &firefox_}};
  for (const auto& [name, roots] : macros)
    if (path.starts_with(name) && !roots->empty())
      return std::string((*roots)[next_++ % roots->size()]).append(path.substr(name.size()));
  return std::string(path);
}

}  // namespace keyward::policy
