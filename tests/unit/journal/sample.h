// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "agent/journal/journal.h"
#include "agent/model/incident.h"

namespace keyward::journal {

// An incident with something in every field: Node, started by npm, reads Electrum's wallet.
Incident Sample();

// Every field, those that operator== would forget as well: a readable text to compare.
std::string Everything(const Incident& incident);

Time At(std::int64_t seconds);

// A directory of its own, removed at the end of the scope.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  std::string Path(const std::string& name) const { return (root_ / name).string(); }
  const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
};

// Throws, which fails the test, with the reason.
std::unique_ptr<Journal> OpenOrDie(const std::string& path, const Journal::Options& options = {});

std::string Contents(const std::string& path);

}  // namespace keyward::journal
