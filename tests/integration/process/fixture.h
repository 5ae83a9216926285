// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "platform/linux/process/subject_source.h"
#include "tests/integration/process/child.h"

namespace keyward::linux_os {

inline constexpr unsigned kStranger = 65534;  // nobody: owns nothing on the machine

// The rules that these tests need, in the form that the catalogue compiles to.
std::shared_ptr<const IdentityRules> TestRules();

std::string Pretender();  // the path of our impostor

// A directory of the test's own below /tmp, with a part that belongs to a stranger.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  const std::string& path() const { return path_; }
  // A file of the stranger's, with a copy of another file's content or with a text.
  std::string CopyOf(const std::string& file, const std::string& name) const;
  std::string Write(const std::string& name, const std::string& text, unsigned mode = 0755) const;

 private:
  std::string path_;
};

// Runs with each of the two streams.
class SubjectSourceTest : public testing::TestWithParam<SubjectSource::Stream> {
 protected:
  void SetUp() override;
  void OpenSource();  // skips the test where the stream is not to be had

  SubjectPtr SubjectOf(pid_t pid);
  // The kernel closes our exec pipe a moment before the exec is complete: asked within that moment,
  // a child is still its parent's copy.
  SubjectPtr SubjectOf(const Child& child);

  Scratch scratch_;
  SubjectSource::Options options_;
  std::unique_ptr<SubjectSource> source_;
};

}  // namespace keyward::linux_os
