// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "agent/model/incident.h"

namespace keyward::journal {

// What one incident may take up, so that a thousand hostile ones fit in memory and none of them
// pushes the older ones out of a journal of bounded size.
inline constexpr std::size_t kLongestText = 4096;        // a path, a name, one clause
inline constexpr std::size_t kLongestArguments = 16384;  // all of the subject's
inline constexpr std::size_t kMostClauses = 32;          // evidence, taint details, techniques
inline constexpr std::size_t kMostAncestors = 24;        // the nearest are kept
inline constexpr std::size_t kLongestAncestorText = 1024;
inline constexpr std::size_t kLongestAncestorArguments = 1024;
inline constexpr std::size_t kMostAncestorClauses = 8;

// Cuts what is longer. Where something was cut, the text ends in "… (N bytes more)", a list in
// one last element "… (N more)".
void Limit(Incident& incident);

}  // namespace keyward::journal
