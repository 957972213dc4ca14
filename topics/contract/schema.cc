#include "topics/contract/schema.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>

#include "topics/codec/event.h"
#include "topics/codec/json_layout.h"
#include "topics/contract/output_schema.h"

namespace topics {

namespace {

constexpr std::string_view kNoControl = R"(^[^\u0000-\u001f\u007f-\u009f]*$)";
constexpr std::string_view kTime =
    "^((19|20|21)[0-9]{2}|2200)-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
    "$";
constexpr std::string_view kNumber = "^[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?$";
constexpr std::string_view kJsonContent = "^[Aa][Pp][Pp][Ll][Ii][Cc][Aa][Tt][Ii][Oo][Nn]/[Jj][Ss][Oo][Nn]([; ].*)?$";

struct AttributeDoc {
  std::string_view name;
  bool required;
  std::string_view doc;
};

constexpr AttributeDoc kAttributes[] = {
    {"specversion", true, "version of CloudEvents"},
    {"id", true, "names the event within its source: sent twice, it counts once"},
    {"source", true, "who tells it"},
    {"type", true, "what happened"},
    {"subject", true, "what the event is about; the key of its record"},
    {"time", true, "when it happened, in RFC 3339 with its zone"},
    {"datacontenttype", false, "content type of the data"},
    {"correlationid", false, "what belongs together"},
    {"causationid", false, "id of the event that led to this one"},
};

constexpr Field kCommonFields[] = {Field::actor, Field::role, Field::by_unit, Field::if_version};
constexpr std::string_view kCommonPrefix = "field.";

std::string place_of(Field common) {
  return "#/components/schemas/" + std::string(kCommonPrefix) + std::string(name(common));
}

// "type" of a value that may be null where it is not required: null means absent.
void write_type(engine::JsonWriter& json, bool required, std::string_view first, std::string_view second = {}) {
  json.key("type");
  if (required && second.empty()) {
    json.string(first);
    return;
  }
  json.begin_array().string(first);
  if (!second.empty()) json.string(second);
  if (!required) json.string("null");
  json.end_array();
}

void write_field(engine::JsonWriter& json, const FieldMeaning& field, bool required) {
  const Limits limits;
  const auto longest = static_cast<std::int64_t>(limits.max_string_bytes);
  json.begin_object();
  switch (field.kind) {
    case FieldKind::string:
      write_type(json, required, "string", field.field == Field::resolved ? "boolean" : "");
      if (required) json.key("minLength").integer(1);
      json.key("maxLength").integer(longest);
      break;
    case FieldKind::integer:
      write_type(json, required, "integer");
      json.key("minimum").integer(std::numeric_limits<std::int64_t>::min());
      json.key("maximum").integer(std::numeric_limits<std::int64_t>::max());
      break;
    case FieldKind::boolean:
      write_type(json, required, "boolean");
      break;
    case FieldKind::instant:
      write_type(json, required, "string");
      json.key("format").string("date-time");
      write_time_pattern(json);
      break;
    case FieldKind::decimal:
      write_type(json, required, "number", "string");
      json.key("maxLength").integer(longest).key("pattern").string(kNumber);
      break;
    case FieldKind::strings:
      write_type(json, required, "array");
      json.key("maxItems").integer(static_cast<std::int64_t>(limits.max_list));
      json.key("items").begin_object().key("type").string("string").key("maxLength").integer(longest).end_object();
      break;
  }
  json.key("description").string(field.doc).key("x-kind").string(name(field.kind));
  if (!field.unit.empty()) json.key("x-unit").string(field.unit);
  if (field.personal) json.key("x-personal").boolean(true);
  json.end_object();
}

enum class CommonFields { written, referred_to };

void write_data(engine::JsonWriter& json, const TypeSpec& type, bool required, CommonFields common) {
  json.begin_object();
  write_type(json, required, "object");
  if (required) {
    json.key("required").begin_array();
    for (const FieldSpec& field : type.fields) {
      if (field.required) json.string(name(field.field));
    }
    json.end_array();
  }
  json.key("properties").begin_object();
  for (const FieldSpec& field : type.fields) {
    json.key(name(field.field));
    if (common == CommonFields::referred_to && !field.required && is_common(field.field)) {
      json.begin_object().key("$ref").string(place_of(field.field)).end_object();
    } else {
      write_field(json, meaning(field.field), field.required);
    }
  }
  json.end_object().key("additionalProperties").boolean(true).end_object();
}

bool needs_data(const TypeSpec& type) {
  for (const FieldSpec& field : type.fields) {
    if (field.required) return true;
  }
  return false;
}

void write_required_attributes(engine::JsonWriter& json, bool with_data) {
  json.key("required").begin_array();
  for (const AttributeDoc& attribute : kAttributes) {
    if (attribute.required) json.string(attribute.name);
  }
  if (with_data) json.string("data");
  json.end_array();
}

void write_attributes(engine::JsonWriter& json, const TypeSpec* type) {
  for (const AttributeDoc& attribute : kAttributes) {
    json.key(attribute.name);
    if (attribute.name == "type" && type != nullptr) {
      json.begin_object().key("const").string(type->name).end_object();
    } else {
      write_attribute_schema(json, attribute.name);
    }
  }
  json.key("data_base64").boolean(false);
}

void write_input(engine::JsonWriter& json, const TypeSpec& type) {
  const bool with_data = needs_data(type);
  json.key("description").string(type.doc);
  json.key("x-chinese").string(type.chinese);
  json.key("x-direction").string("in");
  json.key("x-topic").string(name(type.family));
  json.key("x-subject").string(type.subject);
  json.key("x-version").integer(kContractVersion);
  json.key("type").string("object");
  write_required_attributes(json, with_data);
  json.key("properties").begin_object();
  write_attributes(json, &type);
  json.key("data");
  write_data(json, type, with_data, CommonFields::written);
  json.end_object().key("additionalProperties").boolean(true);
}

// The input of exactly that name.
const TypeSpec* input_named(std::string_view type) {
  const TypeSpec* const found = find_type(type);
  return found != nullptr && found->name == type ? found : nullptr;
}

}  // namespace

void write_time_pattern(engine::JsonWriter& json) {
  json.key("pattern").string(kTime);
}

void write_attribute_schema(engine::JsonWriter& json, std::string_view attribute) {
  for (const AttributeDoc& known : kAttributes) {
    if (known.name != attribute) continue;
    json.begin_object();
    if (attribute == "specversion") {
      json.key("const").string("1.0");
    } else {
      write_type(json, known.required, "string");
    }
    if (attribute == "time") {
      json.key("format").string("date-time");
      write_time_pattern(json);
    } else if (attribute == "datacontenttype") {
      json.key("pattern").string(kJsonContent);
    } else if (attribute != "specversion") {
      if (known.required) json.key("minLength").integer(1);
      json.key("maxLength").integer(static_cast<std::int64_t>(Limits().max_id_bytes)).key("pattern").string(kNoControl);
    }
    json.key("description").string(known.doc).end_object();
  }
}

void write_envelope_schema(engine::JsonWriter& json) {
  json.begin_object().key("type").string("object");
  json.key("description").string("The attributes of every event that goes in.");
  write_required_attributes(json, false);
  json.key("properties").begin_object();
  write_attributes(json, nullptr);
  json.end_object().end_object();
}

void write_body_schema(engine::JsonWriter& json, const TypeSpec& type) {
  const bool with_data = needs_data(type);
  json.begin_object();
  if (with_data) json.key("required").begin_array().string("data").end_array();
  json.key("properties").begin_object();
  json.key("type").begin_object().key("const").string(type.name).end_object().key("data");
  write_data(json, type, with_data, CommonFields::referred_to);
  json.end_object().end_object();
}

bool is_common(Field field) {
  return std::ranges::find(kCommonFields, field) != std::end(kCommonFields);
}

void write_common_fields(engine::JsonWriter& json) {
  for (const Field field : kCommonFields) {
    json.key(std::string(kCommonPrefix) + std::string(name(field)));
    write_field(json, meaning(field), false);
  }
}

std::vector<std::string_view> schema_types() {
  std::vector<std::string_view> types;
  for (const TypeSpec& type : catalogue()) types.push_back(type.name);
  for (const OutputType& type : output_types()) types.push_back(type.name);
  return types;
}

std::optional<std::string> json_schema(std::string_view type) {
  const TypeSpec* const input = input_named(type);
  const OutputType* const output = find_output_type(type);
  if (input == nullptr && output == nullptr) return std::nullopt;
  std::string out;
  engine::JsonWriter json(out);
  json.begin_object();
  json.key("$schema").string("https://json-schema.org/draft/2020-12/schema");
  json.key("$id").string("urn:gridloop:" + std::string(type) + ":" + std::to_string(kContractVersion));
  json.key("title").string(type);
  if (input != nullptr) {
    write_input(json, *input);
  } else {
    json.key("x-direction").string("out");
    json.key("x-topic").string(output->topic);
    json.key("x-subject").string(output->subject);
    json.key("x-version").integer(kContractVersion);
    write_output_schema(json, *output);
  }
  json.end_object();
  return laid_out(out);
}

}  // namespace topics
