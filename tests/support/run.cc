// SPDX-License-Identifier: Apache-2.0
#include "tests/support/run.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>

namespace keyward::testing_support {
namespace {

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void Become(const std::vector<std::string>& argv, const RunOptions& options,
                         int output) {
  const std::vector<char*> arguments = Pointers(argv);
  const std::vector<char*> environment = Pointers(options.environment);
  ::setpgid(0, 0);
  const int nothing = ::open("/dev/null", O_RDWR);
  ::dup2(nothing, 0);
  ::dup2(output, 1);
  ::dup2(options.only_stdout ? nothing : output, 2);
  if (!options.directory.empty() && ::chdir(options.directory.c_str()) != 0) ::_exit(125);
  const unsigned uid = options.uid;
  if (uid != 0 && (::setgroups(0, nullptr) != 0 || ::setgid(uid) != 0 || ::setuid(uid) != 0))
    ::_exit(126);
  if (options.environment.empty()) {
    ::execv(arguments[0], arguments.data());
  } else {
    ::execve(arguments[0], arguments.data(), environment.data());
  }
  ::_exit(127);
}

}  // namespace

RunResult RunProgram(const std::vector<std::string>& argv, const RunOptions& options) {
  using std::chrono::steady_clock;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) Become(argv, options, ends[1]);
  ::close(ends[1]);
  RunResult result;
  const auto deadline = steady_clock::now() + std::chrono::seconds(options.seconds);
  bool late = false;
  std::array<char, 4096> buffer;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
    pollfd polled{ends[0], POLLIN, 0};
    if (left.count() <= 0 || ::poll(&polled, 1, static_cast<int>(left.count())) == 0) {
      late = true;
      ::kill(-child, SIGKILL);
      break;
    }
    const ssize_t n = ::read(ends[0], buffer.data(), buffer.size());
    if (n <= 0) break;
    result.output.append(buffer.data(), static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (late) result.status = 124;
  return result;
}

}  // namespace keyward::testing_support
