// SPDX-License-Identifier: Apache-2.0
// The real daemon with 10 to 100,000 protected files: memory, wake-ups, time until it protects.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/bench/gate/rows.h"

namespace keyward::bench {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// Files in directories of a hundred: the shape of a wallet or of a browser's storage.
void MakeFiles(const std::string& home, int files) {
  for (int i = 0; i < files; ++i) {
    const std::string directory = home + "/.electrum/wallets/" + std::to_string(i / 100);
    if (i % 100 == 0) fs::create_directories(directory);
    const int fd = ::open((directory + "/" + std::to_string(i)).c_str(), O_CREAT | O_WRONLY, 0600);
    if (fd >= 0) ::close(fd);
  }
}

long FieldOf(const std::string& path, const std::string& name) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);)
    if (line.rfind(name, 0) == 0) return std::atol(line.c_str() + name.size());
  return 0;
}

long Wakeups(pid_t pid) {
  long sum = 0;
  for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(pid) + "/task"))
    sum += FieldOf(task.path() / "status", "voluntary_ctxt_switches:");
  return sum;
}

int ReadinessSocket(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::exit(2);
  return fd;
}

pid_t StartDaemon(const std::string& root) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::setenv("NOTIFY_SOCKET", (root + "/ready").c_str(), 1);
  const int log = ::open((root + "/log").c_str(), O_CREAT | O_WRONLY, 0600);
  ::dup2(log, 2);
  ::execl(KEYWARD_BINARY_DIR "/bin/keywardd", "keywardd", "--policy-dir",
          KEYWARD_SOURCE_DIR "/policies", "--admin-dir", (root + "/policy.d").c_str(),
          "--state-dir", (root + "/state").c_str(), "--run-dir", (root + "/run").c_str(), "--home",
          ("0=" + root + "/home").c_str(), nullptr);
  ::_exit(127);
}

std::string Text(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace

std::vector<Row> DaemonRows(int files) {
  std::string pattern = "/var/tmp/keyward-bench-XXXXXX";
  if (!::mkdtemp(pattern.data())) std::exit(2);
  const std::string root = pattern;
  MakeFiles(root + "/home", files);
  const int ready = ReadinessSocket(root + "/ready");
  const long slab_before = FieldOf("/proc/meminfo", "Slab:");
  const auto started = Clock::now();
  const pid_t daemon = StartDaemon(root);
  pollfd polled{ready, POLLIN, 0};
  const bool is_ready = ::poll(&polled, 1, 60'000) == 1;
  const double start_ms = std::chrono::duration<double, std::milli>(Clock::now() - started).count();
  std::vector<Row> rows;
  if (is_ready) {
    const std::string status = "/proc/" + std::to_string(daemon) + "/status";
    std::this_thread::sleep_for(std::chrono::seconds(2));
    const long before = Wakeups(daemon);
    std::this_thread::sleep_for(std::chrono::seconds(10));
    const double wakeups = static_cast<double>(Wakeups(daemon) - before) / 10;
    const double anonymous = static_cast<double>(FieldOf(status, "RssAnon:")) / 1024;
    const double resident = static_cast<double>(FieldOf(status, "VmRSS:")) / 1024;
    const double slab = static_cast<double>(FieldOf("/proc/meminfo", "Slab:") - slab_before) / 1024;
    const std::string with = std::to_string(files) + " files: ";
    rows.push_back({with + "start to protecting", Text("%.0f ms", start_ms), "budget 2000 ms", 0, 0,
                    start_ms <= 2000 ? "met" : "MISSED"});
    rows.push_back(
        {with + "resident memory", Text("%.1f MiB", resident), "budget 16 MiB", 0, 0,
         (resident <= 16 ? "met" : "MISSED") + Text(", of it %.1f MiB its own", anonymous)});
    rows.push_back({with + "kernel slab", Text("%.1f MiB", slab), "budget 160 MiB", 0, 0,
                    slab <= 160 ? "met" : "MISSED"});
    rows.push_back({with + "wake-ups when idle", Text("%.1f /s", wakeups), "budget 0 /s", 0, 0,
                    wakeups < 0.05 ? "met" : "MISSED"});
  } else {
    std::fprintf(stderr, "keywardd was not ready in a minute, see %s/log\n", root.c_str());
  }
  ::kill(daemon, SIGTERM);
  ::waitpid(daemon, nullptr, 0);
  ::close(ready);
  fs::remove_all(root);
  return rows;
}

}  // namespace keyward::bench
