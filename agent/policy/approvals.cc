// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/approvals.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

#include "agent/policy/hex_text.h"
#include "agent/policy/layer.h"
#include "agent/policy/schema.h"

namespace keyward::policy {
namespace {

// A basic string of TOML. What FitsToml() refuses never comes here but as a replacement.
std::string Quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  quoted += '"';
  return quoted;
}

std::string Readable(std::string_view text) {
  if (FitsToml(text)) return std::string(text);
  std::string readable;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    readable += byte >= 0x20 && byte < 0x7f ? c : '?';
  }
  return readable;
}

std::string TimeText(Time time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<nanoseconds>(time - day)};
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%09lldZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<long long>(clock.subseconds().count()));
  return text.data();
}

class TableWriter {
 public:
  TableWriter(std::string& out, std::string_view name) : out_(out) {
    out_ += "\n[[" + std::string(name) + "]]\n";
  }
  void Text(std::string_view key, std::string_view value) {
    if (!value.empty()) Line(key, Quote(Readable(value)));
  }
  void Path(std::string_view key, std::string_view value) {
    if (FitsToml(value)) return Text(key, value);
    Line(std::string(key) + "_hex", Quote(ToHexText(value)));
  }
  void Number(std::string_view key, std::uint64_t value) { Line(key, std::to_string(value)); }
  void Boolean(std::string_view key, bool value) { Line(key, value ? "true" : "false"); }
  void Moment(std::string_view key, Time value) { Line(key, TimeText(value)); }
  void Texts(std::string_view key, const std::vector<std::string>& values) {
    if (values.empty()) return;
    std::string list = "[";
    for (const std::string& value : values) {
      if (list.size() > 1) list += ", ";
      list += Quote(Readable(value));
    }
    Line(key, list + "]");
  }

 private:
  void Line(std::string_view key, std::string_view value) {
    out_ += key;
    out_ += " = ";
    out_ += value;
    out_ += '\n';
  }

  std::string& out_;
};

constexpr std::string_view kHead = "# Written by keywardd. Change it with keyward, not by hand.\n";

}  // namespace

Result<UserLayer> ParseUserLayer(std::string_view approvals_toml, std::string_view protected_toml,
                                 Findings& findings) {
  PolicySource source;
  SchemaContext context{LayerKind::kUser, OperatingSystem::kLinux, source};
  const std::size_t before = findings.size();
  ReadPolicyFile({"approvals.toml", std::string(approvals_toml)}, context, findings);
  ReadPolicyFile({"protected.toml", std::string(protected_toml)}, context, findings);
  if (findings.size() != before)
    return Error{ErrorCode::kInvalid, "read approvals: " + ToString(findings[before]),
                 findings[before].hint, 0};
  UserLayer layer;
  for (PlacedApproval& placed : source.approvals)
    layer.approvals.push_back(std::move(placed.approval));
  for (PlacedProtectedPath& placed : source.protected_paths)
    layer.protected_paths.push_back(std::move(placed.path));
  return layer;
}

std::string WriteApprovals(const UserLayer& layer, bool with_running) {
  std::string out(kHead);
  for (const Approval& a : layer.approvals) {
    if (a.exec_id && !with_running) continue;
    TableWriter table(out, "approval");
    table.Number("id", a.id);
    table.Number("uid", a.uid);
    table.Text("asset", a.asset);
    table.Path("program", a.program_path);
    if (a.sha256) table.Text("sha256", ToHex(*a.sha256));
    table.Text("package", a.package);
    if (a.exec_id) table.Number("exec_id", *a.exec_id);
    table.Boolean("read", a.read);
    table.Boolean("write", a.write);
    if (a.expires) table.Moment("expires", *a.expires);
    table.Moment("created", a.created);
    table.Text("authority", a.authority);
  }
  return out;
}

std::string WriteProtectedPaths(const UserLayer& layer) {
  std::string out(kHead);
  for (const ProtectedPath& p : layer.protected_paths) {
    TableWriter table(out, "protected");
    table.Number("id", p.id);
    table.Number("uid", p.uid);
    table.Path("path", p.path);
    table.Boolean("directory", p.directory);
    table.Texts("programs", p.programs);
    table.Moment("created", p.created);
  }
  return out;
}

}  // namespace keyward::policy
