// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/control/private_bus.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <future>

namespace keyward {
namespace {

constexpr const char* kName = "org.freedesktop.PolicyKit1";
constexpr const char* kPath = "/org/freedesktop/PolicyKit1/Authority";
constexpr const char* kInterface = "org.freedesktop.PolicyKit1.Authority";

std::string Configuration(const std::string& socket, const std::string& services) {
  return "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" "
         "\"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n<busconfig>"
         "<listen>unix:path=" +
         socket + "</listen><servicedir>" + services +
         "</servicedir><policy context=\"default\"><allow send_destination=\"*\"/>"
         "<allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>\n";
}

}  // namespace

PrivateBus::PrivateBus(const std::string& activatable) {
  const std::string socket = dir_.path() + "/bus";
  const std::string config =
      dir_.Write("bus.conf", Configuration(socket, dir_.path() + "/services"));
  dir_.Write("services/none.txt", "");
  if (!activatable.empty())
    dir_.Write("services/it.service",
               "[D-BUS Service]\nName=" + activatable + "\nExec=/bin/false\n");
  int out[2];
  if (::pipe2(out, O_CLOEXEC) != 0) return;
  const std::string argument = "--config-file=" + config;
  const std::string print = "--print-address=" + std::to_string(out[1]);
  ::fcntl(out[1], F_SETFD, 0);
  const char* argv[] = {"dbus-daemon", argument.c_str(), "--nofork",
                        "--nopidfile", print.c_str(),    nullptr};
  if (::posix_spawnp(&pid_, "dbus-daemon", nullptr, nullptr, const_cast<char* const*>(argv),
                     environ) != 0)
    pid_ = -1;
  ::close(out[1]);
  char byte = 0;
  // It prints its address once it listens.
  if (pid_ > 0 && ::read(out[0], &byte, 1) != 1) {
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  ::close(out[0]);
  ::setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + socket).c_str(), 1);
}

PrivateBus::~PrivateBus() {
  ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
}

struct FakePolkit::Impl {
  Answer without;
  Answer with;
  std::unique_ptr<linux_os::EventLoop> loop;
  sd_bus* bus = nullptr;
  std::thread thread;
  std::mutex mutex;
  std::vector<Call> calls;
  std::vector<std::string> cancelled;

  static int OnCall(sd_bus_message* message, void* data, sd_bus_error*);
  static int OnCancel(sd_bus_message* message, void* data, sd_bus_error*);
  bool Start();
};

int FakePolkit::Impl::OnCall(sd_bus_message* message, void* data, sd_bus_error*) {
  auto& self = *static_cast<Impl*>(data);
  Call call;
  const char* text = nullptr;
  const char* key = nullptr;
  sd_bus_message_enter_container(message, 'r', "sa{sv}");
  sd_bus_message_read(message, "s", &text);
  call.kind = text;
  sd_bus_message_enter_container(message, 'a', "{sv}");
  while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
    sd_bus_message_read(message, "s", &key);
    const std::string name = key;
    if (name == "pid")
      sd_bus_message_read(message, "v", "u", &call.pid);
    else if (name == "start-time")
      sd_bus_message_read(message, "v", "t", &call.start_time);
    else if (name == "uid")
      sd_bus_message_read(message, "v", "i", &call.uid);
    else
      sd_bus_message_skip(message, "v");
    sd_bus_message_exit_container(message);
  }
  sd_bus_message_exit_container(message);
  sd_bus_message_exit_container(message);
  sd_bus_message_read(message, "s", &text);
  call.action = text;
  sd_bus_message_enter_container(message, 'a', "{ss}");
  const char* value = nullptr;
  while (sd_bus_message_read(message, "{ss}", &key, &value) > 0)
    if (std::string(key) == "polkit.message") call.message = value;
  sd_bus_message_exit_container(message);
  sd_bus_message_read(message, "us", &call.flags, &text);
  call.cancellation = text;
  const Answer answer = call.flags == 0 ? self.without : self.with;
  {
    const std::lock_guard<std::mutex> lock(self.mutex);
    self.calls.push_back(call);
  }
  if (answer.silent) return 1;
  if (answer.error)
    return sd_bus_reply_method_errorf(message, "org.freedesktop.PolicyKit1.Error.Failed", "no");
  if (answer.dismissed)
    return sd_bus_reply_method_return(message, "(bba{ss})", answer.authorized, answer.challenge, 1,
                                      "polkit.dismissed", "true");
  return sd_bus_reply_method_return(message, "(bba{ss})", answer.authorized, answer.challenge, 0);
}

int FakePolkit::Impl::OnCancel(sd_bus_message* message, void* data, sd_bus_error*) {
  auto& self = *static_cast<Impl*>(data);
  const char* id = nullptr;
  sd_bus_message_read(message, "s", &id);
  {
    const std::lock_guard<std::mutex> lock(self.mutex);
    self.cancelled.emplace_back(id);
  }
  return sd_bus_reply_method_return(message, "");
}

bool FakePolkit::Impl::Start() {
  static const sd_bus_vtable kTable[] = {
      SD_BUS_VTABLE_START(0),
      SD_BUS_METHOD("CheckAuthorization", "(sa{sv})sa{ss}us", "(bba{ss})", &OnCall,
                    SD_BUS_VTABLE_UNPRIVILEGED),
      SD_BUS_METHOD("CancelCheckAuthorization", "s", "", &OnCancel, SD_BUS_VTABLE_UNPRIVILEGED),
      SD_BUS_VTABLE_END};
  auto made = linux_os::EventLoop::Create();
  if (!made) return false;
  loop = std::move(*made);
  return sd_bus_open_system(&bus) >= 0 &&
         sd_bus_add_object_vtable(bus, nullptr, kPath, kInterface, kTable, this) >= 0 &&
         sd_bus_request_name(bus, kName, 0) >= 0 &&
         sd_bus_attach_event(bus, loop->UnsafeHandle(), 0) >= 0;
}

FakePolkit::FakePolkit(Answer without, Answer with) : impl_(std::make_unique<Impl>()) {
  impl_->without = without;
  impl_->with = with;
  std::promise<bool> started;
  impl_->thread = std::thread([this, &started] {
    const bool up = impl_->Start();
    started.set_value(up);
    if (up) (void)impl_->loop->Run();
    sd_bus_flush_close_unref(impl_->bus);
  });
  up_ = started.get_future().get();
}

FakePolkit::~FakePolkit() {
  if (up_) impl_->loop->Stop(0);
  impl_->thread.join();
}

std::vector<FakePolkit::Call> FakePolkit::calls() {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->calls;
}

std::vector<std::string> FakePolkit::cancelled() {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->cancelled;
}

}  // namespace keyward
