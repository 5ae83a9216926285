// SPDX-License-Identifier: Apache-2.0
#include "agent/control/requests.h"

#include <gtest/gtest.h>

#include <random>

#include "agent/control/timestamp.h"

namespace keyward::control {
namespace {

TEST(ParseRequestTest, TakesWhatTheTableNamesAndNothingElse) {
  const std::string sha(64, 'a');
  const struct {
    const char* why;
    std::string text;
    bool accepted;
  } cases[] = {
      {"the least", R"({"request":"status"})", true},
      {"spaces around it", " {\"request\" : \"status\" }\n", true},
      {"nothing", "", false},
      {"not JSON", "status", false},
      {"a list", R"(["status"])", false},
      {"a text", R"("status")", false},
      {"no request", R"({})", false},
      {"a request of another type", R"({"request":1})", false},
      {"an unknown request", R"({"request":"stop"})", false},
      {"an unknown key", R"({"request":"status","all":true})", false},
      {"a key twice", R"({"request":"incident","id":1,"id":2})", false},
      {"the request twice", R"({"request":"status","request":"status"})", false},
      {"a second document", R"({"request":"status"}{"request":"status"})", false},
      {"something after it", R"({"request":"status"} x)", false},
      {"an object within", R"({"request":"incident","id":{"a":1}})", false},
      {"a list within a list", R"({"request":"protect","path":"/a","programs":[["b"]]})", false},
      {"null", R"({"request":"incidents","asset":null})", false},
      {"a negative number", R"({"request":"incident","id":-1})", false},
      {"a fraction", R"({"request":"incident","id":1.5})", false},
      {"a number beyond 64 bits", R"({"request":"incident","id":99999999999999999999})", false},
      {"a number as a text", R"({"request":"incident","id":"1"})", false},
      {"hello", R"({"request":"hello","protocol":1})", true},
      {"hello without its version", R"({"request":"hello"})", false},
      {"an incident", R"({"request":"incident","id":17})", true},
      {"an incident without a number", R"({"request":"incident"})", false},
      {"incidents", R"({"request":"incidents","limit":5,"outcome":"deny"})", true},
      {"too many incidents", R"({"request":"incidents","limit":501})", false},
      {"no incidents", R"({"request":"incidents","limit":0})", false},
      {"an unknown outcome", R"({"request":"incidents","outcome":"maybe"})", false},
      {"a time", R"({"request":"incidents","since":"2026-03-01T00:00:00Z"})", true},
      {"a time that is none", R"({"request":"incidents","since":"yesterday"})", false},
      {"explain", R"({"request":"explain","path":"/a/b","pid":7,"operation":"write"})", true},
      {"explain without a process", R"({"request":"explain","path":"/a/b","pid":0})", false},
      {"a relative path", R"({"request":"explain","path":"a/b","pid":7})", false},
      {"a path with ..", R"({"request":"explain","path":"/a/../b","pid":7})", false},
      {"a path with //", R"({"request":"explain","path":"/a//b","pid":7})", false},
      {"a path that ends in /", R"({"request":"explain","path":"/a/","pid":7})", false},
      {"a path with a NUL", R"({"request":"explain","path":"/a\u0000b","pid":7})", false},
      {"a path that is too long",
       R"({"request":"protect","path":"/)" + std::string(4096, 'a') + "\"}", false},
      {"an unknown operation", R"({"request":"explain","path":"/a","pid":7,"operation":"eat"})",
       false},
      {"a pid beyond the kernel's", R"({"request":"explain","path":"/a","pid":4194305})", false},
      {"protect", R"({"request":"protect","path":"/a","programs":["b","c"]})", true},
      {"protect for nobody in a list", R"({"request":"protect","path":"/a","programs":[""]})",
       false},
      {"an answer", R"({"request":"approve","question":3,"term":"once"})", true},
      {"an answer that also names a program",
       R"({"request":"approve","question":3,"term":"once","asset":"a"})", false},
      {"an approval by content",
       R"({"request":"approve","asset":"a","program_path":"/p","sha256":")" + sha + "\"}", true},
      {"an approval by package",
       R"({"request":"approve","asset":"a","program_path":"/p","package":"q"})", true},
      {"an approval by both",
       R"({"request":"approve","asset":"a","program_path":"/p","package":"q","sha256":")" + sha +
           "\"}",
       false},
      {"an approval by neither", R"({"request":"approve","asset":"a","program_path":"/p"})", false},
      {"an approval without an asset", R"({"request":"approve","program_path":"/p","package":"q"})",
       false},
      {"a hash that is none",
       R"({"request":"approve","asset":"a","program_path":"/p","sha256":"zz"})", false},
      {"once, without a question",
       R"({"request":"approve","asset":"a","program_path":"/p","package":"q","term":"once"})",
       false},
      {"for a while", R"({"request":"approve","question":3,"term":"duration","duration_s":60})",
       true},
      {"for a while of no length", R"({"request":"approve","question":3,"term":"duration"})",
       false},
      {"always, for a while",
       R"({"request":"approve","question":3,"term":"always","duration_s":60})", false},
      {"neither read nor write", R"({"request":"approve","question":3,"term":"once","read":false})",
       false},
      {"override", R"({"request":"override","duration_s":86400})", true},
      {"override for longer than a day", R"({"request":"override","duration_s":86401})", false},
      {"bytes that are not UTF-8", "{\"request\":\"protect\",\"path\":\"/\xff\"}", false},
      {"too many items",
       [] {
         std::string text = R"({"request":"protect","path":"/a","programs":["b")";
         for (int i = 0; i < 64; ++i) text += ",\"b\"";
         return text + "]}";
       }(),
       false},
      {"more than 64 KiB", R"({"request":"status"})" + std::string(kMaxRequestBytes, ' '), false},
      {"deep nesting", R"({"request":)" + std::string(30000, '['), false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const auto request = ParseRequest(c.text);
    EXPECT_EQ(request.has_value(), c.accepted)
        << (request ? std::string("accepted") : request.error().what);
    if (!request) {
      EXPECT_EQ(request.error().code, ErrorCode::kInvalid);
    }
  }
}

TEST(ParseRequestTest, ReadsBackWhatWriteRequestWrote) {
  IncidentsRequest incidents;
  incidents.since = ParseTime("2026-03-01T14:02:11.250Z");
  incidents.before = 17;
  incidents.limit = 20;
  incidents.outcome = Outcome::kAsk;
  ApproveRequest approve;
  approve.asset = "electrum";
  approve.program_path = "/opt/\"x\"/b";
  approve.sha256 = ParseSha256(std::string(64, 'b'));
  approve.write = true;
  approve.term = Term::kDuration;
  approve.duration = std::chrono::seconds(90);
  approve.uid = 1000;
  ApproveRequest answer;
  answer.question = 9;
  answer.term = Term::kUntilExit;
  const Request requests[] = {HelloRequest{},
                              StatusRequest{},
                              AssetsRequest{},
                              incidents,
                              IncidentRequest{17},
                              WatchRequest{},
                              ExplainRequest{"/home/a/ä", 77, Operation::kDelete},
                              ProtectRequest{"/home/a/v", {"x", "package:y"}},
                              UnprotectRequest{"/home/a/v"},
                              approve,
                              answer,
                              ApprovalsRequest{},
                              RemoveApprovalRequest{3},
                              PolicyRequest{},
                              ReloadPolicyRequest{},
                              DoctorRequest{},
                              OverrideRequest{std::chrono::seconds(60)}};
  for (const Request& request : requests) {
    const std::string text = WriteRequest(request);
    SCOPED_TRACE(text);
    const auto read = ParseRequest(text);
    ASSERT_TRUE(read.has_value()) << read.error().what;
    EXPECT_EQ(KindOf(*read), KindOf(request));
    EXPECT_EQ(WriteRequest(*read), text);
  }
}

// Half-broken requests: whatever comes out, it must not crash, and what is accepted must be what
// it says.
TEST(ParseRequestTest, SurvivesEveryOneByteChange) {
  const std::string seed =
      R"({"request":"approve","asset":"a","program_path":"/p","package":"q","uid":5})";
  std::mt19937 random(7);
  for (std::size_t at = 0; at < seed.size(); ++at) {
    for (int round = 0; round < 8; ++round) {
      std::string text = seed;
      text[at] = static_cast<char>(random() & 0xff);
      const auto request = ParseRequest(text);
      if (!request) continue;
      const auto again = ParseRequest(WriteRequest(*request));
      ASSERT_TRUE(again.has_value()) << text;
      EXPECT_EQ(KindOf(*again), KindOf(*request));
    }
  }
}

TEST(RequestTableTest, WhatLoosensNeedsAnAuthorityAndWhatTightensDoesNot) {
  const struct {
    const char* name;
    Need need;
    When when;
  } cases[] = {
      {"hello", Need::kAnyone, When::kFirst},
      {"status", Need::kAnyone, When::kAfterHello},
      {"assets", Need::kAnyone, When::kAfterHello},
      {"incidents", Need::kAnyone, When::kAfterHello},
      {"incident", Need::kAnyone, When::kAfterHello},
      {"watch", Need::kAnyone, When::kAfterHello},
      {"explain", Need::kAnyone, When::kAfterHello},
      {"protect", Need::kAnyone, When::kAfterHello},
      {"unprotect", Need::kAuthority, When::kAfterHello},
      {"approve", Need::kAuthority, When::kAfterHello},
      {"approvals", Need::kAnyone, When::kAfterHello},
      {"remove_approval", Need::kAnyone, When::kAfterHello},
      {"policy", Need::kAnyone, When::kAfterHello},
      {"reload_policy", Need::kRoot, When::kAfterHello},
      {"doctor", Need::kAnyone, When::kAfterHello},
      {"override", Need::kAuthority, When::kAfterHello},
  };
  ASSERT_EQ(std::size(cases), RequestTable().size());
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const RequestSpec* spec = FindRequest(c.name);
    ASSERT_NE(spec, nullptr);
    EXPECT_EQ(spec->need, c.need);
    EXPECT_EQ(spec->when, c.when);
    EXPECT_EQ(spec->action.empty(), c.need != Need::kAuthority);
  }
  EXPECT_EQ(FindRequest("shutdown"), nullptr);
}

}  // namespace
}  // namespace keyward::control
