#include "projections/stage/delta_outbox.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace projections {
namespace {

constexpr std::string_view kKey = "sums";
constexpr std::string_view kNoCity = "unattributed";
constexpr std::size_t kDeltasPerRecord = 4000;  // about 150 KB
constexpr std::size_t kMaxUnsent = 4096;        // areas and buckets: about 1 MB

}  // namespace

CounterSums& DeltaOutbox::sums() {
  if (sums_ == nullptr) sums_ = &unsent_.upsert(kKey);
  return *sums_;
}

void DeltaOutbox::end_step(const std::string& task, std::optional<std::int64_t> rules_version, bool behind,
                           engine::Context& context) {
  const StageRow sent = stage_row_.get();
  const std::int64_t version = rules_version.value_or(sent.rules_version.value_or(0));
  const CounterSums* unsent = unsent_.find(kKey);
  const std::size_t size = unsent == nullptr ? 0 : unsent->size();
  const bool news = sent.rules_version ? version != *sent.rules_version || behind != sent.behind : size > 0;
  const bool wait = size == 0 || (behind && size < kMaxUnsent);
  if (!wait || news) {
    if (sent.rules_version != version || sent.behind != behind) {
      StageRow& row = stage_row_.edit();
      row.rules_version = version;
      row.behind = behind;
    }
    SumsByCity by_city;
    if (size > 0) by_city = sums_by_city();
    if (by_city.empty() && news) by_city[std::string(kNoCity)];
    topics::AreaDeltas record;
    record.task = task;
    record.step = context.step().value;
    record.rules_version = version;
    record.behind = behind;
    record.time = context.now();
    send(record, by_city, context);
    if (size > 0) sums().clear();
  }
  sums_ = nullptr;
}

void DeltaOutbox::send(topics::AreaDeltas& record, const SumsByCity& by_city, engine::Context& context) {
  for (std::size_t i = 0; i < spec_.inputs.size(); ++i) {
    record.positions.emplace_back(spec_.inputs[i].topic, context.positions()[i].value);
  }
  record.part = 0;  // over all cities, as the id of an event is made of task, step and part
  const auto send_part = [&] {
    encoded_.clear();
    append(encoded_, record);
    context.send(output_, record.city, encoded_);
    record.deltas.clear();
    ++record.part;
  };
  for (const auto& [city, all] : by_city) {
    record.city = city;
    for (const CounterSums::Sum* sum : all) {
      const std::string& area = sums().area(sum->area);
      for (std::size_t i = 0; i < sum->counts.size(); ++i) {
        if (sum->counts[i] == 0) continue;
        if (record.deltas.size() == kDeltasPerRecord) send_part();
        record.deltas.push_back({area, sum->bucket, static_cast<topics::Counter>(i), sum->counts[i]});
      }
    }
    send_part();
  }
}

DeltaOutbox::SumsByCity DeltaOutbox::sums_by_city() {
  SumsByCity by_city;
  std::vector<const CounterSums::Sum*>* city = nullptr;
  for (const CounterSums::Sum* sum : sums().ordered()) {
    if (is_zero(sum->counts)) continue;
    if (city == nullptr || city->back()->area != sum->area) {
      std::string id = rules_.city(sums().area(sum->area));
      city = &by_city[id.empty() ? std::string(kNoCity) : std::move(id)];
    }
    city->push_back(sum);
  }
  return by_city;
}

}  // namespace projections
