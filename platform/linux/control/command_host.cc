// SPDX-License-Identifier: Apache-2.0
#include "platform/include/command_host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "platform/linux/control/socket_client.h"
#include "platform/linux/control/users.h"
#include "platform/linux/policy_files.h"
#include "platform/linux/process/inspector.h"
#include "platform/linux/unique_fd.h"

namespace keyward::linux_os {
namespace {

constexpr const char* kTextAgent = "/usr/bin/pkttyagent";
constexpr int kAgentStartMs = 3000;

struct Free {
  void operator()(char* text) const { std::free(text); }
};

std::string RealPath(const std::string& path) {
  const std::unique_ptr<char, Free> real(::realpath(path.c_str(), nullptr));
  return real ? std::string(real.get()) : std::string();
}

// Without a directory that exists: components taken for what they say.
std::string Tidy(const std::string& path) {
  std::vector<std::string> components;
  std::size_t at = 0;
  while (at < path.size()) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string component = path.substr(at, end - at);
    if (component == ".." && !components.empty())
      components.pop_back();
    else if (!component.empty() && component != "." && component != "..")
      components.push_back(component);
    at = end + 1;
  }
  std::string tidy;
  for (const std::string& component : components) tidy += "/" + component;
  return tidy.empty() ? "/" : tidy;
}

std::string Format(Time time, const char* format) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const time_t moment = static_cast<time_t>(seconds.time_since_epoch().count());
  struct tm parts {};
  if (::localtime_r(&moment, &parts) == nullptr) return "";
  char text[64];
  return std::string(text, ::strftime(text, sizeof text, format, &parts));
}

// pkttyagent for as long as it lives; it was started by us and is ended by its number.
class TextAgent : public platform::CommandHost::Agent {
 public:
  explicit TextAgent(pid_t pid) : pid_(pid) {}
  ~TextAgent() override {
    ::kill(pid_, SIGTERM);
    ::kill(pid_, SIGCONT);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

 private:
  pid_t pid_;
};

class LinuxCommandHost : public platform::CommandHost {
 public:
  std::unique_ptr<platform::ControlClient> NewControlClient() override {
    return MakeSocketClient();
  }
  std::unique_ptr<platform::ProcessInspector> NewProcessInspector() override {
    return MakeProcessInspector();
  }
  Result<std::vector<policy::Layer>> ReadLayers(const std::string& policy_dir,
                                                const std::string& admin_dir,
                                                const std::string& state_dir) override {
    return linux_os::ReadLayers(policy_dir, admin_dir, state_dir);
  }
  Result<std::vector<policy::SourceFile>> ReadPolicyFiles(const std::string& path) override {
    return linux_os::ReadPolicyFiles(path);
  }
  Result<std::vector<policy::Home>> LocalHomes() override { return linux_os::LocalHomes(); }
  Result<policy::Home> ParseHomeOption(const std::string& text) override {
    return linux_os::ParseHomeOption(text);
  }

  std::uint32_t OwnUid() override { return ::getuid(); }
  std::int32_t OwnPid() override { return ::getpid(); }
  std::string ResolvePath(const std::string& path) override;
  std::string FindProgram(const std::string& name) override;
  std::vector<std::string> Shebang(const std::string& path) override;
  bool IsDirectory(const std::string& path) override {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
  }

  bool OutputIsTerminal() override { return ::isatty(STDOUT_FILENO) == 1; }
  int TerminalWidth() override;
  std::string LocalTime(Time time) override { return Format(time, "%H:%M:%S"); }
  std::string LocalDate(Time time) override { return Format(time, "%Y-%m-%d"); }
  void IgnoreClosedPipe() override { ::signal(SIGPIPE, SIG_IGN); }
  std::unique_ptr<Agent> StartTextAgent() override;
};

// As much of it as exists is followed; what does not exist yet is added as it was written.
std::string LinuxCommandHost::ResolvePath(const std::string& path) {
  std::string whole = path;
  if (whole.empty() || whole[0] != '/') {
    const std::unique_ptr<char, Free> here(::getcwd(nullptr, 0));
    whole = std::string(here ? here.get() : "/") + "/" + whole;
  }
  std::string rest;
  for (;;) {
    const std::string real = RealPath(whole);
    if (!real.empty()) return rest.empty() ? real : Tidy(real + rest);
    const std::size_t slash = whole.find_last_of('/');
    if (slash == std::string::npos || slash == 0) return Tidy(whole + rest);
    rest = whole.substr(slash) + rest;
    whole.resize(slash);
  }
}

std::string LinuxCommandHost::FindProgram(const std::string& name) {
  if (name.find('/') != std::string::npos) return RealPath(name);
  const char* const path = std::getenv("PATH");
  std::string rest = path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    const std::string candidate = rest.substr(0, end) + "/" + name;
    struct stat info {};
    if (::access(candidate.c_str(), X_OK) == 0 && ::stat(candidate.c_str(), &info) == 0 &&
        S_ISREG(info.st_mode))
      return RealPath(candidate);
    rest.erase(0, end + 1);
  }
  return "";
}

std::vector<std::string> LinuxCommandHost::Shebang(const std::string& path) {
  constexpr std::size_t kLongest = 256;  // BINPRM_BUF_SIZE: what the kernel reads of it
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return {};
  char buffer[kLongest];
  const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
  std::string line(buffer, got > 0 ? static_cast<std::size_t>(got) : 0);
  if (line.rfind("#!", 0) != 0) return {};
  line = line.substr(2, line.find('\n') == std::string::npos ? line.npos : line.find('\n') - 2);
  std::vector<std::string> words;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t begin = line.find_first_not_of(" \t", at);
    if (begin == std::string::npos) break;
    at = std::min(line.find_first_of(" \t", begin), line.size());
    words.push_back(line.substr(begin, at - begin));
  }
  const bool env = !words.empty() && words[0].size() >= 4 &&
                   words[0].compare(words[0].size() - 4, 4, "/env") == 0;
  if (env) words.erase(words.begin());
  if (env && !words.empty() && words[0] == "-S") words.erase(words.begin());
  if (words.empty()) return {};
  words[0] = FindProgram(words[0]);
  if (words[0].empty()) return {};
  return words;
}

int LinuxCommandHost::TerminalWidth() {
  constexpr int kUnknown = 80;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUnknown;
  return size.ws_col;
}

// As systemctl does it: the agent says when it is ready by closing a pipe, and steps back where the
// session has an agent of its own.
std::unique_ptr<platform::CommandHost::Agent> LinuxCommandHost::StartTextAgent() {
  if (::isatty(STDIN_FILENO) != 1 || ::geteuid() == 0 || ::access(kTextAgent, X_OK) != 0)
    return nullptr;
  int pipe_fds[2];
  if (::pipe2(pipe_fds, O_CLOEXEC) != 0) return nullptr;
  const UniqueFd ready(pipe_fds[0]);
  UniqueFd notify(pipe_fds[1]);
  if (::fcntl(notify.get(), F_SETFD, 0) != 0) return nullptr;
  const std::string notify_text = std::to_string(notify.get());
  const std::string own_pid = std::to_string(::getpid());
  const char* argv[] = {kTextAgent,   "--notify-fd", notify_text.c_str(),
                        "--fallback", "--process",   own_pid.c_str(),
                        nullptr};
  pid_t pid = -1;
  if (::posix_spawn(&pid, kTextAgent, nullptr, nullptr, const_cast<char* const*>(argv), environ) !=
      0)
    return nullptr;
  notify.Reset();
  pollfd closed{ready.get(), POLLIN, 0};
  (void)::poll(&closed, 1, kAgentStartMs);
  return std::make_unique<TextAgent>(pid);
}

}  // namespace
}  // namespace keyward::linux_os

namespace keyward::platform {

std::unique_ptr<CommandHost> MakeCommandHost() {
  return std::make_unique<linux_os::LinuxCommandHost>();
}

}  // namespace keyward::platform
