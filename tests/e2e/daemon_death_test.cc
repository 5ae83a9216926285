// SPDX-License-Identifier: Apache-2.0
// kill -9 at any moment: no acknowledged incident is lost, and what was not yet written is counted.
#include <signal.h>
#include <unistd.h>

#include <thread>

#include "tests/e2e/agent_fixture.h"

namespace keyward::e2e {
namespace {

class DaemonDeathTest : public AgentTest {};

TEST_F(DaemonDeathTest, EveryRefusalIsRecordedOrCountedAsLost) {
  const std::string wallet = WriteFile(".electrum/wallets/w", "seed");
  std::uint64_t refused = 0;
  for (int round = 0; round < 12; ++round) {
    ASSERT_NO_FATAL_FAILURE(StartAgent());
    std::string output;
    std::thread thief([&] {
      output = AsPerson({KEYWARD_BINARY_DIR "/bin/opener", wallet, "20000"}).output;
    });
    ::usleep(static_cast<unsigned>(40'000 + round * 23'000));
    StopAgent(SIGKILL);
    thief.join();
    refused += std::stoull(output.substr(0, output.find(' ')));
  }
  ASSERT_NO_FATAL_FAILURE(StartAgent());
  std::uint64_t recorded = 0;
  for (const auto& incident : Incidents())
    if (incident["asset"] == "electrum" || incident["kind"] == "gap")
      recorded += incident["count"].get<std::uint64_t>();
  // A verdict that was counted as given may have died before its reply: never too few.
  EXPECT_GE(recorded, refused);
  EXPECT_LE(recorded, refused + 12 * 64);
  EXPECT_GT(refused, 0u);
}

TEST_F(DaemonDeathTest, AStartAfterADeathProtectsAgain) {
  const std::string wallet = WriteFile(".electrum/wallets/w", "seed");
  ASSERT_NO_FATAL_FAILURE(StartAgent());
  EXPECT_FALSE(StrangerReads(wallet));
  StopAgent(SIGKILL);
  EXPECT_TRUE(StrangerReads(wallet)) << "a dead agent holds nobody";
  ASSERT_NO_FATAL_FAILURE(StartAgent());
  EXPECT_FALSE(StrangerReads(wallet));
}

}  // namespace
}  // namespace keyward::e2e
