// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "platform/linux/unique_fd.h"

namespace keyward::linux_os {

// A child process of the test's, killed and collected when it goes. Its standard input is a pipe
// that stays open as long as the object, its standard output one that the test can read.
class Child {
 public:
  struct Options {
    unsigned uid = 0;
    std::string directory{};
    std::vector<std::string> environment{};  // "NAME=value"; empty: a small harmless one
    bool new_user_namespace = false;
  };
  // Returns when the exec is done. `argv[0]` may differ from the program.
  Child(const std::string& program, std::vector<std::string> argv, const Options& options);
  Child(const std::string& program, std::vector<std::string> argv)
      : Child(program, std::move(argv), Options{}) {}
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  bool started() const { return started_; }
  // The next line of its output; empty at the end, or after some seconds.
  std::string ReadLine();
  void CloseInput() { input_.Reset(); }
  int Collect();  // its exit status

 private:
  pid_t pid_ = -1;
  bool started_ = false;
  bool collected_ = false;
  UniqueFd input_;
  UniqueFd output_;
};

// A direct child of `parent`, once there is one that runs a program of this name; -1 after a while.
pid_t WaitForChildOf(pid_t parent, const std::string& name);

}  // namespace keyward::linux_os
