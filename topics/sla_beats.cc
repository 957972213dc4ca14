#include <utility>

#include "topics/json.h"
#include "topics/output_members.h"
#include "topics/output_reader.h"
#include "topics/output_text.h"
#include "topics/outputs.h"

namespace topics {

void append(std::string& out, const SlaBeat& beat) {
  std::string id = beat.task + "|";
  append_integer(id, beat.step);
  id += "|beat";
  begin_output(out, stage_of(beat.task), id, kBeatType, beat.task, beat.time);
  JsonWriter json(out);
  json.begin_object();
  json.key("task").string(beat.task);
  json.key("step").integer(beat.step);
  json.key("lag_ms").integer(beat.lag.count());
  json.key("behind").boolean(beat.behind);
  json.key("owed").integer(beat.owed);
  json.key("armed").integer(beat.armed);
  OutputMembers(out, json).instant("next_due", beat.next_due);
  json.end_object();
  end_output(out);
}

std::expected<SlaBeat, Rejection> decode_sla_beat(std::string_view value) {
  OutputReader reader(value, kBeatType);
  SlaBeat beat;
  if (!reader.failed()) {
    const OutputReader::Object data = reader.data();
    beat.time = reader.instant(reader.event(), "time");
    beat.task = reader.text(data, "task");
    beat.step = reader.integer(data, "step");
    beat.lag = engine::Milliseconds(reader.integer(data, "lag_ms"));
    beat.behind = reader.boolean_or_false(data, "behind");
    beat.owed = reader.integer(data, "owed");
    beat.armed = reader.integer(data, "armed");
    beat.next_due = reader.instant_if_any(data, "next_due");
  }
  return reader.finish(std::move(beat));
}

}  // namespace topics
