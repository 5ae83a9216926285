// SPDX-License-Identifier: Apache-2.0
#include "agent/journal/query.h"

#include "agent/journal/incident_table.h"
#include "agent/journal/text.h"

namespace keyward::journal {
namespace {

// The conditions of a filter as fixed texts, their values bound by number.
class Where {
 public:
  explicit Where(const Filter& filter) {
    if (filter.since) Add("last_ns >= ", filter.since->time_since_epoch().count());
    if (filter.until) Add("first_ns <= ", filter.until->time_since_epoch().count());
    if (filter.kind) Add("kind = ", static_cast<std::int64_t>(*filter.kind));
    if (filter.outcome) Add("outcome = ", static_cast<std::int64_t>(*filter.outcome));
    if (filter.min_severity) Add("severity >= ", StoredSeverity(*filter.min_severity));
    if (filter.owner_uid) Add("owner_uid = ", std::int64_t{*filter.owner_uid});
    if (filter.after_id) Add("id > ", *filter.after_id);
    if (filter.before_id) Add("id < ", *filter.before_id);
    if (filter.asset) {
      Add("asset = ", 0);
      asset_index_ = static_cast<int>(values_.size());
      asset_ = EscapeBytes(*filter.asset);
    }
  }

  const std::string& sql() const { return sql_; }
  void BindTo(Statement& statement) const {
    for (std::size_t i = 0; i < values_.size(); ++i)
      statement.Bind(static_cast<int>(i) + 1, values_[i]);
    if (asset_index_ != 0) statement.Bind(asset_index_, asset_);
  }

 private:
  void Add(const char* condition, std::int64_t value) {
    values_.push_back(value);
    sql_ += sql_.empty() ? " WHERE " : " AND ";
    sql_ += condition + ("?" + std::to_string(values_.size()));
  }

  std::string sql_;
  std::vector<std::int64_t> values_;
  int asset_index_ = 0;
  std::string asset_;
};

}  // namespace

Result<std::vector<Incident>> SelectIncidents(Database& db, const Filter& filter) {
  const Where where(filter);
  std::string sql = std::string("SELECT ") + kIncidentColumns + " FROM incident" + where.sql() +
                    " ORDER BY id DESC";
  if (filter.limit > 0) sql += " LIMIT " + std::to_string(filter.limit);
  Result<Statement> statement = db.Prepare(sql);
  if (!statement) return statement.error();
  where.BindTo(*statement);
  std::vector<Incident> incidents;
  while (true) {
    const Result<bool> row = statement->Step();
    if (!row) return row.error();
    if (!*row) return incidents;
    Result<Incident> incident = ReadIncident(*statement);
    if (!incident) return incident.error();
    incidents.push_back(std::move(*incident));
  }
}

Result<std::uint64_t> CountIncidents(Database& db, const Filter& filter) {
  const Where where(filter);
  Result<Statement> statement = db.Prepare("SELECT count(*) FROM incident" + where.sql());
  if (!statement) return statement.error();
  where.BindTo(*statement);
  const Result<bool> row = statement->Step();
  if (!row) return row.error();
  return static_cast<std::uint64_t>(*row ? statement->Int(0) : 0);
}

Result<Incident> SelectIncident(Database& db, std::int64_t id) {
  Result<Statement> statement =
      db.Prepare(std::string("SELECT ") + kIncidentColumns + " FROM incident WHERE id = ?1");
  if (!statement) return statement.error();
  statement->Bind(1, id);
  const Result<bool> row = statement->Step();
  if (!row) return row.error();
  if (!*row)
    return Error{ErrorCode::kNotFound, "there is no incident " + std::to_string(id), {}, 0};
  return ReadIncident(*statement);
}

}  // namespace keyward::journal
