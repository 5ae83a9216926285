// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/control/protocol.h"
#include "agent/model/hash.h"
#include "agent/model/incident.h"
#include "agent/model/operation.h"
#include "agent/model/result.h"
#include "agent/model/verdict.h"

namespace keyward::control {

struct HelloRequest {
  int protocol = kProtocolVersion;
};

struct StatusRequest {};
struct AssetsRequest {};
struct WatchRequest {};
struct ApprovalsRequest {};
struct PolicyRequest {};
struct ReloadPolicyRequest {};
struct DoctorRequest {};

// Newest first.
struct IncidentsRequest {
  std::optional<Time> since;  // last seen at or after
  std::optional<Time> until;  // last seen before
  std::int64_t before = 0;    // ids below this one; 0 = from the newest (the next page)
  std::uint32_t limit = 100;  // at most 500
  std::string asset;          // asset id; empty = all
  std::optional<Outcome> outcome;
};

struct IncidentRequest {
  std::int64_t id = 0;
};

// A running process, as the daemon knows it from its exec. Program files are judged by the caller
// itself: the daemon, being root, looks at no path for somebody who may not look there.
struct ExplainRequest {
  std::string path;  // absolute
  std::int32_t pid = 0;
  Operation operation = Operation::kRead;
};

struct ProtectRequest {
  std::string path;                   // absolute
  std::vector<std::string> programs;  // program entries as in the catalogue
};

struct UnprotectRequest {
  std::string path;  // absolute
};

enum class Term : std::uint8_t { kOnce, kUntilExit, kAlways, kDuration };

std::string_view TermName(Term term);
std::optional<Term> ParseTerm(std::string_view name);

// Lets one program at one asset. Either the answer to a question, or an asset and a program: its
// path with what the caller found there (content or package); nothing is opened for it as root.
struct ApproveRequest {
  std::optional<std::uint64_t> question;
  std::string asset;
  std::string program_path;
  std::optional<Sha256> sha256;
  std::string package;
  bool read = true;
  bool write = false;
  Term term = Term::kAlways;
  std::chrono::seconds duration{0};  // for kDuration, at most a year
  std::optional<std::uint32_t> uid;  // whose asset; only root may name somebody else
};

struct RemoveApprovalRequest {
  std::uint64_t id = 0;
};

// Machine-wide: verdicts are recorded, nothing is refused. Zero switches enforcing on again.
struct OverrideRequest {
  std::chrono::seconds duration{0};  // at most a day
};

// In the order of RequestKind.
using Request =
    std::variant<HelloRequest, StatusRequest, AssetsRequest, IncidentsRequest, IncidentRequest,
                 WatchRequest, ExplainRequest, ProtectRequest, UnprotectRequest, ApproveRequest,
                 ApprovalsRequest, RemoveApprovalRequest, PolicyRequest, ReloadPolicyRequest,
                 DoctorRequest, OverrideRequest>;

RequestKind KindOf(const Request& request);

// Reads untrusted bytes. Strict: at most kMaxRequestBytes, one object of the table's keys and
// types, no key twice, nothing after it. kInvalid with what is wrong.
Result<Request> ParseRequest(std::string_view message);

// What ParseRequest reads.
std::string WriteRequest(const Request& request);

}  // namespace keyward::control
