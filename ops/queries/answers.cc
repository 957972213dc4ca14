#include "ops/queries/answers.h"

#include "topics/codec/rfc3339.h"

namespace ops {

engine::Result<std::unique_ptr<Deployment>> open_for_answers(const CommonOptions& common) {
  return Deployment::open_for_answers({.directory = common.data, .kafka = common.kafka, .prefix = common.prefix});
}

void put_recalculating(topics::JsonWriter& json, bool recalculating) {
  if (recalculating) json.key("recalculating").boolean(true);
}

void put_stale(topics::JsonWriter& json, const Deployment::Replica& replica) {
  if (!replica.stale) return;
  json.key("stale").boolean(true).key("as_of").string(topics::format_rfc3339(replica.task->now()));
  json.key("step").integer(replica.task->step().value);
}

}  // namespace ops
