#include "ops/lab/bench/appender.h"

#include <fmt/format.h>

#include "topics/codec/rfc3339.h"
#include "topics/topology.h"

namespace ops::bench {

using engine::Action;
using engine::fail;
using engine::Result;

namespace {
constexpr std::size_t kTransactionRecords = 20'000;
}

Result<std::unique_ptr<Appender>> Appender::open(Deployment& deployment, engine::Instant begin, Policies policies) {
  std::unique_ptr<Appender> appender(new Appender(deployment, begin, policies));
  appender->writer_ = TRY(deployment.log().writer(deployment.prefix() + "bench"));
  appender->city_.publish(appender->transaction_.records);
  TRY(appender->commit());
  return appender;
}

Result<> Appender::commit() {
  watch_.start();
  const auto committed = writer_->commit(transaction_);
  watch_.stop();
  transaction_.records.clear();
  if (!committed) return std::unexpected(committed.error());
  return {};
}

Result<std::uint64_t> Appender::append(EventSource& source, std::uint64_t limit) {
  const std::uint32_t partitions = deployment_.partitions();
  const engine::Instant wall = deployment_.clock().now();
  SourceEvent event;
  std::uint64_t appended = 0;
  while (appended < limit && TRY(source.next(event))) {
    if (event.time > wall) {
      return fail(Action::invalid, fmt::format("an event of {} lies in the future, by the clock of this machine",
                                               topics::format_rfc3339(event.time)));
    }
    if (!city_.add_grid(event.grid, transaction_.records)) {
      return fail(Action::invalid,
                  fmt::format("an event of {} has the grid '{}', which is not a grid such as 370800010002",
                              event.subject, event.grid));
    }
    if (city_id_.empty()) city_id_ = City::city_of(event.grid);
    first_ = std::min(first_, event.time);
    last_ = std::max(last_, event.time);
    engine::Outgoing& record = transaction_.records.emplace_back();
    record.topic = deployment_.topic(topics::topic_of(event.family));
    record.partition = engine::partition_of(event.subject, partitions);
    record.key = event.subject;
    record.value = event.value;
    ++appended;
    if (transaction_.records.size() >= kTransactionRecords) TRY(commit());
  }
  if (!transaction_.records.empty()) TRY(commit());
  return appended;
}

}  // namespace ops::bench
