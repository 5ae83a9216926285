// SPDX-License-Identifier: Apache-2.0
// Wraps nlohmann/json: its exceptions end here.
#include "agent/control/requests.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/control/timestamp.h"

namespace keyward::control {
namespace {

constexpr std::size_t kMaxListLength = 64;
constexpr std::size_t kMaxKeyBytes = 32;
constexpr std::uint32_t kDefaultLimit = 100;

using Value = std::variant<bool, std::uint64_t, std::string, std::vector<std::string>>;
using Arguments = std::map<std::string, Value, std::less<>>;

Error Invalid(std::string what) { return Error{ErrorCode::kInvalid, std::move(what), "", 0}; }

// Takes one flat object and nothing else, as it is parsed: no tree is built, so depth costs
// nothing.
class FlatObject : public nlohmann::json_sax<nlohmann::json> {
 public:
  Arguments arguments;
  std::string mistake;

  bool null() override { return Fail("null is not a value here"); }
  bool boolean(bool value) override { return Put(value); }
  bool number_integer(number_integer_t) override { return Fail("negative number"); }
  bool number_unsigned(number_unsigned_t value) override { return Put(std::uint64_t{value}); }
  bool number_float(number_float_t, const string_t&) override { return Fail("not a whole number"); }
  bool string(string_t& value) override {
    if (value.find('\0') != string_t::npos) return Fail("NUL in a text");
    if (!in_list_) return Put(std::move(value));
    auto& list = std::get<std::vector<std::string>>(arguments.at(key_));
    if (list.size() == kMaxListLength) return Fail("list too long");
    list.push_back(std::move(value));
    return true;
  }
  bool binary(binary_t&) override { return Fail("binary value"); }

  bool start_object(std::size_t) override {
    if (open_ || closed_) return Fail("object within an object");
    open_ = true;
    return true;
  }
  bool key(string_t& value) override {
    if (value.size() > kMaxKeyBytes) return Fail("key too long");
    if (arguments.count(value) != 0) return Fail("key \"" + value + "\" twice");
    key_ = std::move(value);
    return true;
  }
  bool end_object() override {
    open_ = false;
    closed_ = true;
    return true;
  }
  bool start_array(std::size_t) override {
    if (!open_) return Fail("not an object");
    if (in_list_) return Fail("list within a list");
    arguments.emplace(key_, std::vector<std::string>());
    in_list_ = true;
    return true;
  }
  bool end_array() override {
    in_list_ = false;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return Fail("not JSON at byte " + std::to_string(position));
  }

  bool complete() const { return closed_ && mistake.empty(); }

 private:
  template <class T>
  bool Put(T value) {
    if (!open_) return Fail("not an object");
    if (in_list_) return Fail("not a list of texts");
    arguments.emplace(key_, Value(std::move(value)));
    return true;
  }
  bool Fail(std::string why) {
    if (mistake.empty()) mistake = std::move(why);
    return false;
  }

  bool open_ = false;
  bool closed_ = false;
  bool in_list_ = false;
  std::string key_;
};

Result<Arguments> ParseFlatObject(std::string_view message) {
  FlatObject object;
  try {
    nlohmann::json::sax_parse(message.begin(), message.end(), &object);
  } catch (const std::exception& e) {
    return Invalid(e.what());
  }
  if (!object.complete())
    return Invalid(object.mistake.empty() ? "not a whole JSON object" : object.mistake);
  return std::move(object.arguments);
}

// Why a value does not fit its place in the table; empty when it does.
std::string Misfit(const ArgumentSpec& spec, const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  switch (spec.type) {
    case ArgumentType::kText:
      if (text == nullptr) return "must be a text";
      return text->size() > spec.max ? "too long" : "";
    case ArgumentType::kTime:
      return text != nullptr && ParseTime(*text) ? "" : "must be an RFC 3339 time";
    case ArgumentType::kTexts: {
      const auto* list = std::get_if<std::vector<std::string>>(&value);
      if (list == nullptr) return "must be a list of texts";
      for (const std::string& item : *list)
        if (item.empty() || item.size() > spec.max) return "has an item that is empty or too long";
      return "";
    }
    case ArgumentType::kUnsigned: {
      const auto* number = std::get_if<std::uint64_t>(&value);
      if (number == nullptr) return "must be a whole number";
      return *number > spec.max ? "too large" : "";
    }
    case ArgumentType::kFlag:
      return std::holds_alternative<bool>(value) ? "" : "must be true or false";
  }
  return "of no known type";
}

const ArgumentSpec* FindArgument(const RequestSpec& spec, std::string_view key) {
  for (const ArgumentSpec& argument : spec.arguments)
    if (argument.key == key) return &argument;
  return nullptr;
}

Result<> CheckArguments(const RequestSpec& spec, const Arguments& arguments) {
  const std::string where = "request \"" + std::string(spec.name) + "\": ";
  for (const auto& [key, value] : arguments) {
    if (key == "request") continue;
    const ArgumentSpec* argument = FindArgument(spec, key);
    if (argument == nullptr) return Invalid(where + "unknown key \"" + key + "\"");
    const std::string misfit = Misfit(*argument, value);
    if (!misfit.empty()) return Invalid(where + key + " " + misfit);
  }
  for (const ArgumentSpec& argument : spec.arguments)
    if (argument.required && arguments.find(argument.key) == arguments.end())
      return Invalid(where + std::string(argument.key) + " is missing");
  return {};
}

// Values of arguments that have been checked against the table.
class Checked {
 public:
  explicit Checked(const Arguments& arguments) : arguments_(arguments) {}

  bool Has(std::string_view key) const { return arguments_.find(key) != arguments_.end(); }
  std::string Text(std::string_view key) const { return Get<std::string>(key, {}); }
  std::vector<std::string> Texts(std::string_view key) const {
    return Get<std::vector<std::string>>(key, {});
  }
  std::uint64_t Number(std::string_view key, std::uint64_t otherwise = 0) const {
    return Get<std::uint64_t>(key, otherwise);
  }
  bool Flag(std::string_view key, bool otherwise) const { return Get<bool>(key, otherwise); }
  std::optional<Time> When(std::string_view key) const {
    return Has(key) ? ParseTime(Text(key)) : std::nullopt;
  }
  std::chrono::seconds Seconds(std::string_view key) const {
    return std::chrono::seconds(static_cast<std::int64_t>(Number(key)));
  }

 private:
  template <class T>
  T Get(std::string_view key, T otherwise) const {
    const auto it = arguments_.find(key);
    return it == arguments_.end() ? std::move(otherwise) : std::get<T>(it->second);
  }

  const Arguments& arguments_;
};

// Absolute, and without a component that means another place than it says.
bool IsPlainPath(std::string_view path) {
  if (path == "/") return true;
  if (path.empty() || path[0] != '/') return false;
  std::size_t begin = 1;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view component = path.substr(begin, end - begin);
    if (component.empty() || component == "." || component == "..") return false;
    begin = end + 1;
  }
  return true;
}

Result<Request> BuildIncidents(const Checked& in) {
  IncidentsRequest r;
  r.since = in.When("since");
  r.until = in.When("until");
  r.before = static_cast<std::int64_t>(in.Number("before"));
  r.limit = static_cast<std::uint32_t>(in.Number("limit", kDefaultLimit));
  if (r.limit == 0) return Invalid("request \"incidents\": limit must be at least 1");
  r.asset = in.Text("asset");
  if (in.Has("outcome")) {
    r.outcome = ParseOutcome(in.Text("outcome"));
    if (!r.outcome) return Invalid("request \"incidents\": unknown outcome");
  }
  return Request(std::move(r));
}

Result<Request> BuildExplain(const Checked& in) {
  ExplainRequest r;
  r.path = in.Text("path");
  if (!IsPlainPath(r.path)) return Invalid("request \"explain\": path must be absolute and plain");
  r.pid = static_cast<std::int32_t>(in.Number("pid"));
  if (r.pid == 0) return Invalid("request \"explain\": pid must be at least 1");
  if (in.Has("operation")) {
    const auto operation = ParseOperation(in.Text("operation"));
    if (!operation) return Invalid("request \"explain\": unknown operation");
    r.operation = *operation;
  }
  return Request(std::move(r));
}

Result<Request> BuildProtect(const Checked& in) {
  ProtectRequest r{in.Text("path"), in.Texts("programs")};
  if (!IsPlainPath(r.path)) return Invalid("request \"protect\": path must be absolute and plain");
  return Request(std::move(r));
}

Result<Request> BuildUnprotect(const Checked& in) {
  UnprotectRequest r{in.Text("path")};
  if (!IsPlainPath(r.path))
    return Invalid("request \"unprotect\": path must be absolute and plain");
  return Request(std::move(r));
}

// Either the number of a question, or an asset and a program by evidence: never both, never half.
std::string ApprovalMistake(const ApproveRequest& r) {
  const bool names_program =
      !r.asset.empty() || !r.program_path.empty() || r.sha256 || !r.package.empty();
  if (r.question) {
    if (names_program) return "a question already names asset and program";
  } else {
    if (r.asset.empty() || !IsPlainPath(r.program_path))
      return "asset and an absolute program_path are needed";
    if (r.sha256.has_value() == !r.package.empty()) return "either sha256 or package is needed";
    if (r.term == Term::kOnce || r.term == Term::kUntilExit) return "this term needs a question";
  }
  if (!r.read && !r.write) return "neither read nor write is asked for";
  if ((r.term == Term::kDuration) != (r.duration.count() > 0))
    return "duration_s goes with the term \"duration\"";
  return "";
}

Result<Request> BuildApprove(const Checked& in) {
  ApproveRequest r;
  if (in.Has("question")) r.question = in.Number("question");
  r.asset = in.Text("asset");
  r.program_path = in.Text("program_path");
  if (in.Has("sha256")) {
    r.sha256 = ParseSha256(in.Text("sha256"));
    if (!r.sha256) return Invalid("request \"approve\": sha256 must be 64 hex digits");
  }
  r.package = in.Text("package");
  r.read = in.Flag("read", true);
  r.write = in.Flag("write", false);
  if (in.Has("term")) {
    const auto term = ParseTerm(in.Text("term"));
    if (!term) return Invalid("request \"approve\": unknown term");
    r.term = *term;
  }
  r.duration = in.Seconds("duration_s");
  if (in.Has("uid")) r.uid = static_cast<std::uint32_t>(in.Number("uid"));
  const std::string mistake = ApprovalMistake(r);
  if (!mistake.empty()) return Invalid("request \"approve\": " + mistake);
  return Request(std::move(r));
}

Result<Request> Build(RequestKind kind, const Checked& in) {
  switch (kind) {
    case RequestKind::kHello: return Request(HelloRequest{static_cast<int>(in.Number("protocol"))});
    case RequestKind::kStatus: return Request(StatusRequest{});
    case RequestKind::kAssets: return Request(AssetsRequest{});
    case RequestKind::kIncidents: return BuildIncidents(in);
    case RequestKind::kIncident:
      return Request(IncidentRequest{static_cast<std::int64_t>(in.Number("id"))});
    case RequestKind::kWatch: return Request(WatchRequest{});
    case RequestKind::kExplain: return BuildExplain(in);
    case RequestKind::kProtect: return BuildProtect(in);
    case RequestKind::kUnprotect: return BuildUnprotect(in);
    case RequestKind::kApprove: return BuildApprove(in);
    case RequestKind::kApprovals: return Request(ApprovalsRequest{});
    case RequestKind::kRemoveApproval: return Request(RemoveApprovalRequest{in.Number("id")});
    case RequestKind::kPolicy: return Request(PolicyRequest{});
    case RequestKind::kReloadPolicy: return Request(ReloadPolicyRequest{});
    case RequestKind::kDoctor: return Request(DoctorRequest{});
    case RequestKind::kOverride: return Request(OverrideRequest{in.Seconds("duration_s")});
  }
  return Invalid("unknown request");
}

using Json = nlohmann::ordered_json;

struct Writer {
  Json& out;

  void operator()(const HelloRequest& r) const { out["protocol"] = r.protocol; }
  void operator()(const StatusRequest&) const {}
  void operator()(const AssetsRequest&) const {}
  void operator()(const WatchRequest&) const {}
  void operator()(const ApprovalsRequest&) const {}
  void operator()(const PolicyRequest&) const {}
  void operator()(const ReloadPolicyRequest&) const {}
  void operator()(const DoctorRequest&) const {}
  void operator()(const IncidentsRequest& r) const {
    if (r.since) out["since"] = FormatTime(*r.since);
    if (r.until) out["until"] = FormatTime(*r.until);
    if (r.before != 0) out["before"] = static_cast<std::uint64_t>(r.before);
    out["limit"] = r.limit;
    if (!r.asset.empty()) out["asset"] = r.asset;
    if (r.outcome) out["outcome"] = OutcomeName(*r.outcome);
  }
  void operator()(const IncidentRequest& r) const { out["id"] = static_cast<std::uint64_t>(r.id); }
  void operator()(const ExplainRequest& r) const {
    out["path"] = r.path;
    out["pid"] = static_cast<std::uint32_t>(r.pid);
    out["operation"] = OperationName(r.operation);
  }
  void operator()(const ProtectRequest& r) const {
    out["path"] = r.path;
    if (!r.programs.empty()) out["programs"] = r.programs;
  }
  void operator()(const UnprotectRequest& r) const { out["path"] = r.path; }
  void operator()(const ApproveRequest& r) const {
    if (r.question) out["question"] = *r.question;
    if (!r.asset.empty()) out["asset"] = r.asset;
    if (!r.program_path.empty()) out["program_path"] = r.program_path;
    if (r.sha256) out["sha256"] = ToHex(*r.sha256);
    if (!r.package.empty()) out["package"] = r.package;
    out["read"] = r.read;
    out["write"] = r.write;
    out["term"] = TermName(r.term);
    if (r.term == Term::kDuration)
      out["duration_s"] = static_cast<std::uint64_t>(r.duration.count());
    if (r.uid) out["uid"] = *r.uid;
  }
  void operator()(const RemoveApprovalRequest& r) const { out["id"] = r.id; }
  void operator()(const OverrideRequest& r) const {
    out["duration_s"] = static_cast<std::uint64_t>(r.duration.count());
  }
};

constexpr std::pair<Term, std::string_view> kTerms[] = {{Term::kOnce, "once"},
                                                        {Term::kUntilExit, "until-exit"},
                                                        {Term::kAlways, "always"},
                                                        {Term::kDuration, "duration"}};

}  // namespace

std::string_view TermName(Term term) {
  for (const auto& [value, name] : kTerms)
    if (value == term) return name;
  return "unknown";
}

std::optional<Term> ParseTerm(std::string_view text) {
  for (const auto& [value, name] : kTerms)
    if (name == text) return value;
  return std::nullopt;
}

RequestKind KindOf(const Request& request) {
  static_assert(std::variant_size_v<Request> == kRequestKinds);
  return static_cast<RequestKind>(request.index());
}

Result<Request> ParseRequest(std::string_view message) {
  if (message.size() > kMaxRequestBytes) return Invalid("request too large");
  Result<Arguments> arguments = ParseFlatObject(message);
  if (!arguments) return arguments.error();
  const auto name = arguments->find("request");
  if (name == arguments->end() || !std::holds_alternative<std::string>(name->second))
    return Invalid("no request named");
  const RequestSpec* spec = FindRequest(std::get<std::string>(name->second));
  if (spec == nullptr) return Invalid("unknown request");
  const Result<> checked = CheckArguments(*spec, *arguments);
  if (!checked) return checked.error();
  return Build(spec->kind, Checked(*arguments));
}

std::string WriteRequest(const Request& request) {
  Json out;
  out["request"] = SpecOf(KindOf(request)).name;
  std::visit(Writer{out}, request);
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace keyward::control
