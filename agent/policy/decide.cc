// SPDX-License-Identifier: Apache-2.0
// The verdict. Nothing here allocates, locks, logs, or takes longer with more rules.
#include "agent/policy/compiled_policy.h"
#include "agent/policy/compiled_tables.h"

namespace keyward::policy {
namespace {

// What one side (the asset's rules, a program's rules) says.
struct Opinion {
  Outcome outcome = Outcome::kDeny;
  RuleIndex rule = kNoRule;
  bool monitor = false;
  bool locked = false;
};

Opinion FromEntry(const RuleEntry& entry) {
  return {entry.outcome, entry.rule, entry.monitor, entry.locked};
}

// All must allow: keeps what refuses, apart for what is enforced and what is only recorded.
class Agreement {
 public:
  void Hear(const Opinion& opinion) {
    Opinion& kept = opinion.monitor && !LetsPass(opinion.outcome) ? recorded_ : enforced_;
    bool& any = &kept == &recorded_ ? any_recorded_ : any_enforced_;
    if (!LetsPass(opinion.outcome) && opinion.locked) locked_ = true;
    if (any && kept.outcome >= opinion.outcome) return;
    kept = opinion;
    any = true;
  }

  bool refuses() const { return any_enforced_ && !LetsPass(enforced_.outcome); }
  bool refuses_or_records() const { return refuses() || any_recorded_; }
  bool locked() const { return locked_; }

  Verdict Conclude() const {
    if (!refuses() && any_recorded_) return Recorded(recorded_);
    return {enforced_.outcome, enforced_.rule, false, enforced_.outcome};
  }
  Verdict ConcludeMonitoring() const { return refuses() ? Recorded(enforced_) : Conclude(); }

 private:
  static Verdict Recorded(const Opinion& opinion) {
    return {Outcome::kAllow, opinion.rule, true, opinion.outcome};
  }

  Opinion enforced_;
  Opinion recorded_;
  bool any_enforced_ = false;
  bool any_recorded_ = false;
  bool locked_ = false;
};

}  // namespace

// One request with everything that is looked up for it once.
class Decision {
 public:
  Decision(const CompiledPolicy::Tables& tables, const AccessRequest& request,
           std::uint64_t serial) noexcept
      : t_(tables),
        request_(request),
        subject_(*request.subject),
        judged_(subject_.judged()),
        facts_(tables.facts[request.asset.asset]),
        access_(AccessOf(request.operation)),
        selectors_(SelectorsOf(request.asset, facts_.asset_class, facts_.kind)) {
    if (request.match && request.match->policy_serial == serial) {
      for (const ProgramIndex program : request.match->programs) match_.Add(program);
    } else {
      t_.programs.MatchEvidence(judged_, match_);
    }
    FindTaint();
    own_ = IsOwn();
  }

  Verdict Run() noexcept {
    if (facts_.writes_only && access_ == Access::kRead)
      return {Outcome::kAllow, kNoRule, false, Outcome::kAllow};
    Agreement agreement;
    agreement.Hear(OfAsset());
    HearPrograms(agreement);
    if (agreement.refuses_or_records() && !tainted_ && !agreement.locked() &&
        facts_.lock == kNoLock) {
      const RuleIndex approval = Approval();
      if (approval != kNoRule) return {Outcome::kAllow, approval, false, Outcome::kAllow};
    }
    return t_.monitoring ? agreement.ConcludeMonitoring() : agreement.Conclude();
  }

 private:
  void FindTaint() noexcept {
    Taints taints = request_.later_taints;
    const Subject* s = &subject_;
    for (int i = 0; s && i <= subject_.judged_generations; ++i, s = s->parent.get())
      taints.Add(s->taints);
    tainted_ = !taints.empty();
  }

  // What a match is worth: for an untainted clean program everything, for an untainted stranger the
  // content that it is bound to. Trust is not inherited: a tool that works for the wallet's program
  // is held to what that program is refused, but gets nothing by its name
  // (`ssh -o ProxyCommand=cat`). "@any" is no name: what it is given, a clean tool gets as well.
  bool Counts(ProgramIndex program) const noexcept {
    if (program == kAnyTrustedProgram) return !tainted_ && subject_.standing == Standing::kClean;
    return subject_.judged_generations == 0 && !tainted_ &&
           (subject_.standing == Standing::kClean || t_.programs.IsContent(program));
  }

  bool IsOwn() const noexcept {
    const auto bit = static_cast<std::uint8_t>(1u << static_cast<unsigned>(access_));
    for (std::size_t i = 0; i < match_.count; ++i) {
      const ProgramIndex program = match_.programs[i];
      if (!Counts(program)) continue;
      const std::uint8_t* bits = t_.own.Find({program, request_.asset.asset});
      if (bits && (*bits & bit) != 0) return true;
      if ((facts_.browser_access & bit) != 0 && request_.asset.browser != kNoBrowser &&
          t_.own_browser.Find({program, request_.asset.browser}))
        return true;
    }
    return false;
  }

  std::uint8_t TopLayer() const noexcept {
    return facts_.lock == kNoLock ? static_cast<std::uint8_t>(RuleMatrix::kLayers - 1)
                                  : facts_.lock;
  }

  Opinion Default() const noexcept {
    Column column = Column::kStranger;
    if (own_)
      column = Column::kOwner;
    else if (!tainted_ && subject_.standing == Standing::kClean)
      column = Column::kClean;
    const DefaultCell& cell =
        t_.defaults[static_cast<std::size_t>(facts_.asset_class)][static_cast<std::size_t>(column)]
                   [static_cast<std::size_t>(access_)];
    return {cell.outcome, cell.rule, false, false};
  }

  Opinion OfAsset() const noexcept {
    const RuleEntry* best = nullptr;
    const RuleEntry* doubtful = nullptr;
    for (std::size_t i = 0; i < match_.count; ++i) {
      const RuleEntry*& mine = Counts(match_.programs[i]) ? best : doubtful;
      mine = t_.asset_rules.Best(match_.programs[i], selectors_, access_, TopLayer(), mine);
    }
    if (!own_) best = t_.asset_rules.Best(kEverybodyElse, selectors_, access_, TopLayer(), best);
    const Opinion opinion = best ? FromEntry(*best) : Default();
    // A name that can't be believed lets nobody in, and nobody gets out of a refusal by a taint.
    return doubtful && doubtful->outcome > opinion.outcome ? FromEntry(*doubtful) : opinion;
  }

  // Every file between the one that opens and the judged one is held to the rules that name it.
  void HearPrograms(Agreement& agreement) const noexcept {
    if (t_.program_rules.empty()) return;
    const Subject* s = &subject_;
    for (int i = 0; s && i <= subject_.judged_generations; ++i, s = s->parent.get()) {
      HearProgram(s->executable, agreement);
      if (s->script) HearProgram(s->script->file, agreement);
    }
  }

  void HearProgram(const ProgramFile& file, Agreement& agreement) const noexcept {
    ShortMatch match;
    t_.programs.MatchName(file, match);
    const RuleEntry* best = nullptr;
    for (std::size_t i = 0; i < match.count; ++i)
      best = t_.program_rules.Best(match.programs[i], selectors_, access_, TopLayer(), best);
    if (best) agreement.Hear(FromEntry(*best));
  }

  RuleIndex Approval() const noexcept {
    const auto look = [&](const FlatMap<ApprovalCell>& map, std::uint64_t who) {
      for (const BrowserIndex browser : {request_.asset.browser, kNoBrowser}) {
        const ApprovalCell* cell = map.Find(CompiledPolicy::Tables::ApprovalKey(
            who, request_.asset.asset, browser, request_.owner_uid));
        if (cell && cell->rules[static_cast<std::size_t>(access_)] != kNoRule)
          return cell->rules[static_cast<std::size_t>(access_)];
      }
      return kNoRule;
    };
    for (std::size_t i = 0; i < match_.count && subject_.judged_generations == 0; ++i)
      if (const RuleIndex rule = look(t_.approvals, match_.programs[i]); rule != kNoRule)
        return rule;
    for (const std::uint64_t exec_id : {subject_.exec_id, judged_.exec_id})
      if (exec_id != 0)
        if (const RuleIndex rule = look(t_.running, exec_id); rule != kNoRule) return rule;
    return kNoRule;
  }

  const CompiledPolicy::Tables& t_;
  const AccessRequest& request_;
  const Subject& subject_;
  const Subject& judged_;
  const AssetFacts& facts_;
  const Access access_;
  const SelectorsOfAsset selectors_;
  ShortMatch match_;
  bool tainted_ = false;
  bool own_ = false;
};

Verdict CompiledPolicy::Decide(const AccessRequest& request) const noexcept {
  if (!request.subject || request.asset.asset >= tables_->facts.size())
    return {Outcome::kDeny, tables_->unresolved, false, Outcome::kDeny};
  return Decision(*tables_, request, tables_->serial).Run();
}

ProgramMatch CompiledPolicy::MatchProgram(const Subject& judged) const {
  ShortMatch match;
  tables_->programs.MatchEvidence(judged, match);
  ProgramMatch result;
  result.policy_serial = tables_->serial;
  result.programs.assign(match.programs.begin(),
                         match.programs.begin() + static_cast<std::ptrdiff_t>(match.count));
  return result;
}

}  // namespace keyward::policy
