// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/model/incident.h"
#include "agent/model/result.h"

namespace keyward::journal {

// The JSON columns of the table `incident`: docs/JOURNAL.md has their keys. Readers ignore keys
// that they do not know and give kCorrupt for a text that is not of this form.
std::string ProcessColumn(const RecordedProcess& process);
std::string ProcessesColumn(const std::vector<RecordedProcess>& processes);
std::string StringsColumn(const std::vector<std::string>& strings);

Result<RecordedProcess> ReadProcessColumn(std::string_view json);
Result<std::vector<RecordedProcess>> ReadProcessesColumn(std::string_view json);
Result<std::vector<std::string>> ReadStringsColumn(std::string_view json);

}  // namespace keyward::journal
