// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/model/coverage.h"
#include "platform/linux/process/subject_source.h"

namespace keyward::linux_os {

// What this engine stops, notices and cannot see on a kernel of this release.
Coverage FanotifyCoverage(std::string_view kernel_release, SubjectSource::Stream stream,
                          bool user_namespaces_allowed);

}  // namespace keyward::linux_os
