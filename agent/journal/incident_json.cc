// SPDX-License-Identifier: Apache-2.0
// The only file that knows the JSON library: its exceptions end here.
#include "agent/journal/incident_json.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "agent/journal/json_columns.h"
#include "agent/journal/text.h"
#include "agent/journal/time_text.h"

namespace keyward::journal {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint32_t kNoLogin = 0xffffffffu;
constexpr std::size_t kLongestJson = 4u << 20;

// Pure ASCII: a terminal does not act on what stands in it.
std::string Print(const Json& json) { return json.dump(-1, ' ', /*ensure_ascii=*/true); }

Json TextOrNull(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(EscapeBytes(text));
}

Json TextList(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(EscapeBytes(text));
  return list;
}

Json TaintList(Taints taints) {
  Json list = Json::array();
  for (const Taint taint : taints.List()) list.push_back(TaintName(taint));
  return list;
}

Json ProcessJson(const RecordedProcess& p) {
  Json json = Json::object();
  json["pid"] = p.pid;
  json["start"] = p.start_ticks;
  json["exe"] = TextOrNull(p.exe);
  json["sha256"] = TextOrNull(p.sha256);
  json["package"] = TextOrNull(p.package);
  json["script"] = TextOrNull(p.script);
  json["script_sha256"] = TextOrNull(p.script_sha256);
  json["argv"] = TextList(p.argv);
  json["cwd"] = TextOrNull(p.cwd);
  json["uid"] = p.uid;
  json["login_uid"] = p.login_uid == kNoLogin ? Json(nullptr) : Json(p.login_uid);
  json["session"] = p.session;
  json["cgroup"] = TextOrNull(p.cgroup);
  json["evidence"] = TextList(p.evidence);
  return json;
}

// Reads members of one object. Null and absent keep the default; a wrong type or a number out of
// range throws, which Parse() turns into an Error.
class Members {
 public:
  explicit Members(const Json& json) : json_(json) {
    if (!json.is_object()) throw std::invalid_argument("not an object");
  }
  const Json* Find(const char* key) const {
    const auto it = json_.find(key);
    return it == json_.end() || it->is_null() ? nullptr : &*it;
  }
  void Read(const char* key, std::string& to) const {
    if (const Json* value = Find(key)) to = UnescapeBytes(value->get_ref<const std::string&>());
  }
  void Read(const char* key, std::vector<std::string>& to) const {
    const Json* value = Find(key);
    if (value == nullptr) return;
    if (!value->is_array()) throw std::invalid_argument("not a list");
    for (const Json& text : *value) to.push_back(UnescapeBytes(text.get_ref<const std::string&>()));
  }
  void Read(const char* key, bool& to) const {
    if (const Json* value = Find(key)) to = value->get_ref<const bool&>();
  }
  void Read(const char* key, Time& to) const {
    const Json* value = Find(key);
    if (value == nullptr) return;
    const std::optional<Time> time = ParseTime(value->get_ref<const std::string&>());
    if (!time) throw std::invalid_argument("not a time");
    to = *time;
  }
  template <class Number>
  requires std::is_integral_v<Number>
  void Read(const char* key, Number& to) const {
    const Json* value = Find(key);
    if (value == nullptr) return;
    if (!value->is_number_integer()) throw std::invalid_argument("not a whole number");
    if (value->is_number_unsigned()) {
      const auto number = value->get<std::uint64_t>();
      if (!std::in_range<Number>(number)) throw std::out_of_range("number");
      to = static_cast<Number>(number);
    } else {
      const auto number = value->get<std::int64_t>();
      if (!std::in_range<Number>(number)) throw std::out_of_range("number");
      to = static_cast<Number>(number);
    }
  }
  template <class Enum>
  void Read(const char* key, std::optional<Enum> (*parse)(std::string_view), Enum& to) const {
    const Json* value = Find(key);
    if (value == nullptr) return;
    const std::optional<Enum> parsed = parse(value->get_ref<const std::string&>());
    if (!parsed) throw std::invalid_argument("unknown word");
    to = *parsed;
  }

 private:
  const Json& json_;
};

RecordedProcess ProcessFrom(const Json& json) {
  const Members m(json);
  RecordedProcess p;
  m.Read("pid", p.pid);
  m.Read("start", p.start_ticks);
  m.Read("exe", p.exe);
  m.Read("sha256", p.sha256);
  m.Read("package", p.package);
  m.Read("script", p.script);
  m.Read("script_sha256", p.script_sha256);
  m.Read("argv", p.argv);
  m.Read("cwd", p.cwd);
  m.Read("uid", p.uid);
  m.Read("login_uid", p.login_uid);
  m.Read("session", p.session);
  m.Read("cgroup", p.cgroup);
  m.Read("evidence", p.evidence);
  return p;
}

std::vector<RecordedProcess> ProcessesFrom(const Json& json) {
  if (!json.is_array()) throw std::invalid_argument("not a list");
  std::vector<RecordedProcess> processes;
  for (const Json& process : json) processes.push_back(ProcessFrom(process));
  return processes;
}

Taints TaintsFrom(const Json& json) {
  if (!json.is_array()) throw std::invalid_argument("not a list");
  Taints taints;
  for (const Json& name : json)
    if (const auto taint = ParseTaint(name.get_ref<const std::string&>())) taints.Add(*taint);
  return taints;
}

// Parses `text` and makes a T of it by `read`; every exception becomes an Error with `code`.
template <class T, class F>
Result<T> Parse(std::string_view text, ErrorCode code, const char* what, F read) {
  if (text.size() > kLongestJson) return Error{code, std::string(what) + ": too long", {}, 0};
  try {
    return read(Json::parse(text));
  } catch (const std::exception&) {
    // The library's words quote the text, which is the attacker's: they are not passed on.
    return Error{code, std::string(what) + ": not of the form in docs/JOURNAL.md", {}, 0};
  }
}

Json SubjectJson(const Incident& incident) {
  Json json = ProcessJson(incident.subject);
  json["taints"] = TaintList(incident.taints);
  json["taint_details"] = TextList(incident.taint_details);
  json["ancestry"] = Json::array();
  for (const RecordedProcess& process : incident.ancestry)
    json["ancestry"].push_back(ProcessJson(process));
  return json;
}

Json RuleJson(const Incident& incident) {
  if (incident.rule.empty() && incident.rule_where.file.empty()) return nullptr;
  Json json = Json::object();
  json["id"] = TextOrNull(incident.rule);
  json["file"] = TextOrNull(incident.rule_where.file);
  json["line"] = incident.rule_where.line;
  return json;
}

void ReadAsset(const Members& m, Incident& incident) {
  m.Read("owner_uid", incident.owner_uid);
  m.Read("asset", incident.asset);
  m.Read("asset_name", incident.asset_name);
  m.Read("asset_class", &ParseAssetClass, incident.asset_class);
  m.Read("path", incident.path);
  if (const Json* rule = m.Find("rule")) {
    const Members r(*rule);
    r.Read("id", incident.rule);
    r.Read("file", incident.rule_where.file);
    r.Read("line", incident.rule_where.line);
  }
}

void ReadSubject(const Members& m, Incident& incident) {
  const Json* subject = m.Find("subject");
  if (subject == nullptr) return;
  incident.subject = ProcessFrom(*subject);
  const Members s(*subject);
  if (const Json* taints = s.Find("taints")) incident.taints = TaintsFrom(*taints);
  s.Read("taint_details", incident.taint_details);
  if (const Json* ancestry = s.Find("ancestry")) incident.ancestry = ProcessesFrom(*ancestry);
}

Incident IncidentFrom(const Json& json) {
  const Members m(json);
  Incident incident;
  m.Read("id", incident.id);
  m.Read("kind", &ParseIncidentKind, incident.kind);
  m.Read("first", incident.first);
  m.Read("last", incident.last);
  m.Read("count", incident.count);
  m.Read("verdict", &ParseOutcome, incident.outcome);
  m.Read("monitored", incident.monitored);
  m.Read("operation", &ParseOperation, incident.operation);
  m.Read("severity", &ParseSeverity, incident.severity);
  ReadAsset(m, incident);
  m.Read("policy_version", incident.policy_version);
  m.Read("engine", incident.engine);
  m.Read("attack", incident.attack);
  m.Read("judged_as", incident.judged_as);
  m.Read("message", incident.message);
  m.Read("link", incident.link);
  m.Read("dropped", incident.dropped);
  ReadSubject(m, incident);
  return incident;
}

}  // namespace

std::string ToJson(const Incident& incident) {
  const bool concerns_asset = !incident.asset.empty();
  Json json = Json::object();
  json["id"] = incident.id;
  json["kind"] = IncidentKindName(incident.kind);
  json["first"] = FormatTime(incident.first);
  json["last"] = FormatTime(incident.last);
  json["count"] = incident.count;
  json["verdict"] = concerns_asset ? Json(OutcomeName(incident.outcome)) : Json(nullptr);
  json["monitored"] = incident.monitored;
  json["operation"] = concerns_asset ? Json(OperationName(incident.operation)) : Json(nullptr);
  json["severity"] = SeverityName(incident.severity);
  json["owner_uid"] = incident.owner_uid;
  json["asset"] = TextOrNull(incident.asset);
  json["asset_name"] = TextOrNull(incident.asset_name);
  json["asset_class"] = concerns_asset ? Json(AssetClassName(incident.asset_class)) : Json(nullptr);
  json["path"] = TextOrNull(incident.path);
  json["rule"] = RuleJson(incident);
  json["policy_version"] = incident.policy_version;
  json["engine"] = TextOrNull(incident.engine);
  json["attack"] = TextList(incident.attack);
  json["judged_as"] = TextOrNull(incident.judged_as);
  json["message"] = TextOrNull(incident.message);
  json["link"] = TextOrNull(incident.link);
  json["dropped"] = incident.dropped;
  json["subject"] = SubjectJson(incident);
  return Print(json);
}

Result<Incident> FromJson(std::string_view json) {
  return Parse<Incident>(json, ErrorCode::kInvalid, "incident", &IncidentFrom);
}

std::string ProcessColumn(const RecordedProcess& process) { return Print(ProcessJson(process)); }

std::string ProcessesColumn(const std::vector<RecordedProcess>& processes) {
  Json list = Json::array();
  for (const RecordedProcess& process : processes) list.push_back(ProcessJson(process));
  return Print(list);
}

std::string StringsColumn(const std::vector<std::string>& strings) {
  return Print(TextList(strings));
}

Result<RecordedProcess> ReadProcessColumn(std::string_view json) {
  return Parse<RecordedProcess>(json, ErrorCode::kCorrupt, "process", &ProcessFrom);
}

Result<std::vector<RecordedProcess>> ReadProcessesColumn(std::string_view json) {
  return Parse<std::vector<RecordedProcess>>(json, ErrorCode::kCorrupt, "ancestry", &ProcessesFrom);
}

Result<std::vector<std::string>> ReadStringsColumn(std::string_view json) {
  return Parse<std::vector<std::string>>(json, ErrorCode::kCorrupt, "list", [](const Json& list) {
    if (!list.is_array()) throw std::invalid_argument("not a list");
    std::vector<std::string> strings;
    for (const Json& text : list)
      strings.push_back(UnescapeBytes(text.get_ref<const std::string&>()));
    return strings;
  });
}

}  // namespace keyward::journal
