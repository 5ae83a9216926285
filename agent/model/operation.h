// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace keyward {

// What a subject does to an asset. Numbers are stored in the journal: never renumbered.
enum class Operation : std::uint8_t {
  kRead = 1,
  kWrite = 2,  // an open for writing, and an open whose kind could not be seen
  kCreate = 3,
  kRename = 4,
  kLink = 5,
  kDelete = 6,
  kList = 7,
  kTrace = 8,  // another process's memory, or control over it
  kMount = 9,
  kSignal = 10,
};

std::string_view OperationName(Operation operation);
std::optional<Operation> ParseOperation(std::string_view name);

// Rules judge reads and writes apart: every operation is one of the two.
enum class Access : std::uint8_t { kRead = 0, kWrite = 1 };

Access AccessOf(Operation operation);

}  // namespace keyward
