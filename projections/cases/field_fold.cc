#include "projections/cases/field_fold.h"

#include <algorithm>
#include <tuple>

#include "engine/bytes.h"

namespace projections {
namespace {

using topics::Bucket;
using topics::BucketKind;
using topics::Counter;
using topics::CounterDelta;

std::optional<Counter> counted_as(FactKind kind, bool visits_too) {
  switch (kind) {
    case FactKind::visited:
      return visits_too ? std::optional(Counter::visited) : std::nullopt;
    case FactKind::visit_missed:
      return visits_too ? std::optional(Counter::missed_visits) : std::nullopt;
    case FactKind::checked_in:
      return Counter::check_ins;
    case FactKind::round_made:
      return Counter::rounds;
    default:
      return std::nullopt;
  }
}

bool gives_area(const Fact& fact) {
  return (fact.kind == FactKind::household_registered || fact.kind == FactKind::worker_registered) &&
         !fact.area().empty();
}

std::string_view first_area(const std::vector<Fact>& facts) {
  const auto found = std::ranges::find_if(facts, gives_area);
  return found == facts.end() ? std::string_view() : found->area();
}

}  // namespace

std::vector<CounterDelta> field_counts(const std::vector<Fact>& facts, bool visits_too, const Directory& rules) {
  std::vector<CounterDelta> counts;
  std::string_view registered = first_area(facts);
  for (const Fact& fact : facts) {
    if (gives_area(fact)) registered = fact.area();
    const auto counter = counted_as(fact.kind, visits_too);
    if (!counter) continue;
    const std::string_view named = fact.area().empty() ? registered : fact.area();
    const Bucket day{BucketKind::day, rules.day(fact.happened)};
    counts.push_back({std::string(rules.attributed(named)), day, *counter, 1});
  }
  topics::combine(counts);
  return counts;
}

void add_difference(const std::vector<CounterDelta>& before, const std::vector<CounterDelta>& after, CounterSums& out) {
  for (const CounterDelta& delta : before) out.add(delta.area, delta.bucket, delta.counter, -delta.n);
  for (const CounterDelta& delta : after) out.add(delta.area, delta.bucket, delta.counter, delta.n);
}

std::vector<Fact>::const_iterator next_to_leave(const std::vector<Fact>& facts, std::uint8_t visits_topic) {
  const auto oldest = std::ranges::find(facts, visits_topic, &Fact::topic);
  if (!gives_area(*oldest)) return oldest;
  const auto next = std::ranges::find(std::next(oldest), facts.end(), visits_topic, &Fact::topic);
  return gives_area(*next) ? oldest : next;
}

std::optional<CounterDelta> evicted_count(const std::vector<Fact>& facts, const Fact& leaving, const Directory& rules) {
  const auto counter = counted_as(leaving.kind, true);
  if (!counter) return std::nullopt;
  std::string_view area = leaving.area();
  if (area.empty()) {
    area = first_area(facts);
    for (const Fact& fact : facts) {
      if (!before(fact, leaving)) break;
      if (gives_area(fact)) area = fact.area();
    }
  }
  return CounterDelta{std::string(area), {BucketKind::day, rules.day(leaving.happened)}, *counter, 1};
}

void EvictedRow::encode(std::string& out) const {
  engine::put_fixed(out, kFormat);
  engine::put_string(out, area);
  for (const std::int64_t count : n) engine::put_signed(out, count);
}

bool EvictedRow::decode(std::string_view bytes) {
  engine::ByteReader in(bytes);
  if (in.fixed<std::uint8_t>() != kFormat) return false;
  area = in.string();
  for (std::int64_t& count : n) count = in.integer();
  return in.complete();
}

std::string EvictedRow::key(std::string_view named_area, std::int32_t day) {
  std::string key(named_area);
  key.push_back('\0');
  engine::put_sortable(key, day);
  return key;
}

std::string_view EvictedRow::named_area(std::string_view key) {
  return key.substr(0, key.size() - 9);
}

std::int32_t EvictedRow::day(std::string_view key) {
  return static_cast<std::int32_t>(engine::sortable_at(key.substr(key.size() - 8)));
}

void EvictedRow::add(Counter counter) {
  ++n[static_cast<std::size_t>(std::ranges::find(kCounters, counter) - kCounters.begin())];
}

void EvictedRow::move(std::string_view to, std::int32_t day, CounterSums& out) {
  if (area == to) return;
  const Bucket bucket{BucketKind::day, day};
  for (std::size_t i = 0; i < n.size(); ++i) {
    if (n[i] == 0) continue;
    out.add(area, bucket, kCounters[i], -n[i]);
    out.add(to, bucket, kCounters[i], n[i]);
  }
  area = to;
}

}  // namespace projections
