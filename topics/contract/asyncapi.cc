#include "topics/contract/asyncapi.h"

#include <vector>

#include "engine/json.h"
#include "topics/catalogue.h"
#include "topics/codec/content_mode.h"
#include "topics/codec/json_layout.h"
#include "topics/contract/output_schema.h"
#include "topics/contract/schema.h"
#include "topics/topology.h"

namespace topics {

namespace {

constexpr std::string_view kKafkaBinding = "0.5.0";
constexpr std::string_view kStep = "schedule.step";
constexpr std::string_view kAttributesInHeaders[] = {"specversion", "id",   "source",        "type",
                                                     "subject",     "time", "correlationid", "causationid"};

std::string joined(std::string_view a, std::string_view b) {
  std::string out(a);
  out += b;
  return out;
}

void write_ref(engine::JsonWriter& json, std::string_view place, std::string_view name) {
  json.begin_object().key("$ref").string(joined(place, name)).end_object();
}

// The messages on a topic. Misplaced records of any input are forwarded to an inbox.
std::vector<std::string_view> messages_on(const TopicDoc& topic) {
  std::vector<std::string_view> names;
  for (const TypeSpec& type : catalogue()) {
    const bool forwarded = type.family != Family::sensors && type.family != Family::directory;
    if (topic_of(type.family) == topic.suffix || (topic.kind == TopicKind::inbox && forwarded)) {
      names.push_back(type.name);
    }
  }
  for (const OutputType& type : output_types()) {
    if (type.topic == topic.suffix) names.push_back(type.name);
  }
  if (topic.kind == TopicKind::schedule) names.push_back(kStep);
  return names;
}

bool received(const TopicDoc& topic) {
  return topic.kind != TopicKind::output || topic.suffix == "area-deltas";
}

void write_info(engine::JsonWriter& json) {
  json.key("info").begin_object();
  json.key("title").string("Gridloop");
  json.key("version").string(std::to_string(kContractVersion) + ".0.0");
  json.key("description")
      .string(
          "Events of grid-based community governance: what goes in, and what Gridloop makes of it. Every record is a "
          "CloudEvents 1.0 event; its key is the subject of the event. Structured and binary mode are read, structured "
          "mode is written. The operations are those of Gridloop: it receives what others send.");
  json.key("license").begin_object().key("name").string("Apache License 2.0");
  json.key("url").string("https://www.apache.org/licenses/LICENSE-2.0").end_object();
  json.key("tags").begin_array();
  for (const TopicDoc& topic : topology()) {
    if (topic.kind != TopicKind::input) continue;
    json.begin_object().key("name").string(topic.suffix).key("description").string(topic.holds).end_object();
  }
  json.begin_object().key("name").string("outputs").key("description");
  json.string("what the stages write, without personal fields").end_object();
  json.begin_object().key("name").string("internal").key("description");
  json.string("between the stages; nobody else writes it").end_object();
  json.end_array().end_object();
}

void write_tag(engine::JsonWriter& json, std::string_view name) {
  json.key("tags").begin_array().begin_object().key("name").string(name).end_object().end_array();
}

std::string_view tag_of(const TopicDoc& topic) {
  if (topic.kind == TopicKind::input) return topic.suffix;
  return topic.kind == TopicKind::output ? "outputs" : "internal";
}

void write_channel(engine::JsonWriter& json, const TopicDoc& topic, std::string_view prefix) {
  json.key(topic.suffix).begin_object();
  json.key("address").string(topic_name(prefix, topic.suffix));
  json.key("description").string(joined("Holds ", topic.holds));
  json.key("messages").begin_object();
  for (const std::string_view message : messages_on(topic)) {
    json.key(message);
    write_ref(json, "#/components/messages/", message);
  }
  json.end_object();
  write_tag(json, tag_of(topic));
  json.key("x-kind").string(name(topic.kind));
  json.key("x-key").string(topic.key);
  json.key("x-written-by").string(topic.written_by);
  json.key("x-partitions");
  json.string(topic.partitioned ? "as many as the deployment has; murmur2 of the key, as Kafka's Java client" : "one");
  json.key("bindings").begin_object().key("kafka").begin_object();
  if (!topic.partitioned) json.key("partitions").integer(1);
  json.key("topicConfiguration").begin_object().key("cleanup.policy").begin_array();
  json.string(topic.compacted ? "compact" : "delete").end_array();
  json.key("retention.ms").integer(retention_ms(topic)).end_object();
  json.key("bindingVersion").string(kKafkaBinding);
  json.end_object().end_object().end_object();
}

void write_operation(engine::JsonWriter& json, const TopicDoc& topic, std::string_view action) {
  json.key(joined(joined(action, "-"), topic.suffix)).begin_object();
  json.key("action").string(action).key("channel");
  write_ref(json, "#/channels/", topic.suffix);
  json.key("summary").string(action == "receive" ? joined("Folds ", topic.holds) : joined("Tells ", topic.holds));
  json.end_object();
}

void write_message(engine::JsonWriter& json, std::string_view name, std::string_view doc, std::string_view trait,
                   std::string_view tag) {
  json.key(name).begin_object();
  json.key("name").string(name).key("title").string(name).key("summary").string(doc);
  write_tag(json, tag);
  json.key("traits").begin_array();
  write_ref(json, "#/components/messageTraits/", trait);
  json.end_array().key("payload");
  write_ref(json, "#/components/schemas/", name);
  json.end_object();
}

void write_messages(engine::JsonWriter& json) {
  json.key("messages").begin_object();
  for (const TypeSpec& type : catalogue()) write_message(json, type.name, type.doc, "input", name(type.family));
  for (const OutputType& type : output_types()) write_message(json, type.name, type.doc, "output", "outputs");
  json.key(kStep).begin_object();
  json.key("name").string(kStep).key("title").string(kStep);
  json.key("summary").string("What one step of a task read, and when: binary, for Gridloop alone.");
  write_tag(json, "internal");
  json.key("contentType").string("application/octet-stream");
  json.key("payload").begin_object().key("type").string("string").key("format").string("binary").end_object();
  json.end_object().end_object();
}

// The headers of a record: in structured mode only a content type, in binary mode the attributes.
void write_headers(engine::JsonWriter& json) {
  json.key("headers").begin_object().key("type").string("object");
  json.key("description")
      .string(
          "Structured mode: content-type is application/cloudevents+json or absent, the value is the whole event. "
          "Binary "
          "mode: ce_specversion is there, the attributes are headers, content-type is that of the data, the value is "
          "the member data of the payload.");
  json.key("properties").begin_object();
  json.key(kContentTypeHeader).begin_object().key("type").string("string");
  json.key("examples").begin_array().string(kStructuredContentType).string("application/json").end_array().end_object();
  for (const std::string_view attribute : kAttributesInHeaders) {
    json.key(joined(kAttributeHeaderPrefix, attribute));
    write_attribute_schema(json, attribute);
  }
  json.end_object();
  json.key("dependencies").begin_object().key("ce_specversion").begin_array();
  for (const char* header : {"ce_id", "ce_source", "ce_type", "ce_subject", "ce_time"}) json.string(header);
  json.end_array().end_object().end_object();
}

void write_trait(engine::JsonWriter& json, std::string_view name, bool with_headers) {
  json.key(name).begin_object().key("contentType").string(kStructuredContentType);
  if (with_headers) write_headers(json);
  json.key("bindings").begin_object().key("kafka").begin_object();
  json.key("key").begin_object().key("type").string("string").key("minLength").integer(1);
  json.key("description").string("the subject of the event").end_object();
  json.key("bindingVersion").string(kKafkaBinding).end_object().end_object().end_object();
}

void write_schemas(engine::JsonWriter& json) {
  json.key("schemas").begin_object().key("envelope");
  write_envelope_schema(json);
  write_common_fields(json);
  for (const TypeSpec& type : catalogue()) {
    json.key(type.name).begin_object().key("allOf").begin_array();
    write_ref(json, "#/components/schemas/", "envelope");
    write_body_schema(json, type);
    json.end_array().end_object();
  }
  for (const OutputType& type : output_types()) {
    json.key(type.name).begin_object();
    write_output_schema(json, type);
    json.end_object();
  }
  json.end_object();
}

}  // namespace

std::string asyncapi(std::string_view prefix) {
  std::string out;
  engine::JsonWriter json(out);
  json.begin_object().key("asyncapi").string("3.0.0");
  write_info(json);
  json.key("defaultContentType").string(kStructuredContentType);
  json.key("channels").begin_object();
  for (const TopicDoc& topic : topology()) {
    if (topic.kind != TopicKind::control) write_channel(json, topic, prefix);
  }
  json.end_object().key("operations").begin_object();
  for (const TopicDoc& topic : topology()) {
    if (topic.kind == TopicKind::control) continue;
    if (received(topic)) write_operation(json, topic, "receive");
    if (topic.kind != TopicKind::input) write_operation(json, topic, "send");
  }
  json.end_object().key("components").begin_object();
  write_messages(json);
  json.key("messageTraits").begin_object();
  write_trait(json, "input", true);
  write_trait(json, "output", false);
  json.end_object();
  write_schemas(json);
  json.end_object().end_object();
  return laid_out(out);
}

}  // namespace topics
