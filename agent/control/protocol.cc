// SPDX-License-Identifier: Apache-2.0
#include "agent/control/protocol.h"

#include <array>

#include "agent/model/check.h"

namespace keyward::control {
namespace {

using enum ArgumentType;

constexpr std::uint64_t kName = 256;
constexpr std::uint64_t kPath = 4096;
constexpr std::uint64_t kWord = 16;
constexpr std::uint64_t kMaxId = 0x7fffffffffffffffULL;
constexpr std::uint64_t kMaxPid = 4'194'304;  // PID_MAX_LIMIT of 64-bit Linux
constexpr std::uint64_t kYear = 366ULL * 24 * 3600;
constexpr std::uint64_t kDay = 24ULL * 3600;

constexpr ArgumentSpec kHelloArguments[] = {{"protocol", kUnsigned, true, 1000}};
constexpr ArgumentSpec kIncidentsArguments[] = {
    {"since", kTime, false, 0},           {"until", kTime, false, 0},
    {"before", kUnsigned, false, kMaxId}, {"limit", kUnsigned, false, 500},
    {"asset", kText, false, kName},       {"outcome", kText, false, kWord}};
constexpr ArgumentSpec kIdArguments[] = {{"id", kUnsigned, true, kMaxId}};
constexpr ArgumentSpec kExplainArguments[] = {{"path", kText, true, kPath},
                                              {"pid", kUnsigned, true, kMaxPid},
                                              {"operation", kText, false, kWord}};
constexpr ArgumentSpec kProtectArguments[] = {{"path", kText, true, kPath},
                                              {"programs", kTexts, false, kPath}};
constexpr ArgumentSpec kUnprotectArguments[] = {{"path", kText, true, kPath}};
constexpr ArgumentSpec kApproveArguments[] = {{"question", kUnsigned, false, kMaxId},
                                              {"asset", kText, false, kName},
                                              {"program_path", kText, false, kPath},
                                              {"sha256", kText, false, 64},
                                              {"package", kText, false, kName},
                                              {"read", kFlag, false, 0},
                                              {"write", kFlag, false, 0},
                                              {"term", kText, false, kWord},
                                              {"duration_s", kUnsigned, false, kYear},
                                              {"uid", kUnsigned, false, 0xfffffffeULL}};
constexpr ArgumentSpec kOverrideArguments[] = {{"duration_s", kUnsigned, true, kDay}};

constexpr std::string_view kApproveAction = "com.keyward.approve";
constexpr std::string_view kUnprotectAction = "com.keyward.unprotect";
constexpr std::string_view kOverrideAction = "com.keyward.override";

constexpr std::array<RequestSpec, kRequestKinds> kTable{{
    {RequestKind::kHello, "hello", Need::kAnyone, When::kFirst, {}, kHelloArguments},
    {RequestKind::kStatus, "status", Need::kAnyone, When::kAfterHello, {}, {}},
    {RequestKind::kAssets, "assets", Need::kAnyone, When::kAfterHello, {}, {}},
    {RequestKind::kIncidents,
     "incidents",
     Need::kAnyone,
     When::kAfterHello,
     {},
     kIncidentsArguments},
    {RequestKind::kIncident, "incident", Need::kAnyone, When::kAfterHello, {}, kIdArguments},
    {RequestKind::kWatch, "watch", Need::kAnyone, When::kAfterHello, {}, {}},
    {RequestKind::kExplain, "explain", Need::kAnyone, When::kAfterHello, {}, kExplainArguments},
    {RequestKind::kProtect, "protect", Need::kAnyone, When::kAfterHello, {}, kProtectArguments},
    {RequestKind::kUnprotect, "unprotect", Need::kAuthority, When::kAfterHello, kUnprotectAction,
     kUnprotectArguments},
    {RequestKind::kApprove, "approve", Need::kAuthority, When::kAfterHello, kApproveAction,
     kApproveArguments},
    {RequestKind::kApprovals, "approvals", Need::kAnyone, When::kAfterHello, {}, {}},
    {RequestKind::kRemoveApproval,
     "remove_approval",
     Need::kAnyone,
     When::kAfterHello,
     {},
     kIdArguments},
    {RequestKind::kPolicy, "policy", Need::kAnyone, When::kAfterHello, {}, {}},
    {RequestKind::kReloadPolicy, "reload_policy", Need::kRoot, When::kAfterHello, {}, {}},
    {RequestKind::kDoctor, "doctor", Need::kAnyone, When::kAfterHello, {}, {}},
    {RequestKind::kOverride, "override", Need::kAuthority, When::kAfterHello, kOverrideAction,
     kOverrideArguments},
}};

constexpr bool InOrder() {
  for (std::size_t i = 0; i < kTable.size(); ++i)
    if (kTable[i].kind != static_cast<RequestKind>(i)) return false;
  return true;
}
static_assert(InOrder(), "the table is indexed by RequestKind");

}  // namespace

std::span<const RequestSpec> RequestTable() { return kTable; }

const RequestSpec& SpecOf(RequestKind kind) {
  const auto index = static_cast<std::size_t>(kind);
  KW_CHECK(index < kTable.size());
  return kTable[index];
}

const RequestSpec* FindRequest(std::string_view name) {
  for (const RequestSpec& spec : kTable)
    if (spec.name == name) return &spec;
  return nullptr;
}

}  // namespace keyward::control
