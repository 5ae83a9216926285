// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/recorder.h"

#include <utility>

namespace keyward::daemon {

Incident IncidentOf(const platform::VerdictRecord& record, std::uint64_t count, Time first) {
  Incident incident;
  incident.kind = IncidentKind::kAccess;
  incident.first = first;
  incident.last = record.time;
  incident.count = count;
  incident.outcome = record.verdict.outcome;
  incident.monitored = record.verdict.monitored;
  incident.operation = record.operation;
  incident.owner_uid = record.owner_uid;
  incident.path = record.path;
  const policy::CompiledPolicy& policy = *record.policy;
  if (record.asset.asset != policy::kNoAsset) {
    const policy::AssetInfo& asset = policy.asset(record.asset.asset);
    incident.asset = policy.AssetId(record.asset);
    incident.asset_name = policy.AssetName(record.asset);
    incident.asset_class = asset.asset_class;
    incident.severity = asset.severity;
  } else {
    incident.asset_name = "a protected file, by another name";
    incident.severity = Severity::kHigh;
  }
  if (record.verdict.rule != kNoRule) {
    const policy::RuleInfo& rule = policy.rule(record.verdict.rule);
    incident.rule = rule.id;
    incident.rule_where = rule.where;
    incident.message = rule.message;
    incident.link = rule.link;
  } else {
    incident.rule = "unplaced";
    incident.message = "the file came by a name that leads to no place of the policy";
  }
  incident.policy_version = policy.version();
  incident.attack = AttackTechniques(incident.asset_class, record.operation, *record.subject);
  incident.taints = record.subject->taints;
  incident.taints.Add(record.later_taints);
  incident.taint_details = record.subject->taint_details;
  incident.subject = Record(*record.subject);
  for (auto parent = record.subject->parent; parent; parent = parent->parent)
    incident.ancestry.push_back(Record(*parent));
  incident.judged_as = record.subject->judged().program().path;
  return incident;
}

Recorder::Recorder(Sink sink) : sink_(std::move(sink)), thread_([this] { Loop(); }) {}

Recorder::~Recorder() { Stop(); }

void Recorder::Take(platform::VerdictRecord record) {
  const std::lock_guard lock(mutex_);
  Key key{record.subject.get(), record.asset.asset,     record.asset.browser,
          record.operation,     record.verdict.outcome, record.passed};
  // A flood of short-lived processes: from here on only the asset and the verdict tell records
  // apart. The count stays exact.
  if (pending_.size() >= kMaxPending) key.subject = nullptr;
  const auto [at, fresh] = pending_.try_emplace(key);
  Pending& pending = at->second;
  ++pending.count;
  if (fresh) {
    pending.first = record.time;
    pending.record = std::move(record);
    changed_.notify_one();
  } else {
    pending.record.time = record.time;
  }
}

void Recorder::Loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !pending_.empty(); });
    if (pending_.empty()) return;
    auto round = std::exchange(pending_, {});
    lock.unlock();
    for (auto& [key, pending] : round)
      sink_(IncidentOf(pending.record, pending.count, pending.first));
    lock.lock();
  }
}

void Recorder::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

}  // namespace keyward::daemon
