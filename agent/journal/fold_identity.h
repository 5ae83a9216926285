// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "agent/model/incident.h"

namespace keyward::journal {

// When two incidents are about the same thing, on the levels that Folder tells apart. Each hash
// goes with the comparison of its name: equal incidents have equal hashes.

// Whether incidents of this kind are counted together at all.
bool Folds(IncidentKind kind);

bool SameWhat(const Incident& a, const Incident& b);
std::uint64_t HashWhat(const Incident& incident);

bool SameProcess(const Incident& a, const Incident& b);
std::uint64_t HashProcess(const Incident& incident);

// False, as well, where a parent is not known.
bool SameParent(const Incident& a, const Incident& b);
std::uint64_t HashParent(const Incident& incident);

bool SameProgram(const Incident& a, const Incident& b);
std::uint64_t HashProgram(const Incident& incident);

}  // namespace keyward::journal
