// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <optional>

#include "platform/linux/control/authority_polkit.h"
#include "platform/linux/event_loop.h"
#include "tests/integration/control/private_bus.h"
#include "tests/integration/control/temp_dir.h"

namespace keyward::linux_os {
namespace {

using platform::AuthorityAnswer;
using platform::AuthorityDecision;
using platform::Peer;
using testing::HasSubstr;
using testing::SizeIs;

constexpr Peer kAlice{4242, 7700, 1000, 1000};
constexpr Peer kRoot{4243, 7701, 0, 0};
constexpr FakePolkit::Answer kYes{true, false, false, false, false};
constexpr FakePolkit::Answer kNo{false, false, false, false, false};
constexpr FakePolkit::Answer kChallenge{false, true, false, false, false};
constexpr FakePolkit::Answer kDismissed{false, true, true, false, false};
constexpr FakePolkit::Answer kSilent{false, false, false, true, false};
constexpr FakePolkit::Answer kError{false, false, false, false, true};

class AuthorityTest : public testing::Test {
 protected:
  void SetUp() override { loop_ = std::move(*EventLoop::Create()); }

  // Asks, and runs the loop until the answer is there.
  AuthorityDecision Ask(const Peer& peer, PolkitOptions options = {}) {
    if (options.seats_directory == PolkitOptions().seats_directory)
      options.seats_directory = dir_.path() + "/no-seats";
    const auto authority = MakePolkitAuthority(*loop_, options);
    std::optional<AuthorityDecision> answer;
    authority->Ask(peer, "com.keyward.approve", "Let it read",
                   [&](AuthorityDecision decision) { answer = std::move(decision); });
    EXPECT_FALSE(answer.has_value()) << "never within Ask";
    for (int i = 0; i < 200 && !answer; ++i)
      EXPECT_TRUE(loop_->RunOnce(std::chrono::milliseconds(100)).has_value());
    // What is said to polkit after the answer goes out as well.
    for (int i = 0; i < 3; ++i) (void)loop_->RunOnce(std::chrono::milliseconds(10));
    return answer.value_or(AuthorityDecision{AuthorityAnswer::kRefused, "no answer came"});
  }
  std::string SeatsWith(const char* name) {
    dir_.Write(std::string("seats/") + name, "");
    return dir_.path() + "/seats";
  }

  TempDir dir_;
  std::unique_ptr<EventLoop> loop_;
};

TEST_F(AuthorityTest, GrantsWhatAPersonAuthenticatedFor) {
  const PrivateBus bus;
  ASSERT_TRUE(bus.up()) << "dbus-daemon is needed";
  FakePolkit polkit(kChallenge, kYes);
  ASSERT_TRUE(polkit.up());
  const AuthorityDecision decision = Ask(kAlice);
  EXPECT_EQ(decision.answer, AuthorityAnswer::kGranted) << decision.how;
  EXPECT_THAT(decision.how, HasSubstr("polkit"));
  const auto calls = polkit.calls();
  ASSERT_THAT(calls, SizeIs(2));
  for (const FakePolkit::Call& call : calls) {
    EXPECT_EQ(call.kind, "unix-process");
    EXPECT_EQ(call.pid, 4242u);
    EXPECT_EQ(call.start_time, 7700u);
    EXPECT_EQ(call.uid, 1000);
    EXPECT_EQ(call.action, "com.keyward.approve");
  }
  EXPECT_EQ(calls[0].flags, 0u);
  EXPECT_EQ(calls[1].flags, 1u) << "AllowUserInteraction";
  EXPECT_EQ(calls[1].message, "Let it read");
}

TEST_F(AuthorityTest, EverythingElseIsNoGrant) {
  const struct {
    const char* why;
    FakePolkit::Answer without;
    FakePolkit::Answer with;
    AuthorityAnswer want;
    const char* how;
    std::size_t calls;
  } cases[] = {
      {"a kept answer, or a rule that asks nobody", kYes, kYes, AuthorityAnswer::kRefused,
       "without asking a person", 1},
      {"forbidden by rule", kNo, kYes, AuthorityAnswer::kRefused, "forbid", 1},
      {"a wrong password", kChallenge, kNo, AuthorityAnswer::kRefused, "failed", 2},
      {"a closed dialog", kChallenge, kDismissed, AuthorityAnswer::kRefused, "closed", 2},
      {"no agent in the session", kChallenge, kChallenge, AuthorityAnswer::kNobodyToAsk,
       "no authentication agent", 2},
      {"polkit fails", kError, kYes, AuthorityAnswer::kRefused, "could not decide", 1},
      {"polkit fails later", kChallenge, kError, AuthorityAnswer::kRefused, "could not decide", 2},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const PrivateBus bus;
    FakePolkit polkit(c.without, c.with);
    ASSERT_TRUE(polkit.up());
    const AuthorityDecision decision = Ask(kAlice);
    EXPECT_EQ(decision.answer, c.want) << decision.how;
    EXPECT_THAT(decision.how, HasSubstr(c.how));
    EXPECT_THAT(polkit.calls(), SizeIs(c.calls));
  }
}

TEST_F(AuthorityTest, NoAnswerInTimeIsARefusalAndTheDialogIsTakenAway) {
  const PrivateBus bus;
  FakePolkit polkit(kChallenge, kSilent);
  ASSERT_TRUE(polkit.up());
  PolkitOptions options;
  options.patience = std::chrono::seconds(1);
  const AuthorityDecision decision = Ask(kAlice, options);
  EXPECT_EQ(decision.answer, AuthorityAnswer::kRefused);
  EXPECT_THAT(decision.how, HasSubstr("in time"));
  const auto calls = polkit.calls();
  ASSERT_THAT(calls, SizeIs(2));
  EXPECT_THAT(polkit.cancelled(), testing::ElementsAre(calls[1].cancellation));
}

TEST_F(AuthorityTest, AUserWithoutPolkitHasNobodyToAsk) {
  {
    const PrivateBus bus;
    EXPECT_EQ(Ask(kAlice).answer, AuthorityAnswer::kNobodyToAsk);
  }
  ::setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
  EXPECT_EQ(Ask(kAlice).answer, AuthorityAnswer::kNobodyToAsk);
  ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
}

TEST_F(AuthorityTest, RootAloneDecidesOnlyWhereThereIsNeitherPolkitNorASeat) {
  PolkitOptions seated;
  seated.seats_directory = SeatsWith("seat0");
  ::setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
  const AuthorityDecision alone = Ask(kRoot);
  EXPECT_EQ(alone.answer, AuthorityAnswer::kGranted);
  EXPECT_EQ(alone.how, "root without a seat");
  EXPECT_EQ(Ask(kRoot, seated).answer, AuthorityAnswer::kUseOwnAccount);
  ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
  {
    const PrivateBus bus;
    EXPECT_EQ(Ask(kRoot).answer, AuthorityAnswer::kGranted) << "a bus without polkit";
    EXPECT_EQ(Ask(kRoot, seated).answer, AuthorityAnswer::kUseOwnAccount);
  }
  {
    const PrivateBus bus("org.freedesktop.PolicyKit1");
    EXPECT_EQ(Ask(kRoot).answer, AuthorityAnswer::kUseOwnAccount) << "polkit would be started";
  }
  const PrivateBus bus;
  FakePolkit polkit(kYes, kYes);
  ASSERT_TRUE(polkit.up());
  EXPECT_EQ(Ask(kRoot).answer, AuthorityAnswer::kUseOwnAccount) << "polkit runs";
  EXPECT_THAT(polkit.calls(), SizeIs(0)) << "it says yes to every root: it is not asked";
}

TEST_F(AuthorityTest, WhatIsOwedWhenItGoesIsARefusal) {
  const PrivateBus bus;
  FakePolkit polkit(kChallenge, kSilent);
  auto authority = MakePolkitAuthority(*loop_);
  std::optional<AuthorityDecision> answer;
  authority->Ask(kAlice, "com.keyward.approve", "x",
                 [&](AuthorityDecision decision) { answer = std::move(decision); });
  for (int i = 0; i < 100 && polkit.calls().size() < 2; ++i)
    (void)loop_->RunOnce(std::chrono::milliseconds(20));
  ASSERT_FALSE(answer.has_value());
  authority.reset();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->answer, AuthorityAnswer::kRefused);
}

TEST_F(AuthorityTest, ComesBackAfterTheBusWasRestarted) {
  PolkitOptions options;
  options.seats_directory = dir_.path();
  const auto authority = MakePolkitAuthority(*loop_, options);
  const auto ask = [&] {
    std::optional<AuthorityDecision> answer;
    authority->Ask(kAlice, "com.keyward.approve", "x",
                   [&](AuthorityDecision decision) { answer = std::move(decision); });
    for (int i = 0; i < 200 && !answer; ++i) (void)loop_->RunOnce(std::chrono::milliseconds(50));
    return answer.value_or(AuthorityDecision{AuthorityAnswer::kRefused, "no answer came"}).answer;
  };
  {
    const PrivateBus bus;
    FakePolkit polkit(kChallenge, kYes);
    EXPECT_EQ(ask(), AuthorityAnswer::kGranted);
  }
  const PrivateBus bus;
  FakePolkit polkit(kChallenge, kYes);
  for (int i = 0; i < 5; ++i) (void)loop_->RunOnce(std::chrono::milliseconds(10));
  EXPECT_EQ(ask(), AuthorityAnswer::kGranted);
}

}  // namespace
}  // namespace keyward::linux_os
