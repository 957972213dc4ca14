#include "projections/stage/touched_rows.h"

namespace projections {
namespace {

constexpr std::int64_t kOutputsOfARow = 2048;  // bytes, about: its published row, and an alert or two

}  // namespace

void TouchedRows::add(std::string_view subject, engine::Context& context) {
  const auto at = subjects_.lower_bound(subject);
  if (at != subjects_.end() && *at == subject) return;
  subjects_.emplace_hint(at, subject);
  context.expect_outputs(kOutputsOfARow);
}

bool TouchedRows::take(std::string_view subject, engine::Context& context) {
  const auto at = subjects_.find(subject);
  if (at == subjects_.end()) return false;
  subjects_.erase(at);
  context.expect_outputs(-kOutputsOfARow);
  return true;
}

void Publications::send(std::size_t output, engine::Context& context) {
  for (const auto& [subject, row] : rows_) context.send(output, subject, row);
  rows_.clear();
}

}  // namespace projections
