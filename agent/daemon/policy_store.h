// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/finding.h"
#include "agent/model/result.h"
#include "agent/policy/approvals.h"
#include "agent/policy/compiled_policy.h"
#include "platform/include/host.h"

namespace keyward::daemon {

// The policy in force and what it is made of. A change that does not compile changes nothing: the
// last good policy stays in force, over a restart as well.
//
// Threads: the loop's.
class PolicyStore {
 public:
  explicit PolicyStore(platform::Host& host) : host_(host) {}

  // At start. Where the administrator's files don't compile, the last ones that did are used, and
  // findings() says what is wrong. kInvalid when not even the shipped catalogue compiles.
  Result<> Load();
  // Reads everything anew. kInvalid: findings() says why, the policy in force stays.
  Result<> Reload();

  const platform::PolicyPtr& current() const { return current_; }
  const Findings& findings() const { return findings_; }
  const std::vector<policy::Layer>& layers() const { return layers_; }
  const policy::UserLayer& people() const { return people_; }
  bool uses_last_good() const { return uses_last_good_; }

  // Each compiles first, then writes, then is in force; an error leaves everything as it was.
  Result<policy::Approval> Approve(policy::Approval approval);
  Result<policy::Approval> RemoveApproval(std::uint64_t id);
  Result<policy::ProtectedPath> Protect(policy::ProtectedPath path);
  Result<policy::ProtectedPath> Unprotect(std::uint32_t uid, const std::string& path);
  // Records and refuses nothing until then; nullopt: enforces again.
  Result<> SetOverride(std::optional<Time> until);
  std::optional<Time> override_until() const { return override_until_; }

 private:
  Result<platform::PolicyPtr> Compile(const std::vector<policy::Layer>& layers,
                                      Findings& findings) const;
  Result<> Change(policy::UserLayer people);
  std::vector<policy::Layer> WithPeople(const policy::UserLayer& people,
                                        const std::optional<Time>& override_until) const;
  Result<> ReadFiles();
  void RememberGood();
  Result<> FallBack();

  platform::Host& host_;
  std::vector<policy::Layer> layers_;  // as read, the people's layer left out
  policy::UserLayer people_;
  std::optional<Time> override_until_;
  platform::PolicyPtr current_;
  Findings findings_;
  bool uses_last_good_ = false;
};

}  // namespace keyward::daemon
