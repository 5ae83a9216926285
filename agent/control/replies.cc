// SPDX-License-Identifier: Apache-2.0
// Wraps nlohmann/json: its exceptions end here.
#include "agent/control/replies.h"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "agent/control/protocol.h"
#include "agent/control/reply_fields.h"
#include "agent/control/timestamp.h"

namespace keyward::control {
namespace {

using Json = nlohmann::ordered_json;

template <class E>
using EnumName = std::pair<E, std::string_view>;

constexpr EnumName<AssetGroup> kGroups[] = {{AssetGroup::kWallets, "wallets"},
                                            {AssetGroup::kKeys, "keys"},
                                            {AssetGroup::kBrowserSecrets, "browser-secrets"},
                                            {AssetGroup::kOther, "other"}};
constexpr EnumName<CheckState> kStates[] = {
    {CheckState::kOk, "ok"}, {CheckState::kWarning, "warning"}, {CheckState::kFailure, "failure"}};
constexpr EnumName<FindingLevel> kFindingLevels[] = {{FindingLevel::kError, "error"},
                                                     {FindingLevel::kWarning, "warning"},
                                                     {FindingLevel::kNote, "note"}};
constexpr EnumName<CoverageLevel> kCoverageLevels[] = {{CoverageLevel::kStops, "stops"},
                                                       {CoverageLevel::kNotices, "notices"},
                                                       {CoverageLevel::kBlind, "blind"}};
constexpr EnumName<ErrorCode> kCodes[] = {{ErrorCode::kInvalid, "invalid"},
                                          {ErrorCode::kNotFound, "not-found"},
                                          {ErrorCode::kDenied, "denied"},
                                          {ErrorCode::kUnsupported, "unsupported"},
                                          {ErrorCode::kIo, "io"},
                                          {ErrorCode::kCorrupt, "corrupt"},
                                          {ErrorCode::kFull, "full"},
                                          {ErrorCode::kBusy, "busy"},
                                          {ErrorCode::kInternal, "internal"}};

template <class E, std::size_t N>
std::string_view NameIn(const EnumName<E> (&table)[N], E value) {
  for (const auto& [v, name] : table)
    if (v == value) return name;
  return "unknown";
}

template <class E, std::size_t N>
std::optional<E> ValueIn(const EnumName<E> (&table)[N], std::string_view text) {
  for (const auto& [value, name] : table)
    if (name == text) return value;
  return std::nullopt;
}

std::string_view Name(AssetClass value) { return AssetClassName(value); }
std::string_view Name(Severity value) { return SeverityName(value); }
std::string_view Name(Operation value) { return OperationName(value); }
std::string_view Name(Outcome value) { return OutcomeName(value); }
std::string_view Name(AssetGroup value) { return NameIn(kGroups, value); }
std::string_view Name(CheckState value) { return NameIn(kStates, value); }
std::string_view Name(FindingLevel value) { return NameIn(kFindingLevels, value); }
std::string_view Name(CoverageLevel value) { return NameIn(kCoverageLevels, value); }

template <class E>
bool Assign(E& out, std::optional<E> value) {
  if (value) out = *value;
  return value.has_value();
}
bool FromName(std::string_view text, AssetClass& out) { return Assign(out, ParseAssetClass(text)); }
bool FromName(std::string_view text, Severity& out) { return Assign(out, ParseSeverity(text)); }
bool FromName(std::string_view text, Operation& out) { return Assign(out, ParseOperation(text)); }
bool FromName(std::string_view text, Outcome& out) { return Assign(out, ParseOutcome(text)); }
bool FromName(std::string_view text, AssetGroup& out) {
  return Assign(out, ValueIn(kGroups, text));
}
bool FromName(std::string_view text, CheckState& out) {
  return Assign(out, ValueIn(kStates, text));
}
bool FromName(std::string_view text, FindingLevel& out) {
  return Assign(out, ValueIn(kFindingLevels, text));
}
bool FromName(std::string_view text, CoverageLevel& out) {
  return Assign(out, ValueIn(kCoverageLevels, text));
}

class Writer {
 public:
  Json out = Json::object();

  template <class T>
  void operator()(const char* key, const T& value) {
    out[key] = Value(value);
  }
  void Constant(const char* key, const char* value) { out[key] = value; }
  void NullIfEmpty(const char* key, const std::string& value) {
    out[key] = value.empty() ? Json(nullptr) : Json(value);
  }
  template <class Function>
  void Object(const char* key, Function fields) {
    Writer inner;
    fields(inner);
    out[key] = std::move(inner.out);
  }
  void Map(const char* key, const std::vector<std::pair<std::string, std::uint64_t>>& map) {
    Json object = Json::object();
    for (const auto& [name, number] : map) object[name] = number;
    out[key] = std::move(object);
  }

 private:
  static Json Value(const std::string& value) { return value; }
  static Json Value(Time value) { return FormatTime(value); }
  template <class T>
  static Json Value(const std::optional<T>& value) {
    return value ? Value(*value) : Json(nullptr);
  }
  template <class T>
  static Json Value(const std::vector<T>& list) {
    Json array = Json::array();
    for (const T& item : list) array.push_back(Value(item));
    return array;
  }
  template <class T>
  static Json Value(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      return Name(value);
    } else if constexpr (std::is_arithmetic_v<T>) {
      return value;
    } else {
      Writer inner;
      Fields(inner, value);
      return std::move(inner.out);
    }
  }
};

// Leaves alone what is missing or null; remembers the first key of another type.
class Reader {
 public:
  explicit Reader(const Json& in) : in_(in) {
    if (!in.is_object()) misfit_ = "(not an object)";
  }

  template <class T>
  void operator()(const char* key, T& value) {
    const Json* found = Find(key);
    if (found != nullptr && !Take(*found, value)) Misfit(key);
  }
  void Constant(const char*, const char*) {}
  void NullIfEmpty(const char* key, std::string& value) { (*this)(key, value); }
  template <class Function>
  void Object(const char* key, Function fields) {
    const Json* found = Find(key);
    if (found == nullptr) return;
    Reader inner(*found);
    fields(inner);
    if (!inner.misfit().empty()) Misfit(key);
  }
  void Map(const char* key, std::vector<std::pair<std::string, std::uint64_t>>& map) {
    const Json* found = Find(key);
    if (found == nullptr) return;
    if (!found->is_object()) return Misfit(key);
    for (const auto& item : found->items()) {
      std::uint64_t number = 0;
      if (!Take(item.value(), number)) Misfit(key);
      map.emplace_back(item.key(), number);
    }
  }
  const std::string& misfit() const { return misfit_; }

 private:
  const Json* Find(const char* key) {
    if (!in_.is_object()) return nullptr;
    const auto it = in_.find(key);
    return it == in_.end() || it->is_null() ? nullptr : &*it;
  }
  void Misfit(const char* key) {
    if (misfit_.empty()) misfit_ = key;
  }

  static bool Take(const Json& in, std::string& out) {
    if (in.is_string()) out = in.get_ref<const std::string&>();
    return in.is_string();
  }
  static bool Take(const Json& in, bool& out) {
    if (in.is_boolean()) out = in.get<bool>();
    return in.is_boolean();
  }
  static bool Take(const Json& in, Time& out) {
    const auto time = in.is_string() ? ParseTime(in.get_ref<const std::string&>()) : std::nullopt;
    if (time) out = *time;
    return time.has_value();
  }
  template <class T>
  static bool Take(const Json& in, std::optional<T>& out) {
    T value{};
    if (!Take(in, value)) return false;
    out = std::move(value);
    return true;
  }
  template <class T>
  static bool Take(const Json& in, std::vector<T>& out) {
    if (!in.is_array()) return false;
    for (const Json& item : in) {
      T value{};
      if (!Take(item, value)) return false;
      out.push_back(std::move(value));
    }
    return true;
  }
  template <class T>
  static bool Take(const Json& in, T& out) {
    if constexpr (std::is_enum_v<T>) {
      return in.is_string() && FromName(in.get_ref<const std::string&>(), out);
    } else if constexpr (std::is_integral_v<T>) {
      return TakeNumber(in, out);
    } else {
      Reader inner(in);
      Fields(inner, out);
      return inner.misfit().empty();
    }
  }
  template <class T>
  static bool TakeNumber(const Json& in, T& out) {
    if (!in.is_number_integer()) return false;
    if (in.is_number_unsigned()) {
      const auto number = in.get<std::uint64_t>();
      if (number > static_cast<std::uint64_t>(std::numeric_limits<T>::max())) return false;
      out = static_cast<T>(number);
      return true;
    }
    const auto number = in.get<std::int64_t>();
    if (std::is_unsigned_v<T> || number < static_cast<std::int64_t>(std::numeric_limits<T>::min()))
      return false;
    out = static_cast<T>(number);
    return true;
  }

  const Json& in_;
  std::string misfit_;
};

std::string Dump(const Json& json) {
  // ASCII only: nothing that somebody else wrote can act on a terminal.
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

template <class T>
std::string Write(const T& reply) {
  Writer writer;
  Fields(writer, reply);
  return Dump(writer.out);
}

template <class T>
Result<T> Parse(std::string_view text, const char* what) {
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (json.is_discarded())
    return Error{ErrorCode::kCorrupt, std::string("read ") + what + ": not JSON", "", 0};
  Reader reader(json);
  T reply;
  Fields(reader, reply);
  if (!reader.misfit().empty())
    return Error{ErrorCode::kCorrupt,
                 std::string("read ") + what + ": unexpected value of " + reader.misfit(), "", 0};
  return reply;
}

}  // namespace

std::string_view CheckStateName(CheckState state) { return NameIn(kStates, state); }

std::string ToJson(const HelloReply& reply) { return Write(reply); }
std::string ToJson(const AssetRow& row) { return Write(row); }
std::string ToJson(const StatusReply& reply) { return Write(reply); }
std::string ToJson(const ExplainReply& reply) { return Write(reply); }
std::string ToJson(const DoctorReply& reply) { return Write(reply); }
std::string ToJson(const ApprovalRow& row) { return Write(row); }
std::string ToJson(const ProtectedRow& row) { return Write(row); }
std::string ToJson(const RuleRow& row) { return Write(row); }
std::string ToJson(const Finding& finding) { return Write(finding); }
std::string ToJson(const PolicyReply& reply) { return Write(reply); }
std::string ToJson(const OverrideReply& reply) { return Write(reply); }
std::string ToJson(const QuestionRow& row) { return Write(row); }

Result<HelloReply> ParseHello(std::string_view json) { return Parse<HelloReply>(json, "hello"); }
Result<AssetRow> ParseAsset(std::string_view json) { return Parse<AssetRow>(json, "asset"); }
Result<StatusReply> ParseStatus(std::string_view json) {
  return Parse<StatusReply>(json, "status");
}
Result<ExplainReply> ParseExplain(std::string_view json) {
  return Parse<ExplainReply>(json, "explanation");
}
Result<DoctorReply> ParseDoctor(std::string_view json) {
  return Parse<DoctorReply>(json, "health");
}
Result<ApprovalRow> ParseApproval(std::string_view json) {
  return Parse<ApprovalRow>(json, "approval");
}
Result<ProtectedRow> ParseProtected(std::string_view json) {
  return Parse<ProtectedRow>(json, "protected path");
}
Result<RuleRow> ParseRule(std::string_view json) { return Parse<RuleRow>(json, "rule"); }
Result<Finding> ParseFinding(std::string_view json) { return Parse<Finding>(json, "finding"); }
Result<PolicyReply> ParsePolicy(std::string_view json) {
  return Parse<PolicyReply>(json, "policy");
}
Result<OverrideReply> ParseOverride(std::string_view json) {
  return Parse<OverrideReply>(json, "override");
}
Result<QuestionRow> ParseQuestion(std::string_view json) {
  return Parse<QuestionRow>(json, "question");
}

std::string WriteReply(std::string_view kind, std::string_view data_json) {
  std::string message = R"({"reply":")";
  message.append(kind).append(R"(","data":)").append(data_json).append("}");
  return message;
}

std::string WriteEnd(bool more) {
  return more ? R"({"reply":"end","more":true})" : R"({"reply":"end","more":false})";
}

std::string WriteError(const Error& error) {
  Json out;
  out["reply"] = "error";
  out["code"] = NameIn(kCodes, error.code);
  out["what"] = error.what;
  out["hint"] = error.hint.empty() ? Json(nullptr) : Json(error.hint);
  return Dump(out);
}

Result<Reply> ParseReply(std::string_view message) {
  const Error corrupt{ErrorCode::kCorrupt, "read the daemon's answer: not a reply", "", 0};
  const Json json = Json::parse(message.begin(), message.end(), nullptr, false);
  if (!json.is_object()) return corrupt;
  Reply reply;
  std::string code;
  std::string what;
  std::string hint;
  Reader reader(json);
  reader("reply", reply.kind);
  reader("more", reply.more);
  reader("code", code);
  reader("what", what);
  reader("hint", hint);
  if (reply.kind.empty() || !reader.misfit().empty()) return corrupt;
  if (reply.kind == "error")
    reply.error = Error{ValueIn(kCodes, code).value_or(ErrorCode::kInternal), what, hint, 0};
  if (const auto data = json.find("data"); data != json.end()) reply.data = Dump(*data);
  return reply;
}

}  // namespace keyward::control
