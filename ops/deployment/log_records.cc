#include "ops/deployment/log_records.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace ops {

using engine::Offset;
using engine::Result;

Result<Offset> begin_of_last(engine::Log& log, const engine::TopicPartition& at, std::uint64_t count) {
  const engine::Bounds bounds = TRY(log.bounds(at));
  const std::int64_t all = bounds.end - bounds.begin;
  if (count == 0) return bounds.end;
  for (auto window = static_cast<std::int64_t>(std::min<std::uint64_t>(count, static_cast<std::uint64_t>(all)));;
       window = std::min(window * 2, all)) {
    std::vector<Offset> offsets;
    TRY(each_record(log, at, bounds.end + -window,
                    [&](const engine::Record& record) { offsets.push_back(record.offset); }));
    if (offsets.size() >= count) return offsets[offsets.size() - count];
    if (window == all) return bounds.begin;
  }
}

Result<engine::TopicSpec> require_topic(engine::Log& log, const std::string& topic) {
  const auto spec = log.topic(topic);
  if (spec) return *spec;
  return engine::fail(engine::Action::invalid,
                      fmt::format("unknown topic {}; `gridloop topics list` shows all topics", topic));
}

}  // namespace ops
