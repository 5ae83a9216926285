// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/model/program.h"

// What the two halves of ProtectedTree (the walk, and what is reported later) say about paths.
namespace keyward::linux_os {

inline constexpr int kOpenDirectory = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK | O_NOATIME;

FileId IdOf(const struct stat& st);
std::uint64_t IdKey(FileId id);
std::string Join(const std::string& directory, std::string_view name);
// Where an open object is now, as the kernel says; empty when it can't.
std::string LinkTarget(int fd);

}  // namespace keyward::linux_os
