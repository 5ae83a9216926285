// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "platform/include/control_transport.h"

namespace keyward::platform {

enum class AuthorityAnswer {
  kGranted,
  kRefused,
  kNobodyToAsk,    // no authentication agent, no polkit, no seat: only then may root decide alone
  kUseOwnAccount,  // the caller is root on a machine with a seat: a sudo ticket is not a person
};

struct AuthorityDecision {
  AuthorityAnswer answer = AuthorityAnswer::kRefused;
  std::string how;  // "polkit auth_admin", "root without a seat", or why not
};

// Asks whether a person stands behind a request that loosens the policy. Asynchronous: the answer
// comes on the loop's thread, in any number of seconds.
class Authority {
 public:
  virtual ~Authority() = default;
  // `action` is a polkit action id (com.keyward.approve); `message` is shown to the person.
  virtual void Ask(const Peer& peer, const std::string& action, const std::string& message,
                   std::function<void(AuthorityDecision)> done) = 0;
};

}  // namespace keyward::platform
