// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/questions.h"

#include <chrono>

#include "agent/control/wording.h"

namespace keyward::daemon {

control::QuestionRow QuestionRowOf(const platform::Question& question, Time now) {
  const platform::VerdictRecord& record = question.record;
  control::QuestionRow row;
  row.id = question.id;
  row.uid = record.owner_uid;
  row.deadline = now + std::chrono::duration_cast<std::chrono::nanoseconds>(
                           question.deadline - std::chrono::steady_clock::now());
  row.asset = record.policy->AssetId(record.asset);
  row.asset_name = record.policy->AssetName(record.asset);
  row.path = record.path;
  row.operation = record.operation;
  row.program = control::ProgramLine(*record.subject, "");
  row.pid = record.subject->process.pid;
  for (const Evidence& evidence : record.subject->program().evidence)
    row.evidence.push_back(evidence.detail);
  return row;
}

}  // namespace keyward::daemon
