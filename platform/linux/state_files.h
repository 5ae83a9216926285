// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "agent/model/result.h"
#include "platform/linux/unique_fd.h"

namespace keyward::linux_os {

// Makes a directory with `mode` (and what is above it with 0755), or takes one that is ours and
// that nobody else can write. kDenied otherwise.
Result<> ClaimDirectory(const std::string& path, unsigned mode);

// Holds `directory`/lock for as long as the descriptor lives; kBusy when another process does.
Result<UniqueFd> LockDirectory(const std::string& directory);

// Replaces a file by a synced copy renamed over it: the old or the new one is there after a crash,
// nothing in between. Mode 0600.
Result<> ReplaceFile(const std::string& path, std::string_view text);

// At most `limit` bytes; kNotFound when it isn't there.
Result<std::string> ReadWholeFile(const std::string& path, std::size_t limit);

}  // namespace keyward::linux_os
