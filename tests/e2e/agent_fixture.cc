// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/agent_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace keyward::e2e {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBin = KEYWARD_BINARY_DIR "/bin";
constexpr std::chrono::seconds kLimit{180};

int g_daemon = -1;  // what the watchdog ends

void EndDaemon() {
  if (g_daemon > 0) ::kill(g_daemon, SIGKILL);
}

std::vector<std::string> Directories(const std::string& root) {
  return {"--policy-dir",  root + "/policies", "--state-dir",
          root + "/state", "--run-dir",        root + "/run"};
}

}  // namespace

void AgentTest::SetUp() {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root: fanotify permission events";
  const int group = ::fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY);
  if (group < 0) GTEST_SKIP() << "no fanotify permission events here: errno " << errno;
  ::close(group);
  std::string pattern = "/var/tmp/keyward-e2e-XXXXXX";
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  root_ = pattern;
  home_ = root_ + "/home";
  ASSERT_EQ(::chmod(root_.c_str(), 0755), 0);
  ASSERT_EQ(::mkdir(home_.c_str(), 0755), 0);
  ASSERT_EQ(::chown(home_.c_str(), kUid, kUid), 0);
  // A daemon believes only policy files that nobody but root can write: a checkout may be anyone's.
  fs::copy(KEYWARD_SOURCE_DIR "/policies", root_ + "/policies", fs::copy_options::recursive);
  for (const auto& entry : fs::recursive_directory_iterator(root_ + "/policies"))
    fs::permissions(entry.path(), fs::perms::group_write | fs::perms::others_write,
                    fs::perm_options::remove);
  watchdog_ = std::make_unique<testing_support::Watchdog>(kLimit, EndDaemon);
}

void AgentTest::TearDown() {
  if (HasFailure() && !root_.empty()) {
    std::ifstream log(root_ + "/log");
    std::cerr << "keywardd said:\n" << log.rdbuf() << "\n";
    if (AgentRuns()) std::cerr << Keyward({"incidents", "--full"}).output << "\n";
  }
  StopAgent();
  watchdog_.reset();
  if (!root_.empty()) fs::remove_all(root_);
}

void AgentTest::StartAgent() {
  std::vector<std::string> argv{std::string(kBin) + "/keywardd",
                                "--foreground",
                                "--admin-dir",
                                root_ + "/policy.d",
                                "--home",
                                std::to_string(kUid) + "=" + home_};
  for (const std::string& argument : Directories(root_)) argv.push_back(argument);
  daemon_ = ::fork();
  if (daemon_ == 0) {
    const int log = ::open((root_ + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::dup2(log, 1);
    ::dup2(log, 2);
    std::vector<char*> arguments;
    for (std::string& a : argv) arguments.push_back(a.data());
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  g_daemon = daemon_;
  for (int i = 0; i < 300; ++i) {
    if (Keyward({"status"}).status == 0) return;
    ASSERT_EQ(::waitpid(daemon_, nullptr, WNOHANG), 0) << "keywardd ended";
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  FAIL() << "keywardd does not answer";
}

void AgentTest::StopAgent(int signal) {
  if (daemon_ <= 0) return;
  ::kill(daemon_, signal);
  ::waitpid(daemon_, nullptr, 0);
  daemon_ = g_daemon = -1;
}

RunResult AgentTest::AsPerson(const std::vector<std::string>& argv,
                              const std::vector<std::string>& more_environment, int seconds) {
  RunOptions options;
  options.uid = kUid;
  options.directory = home_;
  options.seconds = seconds;
  options.environment = {"HOME=" + home_, "PATH=/usr/bin:/bin", "LANG=C.UTF-8",
                         "XDG_RUNTIME_DIR=" + home_ + "/.run", "USER=tester"};
  for (const std::string& variable : more_environment) options.environment.push_back(variable);
  return RunProgram(argv, options);
}

RunResult AgentTest::Keyward(std::vector<std::string> arguments, unsigned uid) {
  arguments.insert(arguments.begin(), std::string(kBin) + "/keyward");
  for (const std::string& argument : Directories(root_)) arguments.push_back(argument);
  RunOptions options;
  options.uid = uid;
  options.only_stdout = true;
  return RunProgram(arguments, options);
}

std::vector<nlohmann::json> AgentTest::Incidents() {
  std::vector<nlohmann::json> incidents;
  std::istringstream lines(Keyward({"incidents", "--json", "--limit", "500"}).output);
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) incidents.push_back(nlohmann::json::parse(line));
  return incidents;
}

std::vector<nlohmann::json> AgentTest::IncidentsOf(const std::string& asset,
                                                   const std::string& who) {
  const auto matching = [&] {
    std::vector<nlohmann::json> found;
    for (const auto& incident : Incidents()) {
      const auto& subject = incident["subject"];
      const std::string program = subject["exe"].dump() + " " + subject["script"].dump();
      if (incident["asset"] == asset && program.find(who) != std::string::npos)
        found.push_back(incident);
    }
    return found;
  };
  // Incidents are written within 100 ms of the verdict.
  for (int i = 0; i < 100; ++i) {
    if (auto found = matching(); !found.empty()) return found;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return {};
}

void AgentTest::ExpectQuiet() {
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  for (const auto& incident : Incidents())
    ADD_FAILURE() << "an ordinary day is not quiet: " << incident["verdict"] << " "
                  << incident["operation"] << " of " << incident["path"] << " by "
                  << incident["subject"]["exe"] << " " << incident["subject"]["argv"] << " ("
                  << incident["rule"] << ")";
}

std::string AgentTest::Home(const std::string& relative) const {
  return relative.empty() ? home_ : home_ + "/" + relative;
}

std::string AgentTest::WriteFile(const std::string& relative, const std::string& text,
                                 unsigned mode) {
  const std::string path = Home(relative);
  for (std::size_t slash = path.find('/', home_.size() + 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string directory = path.substr(0, slash);
    if (::mkdir(directory.c_str(), 0700) == 0) {
      EXPECT_EQ(::chown(directory.c_str(), kUid, kUid), 0);
    }
  }
  std::ofstream(path) << text;
  EXPECT_EQ(::chmod(path.c_str(), mode), 0);
  EXPECT_EQ(::chown(path.c_str(), kUid, kUid), 0);
  return path;
}

bool AgentTest::StrangerReads(const std::string& path) {
  return AsPerson({"/usr/bin/cat", path}).status == 0;
}

bool AgentTest::ThiefReads(const std::string& path) {
  const std::string script = WriteFile("Downloads/thief.py",
                                       "import sys; sys.stdout.buffer.write(open(sys.argv[1],'rb')"
                                       ".read(1))\n");
  return AsPerson({"/usr/bin/python3", script, path}).status == 0;
}

}  // namespace keyward::e2e
