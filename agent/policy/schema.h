// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "agent/model/finding.h"
#include "agent/policy/compiled_policy.h"
#include "agent/policy/layer.h"
#include "agent/policy/policy_source.h"
#include "agent/policy/table_reader.h"

namespace keyward::policy {

// What a table may be, and where what is read from it goes.
struct SchemaContext {
  LayerKind layer = LayerKind::kCatalogue;
  OperatingSystem system = OperatingSystem::kLinux;
  PolicySource& source;
};

// Reads one file of a layer into `source`. Everything in it is checked, for every system; what is
// kept is for the one in the context. Mistakes become findings.
void ReadPolicyFile(const SourceFile& file, SchemaContext& context, Findings& findings);

// One reader a kind of table; each finishes its TableReader.
void ReadAsset(TableReader& table, SchemaContext& context);
void ReadBrowser(TableReader& table, SchemaContext& context);
void ReadGroup(TableReader& table, SchemaContext& context);
void ReadClass(TableReader& table, SchemaContext& context);
void ReadAssetRule(TableReader& table, SchemaContext& context);
void ReadProgramRule(TableReader& table, SchemaContext& context);
void ReadTool(TableReader& table, SchemaContext& context);
void ReadInterpreter(TableReader& table, SchemaContext& context);
void ReadLoader(TableReader& table, SchemaContext& context);
void ReadEnvironment(TableReader& table, SchemaContext& context);
void ReadPolicyTable(TableReader& table, SchemaContext& context);
void ReadOverride(TableReader& table, SchemaContext& context);
void ReadApproval(TableReader& table, SchemaContext& context);
void ReadProtected(TableReader& table, SchemaContext& context);

// [a-z0-9] then [a-z0-9._-]; with `extra` characters besides.
bool IsId(std::string_view text, std::string_view extra = {});
// The entries of a list of programs; mistakes become findings.
PlacedEntries ReadPrograms(TableReader& table, std::string_view key, std::size_t max_items = 512);
std::optional<Outcome> ReadOutcome(TableReader& table, std::string_view key);

}  // namespace keyward::policy
