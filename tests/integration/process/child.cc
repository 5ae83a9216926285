// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/process/child.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <thread>

#include "platform/linux/process/proc_files.h"
#include "platform/linux/process/proc_reader.h"

namespace keyward::linux_os {
namespace {

constexpr int kPatienceMs = 10'000;

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& t : texts) pointers.push_back(t.data());
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void RunChild(const std::string& program, std::vector<std::string> argv,
                           const Child::Options& options) {
  std::vector<std::string> environment = options.environment;
  if (environment.empty()) environment = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8"};
  if (options.uid != 0 &&
      (::setgroups(0, nullptr) != 0 || ::setgid(options.uid) != 0 || ::setuid(options.uid) != 0))
    ::_exit(126);
  if (!options.directory.empty() && ::chdir(options.directory.c_str()) != 0) ::_exit(126);
  if (options.new_user_namespace && ::unshare(CLONE_NEWUSER) != 0) ::_exit(125);
  const auto arguments = Pointers(argv);
  const auto variables = Pointers(environment);
  ::execve(program.c_str(), arguments.data(), variables.data());
  ::_exit(127);
}

}  // namespace

Child::Child(const std::string& program, std::vector<std::string> argv, const Options& options) {
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  std::array<int, 2> done{};
  if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0 ||
      ::pipe2(done.data(), O_CLOEXEC) != 0)
    return;
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    RunChild(program, std::move(argv), options);
  }
  ::close(in[0]);
  ::close(out[1]);
  ::close(done[1]);
  input_ = UniqueFd(in[1]);
  output_ = UniqueFd(out[0]);
  // The exec closes the last copy of the other end.
  char none = 0;
  [[maybe_unused]] const ssize_t n = ::read(done[0], &none, 1);
  ::close(done[0]);
  siginfo_t info{};
  started_ = pid_ > 0 &&
             (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
              info.si_pid == 0 || info.si_status < 125);
}

Child::~Child() {
  if (pid_ > 0 && !collected_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

std::string Child::ReadLine() {
  std::string line;
  for (;;) {
    pollfd p{output_.get(), POLLIN, 0};
    char c = 0;
    if (::poll(&p, 1, kPatienceMs) <= 0 || ::read(output_.get(), &c, 1) != 1 || c == '\n')
      return line;
    line.push_back(c);
  }
}

int Child::Collect() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  collected_ = true;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

pid_t WaitForChildOf(pid_t parent, const std::string& name) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
  std::string text;
  while (std::chrono::steady_clock::now() < deadline) {
    for (const int pid : ListNumbers("/proc", 1 << 20)) {
      if (!ReadFile(ProcPath(pid, "stat"), 1024, text)) continue;
      const auto stat = ParseStat(text);
      if (stat && stat->parent == parent && stat->name == name) return pid;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return -1;
}

}  // namespace keyward::linux_os
