// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/policy/compiled_policy.h"

namespace keyward::policy {

// One place that the catalogue has to cover (testdata/reference_rows.tsv): id of the asset, its
// systems, and a location with variables and macros, or a resource. "browser-root.NAME" rows name
// the roots of a browser.
struct ReferenceRow {
  int line = 0;
  std::string asset;
  std::string systems;  // "linux|macos"
  std::string place;

  bool is_for(OperatingSystem system) const;
  bool is_resource() const;
  bool is_browser_root() const { return asset.starts_with("browser-root."); }
};
std::vector<ReferenceRow> ReadReferenceRows();

// Another asset that covers places of an asset, and why (testdata/stand_ins.tsv).
struct StandIn {
  std::string asset;
  std::string instead;
  std::string why;
};
std::vector<StandIn> ReadStandIns();

// Replaces ${chromium-root}, ${chromium-profile} and ${firefox-profile} by a root that the rows
// name for the system, another one each time.
class MacroExpander {
 public:
  MacroExpander(const std::vector<ReferenceRow>& rows, OperatingSystem system);
  std::string Expand(std::string_view path);
  bool has_roots() const { return !chromium_.empty() && !firefox_.empty(); }

 private:
  std::vector<std::string> chromium_;
  std::vector<std::string> firefox_;
  std::size_t next_ = 0;
};

}  // namespace keyward::policy
