// SPDX-License-Identifier: Apache-2.0
#include "agent/control/explain_reply.h"

#include "agent/control/wording.h"
#include "agent/model/check.h"

namespace keyward::control {
namespace {

constexpr int kMaxAncestors = 16;

ExplainProgram Describe(const Subject& subject) {
  const RecordedProcess record = Record(subject);
  const ProgramFile& file = subject.program();
  ExplainProgram program;
  program.id = file.path;
  program.exe = record.exe;
  program.script = record.script;
  program.package = record.package;
  if (file.sha256) program.sha256 = ToHex(*file.sha256);
  program.standing = StandingName(subject.standing);
  for (const Evidence& e : file.evidence)
    program.evidence.push_back(
        EvidenceRow{std::string(EvidenceKindName(e.kind)), Supports(e.kind), e.detail});
  return program;
}

}  // namespace

ExplainReply MakeExplainReply(const ExplainFacts& facts) {
  KW_CHECK(facts.subject != nullptr);
  const Subject& subject = *facts.subject;
  ExplainReply reply;
  reply.path = facts.path;
  reply.asset = facts.asset;
  reply.asset_name = facts.asset_name;
  reply.asset_where = facts.asset_where;
  reply.operation = facts.operation;
  reply.pid = subject.process.pid;
  reply.program = Describe(subject);
  Taints taints = subject.taints;
  taints.Add(subject.judged().taints);
  taints.Add(facts.later_taints);
  for (const Taint taint : taints.List()) reply.taints.emplace_back(TaintName(taint));
  reply.taint_details = subject.taint_details;
  const Subject& judged = subject.judged();
  if (&judged != &subject) reply.judged_as = judged.program().path;
  int generations = 0;
  for (auto p = subject.parent; p && generations < kMaxAncestors; p = p->parent, ++generations)
    reply.ancestry.push_back(ProgramLine(*p, facts.home));
  reply.monitored = facts.verdict.monitored;
  reply.verdict = facts.verdict.outcome;
  reply.rule = facts.rule;
  reply.rule_where = facts.rule_where;
  reply.rule_meaning = facts.rule_meaning;
  reply.message = facts.message;
  reply.link = facts.link;

  ReasonFacts reason;
  reason.outcome = facts.verdict.outcome;
  reason.monitored = facts.verdict.monitored;
  reason.operation = facts.operation;
  reason.asset_name = facts.asset_name;
  reason.rule_id = facts.rule;
  reason.rule_meaning = facts.rule_meaning;
  reason.subject = &subject;
  reason.later_taints = facts.later_taints;
  reason.home = facts.home;
  reply.reason = Reason(reason);
  if (!LetsPass(facts.verdict.outcome) && !facts.asset.empty())
    reply.to_allow = HowToAllow(facts.asset, subject, facts.later_taints, facts.operation);
  return reply;
}

ExplainReply ExplainVerdict(const policy::CompiledPolicy& policy,
                            std::span<const policy::Home> homes, const std::string& path,
                            Operation operation, const Subject& subject) {
  ExplainFacts facts;
  facts.path = path;
  facts.operation = operation;
  facts.subject = &subject;
  facts.verdict = Verdict{Outcome::kAllow, kNoRule, false, Outcome::kAllow};
  if (const auto place = policy.FindPlace(path, homes)) {
    facts.asset = policy.AssetId(place->asset);
    facts.asset_name = policy.AssetName(place->asset);
    facts.asset_where = policy.asset(place->asset.asset).where;
    policy::AccessRequest access;
    access.subject = &subject;
    access.asset = place->asset;
    access.operation = operation;
    if (place->home < homes.size()) {
      access.owner_uid = homes[place->home].uid;
      facts.home = homes[place->home].path;
    }
    facts.verdict = policy.Decide(access);
  }
  if (facts.verdict.rule != kNoRule) {
    const policy::RuleInfo& rule = policy.rule(facts.verdict.rule);
    facts.rule = rule.id;
    facts.rule_where = rule.where;
    facts.rule_meaning = rule.meaning;
    facts.message = rule.message;
    facts.link = rule.link;
  }
  return MakeExplainReply(facts);
}

}  // namespace keyward::control
