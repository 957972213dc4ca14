#include "topics/codec/encode.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "tests/topics/written.h"

namespace topics {

namespace {

TEST(Encode, EventReadsWellOnOneLine) {
  std::string data;
  FieldWriter(data, 8 * 3600)
      .text(Field::area, "370812-g007")
      .text(Field::category, "")
      .boolean(Field::duplicate, false)
      .decimal(Field::latitude, "35.10")
      .decimal(Field::longitude, "0116.5")
      .integer(Field::priority, 2)
      .instant(Field::due, engine::instant(1772510400000))
      .strings(Field::evidence, std::vector<std::string>{"a", "\""})
      .finish();
  std::string out = "before ";
  append_event(out,
               {.id = "e-1",
                .source = "hotline/12345",
                .type = "request.reported",
                .subject = "C-1",
                .time = engine::instant(1772413960000),
                .zone_seconds = 8 * 3600,
                .correlation = "C-1",
                .causation = "e-0"},
               data);
  EXPECT_EQ(out, R"(before {"specversion":"1.0","id":"e-1","source":"hotline/12345","type":"request.reported",)"
                 R"("subject":"C-1","time":"2026-03-02T09:12:40+08:00","datacontenttype":"application/json",)"
                 R"("correlationid":"C-1","causationid":"e-0","data":{"area":"370812-g007","duplicate":false,)"
                 R"("latitude":35.10,"longitude":"0116.5","priority":2,"due":"2026-03-03T12:00:00+08:00",)"
                 R"("evidence":["a","\""]}})");
}

TEST(Encode, DecimalsOfAnySizeStayReadable) {
  for (const std::string digits : {"0", "-0.5", "42.3594", "99999999999999999999999999.5", "1e400", "0012", "+1"}) {
    Written written;
    written.type = R"("sensor.read")";
    std::string data;
    FieldWriter(data).text(Field::metric, "gas").decimal(Field::reading, digits).finish();
    written.data = data;
    EXPECT_EQ(accepted(written).text(Field::reading), digits);
  }
}

TEST(EncodeDeathTest, FieldOfAnotherKindIsABug) {
  std::string data;
  FieldWriter writer(data);
  EXPECT_DEATH(writer.integer(Field::area, 7), "CHECK");
}

// UTF-8 text with everything that needs care: quotes, control characters, wide characters.
rc::Gen<std::string> any_text() {
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
                          "a", "Zz09", " ", "\"", "\\", "/", "\n", "\t", std::string("\0", 1), "\x1f", "\x7f", "é",
                          "路灯", "🚨", "\u2028", "{\"x\":[", "\\u0041", "eight by", "null")),
                      [](const std::vector<std::string>& parts) {
                        std::string text;
                        for (const std::string& part : parts) text += part;
                        return text;
                      });
}

struct Draft {
  Field field;
  std::string text;
  std::int64_t number;
  std::vector<std::string> list;
};

RC_GTEST_PROP(Encode, WhatIsWrittenIsDecoded, ()) {
  const auto type_index = *rc::gen::inRange<std::size_t>(0, kTypeCount);
  const TypeSpec& type = catalogue()[type_index];
  const engine::Instant time = logged() - engine::Milliseconds(*rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000));
  const int zone_seconds = *rc::gen::inRange(-14 * 4, 14 * 4) * 900;

  std::vector<Draft> drafts;
  std::string data;
  FieldWriter writer(data, zone_seconds);
  for (const FieldSpec& field : type.fields) {
    if (!field.required && *rc::gen::arbitrary<bool>()) continue;
    Draft draft{.field = field.field, .text = {}, .number = 0, .list = {}};
    switch (meaning(field.field).kind) {
      case FieldKind::string:
        draft.text = "x" + *any_text();
        writer.text(field.field, draft.text);
        break;
      case FieldKind::integer:
        draft.number = *rc::gen::arbitrary<std::int64_t>();
        writer.integer(field.field, draft.number);
        break;
      case FieldKind::boolean:
        draft.number = *rc::gen::arbitrary<bool>();
        writer.boolean(field.field, draft.number != 0);
        break;
      case FieldKind::instant:
        draft.number = engine::to_ms(time) + *rc::gen::inRange<std::int64_t>(-1'000'000'000, 1'000'000'000);
        writer.instant(field.field, engine::instant(draft.number));
        break;
      case FieldKind::decimal:
        draft.text = std::to_string(*rc::gen::arbitrary<std::int64_t>()) + "." +
                     std::to_string(*rc::gen::inRange(0, 1'000'000'000));
        writer.decimal(field.field, draft.text);
        break;
      case FieldKind::strings:
        draft.list = *rc::gen::container<std::vector<std::string>>(any_text());
        writer.strings(field.field, draft.list);
        break;
    }
    drafts.push_back(std::move(draft));
  }
  writer.finish();
  std::string text;
  append_event(text,
               {.id = "id \"é\\",
                .source = "s",
                .type = type.name,
                .subject = "主题",
                .time = time,
                .zone_seconds = zone_seconds},
               data);

  const auto event = decode(text);
  RC_ASSERT(event.has_value());
  RC_ASSERT(event->id() == "id \"é\\");
  RC_ASSERT(event->subject() == "主题");
  RC_ASSERT(event->time() == time);
  RC_ASSERT(event->spec() == &type);
  RC_ASSERT(event->data() == data);
  RC_ASSERT(event->extra_fields() == 0u);
  for (const Draft& draft : drafts) {
    switch (meaning(draft.field).kind) {
      case FieldKind::string:
      case FieldKind::decimal:
        RC_ASSERT(event->text(draft.field) == draft.text);
        break;
      case FieldKind::integer:
        RC_ASSERT(event->integer(draft.field) == draft.number);
        break;
      case FieldKind::boolean:
        RC_ASSERT(event->boolean(draft.field) == (draft.number != 0));
        break;
      case FieldKind::instant:
        RC_ASSERT(event->instant(draft.field) == engine::instant(draft.number));
        break;
      case FieldKind::strings: {
        const auto read = event->strings(draft.field);
        RC_ASSERT(std::vector<std::string>(read.begin(), read.end()) == draft.list);
        break;
      }
    }
  }
}

}  // namespace

}  // namespace topics
