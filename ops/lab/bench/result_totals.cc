#include "ops/lab/bench/result_totals.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "topics/outputs/outputs.h"

namespace ops::bench {

using engine::Action;
using engine::fail;
using engine::Partition;
using engine::Result;
using topics::AlertKind;

namespace {

// How many breaches of each clock were announced and not taken back.
Result<std::map<std::string, std::int64_t>> net_breaches(Deployment& deployment) {
  constexpr std::size_t kReadBytes = 1u << 20;
  const std::string topic = deployment.topic("sla-alerts");
  std::map<std::string, std::int64_t> net;
  engine::Batch batch;
  for (std::uint32_t p = 0; p < deployment.partitions(); ++p) {
    const auto reader = TRY(deployment.log().reader({topic, Partition{p}}, engine::Offset{0}));
    while (true) {
      batch.clear();
      TRY(reader->read(batch, kReadBytes));
      if (batch.empty()) break;
      for (const engine::Record& record : batch.records()) {
        const auto read = topics::decode_if_sla_alert(record.value);
        if (!read) {
          return fail(Action::corrupt,
                      fmt::format("cannot read {}/{}/{}: {}", topic, p, record.offset.value, read.error().detail));
        }
        const std::optional<topics::SlaAlert>& alert = *read;
        if (!alert) continue;
        if (alert->kind == AlertKind::breached) ++net[alert->clock];
        if (alert->kind == AlertKind::retracted && alert->rung == "breached") --net[alert->clock];
      }
    }
  }
  return net;
}

}  // namespace

Result<std::vector<Comparison>> compare(Deployment& deployment, const std::string& city, const Totals& expected,
                                        Policies policies) {
  auto areas = TRY(deployment.replica("areas", Partition{0}));
  std::map<topics::Counter, std::int64_t> found;
  for (const auto& day : areas.stage<projections::Areas>().days(city, 0, 100'000)) {
    for (std::size_t i = 0; i < topics::kCounterCount; ++i) {
      const auto counter = static_cast<topics::Counter>(i);
      found[counter] += day.counters[counter];
    }
  }
  if (areas.task->state().error()) return std::unexpected(*areas.task->state().error());
  using topics::Counter;
  std::vector<Comparison> all;
  for (const auto& [counter, total] : std::initializer_list<std::pair<Counter, std::int64_t>>{
           {Counter::opened, expected.opened},
           {Counter::handled, expected.handled},
           {Counter::breached, expected.sign_breached + expected.handle_breached},
           {Counter::called_back, expected.called_back},
           {Counter::resolved, expected.resolved},
           {Counter::rated, expected.called_back},
           {Counter::satisfied, expected.satisfied}}) {
    all.push_back({std::string(topics::name(counter)), total, found[counter]});
  }
  auto alerts = TRY(net_breaches(deployment));
  if (policies != Policies::plain) {
    std::ranges::find(all, topics::name(Counter::breached), &Comparison::what)->expected.reset();
    for (const auto& [clock, breached] : alerts) all.push_back({clock + "_alerts", std::nullopt, breached});
    return all;
  }
  all.push_back({"sign_alerts", expected.sign_breached, alerts["sign"]});
  all.push_back({"handle_alerts", expected.handle_breached, alerts["handle"]});
  return all;
}

}  // namespace ops::bench
