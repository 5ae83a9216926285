// SPDX-License-Identifier: Apache-2.0
// What the gate costs, each figure against its peer in the same run. These machines are noisy:
// quote the ratios.
//   bench_gate          the whole table
//   bench_gate --short  without the 100,000 files
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "agent/policy/compiled_policy.h"
#include "platform/linux/gate_fanotify/fanotify_engine.h"
#include "tests/bench/gate/bare_responder.h"
#include "tests/bench/gate/rows.h"
#include "tests/support/run.h"
#include "tests/support/watchdog.h"

namespace keyward::bench {
namespace {

constexpr const char* kOpener = KEYWARD_BINARY_DIR "/bin/bench_opener";
constexpr int kPairs = 7;
constexpr int kOpens = 8000;
constexpr int kPauseUs = 500;  // the responder has gone to sleep by then

class QuietHost final : public platform::EngineHost {
 public:
  void OnGiving() noexcept override {}
  void OnVerdict(platform::VerdictRecord) override {}
  void OnIncident(Incident) override {}
  bool OnQuestion(const platform::Question&) override { return false; }
  void OnQuestionClosed(std::uint64_t) override {}
};

platform::PolicyPtr PolicyFor(const char* program) {
  const std::string text = std::string(R"(
[[class]]
name = "wallet-secret"
owner = "allow"
clean = "ask"
stranger = "deny"
[[asset]]
id = "wallet"
name = "Bench wallet"
kind = "desktop-wallet"
class = "wallet-secret"
severity = "critical"
[asset.linux]
locations = ["~/.wallet/**"]
programs = [")") + program +
                           "\"]\n";
  const policy::Layer layers[] = {{policy::LayerKind::kCatalogue, {{"bench.toml", text}}}};
  Findings findings;
  auto compiled = policy::CompiledPolicy::Compile(layers, {}, findings);
  for (const Finding& finding : findings) std::fprintf(stderr, "%s\n", ToString(finding).c_str());
  if (!compiled) std::exit(2);
  return *compiled;
}

// Mean nanoseconds of one open by the opener, on processor 0; ours and the floor run on 1.
double OpenBy(const std::string& path, int times, int pause_us = 0) {
  const auto result = testing_support::RunProgram(
      {kOpener, path, std::to_string(times), "0", std::to_string(pause_us)});
  if (result.status != 0) {
    std::fprintf(stderr, "bench_opener was refused: %s\n", result.output.c_str());
    std::exit(2);
  }
  return std::atof(result.output.substr(result.output.find(' ') + 1).c_str());
}

void PinTo(unsigned cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(cpu, &cpus);
  ::sched_setaffinity(0, sizeof cpus, &cpus);
}

struct Scratch {
  Scratch() {
    std::string pattern = "/var/tmp/keyward-bench-XXXXXX";
    if (!::mkdtemp(pattern.data())) std::exit(2);
    root = pattern;
    home = root + "/home";
    ::mkdir(home.c_str(), 0755);
    ::mkdir((home + "/.wallet").c_str(), 0755);
    ::mkdir((root + "/elsewhere").c_str(), 0755);
    wallet = home + "/.wallet/keys";
    other = root + "/elsewhere/file";
    std::ofstream(wallet) << "x";
    std::ofstream(other) << "x";
  }
  ~Scratch() { std::filesystem::remove_all(root); }
  std::string root, home, wallet, other;
};

std::unique_ptr<platform::Engine> StartEngine(QuietHost& host, const Scratch& scratch,
                                              const platform::PolicyPtr& policy) {
  platform::EngineSettings settings;
  settings.homes = {{0, "bench", scratch.home}};
  auto engine = linux_os::MakeFanotifyEngine(host, settings,
                                             {.whole_system = false, .allow_tracepoint = true});
  if (auto started = engine->Start(policy); !started) {
    std::fprintf(stderr, "engine: %s\n", started.error().what.c_str());
    std::exit(2);
  }
  return engine;
}

std::vector<Row> GateRows() {
  PinTo(1);
  Scratch scratch;
  QuietHost host;
  const auto policy = PolicyFor(kOpener);
  std::vector<double> free_off, free_on, bare, ours, ratio_free, ratio_permitted;
  std::vector<double> bare_alone, ours_alone, ratio_alone;
  for (int i = 0; i < kPairs; ++i) {
    free_off.push_back(OpenBy(scratch.other, kOpens * 10));
    {
      const BareResponder responder(scratch.home + "/.wallet", scratch.wallet);
      bare.push_back(OpenBy(scratch.wallet, kOpens));
      bare_alone.push_back(OpenBy(scratch.wallet, kOpens / 20, kPauseUs));
    }
    {
      const auto engine = StartEngine(host, scratch, policy);
      free_on.push_back(OpenBy(scratch.other, kOpens * 10));
      ours.push_back(OpenBy(scratch.wallet, kOpens));
      ours_alone.push_back(OpenBy(scratch.wallet, kOpens / 20, kPauseUs));
      engine->Stop();
    }
    ratio_free.push_back(free_on.back() / free_off.back());
    ratio_permitted.push_back(ours.back() / bare.back());
    ratio_alone.push_back(ours_alone.back() / bare_alone.back());
  }
  return {{"open of an unprotected file", Nanoseconds(Median(free_on)),
           Nanoseconds(Median(free_off)) + " without the agent", Median(ratio_free), 1.02, ""},
          {"open by the permitted program, in a burst", Nanoseconds(Median(ours)),
           Nanoseconds(Median(bare)) + " bare responder", Median(ratio_permitted), 1.25, ""},
          {"open by the permitted program, each alone", Nanoseconds(Median(ours_alone)),
           Nanoseconds(Median(bare_alone)) + " bare responder", Median(ratio_alone), 1.25, ""}};
}

void Print(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    std::printf("%-44s %12s  %-30s", row.what.c_str(), row.ours.c_str(), row.peer.c_str());
    if (row.ratio > 0) std::printf(" %6.2fx", row.ratio);
    if (row.budget > 0)
      std::printf("  budget %.2fx %s", row.budget, row.ratio <= row.budget ? "met" : "MISSED");
    if (!row.note.empty()) std::printf("  %s", row.note.c_str());
    std::printf("\n");
  }
  std::fflush(stdout);
}

}  // namespace

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::string Nanoseconds(double ns) {
  char text[32];
  std::snprintf(text, sizeof text, ns >= 10'000 ? "%.1f us" : "%.0f ns",
                ns >= 10'000 ? ns / 1000 : ns);
  return text;
}

}  // namespace keyward::bench

int main(int argc, char** argv) {
  using namespace keyward::bench;
  if (::geteuid() != 0) {
    std::fputs("bench_gate needs root: fanotify permission events\n", stderr);
    return 2;
  }
  const keyward::testing_support::Watchdog watchdog(std::chrono::seconds(600));
  const bool brief = argc > 1 && std::strcmp(argv[1], "--short") == 0;
  std::printf("%-44s %12s  %-30s\n", "", "Keyward", "peer, same run");
  Print(GateRows());
  for (const int files : {10, 1000, 100'000})
    if (!brief || files < 100'000) Print(DaemonRows(files));
  return 0;
}
