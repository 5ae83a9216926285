// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "agent/model/hash.h"
#include "agent/model/result.h"

namespace keyward::linux_os {

struct Digests {
  Sha256 sha256;
  std::string md5;  // hex: what dpkg recorded, a check against a root-owned list, not a signature
  std::uint64_t bytes = 0;
};

// Both digests of what `fd` reads, in one pass from its start. kFull when it is longer than `most`.
Result<Digests> DigestOf(int fd, std::uint64_t most);

}  // namespace keyward::linux_os
