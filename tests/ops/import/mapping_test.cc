#include "ops/import/mapping.h"

#include <gtest/gtest.h>

namespace {

constexpr std::string_view kHead = R"([city]
id = "c"
name = "City"
zone = "UTC"
[source]
name = "import/test"
[time]
formats = ["%F %T"]
[subject]
column = "ID"
)";

// What is wrong with the mapping; empty when nothing is.
std::string problems(const std::string& text) {
  const auto mapping = ops::parse_mapping("m.toml", text);
  return mapping ? "" : mapping.error().message;
}

std::string with(const std::string& tail) {
  return problems(std::string(kHead) + tail);
}

std::string with_event(const std::string& tail) {
  return with("[[event]]\ntype = \"request.reported\"\ntime = \"OPENED\"\n" + tail);
}

TEST(Mapping, IsReadWhole) {
  const auto mapping = ops::read_mapping(GRIDLOOP_SOURCE_DIR "/ops/import/mappings/boston311.toml");
  ASSERT_TRUE(mapping) << mapping.error().message;
  EXPECT_EQ(mapping->source, "import/boston311");
  EXPECT_EQ(mapping->events.size(), 5u);
  EXPECT_EQ(mapping->levels.size(), 3u);
  EXPECT_EQ(mapping->zone.name(), "America/New_York");
}

TEST(Mapping, NamesALineThatIsNoToml) {
  EXPECT_TRUE(problems("[city]\nid = \n").starts_with("m.toml:2: ")) << problems("[city]\nid = \n");
}

TEST(Mapping, NamesSectionsAndKeysThatAreMissing) {
  const std::string text =
      problems("[city]\nid = \"c\"\nname = \"City\"\nzone = \"UTC\"\n[source]\nencoding = \"utf-8\"\n");
  EXPECT_EQ(text,
            "m.toml:5: \"name\" is missing\n"
            "m.toml:1: section [time] is missing or empty\n"
            "m.toml:1: section [subject] is missing or empty");
  EXPECT_EQ(with(""), "m.toml:1: no [[event]] section: the rows would produce no events");
}

TEST(Mapping, NamesUnknownKeysAndTheNearestOne) {
  EXPECT_EQ(with_event("wen = { column = \"A\", present = true }\n"),
            "m.toml:14: unknown key \"wen\" in [[event]]; the nearest is \"when\"");
  EXPECT_EQ(with_event("[levels]\nx = 1\n"),
            "m.toml:14: unknown key \"levels\" in the mapping; the nearest is \"level\"");
}

TEST(Mapping, NamesUnknownEventTypesAndFields) {
  EXPECT_EQ(with("[[event]]\ntype = \"request.reportd\"\ntime = \"A\"\n"),
            "m.toml:12: unknown event type \"request.reportd\"; the nearest is \"request.reported\"");
  EXPECT_EQ(with_event("fields = { categry = \"{TYPE}\" }\n"),
            "m.toml:14: request.reported has no field \"categry\"; the nearest is \"category\"");
  EXPECT_EQ(with("[[event]]\ntype = \"dispatch.sent\"\ntime = \"A\"\n"),
            "m.toml:11: dispatch.sent needs the field \"unit\"");
  EXPECT_EQ(with("[[event]]\ntype = \"area.registered\"\ntime = \"A\"\n"),
            "m.toml:12: \"area.registered\" is a rule; rows can only become events of cases");
}

TEST(Mapping, ChecksWhatFieldsAreMadeOf) {
  EXPECT_EQ(with_event("fields = { due = \"{TARGET}\" }\n"),
            "m.toml:14: field \"due\" is a time: write { time = \"COLUMN\" }");
  EXPECT_EQ(with_event("fields = { title = { time = \"TARGET\" } }\n"), "m.toml:14: field \"title\" is not a time");
  EXPECT_EQ(with_event("fields = { title = { map = { a = \"b\" } } }\n"),
            "m.toml:14: a field needs one of \"text\", \"time\", \"deepest_level\" and \"when\"");
  EXPECT_EQ(with_event("fields = { title = \"{A|b}\" }\n"),
            "m.toml:14: template \"{A|b}\": unknown filter \"b\"; known filters are trim, lower, upper, integer, slug");
}

TEST(Mapping, ChecksConditions) {
  EXPECT_EQ(with_event("when = { column = \"A\" }\n"),
            "m.toml:14: a condition needs one of present, one_of, contains, before, after, same_time_as, at_midnight, "
            "number_as_text");
  EXPECT_EQ(with_event("when = { column = \"A\", before = \"B\", within_seconds = 60 }\n"),
            "m.toml:14: \"within_seconds\" is a positive whole number beside \"after\"");
  EXPECT_EQ(with_event("[[quirk]]\nname = \"q\"\nexplanation = \"e\"\n"), "m.toml:14: \"when\" is missing");
}

TEST(Mapping, RefusesZonesEncodingsAndFormatsThatAreNotKnown) {
  const std::string text = problems(
      "[city]\nid = \"c\"\nname = \"City\"\nzone = \"Mars/Base\"\n[source]\nname = \"a\"\nencoding = \"latin-1\"\n"
      "delimiter = \"ab\"\n[time]\nformats = [\"%Q\"]\n[subject]\ncolumn = \"ID\"\n");
  EXPECT_NE(text.find("m.toml:4: time zone \"Mars/Base\""), std::string::npos) << text;
  EXPECT_NE(text.find("m.toml:7: encoding \"latin-1\" is not supported"), std::string::npos) << text;
  EXPECT_NE(text.find("m.toml:8: the delimiter must be one ASCII character"), std::string::npos) << text;
  EXPECT_NE(text.find("m.toml:10: time format \"%Q\""), std::string::npos) << text;
}

TEST(Mapping, NeedsParentsBeforeChildren) {
  EXPECT_EQ(with_event("[[level]]\nname = \"a\"\nid = \"{A}\"\ntitle = \"{A}\"\nparent = \"b\"\n"),
            "m.toml:18: level \"b\" must be defined before its children");
}

TEST(Mapping, RefusesALevelThatIsThereTwice) {
  EXPECT_EQ(with_event("[[level]]\nname = \"city\"\nid = \"{A}\"\ntitle = \"{A}\"\n"),
            "m.toml:15: level \"city\" appears twice");
}

TEST(BindColumns, NamesTheFileAndTheNearestColumn) {
  const auto mapping =
      ops::parse_mapping("m.toml", std::string(kHead) + "[[event]]\ntype = \"request.reported\"\ntime = \"OPEN_DT\"\n");
  ASSERT_TRUE(mapping) << mapping.error().message;
  EXPECT_EQ(ops::bind_columns(*mapping, "f.csv", {"x", "OPEN_DT", "ID"}), (std::vector<std::size_t>{2, 1}));
  EXPECT_EQ(ops::bind_columns(*mapping, "f.csv", {"ID", "OPEN_DATE", "CLOSED"}).error().message,
            "m.toml:13: no column \"OPEN_DT\" in f.csv; the nearest is \"OPEN_DATE\"");
  EXPECT_EQ(ops::bind_columns(*mapping, "f.csv", {"ID", "OPEN_DT", "OPEN_DT"}).error().message,
            "m.toml:13: column \"OPEN_DT\" appears twice in f.csv");
}

TEST(BindColumns, TakesOtherNamesAndLeavesOutWhatIsOptional) {
  const auto mapping = ops::parse_mapping(
      "m.toml", std::string(kHead) +
                    "[[column]]\nname = \"OPENED\"\nalso = [\"opened\", \"created\"]\n"
                    "[[column]]\nname = \"UNIT\"\noptional = true\n"
                    "[[event]]\ntype = \"dispatch.handled\"\ntime = \"OPENED\"\nfields = { unit = \"{UNIT}\" }\n");
  ASSERT_TRUE(mapping) << mapping.error().message;
  const auto bind = [&](const std::vector<std::string_view>& header) {
    return ops::bind_columns(*mapping, "f.csv", header);
  };
  EXPECT_EQ(bind({"ID", "created", "opened"}), (std::vector<std::size_t>{0, 2, ops::kNoPlace}));
  EXPECT_EQ(bind({"created", "OPENED", "UNIT", "ID"}), (std::vector<std::size_t>{3, 1, 2}));
  EXPECT_EQ(bind({"ID", "created", "created"}).error().message, "m.toml:12: column \"created\" appears twice in f.csv");
  EXPECT_EQ(bind({"ID", "UNIT"}).error().message, "m.toml:12: no column \"OPENED\" in f.csv");
  EXPECT_NE(bind({"ID", "OPENED", "UNIT", "UNIT"}).error().message.find("column \"UNIT\" appears twice"),
            std::string::npos);
}

TEST(Mapping, NamesColumnsThatAreDescribedInVain) {
  EXPECT_EQ(with_event("[[column]]\nname = \"OPENDE\"\n"), "m.toml:15: column \"OPENDE\" is not used");
  EXPECT_EQ(with_event("[[column]]\nname = \"OPENED\"\n[[column]]\nname = \"OPENED\"\n"),
            "m.toml:17: column \"OPENED\" appears twice");
}

TEST(Mapping, ChecksWhatBelongsToSpreadsheets) {
  const auto source = [](const std::string& keys) {
    return problems("[city]\nid = \"c\"\nname = \"City\"\nzone = \"UTC\"\n[source]\nname = \"a\"\n" + keys +
                    "[time]\nformats = [\"%F\"]\n[subject]\ncolumn = \"ID\"\n[[event]]\n"
                    "type = \"request.reported\"\ntime = \"T\"\n");
  };
  EXPECT_EQ(source("sheet = \"Rows\"\nheader_rows = 2\ntrim = true\nencoding = \"gb18030\"\n"), "");
  EXPECT_EQ(source("header_rows = 0\n"), "m.toml:7: \"header_rows\" is a whole number from 1 to 10");
  EXPECT_EQ(source("trim = \"yes\"\n"), "m.toml:7: \"trim\" must be true or false");
}

TEST(Mapping, ChecksFieldsThatAreConditions) {
  EXPECT_EQ(with_event("fields = { title = { when = { column = \"A\", present = true } } }\n"),
            "m.toml:14: field \"title\" is not true or false");
  EXPECT_EQ(with_event("fields = { duplicate = { when = { column = \"A\", contains = [\"twice\"] } } }\n"), "");
  EXPECT_EQ(with_event("when = { column = \"A\", at_midnight = false }\n"), "m.toml:14: write at_midnight = true");
}

}  // namespace
