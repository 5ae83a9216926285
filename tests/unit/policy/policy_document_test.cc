// SPDX-License-Identifier: Apache-2.0
// docs/POLICY.md shows only what compiles, on top of the shipped catalogue.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "agent/policy/compiled_policy.h"
#include "tests/unit/policy/policy_maker.h"

namespace keyward::policy {
namespace {

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Layer ShippedCatalogue() {
  const std::filesystem::path root = std::string(KEYWARD_SOURCE_DIR) + "/policies";
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
    if (entry.path().extension() == ".toml") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  Layer layer{LayerKind::kCatalogue, {}};
  for (const auto& path : paths)
    layer.files.push_back({path.lexically_relative(root).string(), ReadFile(path)});
  return layer;
}

struct Block {
  std::string kind;  // what follows the three backquotes
  std::string text;
};

std::vector<Block> BlocksOf(const std::string& document) {
  std::vector<Block> blocks;
  std::size_t at = 0;
  while ((at = document.find("\n```", at)) != std::string::npos) {
    const std::size_t line_end = document.find('\n', at + 1);
    const std::size_t end = document.find("\n```", line_end);
    if (end == std::string::npos) break;
    blocks.push_back({document.substr(at + 4, line_end - at - 4),
                      document.substr(line_end + 1, end - line_end)});
    at = end + 4;
  }
  return blocks;
}

std::vector<Layer> With(const Layer& catalogue, const Block& block) {
  if (block.kind == "toml catalogue") {
    Layer layer = catalogue;
    layer.files.push_back({"example.toml", block.text});
    return {layer};
  }
  const LayerKind kind = block.kind == "toml user" ? LayerKind::kUser : LayerKind::kAdministrator;
  return {catalogue, LayerOf(kind, block.text)};
}

// Every error with its hint, a line each, as the document shows them.
std::string Mistakes(const std::vector<Layer>& layers) {
  CompiledPolicy::Options options;
  options.now = kNow;
  Findings findings;
  EXPECT_FALSE(CompiledPolicy::Compile(layers, options, findings));
  std::string text;
  for (const Finding& f : findings)
    if (f.level == FindingLevel::kError)
      text += ToString(f) + (f.hint.empty() ? "" : " (" + f.hint + ")") + "\n";
  return text;
}

TEST(PolicyDocumentTest, EveryExampleCompilesOnTheShippedCatalogue) {
  const Layer catalogue = ShippedCatalogue();
  const std::vector<Block> blocks =
      BlocksOf(ReadFile(std::string(KEYWARD_SOURCE_DIR) + "/docs/POLICY.md"));
  int compiled = 0;
  int mistaken = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Block& block = blocks[i];
    if (!block.kind.starts_with("toml")) continue;
    SCOPED_TRACE(block.text);
    if (block.kind == "toml mistake") {
      ASSERT_LT(i + 1, blocks.size());
      EXPECT_EQ(Mistakes(With(catalogue, block)), blocks[i + 1].text);
      ++mistaken;
      continue;
    }
    const Compiled result = CompileLayers(With(catalogue, block));
    EXPECT_TRUE(result.policy);
    EXPECT_THAT(result.errors, testing::IsEmpty());
    EXPECT_THAT(result.warnings, testing::IsEmpty());
    ++compiled;
  }
  EXPECT_GE(compiled, 10);
  EXPECT_GE(mistaken, 1);
}

// The shipped catalogue stays within what the design allows for it.
TEST(ShippedCatalogueTest, ItsTablesStaySmallForEverySystem) {
  const Layer catalogue = ShippedCatalogue();
  for (const OperatingSystem system :
       {OperatingSystem::kLinux, OperatingSystem::kMacos, OperatingSystem::kWindows}) {
    const Compiled compiled = CompileLayers({catalogue}, system);
    ASSERT_TRUE(compiled.policy) << compiled.error.what;
    EXPECT_LT(compiled.policy->memory_bytes(), std::size_t{2} << 20);
    EXPECT_LE(compiled.policy->home_locations().widest(), 12u);  // half of what a walk can hold
  }
}

}  // namespace
}  // namespace keyward::policy
