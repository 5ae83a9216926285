// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/fold_identity.h"

#include <functional>
#include <string_view>

namespace keyward::journal {
namespace {

class Hash {
 public:
  Hash& Add(std::uint64_t value) {
    value_ = (value_ ^ value) * 0x9e3779b97f4a7c15u;
    value_ ^= value_ >> 29;
    return *this;
  }
  Hash& Add(std::string_view text) { return Add(std::hash<std::string_view>{}(text)); }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325u;
};

bool SameImage(const RecordedProcess& a, const RecordedProcess& b) {
  return a.uid == b.uid && a.exe == b.exe && a.script == b.script;
}

Hash& AddImage(Hash& hash, const RecordedProcess& p) {
  return hash.Add(p.uid).Add(p.exe).Add(p.script);
}

Hash& AddArguments(Hash& hash, const RecordedProcess& p) {
  for (const std::string& argument : p.argv) hash.Add(argument);
  return hash;
}

bool SameId(const RecordedProcess& a, const RecordedProcess& b) {
  return a.pid == b.pid && a.start_ticks == b.start_ticks;
}

Hash& AddId(Hash& hash, const RecordedProcess& p) {
  return hash.Add(static_cast<std::uint32_t>(p.pid)).Add(p.start_ticks);
}

}  // namespace

bool Folds(IncidentKind kind) {
  return kind != IncidentKind::kOverride && kind != IncidentKind::kApproval;
}

bool SameWhat(const Incident& a, const Incident& b) {
  if (a.kind != b.kind || a.owner_uid != b.owner_uid || a.asset != b.asset ||
      a.operation != b.operation || a.outcome != b.outcome || a.monitored != b.monitored ||
      a.rule != b.rule || !(a.taints == b.taints))
    return false;
  // Where no access is concerned, the place and the words are what it is about.
  return a.kind == IncidentKind::kAccess || (a.path == b.path && a.message == b.message);
}

std::uint64_t HashWhat(const Incident& incident) {
  Hash hash;
  hash.Add(static_cast<std::uint64_t>(incident.kind))
      .Add(incident.owner_uid)
      .Add(incident.asset)
      .Add(static_cast<std::uint64_t>(incident.operation))
      .Add(static_cast<std::uint64_t>(incident.outcome))
      .Add(std::uint64_t{incident.monitored})
      .Add(incident.rule)
      .Add(incident.taints.bits());
  if (incident.kind != IncidentKind::kAccess) hash.Add(incident.path).Add(incident.message);
  return hash.value();
}

bool SameProcess(const Incident& a, const Incident& b) {
  return SameWhat(a, b) && SameId(a.subject, b.subject) && SameImage(a.subject, b.subject) &&
         a.subject.argv == b.subject.argv;
}

std::uint64_t HashProcess(const Incident& incident) {
  Hash hash;
  hash.Add(HashWhat(incident));
  AddId(hash, incident.subject);
  AddImage(hash, incident.subject);
  return AddArguments(hash, incident.subject).value();
}

bool SameParent(const Incident& a, const Incident& b) {
  return !a.ancestry.empty() && !b.ancestry.empty() && SameWhat(a, b) &&
         SameId(a.ancestry[0], b.ancestry[0]) && SameImage(a.subject, b.subject) &&
         a.subject.argv == b.subject.argv;
}

std::uint64_t HashParent(const Incident& incident) {
  Hash hash;
  hash.Add(HashWhat(incident));
  if (!incident.ancestry.empty()) AddId(hash, incident.ancestry[0]);
  AddImage(hash, incident.subject);
  return AddArguments(hash, incident.subject).value();
}

bool SameProgram(const Incident& a, const Incident& b) {
  return SameWhat(a, b) && SameImage(a.subject, b.subject) && a.judged_as == b.judged_as;
}

std::uint64_t HashProgram(const Incident& incident) {
  Hash hash;
  hash.Add(HashWhat(incident)).Add(incident.judged_as);
  return AddImage(hash, incident.subject).value();
}

}  // namespace keyward::journal
