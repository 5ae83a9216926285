// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/incident_table.h"

#include <algorithm>
#include <limits>

#include "agent/journal/json_columns.h"
#include "agent/journal/text.h"

namespace keyward::journal {

const char* const kIncidentColumns =
    "id, kind, first_ns, last_ns, count, dropped, outcome, monitored, operation, severity, "
    "owner_uid, asset, asset_name, asset_class, path, rule, rule_file, rule_line, policy_version, "
    "engine, judged_as, taints, message, link, subject, ancestry, attack, taint_details";

namespace {

// Parameters of the INSERT: the columns above without the id, numbered from 1.
enum Column {
  kId,
  kKind,
  kFirst,
  kLast,
  kCount,
  kDropped,
  kOutcome,
  kMonitored,
  kOperation,
  kSeverity,
  kOwner,
  kAsset,
  kAssetName,
  kAssetClass,
  kPath,
  kRule,
  kRuleFile,
  kRuleLine,
  kPolicyVersion,
  kEngine,
  kJudgedAs,
  kTaints,
  kMessage,
  kLink,
  kSubject,
  kAncestry,
  kAttack,
  kTaintDetails,
};

// SQLite's integers are signed: what is larger stays at the largest.
std::int64_t Stored(std::uint64_t value) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(std::min(value, kMost));
}

std::uint64_t Unsigned(std::int64_t value) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0));
}

std::int64_t Stored(Time time) { return time.time_since_epoch().count(); }
Time TimeFrom(std::int64_t ns) { return Time(std::chrono::nanoseconds(ns)); }

template <class Enum>
std::int64_t StoredEnum(Enum value) {
  return static_cast<std::int64_t>(value);
}

Error DoesNotReadBack(std::int64_t id, const std::string& why) {
  return Error{
      ErrorCode::kCorrupt, "incident " + std::to_string(id) + " does not read back: " + why, {}, 0};
}

// The numbers of a row that stand for words; false for one that this version does not know.
bool ReadEnums(const Statement& row, Incident& incident) {
  const std::int64_t kind = row.Int(kKind);
  const std::int64_t outcome = row.Int(kOutcome);
  const std::int64_t operation = row.Int(kOperation);
  const std::int64_t severity = row.Int(kSeverity);
  const auto asset_class = ParseAssetClass(row.Text(kAssetClass));
  if (kind < 1 || kind > 255 || outcome < 0 || outcome > 3 || operation < 1 || operation > 255 ||
      severity < 1 || severity > 4 || !asset_class)
    return false;
  incident.kind = static_cast<IncidentKind>(kind);
  incident.outcome = static_cast<Outcome>(outcome);
  incident.operation = static_cast<Operation>(operation);
  incident.severity = static_cast<Severity>(severity - 1);
  incident.asset_class = *asset_class;
  return ParseIncidentKind(IncidentKindName(incident.kind)).has_value() &&
         ParseOperation(OperationName(incident.operation)).has_value();
}

void ReadScalars(const Statement& row, Incident& incident) {
  incident.id = row.Int(kId);
  incident.first = TimeFrom(row.Int(kFirst));
  incident.last = TimeFrom(row.Int(kLast));
  incident.count = Unsigned(row.Int(kCount));
  incident.dropped = Unsigned(row.Int(kDropped));
  incident.monitored = row.Int(kMonitored) != 0;
  incident.owner_uid = static_cast<std::uint32_t>(row.Int(kOwner));
  incident.asset = UnescapeBytes(row.Text(kAsset));
  incident.asset_name = UnescapeBytes(row.Text(kAssetName));
  incident.path = UnescapeBytes(row.Text(kPath));
  incident.rule = UnescapeBytes(row.Text(kRule));
  incident.rule_where.file = UnescapeBytes(row.Text(kRuleFile));
  incident.rule_where.line = static_cast<int>(row.Int(kRuleLine));
  incident.policy_version = Unsigned(row.Int(kPolicyVersion));
  incident.engine = UnescapeBytes(row.Text(kEngine));
  incident.judged_as = UnescapeBytes(row.Text(kJudgedAs));
  incident.taints = Taints::FromBits(static_cast<std::uint32_t>(row.Int(kTaints)));
  incident.message = UnescapeBytes(row.Text(kMessage));
  incident.link = UnescapeBytes(row.Text(kLink));
}

Result<> ReadJsonColumns(const Statement& row, Incident& incident) {
  Result<RecordedProcess> subject = ReadProcessColumn(row.Text(kSubject));
  if (!subject) return subject.error();
  Result<std::vector<RecordedProcess>> ancestry = ReadProcessesColumn(row.Text(kAncestry));
  if (!ancestry) return ancestry.error();
  Result<std::vector<std::string>> attack = ReadStringsColumn(row.Text(kAttack));
  if (!attack) return attack.error();
  Result<std::vector<std::string>> details = ReadStringsColumn(row.Text(kTaintDetails));
  if (!details) return details.error();
  incident.subject = std::move(*subject);
  incident.ancestry = std::move(*ancestry);
  incident.attack = std::move(*attack);
  incident.taint_details = std::move(*details);
  return {};
}

void BindText(Statement& insert, const Incident& incident) {
  insert.Bind(kAsset, EscapeBytes(incident.asset));
  insert.Bind(kAssetName, EscapeBytes(incident.asset_name));
  insert.Bind(kAssetClass, AssetClassName(incident.asset_class));
  insert.Bind(kPath, EscapeBytes(incident.path));
  insert.Bind(kRule, EscapeBytes(incident.rule));
  insert.Bind(kRuleFile, EscapeBytes(incident.rule_where.file));
  insert.Bind(kEngine, EscapeBytes(incident.engine));
  insert.Bind(kJudgedAs, EscapeBytes(incident.judged_as));
  insert.Bind(kMessage, EscapeBytes(incident.message));
  insert.Bind(kLink, EscapeBytes(incident.link));
  insert.Bind(kSubject, ProcessColumn(incident.subject));
  insert.Bind(kAncestry, ProcessesColumn(incident.ancestry));
  insert.Bind(kAttack, StringsColumn(incident.attack));
  insert.Bind(kTaintDetails, StringsColumn(incident.taint_details));
}

}  // namespace

std::int64_t StoredSeverity(Severity severity) { return StoredEnum(severity) + 1; }

Result<IncidentWriter> IncidentWriter::Prepare(Database& db) {
  std::string columns(kIncidentColumns);
  columns.erase(0, columns.find("kind"));  // the id is SQLite's to give
  std::string marks = "?1";
  for (int i = 2; i <= kTaintDetails; ++i) marks += ", ?" + std::to_string(i);
  Result<Statement> insert =
      db.Prepare("INSERT INTO incident (" + columns + ") VALUES (" + marks + ")");
  if (!insert) return insert.error();
  Result<Statement> raise = db.Prepare(
      "UPDATE incident SET count = max(count, ?2), last_ns = max(last_ns, ?3), "
      "dropped = max(dropped, ?4) WHERE id = ?1");
  if (!raise) return raise.error();
  return IncidentWriter(std::move(*insert), std::move(*raise));
}

Result<std::int64_t> IncidentWriter::Insert(Database& db, const Incident& incident) {
  insert_.Bind(kKind, StoredEnum(incident.kind));
  insert_.Bind(kFirst, Stored(incident.first));
  insert_.Bind(kLast, Stored(incident.last));
  insert_.Bind(kCount, Stored(incident.count));
  insert_.Bind(kDropped, Stored(incident.dropped));
  insert_.Bind(kOutcome, StoredEnum(incident.outcome));
  insert_.Bind(kMonitored, std::int64_t{incident.monitored});
  insert_.Bind(kOperation, StoredEnum(incident.operation));
  insert_.Bind(kSeverity, StoredSeverity(incident.severity));
  insert_.Bind(kOwner, std::int64_t{incident.owner_uid});
  insert_.Bind(kRuleLine, std::int64_t{incident.rule_where.line});
  insert_.Bind(kPolicyVersion, Stored(incident.policy_version));
  insert_.Bind(kTaints, std::int64_t{incident.taints.bits()});
  BindText(insert_, incident);
  const Result<> done = insert_.Run();
  if (!done) return done.error();
  return db.last_id();
}

Result<> IncidentWriter::Raise(std::int64_t id, std::uint64_t count, Time last,
                               std::uint64_t dropped) {
  raise_.Bind(1, id);
  raise_.Bind(2, Stored(count));
  raise_.Bind(3, Stored(last));
  raise_.Bind(4, Stored(dropped));
  return raise_.Run();
}

Result<Incident> ReadIncident(const Statement& statement) {
  Incident incident;
  ReadScalars(statement, incident);
  if (!ReadEnums(statement, incident))
    return DoesNotReadBack(incident.id, "a number that stands for no word");
  const Result<> json = ReadJsonColumns(statement, incident);
  if (!json) return DoesNotReadBack(incident.id, json.error().what);
  return incident;
}

}  // namespace keyward::journal
