#include "projections/stage/row_messages.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "tests/projections/law.h"

namespace projections_test {
namespace {

using projections::MessageKind;
using projections::ReceivedMessage;
using projections::RowMessage;
using projections::SentMessage;

constexpr auto kChild = MessageKind::merge_child;
constexpr auto kParent = MessageKind::merge_parent;

RowMessage example() {
  RowMessage message;
  message.to = "case-2";
  message.from = "case-1";
  message.kind = kChild;
  message.version = 3;
  message.via = {"case-0", "case-1"};
  message.task = "cases-2";
  message.freeze = 4;
  message.set("start", engine::instant(1'772'416'800'250));
  message.set("since", engine::instant(1'772'416'860'000));
  message.set("closed", std::nullopt);
  message.time = engine::instant(1'772'416'900'000);
  return message;
}

std::string text_of(const RowMessage& message) {
  std::string text;
  append(text, "cases", message);
  const std::size_t size = text.size();
  text.append(64, '\0');  // as records lie in memory
  text.resize(size);
  return text;
}

TEST(RowMessage, IsOneLineOfJson) {
  EXPECT_EQ(text_of(example()),
            R"({"specversion":"1.0","id":"case-1|merge.child|case-2|3","source":"gridloop/cases","type":"row.message",)"
            R"("subject":"case-2","time":"2026-03-02T02:01:40Z","datacontenttype":"application/json","data":{)"
            R"("from":"case-1","kind":"merge.child","version":3,"holds":true,"via":["case-0","case-1"],)"
            R"("task":"cases-2","freeze":4,"start":"2026-03-02T02:00:00.250Z","since":"2026-03-02T02:01:00Z"}})");
}

TEST(RowMessage, IsReadAsItWasWritten) {
  const auto read = projections::decode_row_message(text_of(example()));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(*read, example());
  EXPECT_EQ(read->instant("start"), engine::instant(1'772'416'800'250));
  EXPECT_EQ(read->instant("closed"), std::nullopt);
}

TEST(RowMessage, IsRefusedWhenItHasComeThroughTooManyRows) {
  RowMessage message = example();
  message.via.assign(projections::kMaxHops, "x");
  EXPECT_TRUE(projections::decode_row_message(text_of(message)));
  message.via.emplace_back("y");
  const auto refused = projections::decode_row_message(text_of(message));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, topics::Reason::loop);
}

TEST(RowMessage, IsRefusedWhenItsKindIsUnknown) {
  std::string text = text_of(example());
  const std::string_view kind = R"("kind":"merge.child")";
  text.replace(text.find(kind), kind.size(), R"("kind":"gossip")");
  const auto refused = projections::decode_row_message(text);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, topics::Reason::wrong_type);
}

TEST(RowMessages, ComeToTheSameInAnyOrderAndAnyNumber) {
  EXPECT_TRUE(law("of each sender and kind the highest version is known, in any order, repeated or not", 100, [] {
    std::vector<RowMessage> messages;
    const auto count = *rc::gen::inRange<std::size_t>(1, 30);
    for (std::size_t i = 0; i < count; ++i) {
      RowMessage message;
      message.from = *rc::gen::element<std::string>("a", "b", "c");
      message.kind = *rc::gen::element(kChild, kParent);
      message.version = *rc::gen::inRange<std::int64_t>(1, 9);
      message.holds = message.version % 2 == 0;  // a version says one thing
      messages.push_back(message);
    }
    std::vector<ReceivedMessage> plain;
    for (const RowMessage& message : messages) receive(plain, message);
    auto shuffled = *rc::gen::container<std::vector<RowMessage>>(60, rc::gen::elementOf(messages));
    shuffled.insert(shuffled.end(), messages.rbegin(), messages.rend());
    std::vector<ReceivedMessage> other;
    for (const RowMessage& message : shuffled) receive(other, message);
    RC_ASSERT(plain == other);
    for (const ReceivedMessage& known : plain) {
      for (const RowMessage& message : messages) {
        RC_ASSERT(message.from != known.from || message.kind != known.kind || message.version <= known.version);
      }
    }
  }));
}

TEST(RowMessages, AreSentOnlyWhenTheyAreNews) {
  std::vector<SentMessage> sent;
  RowMessage message = example();
  EXPECT_FALSE(is_news(sent, message, /*worth_a_first=*/false));
  EXPECT_TRUE(sent.empty());
  EXPECT_TRUE(is_news(sent, message, true));
  EXPECT_EQ(message.version, 1);
  RowMessage again = example();
  again.time += std::chrono::hours(1);
  again.freeze = 9;
  EXPECT_FALSE(is_news(sent, again, true)) << "it says the same";
  RowMessage other = example();
  other.holds = false;
  EXPECT_TRUE(is_news(sent, other, false));
  EXPECT_EQ(other.version, 2);
  other.kind = kParent;
  EXPECT_TRUE(is_news(sent, other, true)) << "each kind has versions of its own";
  EXPECT_EQ(other.version, 1);
  EXPECT_EQ(sent.size(), 2u);
}

}  // namespace
}  // namespace projections_test
