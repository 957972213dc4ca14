#include <utility>

#include "topics/codec/json.h"
#include "topics/codec/output_reader.h"
#include "topics/codec/output_writer.h"
#include "topics/outputs/output_text.h"
#include "topics/outputs/outputs.h"

namespace topics {

void append(std::string& out, const SlaBeat& beat) {
  std::string id = beat.task + "|";
  append_integer(id, beat.step);
  id += "|beat";
  OutputWriter(out, stage_of(beat.task), id, kBeatType, beat.task, beat.time)
      .string("task", beat.task)
      .integer("step", beat.step)
      .integer("lag_ms", beat.lag.count())
      .boolean("behind", beat.behind)
      .integer("owed", beat.owed)
      .integer("armed", beat.armed)
      .instant("next_due", beat.next_due)
      .end();
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
