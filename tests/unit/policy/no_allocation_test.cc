// SPDX-License-Identifier: Apache-2.0
// Decide() and a walk of the trie run while somebody's open waits: they must not allocate.
// A program of its own, because it replaces operator new.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "agent/policy/compiled_policy.h"
#include "tests/unit/policy/policy_maker.h"

namespace {
std::atomic<long> allocations{0};
}

// Not inlined: the compiler would see malloc() meet delete, and free() meet new, and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace keyward::policy {
namespace {

TEST(NoAllocationTest, NeitherAVerdictNorAWalkAllocates) {
  const PolicyPtr policy = PolicyOf(
      std::string(kDefaults) +
      AssetText("electrum", "wallet-secret", "'~/.electrum/**', '~/**/*.kdbx'", "'electrum*'") + R"(
[[asset_rule]]
id = "a"
assets = ["*"]
programs = ["/opt/**/restic", "package:restic"]
verdict = "audit"
[[program_rule]]
id = "p"
programs = ["electr*"]
assets = ["electrum"]
verdict = "allow"
otherwise = "deny"
)");
  ASSERT_TRUE(policy);
  Subject cat = Running(Packaged("/usr/bin/cat-with-a-rather-long-name", "coreutils"));
  cat.executable.role = ProgramRole::kTool;
  cat.parent = std::make_shared<Subject>(Running(Packaged("/usr/bin/electrum", "electrum")));
  cat.judged_generations = 1;
  const Subject stranger =
      Running(InHome("/home/alice/some/long/path/electrum"), Standing::kStranger);
  const ProgramMatch match = policy->MatchProgram(stranger);
  AccessRequest requests[] = {RequestFor(*policy, "electrum", cat),
                              RequestFor(*policy, "electrum", stranger),
                              RequestFor(*policy, "electrum", *cat.parent, Operation::kWrite)};
  requests[1].match = &match;
  const LocationTrie& trie = policy->home_locations();

  const long before = allocations;
  int refused = 0;
  for (int i = 0; i < 100; ++i)
    for (const AccessRequest& request : requests)
      refused += LetsPass(policy->Decide(request).outcome) ? 0 : 1;
  const auto state = trie.Walk("Documents/some/directory/of/hers/passwords.kdbx");
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(refused, 200);
  EXPECT_TRUE(state.protects());

  auto* probe = new int(1);  // the counter does count
  EXPECT_GT(allocations, before);
  delete probe;
}

}  // namespace
}  // namespace keyward::policy
