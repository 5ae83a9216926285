// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "agent/control/replies.h"

namespace keyward::control {
namespace {

constexpr AssetGroup kOrder[] = {AssetGroup::kWallets, AssetGroup::kKeys,
                                 AssetGroup::kBrowserSecrets, AssetGroup::kOther};

// "SSH keys (2)": several places of one name are one entry, in the order of first sight.
std::vector<std::string> FoldNames(const std::vector<std::string>& names) {
  std::vector<std::pair<std::string, int>> counted;
  for (const std::string& name : names) {
    const auto same = [&name](const std::pair<std::string, int>& c) { return c.first == name; };
    const auto it = std::find_if(counted.begin(), counted.end(), same);
    if (it == counted.end())
      counted.emplace_back(name, 1);
    else
      ++it->second;
  }
  std::vector<std::string> folded;
  for (const auto& entry : counted)
    folded.push_back(entry.second == 1 ? entry.first
                                       : entry.first + " (" + std::to_string(entry.second) + ")");
  return folded;
}

GroupSummary Summarize(const std::vector<AssetRow>& rows, std::uint32_t uid, AssetGroup group) {
  GroupSummary summary;
  summary.group = group;
  std::vector<std::string> names;
  for (const AssetRow& row : rows) {
    if (row.uid != uid || GroupOf(row.asset_class) != group) continue;
    ++summary.count;
    names.push_back(row.name);
  }
  summary.names = FoldNames(names);
  return summary;
}

}  // namespace

std::vector<UserSummary> SummarizeAssets(const std::vector<AssetRow>& rows) {
  std::map<std::uint32_t, UserSummary> users;
  for (const AssetRow& row : rows) {
    UserSummary& user = users[row.uid];
    user.uid = row.uid;
    user.user = row.user;
    ++user.count;
  }
  std::vector<UserSummary> result;
  for (auto& [uid, user] : users) {
    for (const AssetGroup group : kOrder) {
      GroupSummary summary = Summarize(rows, uid, group);
      if (summary.count > 0) user.groups.push_back(std::move(summary));
    }
    result.push_back(std::move(user));
  }
  return result;
}

}  // namespace keyward::control
