#include "ops/queries/buckets.h"

#include <set>

#include <fmt/format.h>

namespace ops {

using engine::Result;
using projections::Areas;

std::optional<std::int32_t> parse_bucket(const std::string& text, topics::BucketKind kind) {
  const auto bucket = topics::parse_bucket(text);
  if (bucket && bucket->kind == kind) return bucket->number;
  return std::nullopt;
}

Result<> require_level(Areas& areas, const std::string& level) {
  const std::set<std::string> levels = areas.directory().levels();
  if (levels.contains(level)) return {};
  return engine::fail(engine::Action::invalid,
                      fmt::format("--level {}: no area has this level; known levels: {}", level,
                                  levels.empty() ? "none yet" : fmt::format("{}", fmt::join(levels, ", "))));
}

std::string day_text(std::int32_t day) {
  return topics::to_string(topics::Bucket{topics::BucketKind::day, day});
}
std::string month_text(std::int32_t month) {
  return topics::to_string(topics::Bucket{topics::BucketKind::month, month});
}

std::unexpected<engine::Error> no_such_area(const projections::Directory& directory, const std::string& area) {
  const projections::RetiredArea* retired = directory.retired(area);
  return engine::fail(engine::Action::invalid, retired == nullptr || retired->successors.empty()
                                                   ? fmt::format("unknown area {}", area)
                                                   : fmt::format("area {} no longer exists: use {}", area,
                                                                 fmt::join(retired->successors, ", ")));
}

}  // namespace ops
