#include "ops/queries/question.h"

#include "topics/codec/rfc3339.h"

namespace ops {

Freshness freshness(const Deployment::Replica& replica, bool recalculating) {
  return {.now = replica.task->now(),
          .step = replica.task->step().value,
          .recalculating = recalculating,
          .stale = replica.stale};
}

engine::Result<std::unique_ptr<Deployment>> open_for_answers(const CommonOptions& common) {
  return Deployment::open_for_answers({.directory = common.data, .kafka = common.kafka, .prefix = common.prefix});
}

void put_recalculating(engine::JsonWriter& json, const Freshness& freshness) {
  if (freshness.recalculating) json.key("recalculating").boolean(true);
}

void put_stale(engine::JsonWriter& json, const Freshness& freshness) {
  if (!freshness.stale) return;
  json.key("stale").boolean(true).key("as_of").string(topics::format_rfc3339(freshness.now));
  json.key("step").integer(freshness.step);
}

}  // namespace ops
