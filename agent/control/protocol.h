// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace keyward::control {

// The local API between the daemon and the programs of people. One JSON document a message, over
// platform::ControlConnection.
//
// A request is one flat object: {"request": "incidents", "limit": 20}. It is answered by any number
// of {"reply": KIND, "data": {…}} and then exactly one {"reply": "end", "more": BOOL} or
// {"reply": "error", "code": …, "what": …, "hint": …}. `watch` is answered until the connection
// ends. The first request is `hello`; whatever is not permitted now ends the connection.
inline constexpr int kProtocolVersion = 1;
inline constexpr std::size_t kMaxRequestBytes = 64 * 1024;
inline constexpr std::size_t kMaxReplyBytes = 1024 * 1024;
// What one request may be answered with before the answer says "more": stays below the queue that
// a slow reader is allowed.
inline constexpr std::size_t kMaxAnswerBytes = 512 * 1024;

enum class RequestKind : std::uint8_t {
  kHello,
  kStatus,
  kAssets,
  kIncidents,
  kIncident,
  kWatch,
  kExplain,
  kProtect,
  kUnprotect,
  kApprove,
  kApprovals,
  kRemoveApproval,
  kPolicy,
  kReloadPolicy,
  kDoctor,
  kOverride,
};
inline constexpr std::size_t kRequestKinds = 16;

// Who may send it.
enum class Need : std::uint8_t {
  kAnyone,     // sees and changes what is theirs; root sees everything
  kRoot,       // the peer is root
  kAuthority,  // loosens: a person must stand behind it (platform::Authority)
};

// When.
enum class When : std::uint8_t {
  kFirst,       // once, before everything else
  kAfterHello,  // not while an answer is still owed, not on a connection that watches
};

enum class ArgumentType : std::uint8_t {
  kText,      // at most `max` bytes, no NUL
  kTexts,     // at most 64 of them, each at most `max` bytes
  kUnsigned,  // at most `max`
  kFlag,
  kTime,  // RFC 3339 text, UTC
};

struct ArgumentSpec {
  std::string_view key;
  ArgumentType type = ArgumentType::kText;
  bool required = false;
  std::uint64_t max = 0;
};

struct RequestSpec {
  RequestKind kind = RequestKind::kHello;
  std::string_view name;
  Need need = Need::kAnyone;
  When when = When::kAfterHello;
  std::string_view action;  // polkit action where need is kAuthority
  std::span<const ArgumentSpec> arguments;
};

// The one table of what can be asked; indexed by RequestKind.
std::span<const RequestSpec> RequestTable();
const RequestSpec& SpecOf(RequestKind kind);
const RequestSpec* FindRequest(std::string_view name);

}  // namespace keyward::control
