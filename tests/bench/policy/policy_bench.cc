// SPDX-License-Identifier: Apache-2.0
// What a decision and a look-up of a place cost as the policy grows. One JSON object a row. With
// arguments: compiles the policy files that they name as the catalogue, and prints time and memory.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "agent/policy/compiled_policy.h"

namespace {

using namespace keyward;
using namespace keyward::policy;
using Clock = std::chrono::steady_clock;
using PolicyPtr = std::shared_ptr<const CompiledPolicy>;

struct Measured {
  PolicyPtr policy;
  double compile_ms = 0;
};

Measured Compile(const std::vector<Layer>& layers) {
  CompiledPolicy::Options options;
  options.now =
      std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
  Findings findings;
  const auto start = Clock::now();
  auto policy = CompiledPolicy::Compile(layers, options, findings);
  const std::chrono::duration<double, std::milli> took = Clock::now() - start;
  if (!policy) {
    std::fprintf(stderr, "bench_policy: error: %s\n", policy.error().what.c_str());
    return {};
  }
  return {*policy, took.count()};
}

std::string AssetText(int number) {
  const std::string n = std::to_string(number);
  return "[[asset]]\nid = \"wallet-" + n + "\"\nname = \"Wallet " + n +
         "\"\nkind = \"desktop-wallet\"\nclass = \"wallet-secret\"\nseverity = \"high\"\n"
         "[asset.linux]\nlocations = [\"~/.wallet-" +
         n + "/keys/**\"]\nprograms = [\"wallet-" + n + "\"]\n";
}

// Half speak of one asset and program, the others of a class; some have wildcards.
std::string RuleText(int number) {
  const std::string n = std::to_string(number);
  const bool of_program = number % 4 == 3;
  std::string text = of_program ? "[[program_rule]]\n" : "[[asset_rule]]\n";
  text += "id = \"rule-" + n + "\"\nverdict = \"" + (number % 2 == 0 ? "allow" : "ask") + "\"\n";
  text += "assets = [\"" +
          (number % 2 == 0 ? "wallet-" + std::to_string(number % 100)
                           : std::string("class:wallet-secret")) +
          "\"]\n";
  return text + "programs = [\"program-" + n + "\"]\n";
}

Subject Trusted(const std::string& name) {
  Subject subject;
  subject.executable.path = "/usr/bin/" + name;
  subject.executable.evidence = {{EvidenceKind::kPackage, ""}};
  subject.executable.package = PackageName{name, "1", "dpkg"};
  subject.standing = Standing::kClean;
  return subject;
}

// Nanoseconds a call: the best of five runs, so that the noise of the machine stays out.
template <class Call>
double NsPerCall(Call call) {
  constexpr int kCalls = 200'000;
  double best = 1e18;
  for (int run = 0; run < 5; ++run) {
    const auto start = Clock::now();
    for (int i = 0; i < kCalls; ++i) call(i);
    const std::chrono::duration<double, std::nano> took = Clock::now() - start;
    best = std::min(best, took.count() / kCalls);
  }
  return best;
}

bool BenchDecisions(int rules) {
  std::string catalogue;
  for (int i = 0; i < 100; ++i) catalogue += AssetText(i);
  std::string admin;
  for (int i = 0; i < rules; ++i) admin += RuleText(i);
  const Measured m = Compile({{LayerKind::kCatalogue, {{"catalogue.toml", catalogue}}},
                              {LayerKind::kAdministrator, {{"rules.toml", admin}}}});
  if (!m.policy) return false;
  std::vector<Subject> subjects;
  for (int i = 0; i < 64; ++i)
    subjects.push_back(Trusted(i % 2 == 0 ? "program-" + std::to_string(i * rules / 64)
                                          : "wallet-" + std::to_string(i)));
  std::vector<ProgramMatch> matches;
  for (const Subject& s : subjects) matches.push_back(m.policy->MatchProgram(s));
  std::vector<AccessRequest> requests(64);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    requests[i].subject = &subjects[i];
    requests[i].asset.asset = static_cast<AssetIndex>(i);
  }
  volatile unsigned sink = 0;
  const auto decide = [&](int i) {
    sink = sink + static_cast<unsigned>(
                      m.policy->Decide(requests[static_cast<std::size_t>(i) % 64]).outcome);
  };
  const double without_match = NsPerCall(decide);
  for (std::size_t i = 0; i < requests.size(); ++i) requests[i].match = &matches[i];
  const double with_match = NsPerCall(decide);
  std::printf(
      "{\"bench\":\"policy_decide\",\"rules\":%d,\"ns_per_decision\":%.1f,"
      "\"decisions_per_second\":%.0f,\"ns_with_program_lookup\":%.1f,"
      "\"compile_ms\":%.1f,\"table_bytes\":%zu}\n",
      rules, with_match, 1e9 / with_match, without_match, m.compile_ms, m.policy->memory_bytes());
  return true;
}

bool BenchPlaces(int locations) {
  std::string catalogue;
  for (int i = 0; i < locations; ++i) catalogue += AssetText(i);
  // The catalogue is read file by file; one file has a limit.
  std::vector<SourceFile> files;
  for (std::size_t at = 0; at < catalogue.size();) {
    std::size_t end = std::min(catalogue.size(), at + (std::size_t{1} << 20));
    if (end < catalogue.size()) end = catalogue.find("[[asset]]", end);
    end = std::min(end, catalogue.size());
    files.push_back(
        {"part" + std::to_string(files.size()) + ".toml", catalogue.substr(at, end - at)});
    at = end;
  }
  const Measured m = Compile({{LayerKind::kCatalogue, files}});
  if (!m.policy) return false;
  const std::vector<Home> homes = {{1000, "alice", "/home/alice"}};
  std::vector<std::string> inside;
  std::vector<std::string> outside;
  for (int i = 0; i < 64; ++i) {
    inside.push_back("/home/alice/.wallet-" + std::to_string(i * locations / 64) + "/keys/a.key");
    outside.push_back("/home/alice/Documents/letters/" + std::to_string(i) + "/a.txt");
  }
  volatile std::size_t sink = 0;
  const auto find = [&](const std::vector<std::string>& paths) {
    return NsPerCall([&](int i) {
      sink = sink + (m.policy->FindPlace(paths[static_cast<std::size_t>(i) % 64], homes) ? 1 : 0);
    });
  };
  const LocationTrie& trie = m.policy->home_locations();
  const LocationTrie::State root = trie.Root();
  const double step = NsPerCall(
      [&](int i) { sink = sink + trie.Step(root, i % 2 == 0 ? ".wallet-7" : "Music").count; });
  std::printf(
      "{\"bench\":\"policy_places\",\"locations\":%d,\"ns_per_step\":%.1f,"
      "\"ns_per_protected_path\":%.1f,\"ns_per_other_path\":%.1f,\"compile_ms\":%.1f,"
      "\"trie_bytes\":%zu}\n",
      locations, step, find(inside), find(outside), m.compile_ms, trie.memory_bytes());
  return true;
}

bool BenchFiles(int count, char** names) {
  Layer layer{LayerKind::kCatalogue, {}};
  std::vector<std::string> paths;
  for (int i = 0; i < count; ++i) {
    if (!std::filesystem::is_directory(names[i]))
      paths.emplace_back(names[i]);
    else
      for (const auto& entry : std::filesystem::recursive_directory_iterator(names[i]))
        if (entry.path().extension() == ".toml") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    std::ifstream in(path, std::ios::binary);
    layer.files.push_back({path, std::string(std::istreambuf_iterator<char>(in), {})});
  }
  const Measured m = Compile({layer});
  if (!m.policy) return false;
  std::printf(
      "{\"bench\":\"policy_files\",\"files\":%zu,\"assets\":%zu,\"trie_nodes\":%zu,"
      "\"widest\":%zu,\"compile_ms\":%.1f,\"trie_bytes\":%zu,\"table_bytes\":%zu}\n",
      paths.size(), m.policy->assets().size(), m.policy->home_locations().node_count(),
      m.policy->home_locations().widest(), m.compile_ms, m.policy->home_locations().memory_bytes(),
      m.policy->memory_bytes());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) return BenchFiles(argc - 1, argv + 1) ? 0 : 1;
  bool ok = true;
  for (const int rules : {10, 100, 1'000, 10'000}) ok = BenchDecisions(rules) && ok;
  for (const int locations : {10, 100, 1'000, 10'000}) ok = BenchPlaces(locations) && ok;
  return ok ? 0 : 1;
}
