// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace keyward::linux_os {

// At most `max` bytes of a file into `text` (its memory is used again). False when it can't be
// read; what is longer is cut.
bool ReadFile(const std::string& path, std::size_t max, std::string& text);

// Hands over a file line by line, without newlines, until `take` returns false; holds one block of
// it in memory. A line longer than that is skipped. False when the file can't be read.
bool ForEachLine(const std::string& path, const std::function<bool(std::string_view)>& take);

// The numeric names in a directory: processes in /proc, threads in /proc/PID/task. At most `max`.
std::vector<int> ListNumbers(const std::string& directory, std::size_t max);

// The names in a directory but `.` and `..`, at most `max`; empty when it can't be read.
std::vector<std::string> ListNames(const std::string& directory, std::size_t max);

// What a symbolic link says; empty when it can't be read.
std::string ReadLink(const std::string& path);

std::string ProcPath(int pid, const char* name);

}  // namespace keyward::linux_os
