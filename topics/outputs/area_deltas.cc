#include <utility>

#include "topics/codec/json.h"
#include "topics/codec/output_reader.h"
#include "topics/outputs/output_text.h"
#include "topics/outputs/outputs.h"

namespace topics {

namespace {

constexpr std::string_view kType = "area.counted";

// One object per area and bucket: {"area":"8","bucket":"2015-06-01","opened":3,"closed":1}
void write_groups(JsonWriter& json, const std::vector<CounterDelta>& deltas) {
  json.begin_array();
  for (std::size_t i = 0; i < deltas.size();) {
    const CounterDelta& first = deltas[i];
    json.begin_object().key("area").string(first.area).key("bucket").string(to_string(first.bucket));
    for (; i < deltas.size() && deltas[i].area == first.area && deltas[i].bucket == first.bucket; ++i) {
      json.key(name(deltas[i].counter)).integer(deltas[i].n);
    }
    json.end_object();
  }
  json.end_array();
}

void read_group(OutputReader& reader, const OutputReader::Object& group, std::vector<CounterDelta>& deltas) {
  const std::string area = reader.text(group, "area");
  const std::string bucket_text = reader.text(group, "bucket");
  if (reader.failed()) return;
  const auto bucket = parse_bucket(bucket_text);
  if (!bucket) return reader.reject(Reason::wrong_type, "bucket is not a day, a month or now");
  for (const auto& [name, value] : group) {
    if (name == "area" || name == "bucket") continue;
    const auto counter = find_counter(name);
    if (!counter) return reader.reject(Reason::wrong_type, "there is no counter " + std::string(name));
    deltas.push_back({area, *bucket, *counter, reader.integer(group, name)});
  }
}

}  // namespace

void append(std::string& out, const AreaDeltas& deltas) {
  std::string data;
  JsonWriter json(data);
  json.begin_object();
  json.key("task").string(deltas.task);
  json.key("step").integer(deltas.step);
  json.key("part").integer(deltas.part);
  json.key("freeze").integer(deltas.freeze);
  json.key("swept").integer(deltas.swept);
  json.key("behind").boolean(deltas.behind);
  json.key("positions").begin_object();
  for (const auto& [topic, next_offset] : deltas.positions) json.text_key(topic).integer(next_offset);
  json.end_object().key("areas");
  if (is_combined(deltas.deltas)) {
    write_groups(json, deltas.deltas);
  } else {
    std::vector<CounterDelta> combined = deltas.deltas;
    combine(combined);
    write_groups(json, combined);
  }
  json.end_object();

  std::string id = deltas.task + "/";
  append_integer(id, deltas.step);
  id += '/';
  append_integer(id, deltas.part);
  append_output(out, stage_of(deltas.task), id, kType, deltas.city, deltas.time, data);
}

std::expected<AreaDeltas, Rejection> decode_area_deltas(std::string_view value) {
  OutputReader reader(value, kType);
  const OutputReader::Object data = reader.data();
  AreaDeltas deltas;
  if (!reader.failed()) {
    deltas.city = reader.text(reader.event(), "subject");
    deltas.time = reader.instant(reader.event(), "time");
    deltas.task = reader.text(data, "task");
    deltas.step = reader.integer(data, "step");
    deltas.part = reader.small<std::int32_t>(data, "part");
    deltas.freeze = reader.small<std::int32_t>(data, "freeze");
    // Records of older versions do not say.
    deltas.swept = reader.integer_if_any(data, "swept").value_or(0);
    deltas.behind = reader.boolean_or_false(data, "behind");
    const OutputReader::Object positions = reader.object(data, "positions");
    if (!reader.failed()) {
      for (const auto& [topic, next_offset] : positions) {
        deltas.positions.emplace_back(topic, reader.integer(positions, topic));
      }
    }
    const simdjson::dom::array groups = reader.array(data, "areas");
    if (!reader.failed()) {
      for (const simdjson::dom::element group : groups) {
        OutputReader::Object object;
        if (group.get(object) != simdjson::SUCCESS) {
          reader.reject(Reason::wrong_type, "areas is not an array of objects");
          break;
        }
        read_group(reader, object, deltas.deltas);
      }
    }
  }
  return reader.finish(std::move(deltas));
}

}  // namespace topics
