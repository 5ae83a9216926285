// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>

#include "platform/linux/process/exec_record.h"
#include "platform/linux/process/file_evidence.h"
#include "platform/linux/process/subject_source.h"
#include "platform/linux/process/subject_table.h"

namespace keyward::linux_os {

// Makes subjects out of exec records, in two steps: at once by what costs microseconds (names,
// links, ownership, environment, lineage), later or never by content (digest, package). The first
// step fixes the taints, before the program has had time to cover its tracks.
//
// Any thread; the second step reads whole files.
class Resolver {
 public:
  explicit Resolver(SubjectSource::Options options);

  void SetOptions(SubjectSource::Options options);
  // Inserts the record's subject. True when its program is one that some asset lets in: worth its
  // full evidence before it opens anything.
  bool TakeIn(ExecRecord record);
  // The subject with full evidence, and that of the ancestor that it is judged as.
  SubjectPtr Complete(const ExecEntryPtr& entry);
  // Whether what a Python program imports from its user's home has changed since its exec.
  bool ImportsChanged(const Subject& subject);
  // Judges everything anew by the options in force. The entries that are worth full evidence.
  std::vector<ExecEntryPtr> JudgeAnew();

  SubjectTable& table() { return table_; }
  const SubjectTable& table() const { return table_; }
  FileEvidence& evidence() { return evidence_; }

 private:
  using OptionsPtr = std::shared_ptr<const SubjectSource::Options>;
  OptionsPtr options() const;
  void ResolveQuickly(ExecEntry& entry, const OptionsPtr& options);
  static bool WorthFullEvidence(const Subject& subject, const SubjectSource::Options& options);

  FileEvidence evidence_;
  SubjectTable table_;
  mutable std::mutex mutex_;
  OptionsPtr options_;
};

}  // namespace keyward::linux_os
