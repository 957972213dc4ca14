#include "topics/codec/content_mode.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "tests/topics/written.h"
#include "topics/codec/encode.h"

namespace topics {

namespace {

using engine::Headers;

// A record in a buffer of its own, with the readable bytes that follow it.
std::expected<Event, Rejection> decode(std::string value, const Headers& headers, Limits limits = {}) {
  const std::string encoded = engine::encode_headers(headers);
  const std::size_t size = value.size();
  value.append(64, '\0');
  Decoder decoder(limits);
  Event event;
  const engine::Record record{.offset = {},
                              .timestamp = logged(),
                              .key = {},
                              .value = std::string_view(value).substr(0, size),
                              .headers = encoded};
  if (auto done = decoder.decode(record, event); !done) return std::unexpected(done.error());
  return event;
}

std::string verdict(std::string value, const Headers& headers, Limits limits = {}) {
  const auto event = decode(std::move(value), headers, limits);
  if (event) return "accepted";
  return std::string(code(event.error().reason)) + ": " + event.error().detail;
}

const std::string kData = R"({"unit":"street-office"})";

Headers sent() {
  return {{"ce_specversion", "1.0"},           {"ce_id", "e-1"},      {"ce_source", "hotline/12345"},
          {"ce_type", "dispatch.sent"},        {"ce_subject", "C-1"}, {"ce_time", "2026-03-02T09:00:00+08:00"},
          {"content-type", "application/json"}};
}

Headers with(Headers headers, std::string_view name, std::string_view value) {
  for (auto& [known, text] : headers) {
    if (known == name) {
      text = value;
      return headers;
    }
  }
  headers.emplace_back(name, value);
  return headers;
}

Headers without(Headers headers, std::string_view name) {
  std::erase_if(headers, [&](const auto& header) { return header.first == name; });
  return headers;
}

// What is different between two events; empty when they are equal.
std::string difference(const Event& a, const Event& b) {
  if (a.id() != b.id()) return "id";
  if (a.source() != b.source()) return "source";
  if (a.type_name() != b.type_name() || a.spec() != b.spec()) return "type";
  if (a.subject() != b.subject()) return "subject";
  if (a.time() != b.time()) return "time";
  if (a.correlation() != b.correlation()) return "correlation";
  if (a.causation() != b.causation()) return "causation";
  if (a.extra_fields() != b.extra_fields()) return "extra fields";
  if (a.data() != b.data()) return "data";
  for (const FieldMeaning& field : fields()) {
    const Field f = field.field;
    if (a.has(f) != b.has(f) || a.text(f) != b.text(f) || a.integer(f) != b.integer(f) ||
        a.boolean(f) != b.boolean(f) || a.instant(f) != b.instant(f) || a.strings(f) != b.strings(f)) {
      return std::string(field.name);
    }
  }
  return {};
}

// ---- which mode it is

TEST(ContentMode, ContentTypeDecidesThenSpecversion) {
  const auto mode = [](const Headers& headers) { return content_mode(engine::encode_headers(headers)); };
  EXPECT_EQ(mode({}), ContentMode::structured);
  EXPECT_EQ(mode({{"traceparent", "00"}}), ContentMode::structured);
  EXPECT_EQ(mode({{"content-type", "application/json"}}), ContentMode::structured);
  EXPECT_EQ(mode({{"ce_specversion", "1.0"}}), ContentMode::binary);
  EXPECT_EQ(mode({{"ce_id", "e-1"}}), ContentMode::structured);
  EXPECT_EQ(mode({{"content-type", "application/json"}, {"ce_specversion", "1.0"}}), ContentMode::binary);
  for (const char* type : {"application/cloudevents+json", "application/cloudevents", "Application/CloudEvents+JSON",
                           "application/cloudevents+json; charset=utf-8"}) {
    EXPECT_EQ(mode({{"ce_specversion", "1.0"}, {"content-type", type}}), ContentMode::structured) << type;
  }
}

TEST(ContentMode, WhereBothAreThereTheContentTypeDecides) {
  const std::string structured = Written{.id = R"("structured")"}.text();
  const auto event = decode(structured, with(sent(), "content-type", "application/cloudevents+json"));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->id(), "structured");
}

TEST(ContentMode, BatchesAndOtherFormatsAreRefused) {
  const auto refused = [](std::string_view type) {
    return verdict("[" + Written().text() + "]", with(sent(), "content-type", type));
  };
  const std::string batch = "unsupported_content: content-type is a batch of events; send one event in a record";
  EXPECT_EQ(refused("application/cloudevents-batch+json"), batch);
  EXPECT_EQ(refused("application/CloudEvents-Batch+json; charset=utf-8"), batch);
  for (const char* type :
       {"application/cloudevents+avro", "application/cloudevents+jsonx", "application/cloudeventsx"}) {
    EXPECT_EQ(refused(type),
              "unsupported_content: content-type is not application/cloudevents+json, the only format read");
  }
}

TEST(ContentMode, AttributesWithoutSpecversionAreReadAsStructured) {
  EXPECT_EQ(verdict(kData, without(sent(), "ce_specversion")),
            "missing_attribute: specversion is missing (read as structured, by its headers)");
}

TEST(ContentMode, DamagedHeadersAreNone) {
  const std::string encoded = engine::encode_headers(sent());
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    std::size_t found = 0;
    for (HeaderCursor header(std::string_view(encoded).substr(0, size)); header.next();) ++found;
    EXPECT_LT(found, sent().size());
  }
}

// ---- binary mode

TEST(BinaryMode, IsRead) {
  const auto event = decode(kData, with(with(sent(), "ce_correlationid", "c-7"), "ce_causationid", "r-1"));
  ASSERT_TRUE(event) << event.error().detail;
  EXPECT_EQ(event->id(), "e-1");
  EXPECT_EQ(event->source(), "hotline/12345");
  EXPECT_TRUE(event->is(Type::dispatch_sent));
  EXPECT_EQ(event->subject(), "C-1");
  EXPECT_EQ(event->time(), parse_rfc3339("2026-03-02T09:00:00+08:00"));
  EXPECT_EQ(event->correlation(), "c-7");
  EXPECT_EQ(event->causation(), "r-1");
  EXPECT_EQ(event->text(Field::unit), "street-office");
  EXPECT_EQ(event->data(), kData);
}

TEST(BinaryMode, HeadersAreNotPercentDecoded) {
  const auto event = decode(kData, with(sent(), "ce_subject", "网格%20\"7\"\\"));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->subject(), "网格%20\"7\"\\");
}

TEST(BinaryMode, RejectionsNameTheHeader) {
  const auto changed = [](std::string_view name, std::string_view value) {
    return verdict(kData, with(sent(), name, value));
  };
  for (const char* name : {"ce_id", "ce_source", "ce_type", "ce_subject", "ce_time"}) {
    EXPECT_EQ(verdict(kData, without(sent(), name)), std::string("missing_attribute: ") + name + " is missing");
  }
  for (const char* name : {"ce_id", "ce_source", "ce_type", "ce_subject"}) {
    EXPECT_EQ(changed(name, ""), std::string("bad_identifier: ") + name + " is empty");
    EXPECT_EQ(changed(name, "a\tb"), std::string("bad_identifier: ") + name + " contains a control character");
    EXPECT_EQ(changed(name, std::string(257, 'x')),
              std::string("bad_identifier: ") + name + " is longer than 256 bytes");
    EXPECT_EQ(changed(name, "a\xff"), std::string("invalid_utf8: ") + name + " is not UTF-8");
  }
  EXPECT_EQ(changed("ce_time", "2026-03-02T09:00:00"),
            "bad_time: ce_time is not RFC 3339 with a zone in the years 1900 to 2200");
  EXPECT_EQ(changed("ce_time", "2026-03-03T09:00:00Z"),
            "time_ahead: ce_time lies too far after the time of the record");
  EXPECT_EQ(changed("ce_specversion", "0.3"), "unsupported_specversion: ce_specversion is not 1.0");
  EXPECT_EQ(changed("content-type", "text/plain"), "unsupported_content: content-type is not application/json");
}

TEST(BinaryMode, APartitionKeyIsNoSubject) {
  EXPECT_EQ(verdict(kData, with(without(sent(), "ce_subject"), "ce_partitionkey", "C-1")),
            "missing_attribute: ce_subject is missing");
}

TEST(BinaryMode, HeadersThatContradictAreNamed) {
  const auto twice = [](std::string_view name, std::string_view value) {
    Headers headers = sent();
    headers.emplace_back(name, value);
    return verdict(kData, headers);
  };
  EXPECT_EQ(twice("ce_id", "e-1"), "accepted");
  EXPECT_EQ(twice("ce_id", "e-2"), "contradiction: ce_id contradicts an earlier header");
  EXPECT_EQ(twice("ce_time", "2026-03-02T10:00:00+08:00"), "contradiction: ce_time contradicts an earlier header");
  EXPECT_EQ(twice("ce_datacontenttype", "application/json"), "accepted");
  EXPECT_EQ(twice("ce_datacontenttype", "text/plain"),
            "contradiction: ce_datacontenttype contradicts an earlier header");
  EXPECT_EQ(twice("content-type", "text/plain"), "contradiction: content-type is there twice, with different values");
}

TEST(BinaryMode, TheValueIsTheDataAlone) {
  EXPECT_EQ(verdict("", sent()), "missing_attribute: unit is missing");
  EXPECT_EQ(verdict("null", sent()), "missing_attribute: unit is missing");
  EXPECT_EQ(verdict("", with(sent(), "ce_type", "dispatch.closed")), "accepted");
  EXPECT_EQ(verdict("[1]", sent()), "wrong_type: data is not an object");
  EXPECT_EQ(verdict(R"({"unit":7})", sent()), "wrong_type: unit is not a string");
  EXPECT_EQ(verdict("street-office", sent()).substr(0, 9), "not_json:");
  EXPECT_EQ(verdict(kData + kData, sent()).substr(0, 9), "not_json:");
  EXPECT_EQ(verdict("{\"unit\":\"\xff\"}", sent()).substr(0, 13), "invalid_utf8:");
}

TEST(BinaryMode, LimitsAreThoseOfStructuredMode) {
  const auto nested = [](int levels) {
    return R"({"unit":"u","deep":)" + std::string(static_cast<std::size_t>(levels), '[') +
           std::string(static_cast<std::size_t>(levels), ']') + "}";
  };
  bool both_accept = false;
  bool both_refuse = false;
  for (int levels = 26; levels < 36; ++levels) {
    const bool structured = topics::decode(Written{.data = nested(levels)}.text()).has_value();
    EXPECT_EQ(decode(nested(levels), sent()).has_value(), structured) << levels;
    (structured ? both_accept : both_refuse) = true;
  }
  EXPECT_TRUE(both_accept && both_refuse);
  const std::size_t bytes = engine::encode_headers(sent()).size() + kData.size();
  EXPECT_EQ(verdict(kData, sent(), {.max_event_bytes = bytes}), "accepted");
  EXPECT_EQ(verdict(kData, sent(), {.max_event_bytes = bytes - 1}), "oversize: the value and the headers have " +
                                                                        std::to_string(bytes) + " bytes; at most " +
                                                                        std::to_string(bytes - 1) + " are taken");
}

// ---- from one mode to the other

TEST(BinaryMode, EverySampleGivesTheSameEvent) {
  std::size_t samples = 0;
  for (const auto& file : std::filesystem::directory_iterator(GRIDLOOP_SOURCE_DIR "/topics/contract/samples")) {
    std::ifstream in(file.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto structured = topics::decode(text);
    ASSERT_TRUE(structured) << file.path();
    auto binary = to_binary(text);
    ASSERT_TRUE(binary) << file.path();
    const auto event = decode(binary->value, binary->headers);
    ASSERT_TRUE(event) << file.path() << " " << event.error().detail;
    EXPECT_EQ(difference(*structured, *event), "") << file.path();

    const auto back = to_structured(binary->value, engine::encode_headers(binary->headers));
    ASSERT_TRUE(back) << file.path();
    const auto again = topics::decode(*back);
    ASSERT_TRUE(again) << *back;
    EXPECT_EQ(difference(*structured, *again), "") << *back;
    ++samples;
  }
  EXPECT_EQ(samples, kTypeCount);
}

RC_GTEST_PROP(BinaryMode, AnyEventIsTheSameInBothModes, ()) {
  const auto text = [] {
    std::string out;
    for (int i = *rc::gen::inRange(1, 6); i > 0; --i) {
      out += *rc::gen::element<std::string>("a", "7", " ", "%20", "\"", "\\", "/", "网格", "é", "😀", "{", ":", ",");
    }
    return out;
  };
  std::string data;
  FieldWriter writer(data);
  for (const FieldMeaning& field : fields()) {
    if (*rc::gen::inRange(0, 4) != 0) continue;
    if (field.kind == FieldKind::string) writer.text(field.field, text());
    if (field.kind == FieldKind::integer) writer.integer(field.field, *rc::gen::arbitrary<std::int64_t>());
    if (field.kind == FieldKind::boolean) writer.boolean(field.field, *rc::gen::arbitrary<bool>());
    if (field.kind == FieldKind::instant) writer.instant(field.field, logged());
    if (field.kind == FieldKind::strings) writer.strings(field.field, std::vector<std::string>{text(), text()});
  }
  writer.finish();
  const std::string id = text(), source = text(), subject = text(), correlation = text();
  const auto& type = catalogue()[*rc::gen::inRange<std::size_t>(0, kTypeCount)];
  std::string structured;
  append_event(structured,
               {.id = id,
                .source = source,
                .type = type.name,
                .subject = subject,
                .time = logged() - std::chrono::seconds(*rc::gen::inRange(0, 100'000)),
                .correlation = *rc::gen::arbitrary<bool>() ? std::string_view(correlation) : std::string_view()},
               data);

  const auto binary = to_binary(structured);
  RC_ASSERT(binary.has_value());
  const auto expected = topics::decode(structured);
  const auto event = decode(binary->value, binary->headers);
  RC_ASSERT(event.has_value() == expected.has_value());
  if (event) {
    RC_ASSERT(difference(*expected, *event) == "");
  } else {
    RC_ASSERT(event.error().reason == expected.error().reason);
  }
  // What was written in the usual order comes back to the byte.
  RC_ASSERT(to_structured(binary->value, engine::encode_headers(binary->headers)) == structured);
}

TEST(BinaryMode, ExtensionAttributesAreKept) {
  const std::string text =
      Written{.data = {}, .more = R"("traceparent":"00-\u00e9","sampled":true,"n":7,"none":null)"}.text();
  const auto binary = to_binary(text);
  ASSERT_TRUE(binary);
  const Headers expected = {
      {"ce_specversion", "1.0"},           {"ce_id", "e-1"},       {"ce_source", "hotline/12345"},
      {"ce_type", "dispatch.sent"},        {"ce_subject", "C-1"},  {"ce_time", "2026-03-02T09:00:00+08:00"},
      {"ce_traceparent", "00-é"},          {"ce_sampled", "true"}, {"ce_n", "7"},
      {"content-type", "application/json"}};
  EXPECT_EQ(binary->headers, expected);
  EXPECT_EQ(binary->value, "");
  const auto back = to_structured(binary->value, engine::encode_headers(binary->headers));
  ASSERT_TRUE(back);
  EXPECT_NE(back->find(R"("traceparent":"00-é","sampled":"true","n":"7")"), std::string::npos) << *back;
  EXPECT_EQ(back->find(R"("data")"), std::string::npos);
}

TEST(BinaryMode, NoHeaderHoldsAnObject) {
  const auto binary = to_binary(Written{.more = R"("nested":{"a":1})"}.text());
  ASSERT_FALSE(binary);
  EXPECT_EQ(binary.error().detail, "nested is an object or an array; no header can hold it");
}

TEST(BinaryMode, OnlyBinaryRecordsAreShownAsStructured) {
  EXPECT_EQ(to_structured(Written().text(), ""), std::nullopt);
  EXPECT_EQ(to_structured(Written().text(), engine::encode_headers({{"content-type", "application/cloudevents"}})),
            std::nullopt);
  EXPECT_EQ(to_structured("no JSON", engine::encode_headers(sent())), std::nullopt);
}

}  // namespace

}  // namespace topics
