// SPDX-License-Identifier: Apache-2.0
// A harmless thief for tests: tries to read one file of the test's own in one of many ways.
//   reader WAY PATH [SCRATCH]
// Prints how it went; exit status 0: got the content, 1: was refused, 2: could not try.
#include <fcntl.h>
#include <liburing.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <string>

namespace {

struct Target {
  std::string path;
  std::string scratch;  // a directory that the test made, on the same file system
};

constexpr int kCannotTry = 2;

int Refused(const char* what) {
  const bool cannot = errno == ENOSYS || errno == EOPNOTSUPP || errno == EINVAL;
  std::printf("%s: %s\n", what, std::strerror(errno));
  return cannot ? kCannotTry : 1;
}

int ReadAll(int fd) {
  if (fd < 0) return Refused("open");
  std::array<char, 256> buffer;
  const ssize_t n = ::read(fd, buffer.data(), buffer.size());
  if (n < 0) return Refused("read");
  std::printf("got %zd bytes\n", n);
  return 0;
}

int Open(const std::string& path) { return ReadAll(::open(path.c_str(), O_RDONLY | O_CLOEXEC)); }

int OpenAt2(const Target& t) {
  open_how how{};
  how.flags = O_RDONLY;
  return ReadAll(
      static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, t.path.c_str(), &how, sizeof how)));
}

int HardLink(const Target& t) {
  const std::string alias = t.scratch + "/hard-link";
  if (::link(t.path.c_str(), alias.c_str()) != 0) return Refused("link");
  return Open(alias);
}

int SymbolicLink(const Target& t) {
  const std::string alias = t.scratch + "/symbolic-link";
  if (::symlink(t.path.c_str(), alias.c_str()) != 0) return Refused("symlink");
  return Open(alias);
}

int Reopen(const Target& t) {
  const int fd = ::open(t.path.c_str(), O_PATH | O_CLOEXEC);
  if (fd < 0) return Refused("open O_PATH");
  return Open("/proc/self/fd/" + std::to_string(fd));
}

int ThroughProcRoot(const Target& t) { return Open("/proc/self/root" + t.path); }

int RenameThenOpen(const Target& t) {
  const std::string away = t.scratch + "/renamed";
  if (::rename(t.path.c_str(), away.c_str()) != 0) return Refused("rename");
  return Open(away);
}

int RenameParentThenOpen(const Target& t) {
  const std::size_t slash = t.path.rfind('/');
  const std::string away = t.scratch + "/renamed-directory";
  if (::rename(t.path.substr(0, slash).c_str(), away.c_str()) != 0) return Refused("rename");
  return Open(away + t.path.substr(slash));
}

int IoUring(const Target& t) {
  io_uring ring{};
  if (::io_uring_queue_init(4, &ring, 0) < 0) return kCannotTry;
  io_uring_sqe* sqe = ::io_uring_get_sqe(&ring);
  ::io_uring_prep_openat(sqe, AT_FDCWD, t.path.c_str(), O_RDONLY, 0);
  ::io_uring_submit(&ring);
  io_uring_cqe* cqe = nullptr;
  if (::io_uring_wait_cqe(&ring, &cqe) != 0) return kCannotTry;
  errno = cqe->res < 0 ? -cqe->res : 0;
  return ReadAll(cqe->res);
}

int ByHandle(const Target& t) {
  alignas(file_handle) std::array<char, sizeof(file_handle) + MAX_HANDLE_SZ> room{};
  auto* handle = reinterpret_cast<file_handle*>(room.data());
  handle->handle_bytes = MAX_HANDLE_SZ;
  int mount = 0;
  if (::name_to_handle_at(AT_FDCWD, t.path.c_str(), handle, &mount, 0) != 0)
    return Refused("name_to_handle_at");
  const int directory = ::open(t.scratch.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return ReadAll(::open_by_handle_at(directory, handle, O_RDONLY));
}

int MemoryMap(const Target& t) {
  const int fd = ::open(t.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Refused("open");
  void* memory = ::mmap(nullptr, 1, PROT_READ, MAP_PRIVATE, fd, 0);
  if (memory == MAP_FAILED) return Refused("mmap");
  std::printf("got '%c' by mmap\n", *static_cast<const char*>(memory));
  return 0;
}

int Sendfile(const Target& t) {
  const int from = ::open(t.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (from < 0) return Refused("open");
  const int to = ::open((t.scratch + "/copy").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  return ::sendfile(to, from, nullptr, 4096) < 0 ? Refused("sendfile") : 0;
}

int ReadWrite(const Target& t) { return ReadAll(::open(t.path.c_str(), O_RDWR | O_CLOEXEC)); }

bool WriteText(const char* path, const std::string& text) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  const bool written = fd >= 0 && ::write(fd, text.data(), text.size()) > 0;
  if (fd >= 0) ::close(fd);
  return written;
}

bool EnterNamespaces() {
  const unsigned uid = ::getuid();
  const unsigned gid = ::getgid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  WriteText("/proc/self/setgroups", "deny");
  return WriteText("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1") &&
         WriteText("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1") &&
         ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

int BindMount(const Target& t) {
  const std::size_t slash = t.path.rfind('/');
  const std::string at = t.scratch + "/bind";
  ::mkdir(at.c_str(), 0700);
  if (!EnterNamespaces()) return kCannotTry;
  if (::mount(t.path.substr(0, slash).c_str(), at.c_str(), nullptr, MS_BIND, nullptr) != 0)
    return kCannotTry;
  return Open(at + t.path.substr(slash));
}

int Overlay(const Target& t) {
  const std::size_t slash = t.path.rfind('/');
  if (!EnterNamespaces()) return kCannotTry;
  const std::string base = t.scratch + "/overlay";
  for (const char* part : {"", "/upper", "/work", "/merged"}) ::mkdir((base + part).c_str(), 0700);
  const std::string options = "lowerdir=" + t.path.substr(0, slash) + ",upperdir=" + base +
                              "/upper,workdir=" + base + "/work,userxattr";
  const std::string merged = base + "/merged";
  if (::mount("overlay", merged.c_str(), "overlay", 0, options.c_str()) != 0) return kCannotTry;
  return Open(merged + t.path.substr(slash));
}

// A file that is made, through a bind mount, in a protected directory and opened at once by that
// name: the agent knows neither its inode nor a place for its path.
int NewFileByBindMount(const Target& t) {
  const std::size_t slash = t.path.rfind('/');
  const std::string at = t.scratch + "/bind-new";
  ::mkdir(at.c_str(), 0700);
  if (!EnterNamespaces()) return kCannotTry;
  if (::mount(t.path.substr(0, slash).c_str(), at.c_str(), nullptr, MS_BIND, nullptr) != 0)
    return kCannotTry;
  return ReadAll(::open((at + "/made-by-a-stranger").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
}

int OtherThread(const Target& t) {
  // Opened by a child that shares everything but is another process: vfork semantics.
  const pid_t child = ::fork();
  if (child == 0) ::_exit(Open(t.path));
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : kCannotTry;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: reader WAY PATH [SCRATCH]\n", stderr);
    return kCannotTry;
  }
  const std::map<std::string, std::function<int(const Target&)>> ways{
      {"open", [](const Target& t) { return Open(t.path); }},
      {"openat2", OpenAt2},
      {"read-write", ReadWrite},
      {"hard-link", HardLink},
      {"symbolic-link", SymbolicLink},
      {"reopen", Reopen},
      {"proc-root", ThroughProcRoot},
      {"rename", RenameThenOpen},
      {"rename-parent", RenameParentThenOpen},
      {"io-uring", IoUring},
      {"handle", ByHandle},
      {"mmap", MemoryMap},
      {"sendfile", Sendfile},
      {"bind-mount", BindMount},
      {"bind-mount-new-file", NewFileByBindMount},
      {"overlay", Overlay},
      {"forked-child", OtherThread},
  };
  const auto way = ways.find(argv[1]);
  if (way == ways.end()) return kCannotTry;
  return way->second({argv[2], argc > 3 ? argv[3] : ""});
}
