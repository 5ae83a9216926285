// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/process/fixture.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

namespace keyward::linux_os {

std::shared_ptr<const IdentityRules> TestRules() {
  auto rules = std::make_shared<IdentityRules>();
  InterpreterRule python;
  python.id = "python";
  python.names = {"python3", "python3.*"};
  python.code_options = {"-c"};
  python.module_options = {"-m"};
  python.value_options = {"-W", "-X"};
  InterpreterRule shell;
  shell.id = "shell";
  shell.names = {"sh", "bash", "dash"};
  shell.code_options = {"-c"};
  shell.value_options = {"-o", "-O"};
  shell.shell = true;
  rules->interpreters = {python, shell};
  rules->tools = {{"coreutils", {"cat", "sleep", "env", "true", "head"}},
                  {"service-manager", {"systemd", "init"}}};
  rules->loaders = {"ld-linux*.so*"};
  rules->environment = {{"LD_PRELOAD", EnvironmentTest::kPaths, {}, {}},
                        {"LD_LIBRARY_PATH", EnvironmentTest::kPaths, {}, {}},
                        {"PYTHONPATH", EnvironmentTest::kPaths, {}, {"python"}}};
  return rules;
}

std::string Pretender() { return std::string(KEYWARD_BINARY_DIR) + "/bin/pretender"; }

Scratch::Scratch() {
  std::string name = "/tmp/keyward-process-XXXXXX";
  if (::mkdtemp(name.data()) != nullptr) path_ = name;
  [[maybe_unused]] const int owned = ::chown(path_.c_str(), kStranger, kStranger);
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Scratch::CopyOf(const std::string& file, const std::string& name) const {
  std::ifstream in(file, std::ios::binary);
  return Write(name, {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()});
}

std::string Scratch::Write(const std::string& name, const std::string& text, unsigned mode) const {
  const std::string path = path_ + "/" + name;
  std::ofstream(path, std::ios::binary) << text;
  EXPECT_EQ(::chmod(path.c_str(), mode), 0);
  EXPECT_EQ(::chown(path.c_str(), kStranger, kStranger), 0);
  return path;
}

void SubjectSourceTest::SetUp() {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root: the exec stream";
  options_.rules = TestRules();
  options_.names_program = [](std::string_view name) { return name == "electrum"; };
  options_.approved = [](const Sha256&) { return false; };
  options_.allow_tracepoint = GetParam() == SubjectSource::Stream::kTracepoint;
}

void SubjectSourceTest::OpenSource() {
  auto source = SubjectSource::Open(options_);
  if (!source) GTEST_SKIP() << source.error().what;
  source_ = std::move(*source);
  if (source_->stream() != GetParam()) GTEST_SKIP() << "this kernel refuses the exec tracepoint";
}

SubjectPtr SubjectSourceTest::SubjectOf(pid_t pid) {
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) return nullptr;
  auto promise = std::make_shared<std::promise<SubjectPtr>>();
  auto future = promise->get_future();
  source_->Resolve(pid, std::move(pidfd),
                   [promise](SubjectPtr subject) { promise->set_value(std::move(subject)); });
  if (future.wait_for(std::chrono::seconds(5)) != std::future_status::ready) return nullptr;
  return future.get();
}

SubjectPtr SubjectSourceTest::SubjectOf(const Child& child) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  for (;;) {
    SubjectPtr subject = SubjectOf(child.pid());
    if (!subject || subject->process.pid == child.pid() ||
        std::chrono::steady_clock::now() > deadline)
      return subject;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace keyward::linux_os
