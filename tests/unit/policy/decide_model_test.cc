// SPDX-License-Identifier: Apache-2.0
// Random policies and requests, judged by Decide() and by a slow, obvious reading of the order.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "agent/policy/approvals.h"
#include "agent/policy/compiled_policy.h"
#include "tests/unit/policy/policy_maker.h"

namespace keyward::policy {
namespace {

struct ModelAsset {
  const char* id;
  const char* asset_class;
  const char* kind;
  const char* owner;
  Outcome columns[3];  // as in kDefaults
};
constexpr ModelAsset kAssets[] = {
    {"a0",
     "wallet-secret",
     "desktop-wallet",
     "p0",
     {Outcome::kAllow, Outcome::kAsk, Outcome::kDeny}},
    {"a1", "credential", "ssh", "p1", {Outcome::kAllow, Outcome::kAudit, Outcome::kDeny}},
    {"a2",
     "watch-only",
     "desktop-wallet",
     "p0",
     {Outcome::kAllow, Outcome::kAudit, Outcome::kAudit}},
};

struct ModelRule {
  bool of_program = false;
  std::size_t layer = 0;
  std::vector<std::string> assets;
  std::vector<std::string> programs;  // empty: everybody else
  bool access[2] = {true, true};
  Outcome verdict = Outcome::kDeny;
  std::optional<Outcome> otherwise;
  bool monitor = false;
  bool locked = false;
};

struct ModelLock {
  std::string what;
  std::size_t layer;
};

struct ModelPolicy {
  std::vector<ModelRule> rules;
  std::vector<ModelLock> locks;
  std::vector<Approval> approvals;
  bool monitoring = false;
};

struct ModelSubject {
  Subject subject;
  std::vector<std::string> names;       // that it is by evidence
  std::vector<std::string> file_names;  // of the files on the way, whatever speaks against them
};

std::string Quoted(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "'" : ", '") + text + "'";
  return "[" + list + "]";
}

std::vector<Layer> Written(const ModelPolicy& policy) {
  std::string texts[3];
  texts[0] = std::string(kDefaults);
  for (const ModelAsset& a : kAssets) {
    std::string text = AssetText(a.id, a.asset_class, "'~/." + std::string(a.id) + "'",
                                 "'" + std::string(a.owner) + "'");
    text.replace(text.find("desktop-wallet"), 14, a.kind);
    texts[0] += text;
  }
  int number = 0;
  for (const ModelRule& rule : policy.rules) {
    std::string& text = texts[rule.layer];
    text += rule.of_program ? "[[program_rule]]\n" : "[[asset_rule]]\n";
    text += "id = 'r" + std::to_string(number++) + "'\nassets = " + Quoted(rule.assets) + "\n";
    if (!rule.programs.empty()) text += "programs = " + Quoted(rule.programs) + "\n";
    if (!rule.access[1]) text += "operations = ['read']\n";
    if (!rule.access[0]) text += "operations = ['write']\n";
    text += "verdict = '" + std::string(OutcomeName(rule.verdict)) + "'\n";
    if (rule.otherwise) text += "otherwise = '" + std::string(OutcomeName(*rule.otherwise)) + "'\n";
    if (rule.monitor) text += "monitor = true\n";
    if (rule.locked) text += "locked = true\n";
  }
  for (std::size_t layer = 0; layer < 3; ++layer) {
    std::vector<std::string> locked;
    for (const ModelLock& lock : policy.locks)
      if (lock.layer == layer) locked.push_back(lock.what);
    texts[layer] += "[policy]\nlocked = " + Quoted(locked) + "\n";
  }
  if (policy.monitoring) texts[2] += "[override]\nmode = 'monitor'\nuntil = 2028-01-01T00:00:00Z\n";
  UserLayer user;
  user.approvals = policy.approvals;
  return {LayerOf(LayerKind::kCatalogue, texts[0]), LayerOf(LayerKind::kAdministrator, texts[1]),
          LayerOf(LayerKind::kManaged, texts[2]), LayerOf(LayerKind::kUser, WriteApprovals(user))};
}

// 0: does not speak of it. Else how specific it is.
int Specific(const std::string& reference, const ModelAsset& asset) {
  if (reference == asset.id) return 4;
  if (reference == std::string("kind:") + asset.kind) return 3;
  if (reference == std::string("class:") + asset.asset_class) return 2;
  return reference == "*" ? 1 : 0;
}

struct ModelOpinion {
  Outcome outcome = Outcome::kDeny;
  bool monitor = false;
  bool locked = false;
  std::tuple<bool, std::size_t, int, bool, Outcome, bool> rank{};
};

class Model {
 public:
  Model(const ModelPolicy& policy, const ModelSubject& subject, const ModelAsset& asset,
        std::size_t access)
      : policy_(policy), subject_(subject), asset_(asset), access_(access) {
    const Subject* s = &subject.subject;
    for (int i = 0; i <= subject.subject.judged_generations; ++i, s = s->parent.get())
      tainted_ = tainted_ || !s->taints.empty();
    clean_ = !tainted_ && subject.subject.standing == Standing::kClean;
    believed_ = clean_ && subject.subject.judged_generations == 0;
    own_ = believed_ && Has(subject.names, asset.owner);
    for (const ModelLock& lock : policy.locks)
      if (lock.what == std::string("asset:") + asset.id ||
          lock.what == std::string("class:") + asset.asset_class)
        lock_ = std::min(lock_, lock.layer);
  }

  Verdict Judge() const {
    std::vector<ModelOpinion> opinions = {OfAsset()};
    for (const std::string& file : subject_.file_names)
      if (const auto best = BestRule(true, {file, "@any"}, false)) opinions.push_back(*best);
    std::optional<Outcome> enforced;
    std::optional<Outcome> recorded;
    bool locked = lock_ != kNone;
    for (const ModelOpinion& o : opinions) {
      auto& kept = o.monitor && !LetsPass(o.outcome) ? recorded : enforced;
      kept = kept ? Stricter(*kept, o.outcome) : o.outcome;
      locked = locked || (o.locked && !LetsPass(o.outcome));
    }
    const bool refused = enforced && !LetsPass(*enforced);
    if ((refused || recorded) && !tainted_ && !locked && Approved())
      return {Outcome::kAllow, 0, false, Outcome::kAllow};
    if (refused && !policy_.monitoring) return {*enforced, 0, false, *enforced};
    if (refused) return {Outcome::kAllow, 0, true, *enforced};
    if (recorded) return {Outcome::kAllow, 0, true, *recorded};
    return {*enforced, 0, false, *enforced};
  }

 private:
  static constexpr std::size_t kNone = 99;

  static bool Has(const std::vector<std::string>& list, const std::string& text) {
    return std::find(list.begin(), list.end(), text) != list.end();
  }

  // The rule that wins among those that name one of `names` (and, with `everybody`, no program).
  std::optional<ModelOpinion> BestRule(bool of_program, const std::vector<std::string>& names,
                                       bool everybody) const {
    std::optional<ModelOpinion> best;
    for (const ModelRule& rule : policy_.rules) {
      if (rule.of_program != of_program || !rule.access[access_]) continue;
      if (lock_ != kNone && rule.layer > lock_) continue;
      const bool named = std::any_of(rule.programs.begin(), rule.programs.end(),
                                     [&](const std::string& p) { return Has(names, p); });
      if (!named && !(everybody && rule.programs.empty())) continue;
      int specific = 0;
      for (const std::string& a : rule.assets) specific = std::max(specific, Specific(a, asset_));
      if (specific == 0 && !rule.otherwise) continue;
      ModelOpinion o{specific == 0 ? *rule.otherwise : rule.verdict, rule.monitor, rule.locked, {}};
      o.rank = {rule.locked,  rule.locked ? 3 - rule.layer : rule.layer, specific, named, o.outcome,
                !rule.monitor};
      if (!best || o.rank > best->rank) best = o;
    }
    return best;
  }

  ModelOpinion OfAsset() const {
    const Outcome column = asset_.columns[own_ ? 0 : clean_ ? 1 : 2];
    // A tool on behalf of another gets what every trusted program gets, and nothing by a name.
    std::vector<std::string> believed;
    std::vector<std::string> doubted;
    for (const std::string& name : subject_.names)
      (believed_ || (clean_ && name == "@any") ? believed : doubted).push_back(name);
    const ModelOpinion opinion =
        BestRule(false, believed, !own_).value_or(ModelOpinion{column, false, false, {}});
    const auto doubtful = BestRule(false, doubted, false);
    return doubtful && doubtful->outcome > opinion.outcome ? *doubtful : opinion;
  }

  bool Approved() const {
    const Subject& judged = subject_.subject.judged();
    return std::any_of(policy_.approvals.begin(), policy_.approvals.end(), [&](const Approval& a) {
      return subject_.subject.judged_generations == 0 && a.uid == 1000 && a.asset == asset_.id &&
             a.sha256 == judged.executable.sha256 && (access_ == 0 ? a.read : a.write);
    });
  }

  const ModelPolicy& policy_;
  const ModelSubject& subject_;
  const ModelAsset& asset_;
  std::size_t access_;
  std::size_t lock_ = kNone;
  bool tainted_ = false;
  bool clean_ = false;
  bool believed_ = false;
  bool own_ = false;
};

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  std::size_t Pick(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  bool OneIn(std::size_t n) { return Pick(n) == 0; }

  ModelPolicy Policy() {
    ModelPolicy policy;
    for (std::size_t i = 0, n = Pick(9); i < n; ++i) policy.rules.push_back(Rule());
    const char* locks[] = {"asset:a0", "asset:a1", "class:wallet-secret", "class:watch-only"};
    for (std::size_t i = 0, n = Pick(3); i < n; ++i)
      if (OneIn(2)) policy.locks.push_back({locks[Pick(4)], Pick(3)});
    for (std::size_t i = 0, n = Pick(3); i < n; ++i) {
      Approval a;
      a.id = i;
      a.uid = OneIn(4) ? 1001 : 1000;
      a.asset = kAssets[Pick(3)].id;
      a.sha256 = HashOf(static_cast<std::uint8_t>(Pick(4)));
      a.read = !OneIn(3);
      a.write = OneIn(3);
      policy.approvals.push_back(a);
    }
    policy.monitoring = OneIn(8);
    return policy;
  }

  ModelSubject Someone() {
    ModelSubject made;
    const std::size_t number = Pick(4);
    const std::string name = "p" + std::to_string(number);
    const bool trusted = !OneIn(3);
    Subject judged =
        Running(trusted ? Packaged("/usr/bin/" + name, name) : InHome("/home/a/" + name),
                OneIn(3) ? Standing::kStranger : Standing::kClean);
    judged.executable.sha256 = HashOf(static_cast<std::uint8_t>(number));
    if (OneIn(4)) judged.taints.Add(Taint::kForeignCode);
    if (trusted) made.names = {name, "@any"};
    made.file_names = {name};
    made.subject = judged;
    if (OneIn(4)) {
      made.subject = Running(Packaged("/usr/bin/t0", "coreutils"), judged.standing);
      made.subject.executable.role = ProgramRole::kTool;
      made.subject.parent = std::make_shared<Subject>(judged);
      made.subject.judged_generations = 1;
      if (OneIn(4)) made.subject.taints.Add(Taint::kTraced);
      made.file_names.push_back("t0");
    }
    return made;
  }

 private:
  ModelRule Rule() {
    ModelRule rule;
    rule.of_program = OneIn(3);
    rule.layer = Pick(3);
    const char* assets[] = {
        "a0", "a1", "a2", "kind:desktop-wallet", "class:wallet-secret", "class:credential", "*"};
    const char* programs[] = {"p0", "p1", "p2", "p3", "t0", "@any"};
    for (std::size_t i = 0, n = 1 + Pick(2); i < n; ++i) rule.assets.push_back(assets[Pick(7)]);
    for (std::size_t i = 0, n = Pick(3) + (rule.of_program ? 1 : 0); i < n; ++i)
      rule.programs.push_back(programs[Pick(6)]);
    if (OneIn(3)) rule.access[Pick(2)] = false;
    rule.verdict = static_cast<Outcome>(Pick(4));
    if (rule.of_program && OneIn(2)) rule.otherwise = static_cast<Outcome>(Pick(4));
    rule.monitor = OneIn(4);
    rule.locked = OneIn(5);
    return rule;
  }

  std::mt19937 random_;
};

TEST(DecideModelTest, RandomPoliciesAndRequestsAgreeWithTheModel) {
  Maker maker(20260302);
  std::size_t seen[4] = {};
  std::size_t monitored = 0;
  for (int round = 0; round < 400; ++round) {
    const ModelPolicy made = maker.Policy();
    const PolicyPtr policy = PolicyOf(Written(made));
    ASSERT_TRUE(policy);
    for (int tries = 0; tries < 40; ++tries) {
      const ModelSubject someone = maker.Someone();
      const ModelAsset& asset = kAssets[maker.Pick(3)];
      const std::size_t access = maker.Pick(2);
      const Verdict got = policy->Decide(RequestFor(
          *policy, asset.id, someone.subject, access == 0 ? Operation::kRead : Operation::kWrite));
      const Verdict want = Model(made, someone, asset, access).Judge();
      ASSERT_TRUE(got.outcome == want.outcome && got.monitored == want.monitored &&
                  got.unmonitored == want.unmonitored)
          << "round " << round << " try " << tries << ": " << OutcomeName(got.outcome) << ", not "
          << OutcomeName(want.outcome) << " for " << asset.id << " by "
          << someone.subject.judged().executable.path << "\n"
          << Written(made)[0].files[0].text << Written(made)[1].files[0].text
          << Written(made)[2].files[0].text;
      ++seen[static_cast<std::size_t>(got.outcome)];
      monitored += got.monitored ? 1 : 0;
    }
  }
  for (const std::size_t count : seen) EXPECT_GT(count, 500u);
  EXPECT_GT(monitored, 500u);
}

}  // namespace
}  // namespace keyward::policy
