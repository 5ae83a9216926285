// SPDX-License-Identifier: Apache-2.0
// What people decided for themselves: [[approval]], [[protected]]. Written by the daemon.
#include <array>
#include <limits>
#include <string>
#include <utility>

#include "agent/policy/hex_text.h"
#include "agent/policy/schema.h"

namespace keyward::policy {
namespace {

std::uint32_t ReadUid(TableReader& table) {
  if (!table.Has("uid")) table.Missing("uid");
  const std::uint64_t uid = table.Number("uid").value_or(0);
  if (uid >= std::numeric_limits<std::uint32_t>::max()) {
    table.Mistake("uid", "\"uid\" in " + table.name() + " is not a user's number");
    return 0;
  }
  return static_cast<std::uint32_t>(uid);
}

std::uint64_t ReadNumber(TableReader& table) {
  if (!table.Has("id")) table.Missing("id");
  return table.Number("id").value_or(0);
}

// `key`, or `key_hex` for a name that TOML can't hold.
std::string ReadPath(TableReader& table, std::string_view key, std::string_view hex_key) {
  const bool plain = table.Has(key);
  const auto hex = table.Text(hex_key, kMaxTextBytes);
  std::string path = table.Text(key, kMaxTextBytes).value_or(std::string());
  if (!hex) return path;
  const auto bytes = FromHexText(*hex);
  if (!bytes || plain)
    table.Mistake(hex_key, "\"" + std::string(hex_key) + "\" in " + table.name() +
                               (plain ? " stands beside the same in plain text" : " is not hex"));
  return bytes.value_or(std::string());
}

}  // namespace

void ReadApproval(TableReader& table, SchemaContext& context) {
  Approval a;
  a.id = ReadNumber(table);
  a.uid = ReadUid(table);
  a.asset = table.RequiredText("asset");
  a.program_path = ReadPath(table, "program", "program_hex");
  if (const auto hex = table.Text("sha256", 64)) {
    a.sha256 = ParseSha256(*hex);
    if (!a.sha256) table.Mistake("sha256", "\"sha256\" in [[approval]] must be 64 hex digits");
  }
  a.package = table.Text("package", 128).value_or(std::string());
  a.exec_id = table.Number("exec_id");
  if (!a.package.empty() && a.program_path.empty())
    table.Mistake("package", "\"package\" in [[approval]] needs \"program\" beside it");
  if (!a.sha256 && a.package.empty() && !a.exec_id)
    table.Mistake("sha256", "[[approval]] needs \"sha256\", \"package\" or \"exec_id\"");
  a.read = table.Boolean("read").value_or(true);
  a.write = table.Boolean("write").value_or(false);
  a.expires = table.Moment("expires");
  a.created = table.Moment("created").value_or(Time{});
  a.authority = table.Text("authority").value_or(std::string());
  table.Finish();
  context.source.approvals.push_back({std::move(a), table.Where()});
}

void ReadProtected(TableReader& table, SchemaContext& context) {
  PlacedProtectedPath p;
  p.where = table.Where();
  p.path.id = ReadNumber(table);
  p.path.uid = ReadUid(table);
  p.path.path = ReadPath(table, "path", "path_hex");
  if (p.path.path.empty()) {
    table.Missing("path");
  } else if (const auto place = OwnPlace(p.path.path, false); !place) {
    table.Mistake("path", "\"path\" in [[protected]] can't be used: " + place.error().what);
  }
  p.path.directory = table.Boolean("directory").value_or(false);
  p.programs = ReadPrograms(table, "programs", 64);
  for (const PlacedEntry& entry : p.programs) {
    if (p.path.programs.empty() || p.path.programs.back() != entry.written)
      p.path.programs.push_back(entry.written);
  }
  p.path.created = table.Moment("created").value_or(Time{});
  table.Finish();
  context.source.protected_paths.push_back(std::move(p));
}

}  // namespace keyward::policy
