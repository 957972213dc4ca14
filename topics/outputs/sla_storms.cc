#include <utility>

#include "topics/codec/json.h"
#include "topics/codec/output_reader.h"
#include "topics/codec/output_writer.h"
#include "topics/outputs/output_text.h"
#include "topics/outputs/outputs.h"

namespace topics {

void append(std::string& out, const SlaStorm& storm) {
  std::string id = storm.task + "|";
  append_integer(id, storm.step);
  id += '|';
  id += storm.unit;
  id += '|';
  id += name(storm.kind);
  const std::string& subject = storm.unit.empty() ? storm.task : storm.unit;
  OutputWriter(out, stage_of(storm.task), id, kStormType, subject, storm.time)
      .string("task", storm.task)
      .integer("step", storm.step)
      .text("unit", storm.unit)
      .string("kind", name(storm.kind))
      .integer("alerts", storm.alerts)
      .integer("cases", storm.cases)
      .instant("first_due", storm.first_due)
      .instant("last_due", storm.last_due)
      .flag("replayed", storm.replayed)
      .end();
}

std::expected<SlaStorm, Rejection> decode_sla_storm(std::string_view value) {
  OutputReader reader(value, kStormType);
  SlaStorm storm;
  if (!reader.failed()) {
    const OutputReader::Object data = reader.data();
    storm.time = reader.instant(reader.event(), "time");
    storm.task = reader.text(data, "task");
    storm.step = reader.integer(data, "step");
    storm.unit = reader.text_or_empty(data, "unit");
    const std::string kind = reader.text(data, "kind");
    const auto known = find_alert_kind(kind);
    if (!known) reader.reject(Reason::wrong_type, "there is no kind of alert " + kind);
    storm.kind = known.value_or(AlertKind::breached);
    storm.alerts = reader.integer(data, "alerts");
    storm.cases = reader.integer(data, "cases");
    storm.first_due = reader.instant(data, "first_due");
    storm.last_due = reader.instant(data, "last_due");
    storm.replayed = reader.boolean_or_false(data, "replayed");
  }
  return reader.finish(std::move(storm));
}

}  // namespace topics
