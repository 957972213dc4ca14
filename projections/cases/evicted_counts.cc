#include "projections/cases/evicted_counts.h"

namespace projections {

void EvictedCounts::evict(CaseRow& row, std::vector<Fact>::const_iterator leaving, CounterSums& sums) {
  if (const auto count = evicted_count(row.facts, *leaving, rules_)) {
    EvictedRow& evicted = rows_.upsert(EvictedRow::key(count->area, count->bucket.number));
    evicted.move(rules_.attributed(count->area), count->bucket.number, sums);
    evicted.add(count->counter);
    sums.add(evicted.area, count->bucket, count->counter, count->n);
  }
  row.facts.erase(leaving);
}

bool EvictedCounts::attribute(const std::string& key, CounterSums& sums) {
  const std::string_view area = rules_.attributed(EvictedRow::named_area(key));
  const EvictedRow* row = rows_.find(key);
  if (row == nullptr) return false;
  if (row->area != area) rows_.edit(key)->move(area, EvictedRow::day(key), sums);
  return true;
}

void EvictedCounts::each(const std::function<void(std::string_view, const EvictedRow&)>& visit) {
  rows_.scan("", "", [&](std::string_view key, const EvictedRow& row) {
    visit(key, row);
    return true;
  });
}

}  // namespace projections
