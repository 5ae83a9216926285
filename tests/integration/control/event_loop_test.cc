// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/event_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <thread>
#include <vector>

namespace keyward::linux_os {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using testing::ElementsAre;

std::unique_ptr<EventLoop> NewLoop() {
  auto loop = EventLoop::Create();
  EXPECT_TRUE(loop.has_value());
  return std::move(*loop);
}

TEST(EventLoopTest, RunsWhatWasPostedInOrderAndNeverWithinThePost) {
  const auto loop = NewLoop();
  std::vector<int> order;
  loop->Post([&] {
    order.push_back(1);
    loop->Post([&] { order.push_back(3); });
    order.push_back(2);
  });
  EXPECT_TRUE(order.empty());
  loop->Post([&] { loop->Stop(7); });
  const auto status = loop->Run();
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(*status, 7);
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

TEST(EventLoopTest, TakesPostsFromOtherThreads) {
  const auto loop = NewLoop();
  int count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 100; ++n)
        loop->Post([&] {
          if (++count == 400) loop->Stop(0);
        });
    });
  EXPECT_TRUE(loop->Run().has_value());
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 400);
}

TEST(EventLoopTest, ACallbackMayEndItsOwnSource) {
  const auto loop = NewLoop();
  const UniqueFd fd(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
  EventLoop::SourcePtr source;
  int calls = 0;
  auto added = loop->AddFd(fd.get(), EPOLLIN, [&](std::uint32_t events) {
    EXPECT_EQ(events, static_cast<std::uint32_t>(EPOLLIN));
    ++calls;
    source.reset();
    loop->Stop(0);
  });
  ASSERT_TRUE(added.has_value());
  source = std::move(*added);
  EXPECT_TRUE(loop->Run().has_value());
  EXPECT_EQ(calls, 1);
}

TEST(EventLoopTest, ATimerIsDueOnceAndCanBeArmedAgain) {
  const auto loop = NewLoop();
  int calls = 0;
  EventLoop::SourcePtr timer;
  auto added = loop->AddTimer(milliseconds(-1), milliseconds(1), [&] {
    if (++calls == 2) return loop->Stop(0);
    EXPECT_TRUE(timer->Arm(milliseconds(1)).has_value());
  });
  ASSERT_TRUE(added.has_value());
  timer = std::move(*added);
  EXPECT_TRUE(loop->RunOnce(milliseconds(5)).has_value());
  EXPECT_EQ(calls, 0) << "a negative delay is not armed";
  EXPECT_TRUE(timer->Arm(milliseconds(1)).has_value());
  EXPECT_TRUE(loop->Run().has_value());
  EXPECT_EQ(calls, 2);
}

TEST(EventLoopTest, TakesASignal) {
  const auto loop = NewLoop();
  int taken = 0;
  const auto added = loop->AddSignal(SIGUSR1, [&](int signal) {
    taken = signal;
    loop->Stop(0);
  });
  ASSERT_TRUE(added.has_value());
  // To this thread, which blocks it: a thread that does not would end the process.
  ASSERT_EQ(::pthread_kill(::pthread_self(), SIGUSR1), 0);
  EXPECT_TRUE(loop->Run().has_value());
  EXPECT_EQ(taken, SIGUSR1);
}

TEST(EventLoopTest, WhatWasNeverRunIsDestroyedWithTheLoop) {
  auto owned = std::make_shared<int>(1);
  {
    const auto loop = NewLoop();
    loop->Post([owned] {});
    EXPECT_EQ(owned.use_count(), 2);
  }
  EXPECT_EQ(owned.use_count(), 1);
}

}  // namespace
}  // namespace keyward::linux_os
