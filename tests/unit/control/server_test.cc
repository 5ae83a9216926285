// SPDX-License-Identifier: Apache-2.0
#include "agent/control/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/control/fakes.h"

namespace keyward::control {
namespace {

using platform::AuthorityAnswer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::uint32_t kRoot = 0;
constexpr const char* kApprove =
    R"({"request":"approve","asset":"electrum","program_path":"/opt/b","package":"b"})";

class DispatcherTest : public testing::Test {
 protected:
  DispatcherTest()
      : dispatcher_(std::make_unique<Dispatcher>(service_, authority_,
                                                 Dispatcher::Options{"0.1.0", FakeIncidentJson})) {}

  std::shared_ptr<FakeConnection> Connect(std::uint32_t uid) {
    auto connection = std::make_shared<FakeConnection>(uid);
    Say(connection, R"({"request":"hello","protocol":1})");
    connection->Take();
    return connection;
  }
  void Say(const std::shared_ptr<FakeConnection>& connection, const std::string& message) {
    dispatcher_->OnMessage(connection, message);
  }
  std::string Ask(const std::shared_ptr<FakeConnection>& connection, const std::string& message) {
    Say(connection, message);
    std::string all;
    for (const std::string& answer : connection->Take()) all += answer + "\n";
    return all;
  }

  FakeService service_;
  FakeAuthority authority_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

TEST_F(DispatcherTest, GreetsWithItsProtocolAndVersion) {
  const auto caller = std::make_shared<FakeConnection>(FakeService::kAlice);
  Say(caller, R"({"request":"hello","protocol":1})");
  EXPECT_THAT(caller->Take(),
              ElementsAre(R"({"reply":"hello","data":{"protocol":1,"version":"0.1.0"}})",
                          R"({"reply":"end","more":false})"));
}

TEST_F(DispatcherTest, WhatIsNotPermittedNowEndsTheConnection) {
  const struct {
    const char* why;
    std::uint32_t uid;
    std::vector<std::string> messages;  // after a hello
    bool greeted;
  } cases[] = {
      {"no hello first", FakeService::kAlice, {R"({"request":"status"})"}, false},
      {"a second hello", FakeService::kAlice, {R"({"request":"hello","protocol":1})"}, true},
      {"another protocol", FakeService::kAlice, {R"({"request":"hello","protocol":2})"}, false},
      {"no request at all", FakeService::kAlice, {"x"}, true},
      {"an unknown request", FakeService::kAlice, {R"({"request":"stop"})"}, true},
      {"root's request", FakeService::kAlice, {R"({"request":"reload_policy"})"}, true},
      {"a request while it watches",
       FakeService::kAlice,
       {R"({"request":"watch"})", R"({"request":"status"})"},
       true},
      {"a request while a person is asked",
       FakeService::kAlice,
       {kApprove, R"({"request":"status"})"},
       true},
      {"another person's process",
       FakeService::kBob,
       {R"({"request":"explain","path":"/a","pid":4242})"},
       true},
      {"an approval for somebody else",
       FakeService::kBob,
       {R"({"request":"approve","asset":"a","program_path":"/b","package":"b","uid":1000})"},
       true},
      {"what is locked",
       FakeService::kAlice,
       {R"({"request":"approve","asset":"locked","program_path":"/b","package":"b"})"},
       true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const auto caller = c.greeted ? Connect(c.uid) : std::make_shared<FakeConnection>(c.uid);
    for (const std::string& message : c.messages) Say(caller, message);
    EXPECT_TRUE(caller->closed);
    ASSERT_FALSE(caller->sent.empty());
    EXPECT_THAT(caller->sent.back(), HasSubstr(R"("reply":"error")"));
    dispatcher_->OnClosed(caller);
  }
  EXPECT_THAT(service_.changes, IsEmpty());
}

TEST_F(DispatcherTest, RootReloadsThePolicy) {
  const auto root = Connect(kRoot);
  EXPECT_THAT(Ask(root, R"({"request":"reload_policy"})"), HasSubstr(R"("version":41)"));
  EXPECT_FALSE(root->closed);
}

TEST_F(DispatcherTest, AUserSeesOnlyWhatIsTheirsAndRootEverything) {
  const auto alice = Connect(FakeService::kAlice);
  const auto bob = Connect(FakeService::kBob);
  const auto root = Connect(kRoot);
  const struct {
    const char* request;
    const char* of_alice;
    const char* of_bob;
  } cases[] = {
      {R"({"request":"incidents"})", R"("id":17)", R"("id":18)"},
      {R"({"request":"assets"})", "/home/alice/.electrum", "/home/bob/Monero"},
      {R"({"request":"status"})", R"("user":"alice")", R"("user":"bob")"},
      {R"({"request":"status"})", "/home/alice/.config", "/home/bob/.bitcoin"},
      {R"({"request":"doctor"})", "/home/alice/.config", "/home/bob/.bitcoin"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.request);
    const std::string to_alice = Ask(alice, c.request);
    EXPECT_THAT(to_alice, HasSubstr(c.of_alice));
    EXPECT_THAT(to_alice, Not(HasSubstr(c.of_bob)));
    const std::string to_bob = Ask(bob, c.request);
    EXPECT_THAT(to_bob, HasSubstr(c.of_bob));
    EXPECT_THAT(to_bob, Not(HasSubstr(c.of_alice)));
    const std::string to_root = Ask(root, c.request);
    EXPECT_THAT(to_root, HasSubstr(c.of_alice));
    EXPECT_THAT(to_root, HasSubstr(c.of_bob));
  }
}

TEST_F(DispatcherTest, SomebodyElsesIncidentLooksLikeNone) {
  const auto alice = Connect(FakeService::kAlice);
  const std::string others = Ask(alice, R"({"request":"incident","id":18})");
  const std::string none = Ask(alice, R"({"request":"incident","id":19})");
  EXPECT_THAT(others, HasSubstr("no incident 18"));
  EXPECT_THAT(none, HasSubstr("no incident 19"));
  EXPECT_THAT(others, HasSubstr("not-found"));
  EXPECT_FALSE(alice->closed);
  EXPECT_THAT(Ask(alice, R"({"request":"incident","id":17})"), HasSubstr(R"("id":17)"));
}

TEST_F(DispatcherTest, SaysThatThereIsMoreWhenThePageIsFull) {
  const auto root = Connect(kRoot);
  EXPECT_THAT(Ask(root, R"({"request":"incidents","limit":1})"),
              HasSubstr(R"({"reply":"end","more":true})"));
  EXPECT_THAT(Ask(root, R"({"request":"incidents","limit":50})"),
              HasSubstr(R"({"reply":"end","more":false})"));
  EXPECT_THAT(Ask(root, R"({"request":"incidents","before":18})"),
              testing::AllOf(HasSubstr(R"("id":17)"), Not(HasSubstr(R"("id":18)"))));
}

TEST_F(DispatcherTest, AnAnswerNeverOutgrowsASlowReadersQueue) {
  for (int i = 0; i < 20000; ++i) service_.assets.push_back(service_.assets.front());
  const auto alice = Connect(FakeService::kAlice);
  const std::string answer = Ask(alice, R"({"request":"assets"})");
  EXPECT_LT(answer.size(), 1024u * 1024u);
  EXPECT_THAT(answer, HasSubstr(R"({"reply":"end","more":true})"));
}

TEST_F(DispatcherTest, NothingIsLoosenedBeforeAPersonAgreed) {
  const auto alice = Connect(FakeService::kAlice);
  EXPECT_THAT(Ask(alice, kApprove), IsEmpty());
  ASSERT_THAT(authority_.asked, SizeIs(1));
  EXPECT_EQ(authority_.asked[0].action, "com.keyward.approve");
  EXPECT_EQ(authority_.asked[0].message, "Let /opt/b read it");
  EXPECT_EQ(authority_.asked[0].peer.pid, 42);
  EXPECT_THAT(service_.changes, IsEmpty());
  authority_.Answer(AuthorityAnswer::kGranted, "polkit");
  EXPECT_THAT(service_.changes, ElementsAre("approve electrum by polkit"));
  EXPECT_THAT(alice->sent, SizeIs(2));
  EXPECT_THAT(alice->sent[0], HasSubstr(R"("reply":"approval")"));
  EXPECT_FALSE(alice->closed);
}

TEST_F(DispatcherTest, EveryOtherAnswerChangesNothingAndSaysWhy) {
  const struct {
    AuthorityAnswer answer;
    const char* said;
  } cases[] = {
      {AuthorityAnswer::kRefused, "not granted: because"},
      {AuthorityAnswer::kNobodyToAsk, "nobody could be asked: because"},
      {AuthorityAnswer::kUseOwnAccount, "from your own account, without sudo"},
  };
  for (const auto& c : cases) {
    for (const char* request : {kApprove, R"({"request":"unprotect","path":"/a"})",
                                R"({"request":"override","duration_s":60})"}) {
      SCOPED_TRACE(request);
      const auto caller = Connect(kRoot);
      Say(caller, request);
      authority_.Answer(c.answer, "because");
      EXPECT_THAT(caller->sent.back(), HasSubstr(c.said));
      EXPECT_THAT(caller->sent.back(), HasSubstr("nothing was changed"));
      EXPECT_TRUE(caller->closed);
    }
  }
  EXPECT_THAT(service_.changes, IsEmpty());
}

TEST_F(DispatcherTest, UnprotectAndOverrideAskForTheirOwnAction) {
  const auto alice = Connect(FakeService::kAlice);
  Say(alice, R"({"request":"unprotect","path":"/a"})");
  EXPECT_EQ(authority_.asked[0].action, "com.keyward.unprotect");
  authority_.Answer(AuthorityAnswer::kGranted, "polkit");
  Say(alice, R"({"request":"override","duration_s":61})");
  EXPECT_EQ(authority_.asked[0].action, "com.keyward.override");
  EXPECT_THAT(authority_.asked[0].message, HasSubstr("for 2 minutes"));
  authority_.Answer(AuthorityAnswer::kGranted, "polkit");
  EXPECT_THAT(service_.changes, ElementsAre("unprotect /a by polkit", "override 61 by polkit"));
}

TEST_F(DispatcherTest, TighteningAsksNobody) {
  const auto alice = Connect(FakeService::kAlice);
  Ask(alice, R"({"request":"protect","path":"/home/alice/v"})");
  Ask(alice, R"({"request":"remove_approval","id":3})");
  Ask(alice, R"({"request":"override","duration_s":0})");
  EXPECT_THAT(authority_.asked, IsEmpty());
  EXPECT_THAT(service_.changes, ElementsAre("protect /home/alice/v", "remove 3", "override 0 by "));
}

TEST_F(DispatcherTest, OnePersonIsAskedOneQuestionAtATime) {
  const auto first = Connect(FakeService::kAlice);
  const auto second = Connect(FakeService::kAlice);
  const auto bob = Connect(FakeService::kBob);
  Say(first, kApprove);
  EXPECT_THAT(Ask(second, kApprove), HasSubstr("busy"));
  EXPECT_FALSE(second->closed);
  Say(bob, kApprove);
  EXPECT_THAT(authority_.asked, SizeIs(2));
}

TEST_F(DispatcherTest, ACallerThatLeftIsGrantedNothing) {
  auto alice = Connect(FakeService::kAlice);
  Say(alice, kApprove);
  dispatcher_->OnClosed(alice);
  alice.reset();
  authority_.Answer(AuthorityAnswer::kGranted, "polkit");
  EXPECT_THAT(service_.changes, IsEmpty());
}

TEST_F(DispatcherTest, AnAnswerAfterTheDispatcherIsGoneDoesNothing) {
  const auto alice = Connect(FakeService::kAlice);
  Say(alice, kApprove);
  dispatcher_.reset();
  authority_.Answer(AuthorityAnswer::kGranted, "polkit");
  EXPECT_THAT(service_.changes, IsEmpty());
}

TEST_F(DispatcherTest, WatchersHearOfWhatTheyMaySee) {
  const auto alice = Connect(FakeService::kAlice);
  const auto bob = Connect(FakeService::kBob);
  const auto root = Connect(kRoot);
  EXPECT_FALSE(dispatcher_->Watched(FakeService::kAlice));
  Say(alice, R"({"request":"watch"})");
  EXPECT_TRUE(dispatcher_->Watched(FakeService::kAlice));
  EXPECT_FALSE(dispatcher_->Watched(FakeService::kBob));
  Say(bob, R"({"request":"watch"})");
  Say(root, R"({"request":"watch"})");
  dispatcher_->Publish(service_.incidents[1]);  // alice's
  EXPECT_THAT(alice->Take(), ElementsAre(R"({"reply":"incident","data":{"id":17}})"));
  EXPECT_THAT(bob->Take(), IsEmpty());
  EXPECT_THAT(root->Take(), SizeIs(1));
  QuestionRow question;
  question.id = 5;
  question.uid = FakeService::kBob;
  dispatcher_->PublishQuestion(question);
  dispatcher_->PublishQuestionClosed(5, FakeService::kBob);
  EXPECT_THAT(alice->Take(), IsEmpty());
  EXPECT_THAT(bob->Take(), ElementsAre(HasSubstr(R"("reply":"question")"),
                                       R"({"reply":"question_closed","data":{"id":5}})"));
  dispatcher_->OnClosed(bob);
  dispatcher_->OnClosed(root);
  EXPECT_FALSE(dispatcher_->Watched(FakeService::kBob));
}

TEST_F(DispatcherTest, AWatcherThatComesLateHearsOfOpenQuestions) {
  QuestionRow mine;
  mine.id = 5;
  mine.uid = FakeService::kAlice;
  QuestionRow others = mine;
  others.uid = FakeService::kBob;
  service_.questions = {mine, others};
  const auto alice = Connect(FakeService::kAlice);
  Say(alice, R"({"request":"watch"})");
  EXPECT_THAT(alice->sent, SizeIs(1));
}

}  // namespace
}  // namespace keyward::control
