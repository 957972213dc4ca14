#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/topics/written.h"
#include "topics/codec/encode.h"

namespace topics {

namespace {

const std::filesystem::path kSamples = GRIDLOOP_SOURCE_DIR "/topics/contract/samples";

std::string sample(std::string_view type) {
  std::ifstream in(kSamples / (std::string(type) + ".json"), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Samples : public testing::TestWithParam<std::size_t> {
 protected:
  const TypeSpec& type() const { return catalogue()[GetParam()]; }
};

TEST_P(Samples, CarriesEveryFieldOfItsTypeAndNoOther) {
  const auto event = decode(sample(type().name));
  ASSERT_TRUE(event) << event.error().detail;
  EXPECT_EQ(event->spec(), &type());
  EXPECT_EQ(event->type_name(), type().name);
  EXPECT_EQ(event->extra_fields(), 0u);
  for (const FieldSpec& field : type().fields) EXPECT_TRUE(event->has(field.field)) << name(field.field);
}

TEST_P(Samples, IsWrittenBackAsItWas) {
  const auto event = decode(sample(type().name));
  ASSERT_TRUE(event) << event.error().detail;
  const bool boston = event->source().starts_with("import/");
  std::string data;
  FieldWriter writer(data, boston ? -5 * 3600 : 8 * 3600);
  for (const FieldSpec& spec : type().fields) {
    const Field field = spec.field;
    switch (meaning(field).kind) {
      case FieldKind::string:
        writer.text(field, *event->text(field));
        break;
      case FieldKind::integer:
        writer.integer(field, *event->integer(field));
        break;
      case FieldKind::boolean:
        writer.boolean(field, *event->boolean(field));
        break;
      case FieldKind::instant:
        writer.instant(field, *event->instant(field));
        break;
      case FieldKind::decimal:
        writer.decimal(field, *event->text(field));
        break;
      case FieldKind::strings: {
        const auto values = event->strings(field);
        writer.strings(field, std::vector<std::string>(values.begin(), values.end()));
        break;
      }
    }
  }
  writer.finish();
  EXPECT_EQ(data, event->data());
}

TEST_P(Samples, EveryTruncationIsRefused) {
  const std::string text = sample(type().name);
  const std::size_t end = text.rfind('}');
  Decoder decoder;
  Event event;
  for (std::size_t size = 0; size <= end; ++size) {
    EXPECT_FALSE(decoder.decode(std::string_view(text).substr(0, size), logged(), event)) << size;
  }
}

TEST_P(Samples, IsRefusedWithoutAnyOfItsRequiredFields) {
  for (const FieldSpec& field : type().fields) {
    if (!field.required) continue;
    std::string text = sample(type().name);
    const std::string name = fmt::format("\"{}\":", topics::name(field.field));
    text.replace(text.rfind(name), name.size(), "\"unheard_of\":");
    EXPECT_EQ(refusal(text), fmt::format("missing_attribute: {} is missing", topics::name(field.field)));
  }
}

std::string test_name(const testing::TestParamInfo<std::size_t>& info) {
  std::string text(catalogue()[info.param].name);
  text[text.find('.')] = '_';
  return text;
}

INSTANTIATE_TEST_SUITE_P(Catalogue, Samples, testing::Range<std::size_t>(0, kTypeCount), test_name);

TEST(SampleFiles, BelongToATypeEach) {
  for (const auto& file : std::filesystem::directory_iterator(kSamples)) {
    const TypeSpec* const type = find_type(file.path().stem().string());
    ASSERT_NE(type, nullptr) << file.path();
    EXPECT_EQ(type->name, file.path().stem().string());
  }
}

}  // namespace

}  // namespace topics
