// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/gate_fanotify/coverage.h"

#include <charconv>

namespace keyward::linux_os {
namespace {

// "6.1.0-28-amd64" -> 6001; 0 when it does not look like one.
int ReleaseNumber(std::string_view release) {
  int major = 0;
  int minor = 0;
  const char* end = release.data() + release.size();
  const auto first = std::from_chars(release.data(), end, major);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '.') return 0;
  if (std::from_chars(first.ptr + 1, end, minor).ec != std::errc{}) return 0;
  return major * 1000 + minor;
}

}  // namespace

Coverage FanotifyCoverage(std::string_view kernel_release, SubjectSource::Stream stream,
                          bool user_namespaces_allowed) {
  using enum CoverageLevel;
  const int release = ReleaseNumber(kernel_release);
  Coverage c;
  c.engine = "fanotify";
  c.kernel = std::string(kernel_release);
  c.identity =
      stream == SubjectSource::Stream::kTracepoint ? "exec tracepoint" : "process connector";
  c.items = {
      {"open", "opening a protected file, to read or to write", kStops,
       "every open waits for the verdict"},
      {"hard-link", "opening it by a hard or symbolic link", kStops, "files are known by inode"},
      {"bind-mount", "opening it through a bind mount or another mount namespace", kStops,
       "files are known by inode"},
      {"io-uring", "opening it by io_uring, by handle or from /proc/PID/fd", kStops,
       "the kernel asks for every way to open"},
      {"new-file", "a file made in a protected directory", kStops,
       "the directory is marked, with its children"},
      {"new-directory", "a directory made below a protected one", kNotices,
       "marked as soon as its creation is reported; what is opened before that is not asked about; "
       "the kernel engine has no such gap"},
      {"rename-delete", "renaming, deleting or truncating a protected file by its name", kNotices,
       "noticed afterwards, and protection follows the file; only the kernel engine can stop it"},
      {"descriptor",
       "a descriptor that its own program hands on, or that was open before the start", kBlind,
       "no open happens; the kernel engine sees it"},
      {"memory", "reading the memory of a running wallet (ptrace, /proc/PID/mem)", kBlind,
       "a traced wallet loses its rights, but what it has loaded can be read; the kernel engine "
       "stops it"},
      {"raw-device", "root reading the raw disk, or a hardware wallet's device node", kBlind,
       "device nodes can't be marked safely; the kernel engine stops it"},
      {"any-depth", "files anywhere in a home (`~/**/*.kdbx`, `.env`)", kBlind,
       "only known places are protected from the start; protect a file of yours by `keyward "
       "protect`"},
  };
  if (release > 0 && release < 6012 && user_namespaces_allowed) {
    c.items.push_back(
        {"overlay", "reading it through an overlay mount in a user namespace", kBlind,
         "this kernel reports no event for it; set user.max_user_namespaces=0, or use "
         "the kernel engine"});
  } else {
    c.items.push_back(
        {"overlay", "reading it through an overlay mount in a user namespace", kStops,
         user_namespaces_allowed ? "this kernel reports it" : "user namespaces are switched off"});
  }
  if (stream == SubjectSource::Stream::kConnector)
    c.items.push_back({"exec-race", "a program that rewrites its arguments right after its start",
                       kNotices,
                       "arguments are read after the start; with the exec tracepoint before it"});
  return c;
}

}  // namespace keyward::linux_os
