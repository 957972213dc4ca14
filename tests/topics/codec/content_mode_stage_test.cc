#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/stage.h"
#include "projections/cases/case_row.h"
#include "projections/stage/event_inputs.h"
#include "topics/codec/content_mode.h"
#include "topics/codec/rfc3339.h"
#include "topics/outputs/outputs.h"

// What a stage does with records in binary mode.

namespace projections {

namespace {

using engine::Headers;

// Keeps what is sent.
class Outbox : public engine::Context {
 public:
  struct Sent {
    std::string key;
    std::string value;
    std::string headers;
  };

  engine::Instant now() const override { return *topics::parse_rfc3339("2026-03-02T12:00:00Z"); }
  engine::Instant reached() const override { return now(); }
  bool behind() const override { return false; }
  engine::StepNumber step() const override { return {1}; }
  engine::Partition partition() const override { return {0}; }
  std::uint32_t partitions() const override { return 1; }
  engine::Timers& timers() override { throw std::logic_error("an intake has no timers"); }
  bool full() const override { return false; }
  void send(std::size_t, std::string_view key, std::string_view value, std::string_view headers) override {
    sent.push_back({std::string(key), std::string(value), std::string(headers)});
  }
  const std::vector<engine::Offset>& positions() const override { return positions_; }

  std::vector<Sent> sent;

 private:
  std::vector<engine::Offset> positions_;
};

constexpr std::size_t kRequests = 0;
constexpr std::size_t kInbox = 1;
constexpr engine::Partition kPartition{3};
constexpr engine::Offset kOffset{1077};
const engine::Instant kLogged = *topics::parse_rfc3339("2026-03-02T09:05:00Z");

class BinaryModeInAStage : public testing::Test {
 protected:
  engine::Message message(std::size_t input, std::string value, std::string headers, engine::Instant logged) {
    value_ = std::move(value);
    const std::size_t size = value_.size();
    value_.append(64, '\0');
    headers_ = std::move(headers);
    engine::Message message;
    message.input = input;
    message.partition = kPartition;
    message.record = {kOffset, logged, "phone-line-3", std::string_view(value_).substr(0, size), headers_};
    return message;
  }
  // The fact that the message becomes; fails the test when it is refused.
  Fact fact(engine::Message& message) {
    inputs_.decode(message);
    const EventInputs::Item& item = inputs_.item(message);
    EXPECT_FALSE(item.rejected) << item.rejected->detail;
    const Fact fact = fact_of(item.event, item.origin.logged, 0, item.origin.partition, item.origin.offset);
    inputs_.release(message);
    return fact;
  }

  const engine::StageSpec spec_{.name = "cases", .inputs = {{.topic = "gridloop.requests"}, {.topic = "inbox"}}};
  EventInputs inputs_{spec_, kInbox};
  Outbox outbox_;

 private:
  std::string value_;
  std::string headers_;
};

TEST_F(BinaryModeInAStage, EverySampleGivesTheSameFact) {
  for (const auto& file : std::filesystem::directory_iterator(GRIDLOOP_SOURCE_DIR "/topics/contract/samples")) {
    std::ifstream in(file.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const engine::Instant logged = *topics::parse_rfc3339("2026-12-31T00:00:00Z");
    engine::Message structured = message(kRequests, text, "", logged);
    const Fact expected = fact(structured);
    const auto binary = topics::to_binary(text);
    ASSERT_TRUE(binary) << file.path();
    engine::Message other = message(kRequests, binary->value, engine::encode_headers(binary->headers), logged);
    const Fact got = fact(other);
    EXPECT_EQ(got.body, expected.body) << file.path();
    EXPECT_TRUE(got == expected) << file.path();
  }
}

const char* const kReported = R"({"specversion":"1.0","id":"r-1","source":"hotline/12345","type":"request.reported",)"
                              R"("subject":"c-1","time":"2026-03-02T09:00:00Z","data":{"area":"g7"}})";

TEST_F(BinaryModeInAStage, AForwardedRecordKeepsItsHeaders) {
  auto binary = *topics::to_binary(kReported);
  binary.headers.emplace_back("traceparent", "00-1");
  binary.headers.emplace_back("gl-topic", "forged");
  engine::Message direct = message(kRequests, binary.value, engine::encode_headers(binary.headers), kLogged);
  const Fact expected = fact(direct);
  engine::Message misplaced = direct;
  inputs_.decode(misplaced);
  EXPECT_FALSE(inputs_.item(misplaced).forwarded);
  inputs_.forward(misplaced, 0, outbox_);

  ASSERT_EQ(outbox_.sent.size(), 1u);
  const Outbox::Sent sent = outbox_.sent.front();
  EXPECT_EQ(sent.key, "c-1");
  EXPECT_EQ(sent.value, R"({"area":"g7"})");
  Headers kept = binary.headers;
  kept.pop_back();
  kept.insert(kept.end(), {{"gl-topic", "gridloop.requests"},
                           {"gl-partition", "3"},
                           {"gl-offset", "1077"},
                           {"gl-logged-ms", std::to_string(engine::to_ms(kLogged))}});
  EXPECT_EQ(engine::decode_headers(sent.headers), kept);

  engine::Message arrived = message(kInbox, sent.value, sent.headers, kLogged + std::chrono::hours(1));
  EXPECT_TRUE(fact(arrived) == expected);
}

TEST_F(BinaryModeInAStage, ARecordAsLargeAsMayBeIsTakenAfterItWasForwarded) {
  auto binary = *topics::to_binary(kReported);
  binary.headers.emplace_back("padding", "");
  const std::size_t used = binary.value.size() + engine::encode_headers(binary.headers).size();
  constexpr std::size_t kLongerSize = 2;  // of a length that takes three bytes instead of one
  binary.headers.back().second = std::string(topics::Limits().max_event_bytes - used - kLongerSize, 'x');
  const std::string headers = engine::encode_headers(binary.headers);
  ASSERT_EQ(binary.value.size() + headers.size(), topics::Limits().max_event_bytes);
  engine::Message misplaced = message(kRequests, binary.value, headers, kLogged);
  inputs_.decode(misplaced);
  ASSERT_FALSE(inputs_.item(misplaced).rejected) << inputs_.item(misplaced).rejected->detail;
  inputs_.forward(misplaced, 0, outbox_);
  const Outbox::Sent sent = outbox_.sent.front();
  engine::Message arrived = message(kInbox, sent.value, sent.headers, kLogged);
  inputs_.decode(arrived);
  EXPECT_FALSE(inputs_.item(arrived).rejected) << inputs_.item(arrived).rejected->detail;
}

TEST_F(BinaryModeInAStage, ADeadLetterKeepsTheHeadersThatItsRecordCameWith) {
  auto binary = *topics::to_binary(kReported);
  binary.headers.erase(binary.headers.begin() + 1);  // ce_id
  Headers forwarded = binary.headers;
  forwarded.insert(forwarded.end(), {{"gl-topic", "gridloop.requests"},
                                     {"gl-partition", "2"},
                                     {"gl-offset", "7"},
                                     {"gl-logged-ms", std::to_string(engine::to_ms(kLogged))}});
  engine::Message refused =
      message(kInbox, binary.value, engine::encode_headers(forwarded), kLogged + std::chrono::hours(1));
  inputs_.decode(refused);
  const EventInputs::Item& item = inputs_.item(refused);
  ASSERT_TRUE(item.rejected);
  inputs_.reject(refused, *item.rejected, 0, outbox_);

  ASSERT_EQ(outbox_.sent.size(), 1u);
  const auto letter = topics::decode_dead_letter(outbox_.sent.front().value);
  ASSERT_TRUE(letter) << letter.error().detail;
  EXPECT_EQ(letter->detail, "ce_id is missing");
  EXPECT_EQ(letter->headers, binary.headers);
  EXPECT_EQ(letter->value, R"({"area":"g7"})");
  EXPECT_EQ(letter->partition, 2);
  EXPECT_EQ(letter->offset, 7);
  EXPECT_EQ(letter->logged, kLogged);
}

}  // namespace

}  // namespace projections
