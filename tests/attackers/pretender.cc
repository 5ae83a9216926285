// SPDX-License-Identifier: Apache-2.0
// A harmless impostor for tests: tries to look like another program in one of many ways, says
// "ready" and waits for the end of its standard input.
//   pretender WAY [ARGUMENT…]
// Exit status 2: this way can't be tried here.
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

extern char** environ;

namespace {

constexpr int kCannotTry = 2;
using Arguments = std::vector<char*>;  // ends with a null pointer, as execv wants it

int Wait() {
  const char ready[] = "ready\n";
  if (::write(STDOUT_FILENO, ready, sizeof ready - 1) < 0) return 1;
  std::array<char, 64> ignored;
  while (::read(STDIN_FILENO, ignored.data(), ignored.size()) > 0) {
  }
  return 0;
}

// Writes another command line and an innocent environment over its own.
int RewriteArguments(char** argv) {
  for (char** a = argv; *a != nullptr; ++a) std::memset(*a, 'x', std::strlen(*a));
  std::strncpy(argv[0], "electrum", std::strlen(argv[0]));
  for (char** e = environ; *e != nullptr; ++e) std::memset(*e, 'x', std::strlen(*e));
  return Wait();
}

struct Region {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  int protection = 0;
};

std::vector<Region> OwnFileRegions(const std::string& exe) {
  std::vector<Region> regions;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.size() < exe.size() || line.compare(line.size() - exe.size(), exe.size(), exe) != 0)
      continue;
    unsigned long begin = 0;
    unsigned long end = 0;
    std::array<char, 5> mode{};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, mode.data()) != 3) continue;
    const int protection = (mode[0] == 'r' ? PROT_READ : 0) | (mode[1] == 'w' ? PROT_WRITE : 0) |
                           (mode[2] == 'x' ? PROT_EXEC : 0);
    regions.push_back({begin, end, protection});
  }
  return regions;
}

// The kernel lets the exe link change once nothing of the old file is mapped: each mapping is
// replaced, at its own address, by an anonymous copy of itself.
bool MoveOutOfOwnFile() {
  std::array<char, 4096> exe{};
  if (::readlink("/proc/self/exe", exe.data(), exe.size() - 1) < 0) return false;
  for (const Region& r : OwnFileRegions(exe.data())) {
    const std::size_t size = r.end - r.begin;
    void* copy = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (copy == MAP_FAILED) return false;
    std::memcpy(copy, reinterpret_cast<void*>(r.begin), size);
    if (::mprotect(copy, size, r.protection) != 0) return false;
    if (::mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED,
                 reinterpret_cast<void*>(r.begin)) == MAP_FAILED)
      return false;
  }
  return true;
}

// What the kernel says of our own memory, as PR_SET_MM_MAP wants it back.
bool ReadOwnMap(prctl_mm_map& map) {
  std::ifstream in("/proc/self/stat");
  std::string text{std::istreambuf_iterator<char>(in), {}};
  std::istringstream rest(text.substr(text.rfind(')') + 2));
  std::vector<std::string> field(3);  // numbered as in proc(5): the third comes next
  for (std::string word; rest >> word;) field.push_back(word);
  if (field.size() < 52) return false;
  const auto number = [&field](std::size_t at) { return std::stoull(field[at]); };
  map.start_code = number(26);
  map.end_code = number(27);
  map.start_stack = number(28);
  map.start_data = number(45);
  map.end_data = number(46);
  map.start_brk = number(47);
  map.brk = reinterpret_cast<std::uintptr_t>(::sbrk(0));
  map.arg_start = number(48);
  map.arg_end = number(49);
  map.env_start = number(50);
  map.env_end = number(51);
  return true;
}

// Any user can do this: a user namespace of its own gives the right to.
int ForgeExeLink(const char* as) {
  prctl_mm_map map{};
  const int fd = ::open(as, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || ::unshare(CLONE_NEWUSER) != 0 || !ReadOwnMap(map)) return kCannotTry;
  map.exe_fd = static_cast<std::uint32_t>(fd);
  if (!MoveOutOfOwnFile() || ::prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0) != 0)
    return kCannotTry;
  return Wait();
}

bool Copy(const char* from, int to) {
  std::ifstream in(from, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  const std::string all = text.str();
  return !all.empty() && ::write(to, all.data(), all.size()) == static_cast<ssize_t>(all.size());
}

int ExecFromMemory(Arguments program) {
  const int fd = ::memfd_create("electrum", 0);
  if (fd < 0 || !Copy(program[0], fd)) return kCannotTry;
  ::fexecve(fd, program.data(), environ);
  return kCannotTry;
}

int ExecDeleted(const char* scratch, Arguments program) {
  const std::string path = std::string(scratch) + "/deleted";
  const int writing = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
  if (writing < 0 || !Copy(program[0], writing)) return kCannotTry;
  ::close(writing);
  const int fd = ::open(path.c_str(), O_RDONLY);
  ::unlink(path.c_str());
  ::fexecve(fd, program.data(), environ);
  return kCannotTry;
}

// The program as its own traced child: yama's level 1 does not stop that.
int ExecTraced(Arguments program) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ::execv(program[0], program.data());
    ::_exit(kCannotTry);
  }
  int status = 0;
  ::waitpid(child, &status, 0);  // stopped at its exec
  if (!WIFSTOPPED(status)) return kCannotTry;
  std::printf("child %d\n", child);
  std::fflush(stdout);
  Wait();
  ::ptrace(PTRACE_KILL, child, nullptr, nullptr);
  return 0;
}

int ExecFromThread(Arguments program) {
  std::thread([&program] {
    ::execv(program[0], program.data());
    ::_exit(kCannotTry);
  }).join();
  return kCannotTry;
}

int MapCode(const char* library) {
  const int fd = ::open(library, O_RDONLY | O_CLOEXEC);
  void* at = ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
  return at == MAP_FAILED ? kCannotTry : Wait();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return kCannotTry;
  const std::string way = argv[1];
  const auto program_at = [argv](int at) {
    Arguments program;
    for (char** a = argv + at; *a != nullptr; ++a) program.push_back(*a);
    program.push_back(nullptr);
    return program;
  };
  if (way == "wait") return Wait();
  if (way == "rewrite-arguments") return RewriteArguments(argv);
  if (argc < 3) return kCannotTry;
  if (way == "forge-exe") return ForgeExeLink(argv[2]);
  if (way == "map-code") return MapCode(argv[2]);
  if (way == "memory") return ExecFromMemory(program_at(2));
  if (way == "traced") return ExecTraced(program_at(2));
  if (way == "thread") return ExecFromThread(program_at(2));
  if (way == "deleted" && argc > 3) return ExecDeleted(argv[2], program_at(3));
  return kCannotTry;
}
