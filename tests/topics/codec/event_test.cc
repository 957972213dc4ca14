#include "topics/codec/event.h"

#include <gtest/gtest.h>

#include "tests/topics/written.h"

namespace topics {

namespace {

TEST(Event, CarriesItsAttributes) {
  Written written;
  written.more = R"("correlationid":"C-1","causationid":"e-0","datacontenttype":"application/json; charset=utf-8")";
  const Event event = accepted(written);
  EXPECT_EQ(event.id(), "e-1");
  EXPECT_EQ(event.source(), "hotline/12345");
  EXPECT_EQ(event.type_name(), "dispatch.sent");
  EXPECT_TRUE(event.is(Type::dispatch_sent));
  EXPECT_EQ(event.subject(), "C-1");
  EXPECT_EQ(format_rfc3339(event.time()), "2026-03-02T01:00:00Z");
  EXPECT_EQ(event.correlation(), "C-1");
  EXPECT_EQ(event.causation(), "e-0");
  EXPECT_EQ(event.data(), R"({"unit":"street-office"})");
  EXPECT_EQ(event.extra_fields(), 0u);
}

TEST(Event, FieldsAreReadByTheirKind) {
  Written written;
  written.data =
      R"({"unit":"u","lead":false,"hop":-9223372036854775808,"due":"2026-03-03T12:00:00.5+08:00","area":"8/b\u00e9"})";
  const Event event = accepted(written);
  EXPECT_EQ(event.text(Field::unit), "u");
  EXPECT_EQ(event.boolean(Field::lead), false);
  EXPECT_EQ(event.integer(Field::hop), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(format_rfc3339(*event.instant(Field::due)), "2026-03-03T04:00:00.500Z");
  EXPECT_EQ(event.text(Field::due), "2026-03-03T12:00:00.5+08:00");
  EXPECT_EQ(event.text(Field::area), "8/bé");
  EXPECT_FALSE(event.has(Field::category));
  EXPECT_EQ(event.text(Field::category), std::nullopt);
  EXPECT_EQ(event.integer(Field::unit), std::nullopt);
  EXPECT_EQ(event.boolean(Field::hop), std::nullopt);
  EXPECT_EQ(event.text(Field::hop), std::nullopt);
}

TEST(Event, DecimalsKeepTheirDigits) {
  Written written;
  written.type = R"("sensor.read")";
  written.data = R"({"metric":"gas","reading":23.4500000000000000000001})";
  EXPECT_EQ(accepted(written).text(Field::reading), "23.4500000000000000000001");
  written.data = R"({"metric":"gas","reading":"-0012.50"})";
  EXPECT_EQ(accepted(written).text(Field::reading), "-0012.50");
  written.data = R"({"metric":"gas","reading":-1.5e3})";
  EXPECT_EQ(accepted(written).text(Field::reading), "-1.5e3");
}

TEST(Event, ListsOfStringsAreRead) {
  Written written;
  written.type = R"("dispatch.whistled")";
  written.data = R"({"units":[ "a", "\u5355\u4f4d\n", "" ],"area":"g7"})";
  const Event event = accepted(written);
  EXPECT_EQ(event.strings(Field::units), (std::vector<std::string_view>{"a", "单位\n", ""}));
  EXPECT_TRUE(event.strings(Field::evidence).empty());
  EXPECT_EQ(event.text(Field::area), "g7");
}

TEST(Event, UnknownTypeIsKept) {
  Written written;
  written.type = R"("lamp.repainted")";
  written.data = R"({"colour":"red","area":"g7","hop":"not a number"})";
  const Event event = accepted(written);
  EXPECT_EQ(event.spec(), nullptr);
  EXPECT_EQ(event.type_name(), "lamp.repainted");
  EXPECT_EQ(event.text(Field::area), "g7");
  EXPECT_FALSE(event.has(Field::hop));
  EXPECT_EQ(event.extra_fields(), 2u);
}

TEST(Event, UnknownAndUnlistedFieldsAreCounted) {
  Written written;
  written.data = R"({"unit":"u","colour":{"r":[1,2,{"x":"}"}]},"drawn":true,"battery_percent":"full"})";
  const Event event = accepted(written);
  EXPECT_EQ(event.extra_fields(), 3u);
  EXPECT_EQ(event.boolean(Field::drawn), true);
  EXPECT_FALSE(event.has(Field::battery_percent));
}

TEST(Event, FirstOfARepeatedNameCounts) {
  Written written;
  written.data = R"({"unit":"first","unit":"second"})";
  written.more = R"("id":"e-2","subject":"C-2","data":{"unit":"third"})";
  const Event event = accepted(written);
  EXPECT_EQ(event.id(), "e-1");
  EXPECT_EQ(event.subject(), "C-1");
  EXPECT_EQ(event.text(Field::unit), "first");
  EXPECT_EQ(event.extra_fields(), 1u);
}

TEST(Event, AliasesOfFieldsAreRead) {
  Written written;
  written.type = R"("request.opened")";
  written.data = R"({"grid":"g7","lat":35.1,"lon":116.2,"location":{"an":"object"}})";
  const Event event = accepted(written);
  EXPECT_TRUE(event.is(Type::request_reported));
  EXPECT_EQ(event.text(Field::area), "g7");
  EXPECT_EQ(event.text(Field::latitude), "35.1");
  EXPECT_EQ(event.text(Field::longitude), "116.2");
  EXPECT_FALSE(event.has(Field::address));
  EXPECT_EQ(event.extra_fields(), 1u);
}

TEST(Event, AliasCountsOnlyWhereTheNameItselfIsNotListed) {
  Written sensor;
  sensor.type = R"("sensor.read")";
  sensor.data = R"({"metric":"gas","value":12,"unit":"ppm"})";
  EXPECT_EQ(accepted(sensor).text(Field::reading), "12");
  EXPECT_EQ(accepted(sensor).text(Field::value_unit), "ppm");
  Written setting;
  setting.type = R"("setting.changed")";
  setting.data = R"({"value":"12"})";
  EXPECT_EQ(accepted(setting).text(Field::value), "12");
  EXPECT_FALSE(accepted(setting).has(Field::reading));
}

TEST(Event, ResolvedMayBeABoolean) {
  Written written;
  written.type = R"("visit.follow_up")";
  written.data = R"({"resolved":true,"satisfaction":5})";
  EXPECT_EQ(accepted(written).text(Field::resolved), "yes");
  written.data = R"({"resolved":false})";
  EXPECT_EQ(accepted(written).text(Field::resolved), "no");
  written.data = R"({"resolved":"partly"})";
  EXPECT_EQ(accepted(written).text(Field::resolved), "partly");
}

TEST(Event, NullAndTheEmptyStringMeanAbsent) {
  Written written;
  written.data = R"({"unit":"u","area":null,"category":"","due":"","lead":null})";
  written.more = R"("correlationid":null,"causationid":"")";
  const Event event = accepted(written);
  for (const Field field : {Field::area, Field::category, Field::due, Field::lead}) EXPECT_FALSE(event.has(field));
  EXPECT_EQ(event.correlation(), std::nullopt);
  EXPECT_EQ(event.causation(), std::nullopt);
  EXPECT_EQ(event.extra_fields(), 0u);
}

TEST(Event, DataMayComeBeforeTheType) {
  const Event event =
      *decode(R"({"data":{"unit":"u","x":1},"time":"2026-03-02T09:00:00Z","subject":"C-1","type":"dispatch.sent",)"
              R"("source":"s","id":"e","specversion":"1.0"})",
              Limits{.max_ahead = std::chrono::hours(24)});
  EXPECT_EQ(event.text(Field::unit), "u");
  EXPECT_EQ(event.extra_fields(), 1u);
}

TEST(Event, MayHaveNoDataWhenNothingIsRequired) {
  Written written;
  written.type = R"("dispatch.resumed")";
  written.data = "";
  EXPECT_EQ(accepted(written).data(), "{}");
  written.data = "null";
  EXPECT_EQ(accepted(written).data(), "{}");
}

TEST(Event, DataIsGivenWithoutWhiteSpaceAndAsWritten) {
  Written written;
  written.data = "{ \"unit\" : \"u \\u0041\" ,\n \"x\" : [ 1.50 , { \"a\\\"\" : \" b \" } ] }";
  EXPECT_EQ(accepted(written).data(), R"({"unit":"u \u0041","x":[1.50,{"a\"":" b "}]})");
}

TEST(Event, EscapedNamesAreRead) {
  const std::string text =
      R"({"specversion":"1.0","\u0069d":"e-1","source":"s","type":"dispatch.sent","subject":"C-1",)"
      R"("time":"2026-03-02T09:00:00+08:00","data":{"un\u0069t":"u"}})";
  const auto event = decode(text);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->id(), "e-1");
  EXPECT_EQ(event->text(Field::unit), "u");
}

TEST(Event, IsReusedWithoutATraceOfWhatItHeld) {
  Decoder decoder;
  Event event;
  Written first;
  first.data = R"({"unit":"u","due":"2026-03-03T12:00:00Z","x":1})";
  first.more = R"("correlationid":"C")";
  ASSERT_TRUE(decoder.decode(first.text(), logged(), event));
  Written second;
  second.type = R"("dispatch.resumed")";
  second.data = "";
  ASSERT_TRUE(decoder.decode(second.text(), logged(), event));
  EXPECT_FALSE(event.has(Field::unit));
  EXPECT_FALSE(event.has(Field::due));
  EXPECT_EQ(event.correlation(), std::nullopt);
  EXPECT_EQ(event.extra_fields(), 0u);
  EXPECT_EQ(event.data(), "{}");
}

TEST(Event, OutlivesTheRecordAndTheDecoder) {
  Event event;
  {
    std::string text = Written().text();
    const std::size_t size = text.size();
    text.append(64, '\0');
    Decoder decoder;
    const engine::Record record{.offset = {},
                                .timestamp = logged(),
                                .key = "C-1",
                                .value = std::string_view(text).substr(0, size),
                                .headers = {}};
    ASSERT_TRUE(decoder.decode(record, event));
    text.assign(text.size(), '#');
  }
  EXPECT_EQ(event.subject(), "C-1");
  EXPECT_EQ(event.text(Field::unit), "street-office");
}

}  // namespace

}  // namespace topics
