// `gridloop bench latency`: how long it takes from an event's append until what follows from it can be read outside.

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include <fmt/format.h>

#include "engine/kafka_bare_consumer.h"
#include "ops/bench/city.h"
#include "ops/bench/events.h"
#include "ops/bench/kafka_topics.h"
#include "ops/bench/workplace.h"
#include "ops/exit_code.h"
#include "ops/messages.h"
#include "ops/text_table.h"
#include "topics/encode.h"
#include "topics/json.h"
#include "topics/outputs.h"

namespace ops::bench {

using engine::Action;
using engine::fail;
using engine::Instant;
using engine::Milliseconds;
using engine::Partition;
using engine::Result;

namespace {

using Steady = std::chrono::steady_clock;

constexpr int kGrids = 64;
constexpr int kOverdueEach = 4;  // each so-many-th case is overdue when it is reported, so that it is announced
constexpr std::chrono::hours kOverdueBy{4 * 24};
constexpr std::chrono::seconds kWarmUp{5};
constexpr std::chrono::seconds kPatience{60};  // for the last results

// A case that is opened by one event at one instant.
struct Opening {
  engine::Outgoing record;
  Steady::time_point due;  // when it is to be appended; what is late is counted from here on too
  Steady::time_point appended;
  Steady::time_point alerted;
  Steady::time_point counted;  // in the workload of its grid
  bool overdue = false;
};

// All openings of a run, and where their results will be.
struct Plan {
  std::vector<Opening> openings;                         // by due
  std::map<std::string, Opening*, std::less<>> by_case;  // those that are overdue
  struct Row {
    std::vector<Opening*> openings;  // in the order of the log, as all cases of a grid are in one partition
    std::size_t counted = 0;
  };
  std::map<std::string, Row, std::less<>> by_row;  // key of the record: area/day
  std::vector<std::string> grids;
};

std::string case_in(Partition partition, std::uint32_t partitions, std::uint64_t& number) {
  while (true) {
    std::string id = fmt::format("L-{:08}", number++);
    if (engine::partition_of(id, partitions) == partition) return id;
  }
}

Plan make_plan(const Deployment& deployment, const LatencyOptions& options, Steady::time_point start, Instant wall) {
  constexpr std::chrono::hours kZone{8};  // of the city
  const std::uint32_t partitions = deployment.partitions();
  Plan plan;
  for (int i = 0; i < kGrids; ++i) plan.grids.push_back(fmt::format("37080001{:04}", i));
  const std::uint64_t count = options.rate * static_cast<std::uint64_t>((kWarmUp + options.time).count());
  plan.openings.resize(count);
  std::uint64_t number = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    Opening& opening = plan.openings[i];
    const auto after = std::chrono::microseconds(i * 1'000'000 / options.rate);
    const std::size_t grid = i % kGrids;
    opening.due = start + after;
    opening.overdue = i / kGrids % kOverdueEach == 0;
    const Instant time =
        wall + std::chrono::floor<Milliseconds>(after) - (opening.overdue ? kOverdueBy : kOverdueBy * 0);
    engine::Outgoing& record = opening.record;
    record.topic = deployment.topic("requests");
    record.partition = Partition{static_cast<std::uint32_t>(grid) % partitions};
    record.key = case_in(record.partition, partitions, number);
    topics::append_event(
        record.value,
        {.id = record.key, .source = kSource, .type = "request.opened", .subject = record.key, .time = time},
        fmt::format(R"({{"grid":"{}","category":"noise","priority":{},"channel":"hotline"}})", plan.grids[grid],
                    1 + i % kPriorities));
    const topics::WorkloadRow row{.area = plan.grids[grid],
                                  .day = static_cast<std::int32_t>(
                                      std::chrono::floor<std::chrono::days>(time + kZone).time_since_epoch().count())};
    plan.by_row[topics::key_of(row)].openings.push_back(&opening);
    if (opening.overdue) plan.by_case[record.key] = &opening;
  }
  return plan;
}

// Appends what is due, a transaction at a time and not more often than producers do, until all is.
Result<> append(engine::Writer& writer, Plan& plan) {
  constexpr std::size_t kMost = 1000;
  constexpr Milliseconds kInterval{20};
  engine::Transaction transaction;
  Steady::time_point soonest = Steady::now();
  for (std::size_t next = 0; next < plan.openings.size();) {
    std::this_thread::sleep_until(std::max(plan.openings[next].due, soonest));
    soonest = Steady::now() + kInterval;
    transaction.records.clear();
    const auto now = Steady::now();
    std::size_t end = next;
    while (end < plan.openings.size() && end - next < kMost && plan.openings[end].due <= now) {
      transaction.records.push_back(plan.openings[end++].record);
    }
    TRY(writer.commit(transaction));
    const auto done = Steady::now();
    for (; next < end; ++next) plan.openings[next].appended = done;
  }
  return {};
}

// Notes what can be read, until all is or `patience` has passed since the last append. Returns what never came.
class Watcher {
 public:
  explicit Watcher(Plan& plan) : plan_(plan), missing_(plan.by_case.size() + plan.openings.size()) {}

  void hear(std::string_view key, std::string_view value) {
    const auto now = Steady::now();
    if (const auto found = plan_.by_case.find(key); found != plan_.by_case.end()) {
      constexpr std::string_view kBreached = R"("type":"sla.breached")";
      if (value.contains(kBreached)) note(found->second->alerted, now);
      return;
    }
    const auto found = plan_.by_row.find(key);
    if (found == plan_.by_row.end()) return;
    Plan::Row& row = found->second;
    for (const std::size_t opened = opened_in(value); row.counted < std::min(opened, row.openings.size());
         ++row.counted) {
      note(row.openings[row.counted]->counted, now);
    }
  }
  std::size_t missing() const { return missing_; }

 private:
  static std::size_t opened_in(std::string_view row) {
    constexpr std::string_view kName = R"("opened":)";
    std::size_t number = 0;
    const std::size_t found = row.find(kName);
    if (found == std::string_view::npos) return 0;
    for (const char digit : row.substr(found + kName.size())) {
      if (digit < '0' || digit > '9') break;
      number = number * 10 + static_cast<std::size_t>(digit - '0');
    }
    return number;
  }

  void note(Steady::time_point& when, Steady::time_point now) {
    if (when != Steady::time_point{}) return;
    when = now;
    --missing_;
  }

  Plan& plan_;
  std::size_t missing_;
};

struct Latencies {
  std::string from;
  std::string until;
  std::vector<Milliseconds> sorted;
  Milliseconds at(std::size_t per_mille) const { return sorted[(sorted.size() - 1) * per_mille / 1000]; }
};

using Moment = Steady::time_point Opening::*;

// Of those after the warm-up. A result that was seen before the append was confirmed took no time from there.
Latencies latencies(const Plan& plan, std::pair<std::string, Moment> from, std::pair<std::string, Moment> until) {
  Latencies all{.from = std::move(from.first), .until = std::move(until.first), .sorted = {}};
  for (const Opening& opening : plan.openings) {
    if (opening.due - plan.openings.front().due < kWarmUp || opening.*until.second == Steady::time_point{}) continue;
    const auto took = std::chrono::round<Milliseconds>(opening.*until.second - opening.*from.second);
    all.sorted.push_back(std::max(took, Milliseconds(0)));
  }
  std::ranges::sort(all.sorted);
  return all;
}

void print(const std::vector<Latencies>& all, bool json) {
  constexpr auto kRight = TextTable::Align::right;
  TextTable table(
      {{"From"}, {"Until"}, {"Events", kRight}, {"p50 ms", kRight}, {"p99 ms", kRight}, {"Longest ms", kRight}});
  for (const Latencies& one : all) {
    const auto events = static_cast<std::int64_t>(one.sorted.size());
    if (json) {
      std::string out;
      topics::JsonWriter line(out);
      line.begin_object().key("from").string(one.from).key("until").string(one.until).key("events").integer(events);
      line.key("p50_ms").integer(one.at(500).count()).key("p99_ms").integer(one.at(990).count());
      line.key("longest_ms").integer(one.sorted.back().count()).end_object();
      fmt::print("{}\n", out);
    } else {
      table.add({one.from, one.until, with_commas(events), std::to_string(one.at(500).count()),
                 std::to_string(one.at(990).count()), std::to_string(one.sorted.back().count())});
    }
  }
  if (!json) fmt::print("{}", table.text());
}

// Appends and listens while the stages run.
Result<std::size_t> serve(Deployment& deployment, const LatencyOptions& options, engine::KafkaBareConsumer& consumer,
                          Plan& plan, engine::Writer& writer) {
  const auto runner = TRY(make_runner(deployment, deployment.clock(), options.settings, {}));
  std::atomic<bool> ended{false};
  std::atomic<bool> appended{false};
  Result<> ran;
  Result<> sent;
  std::jthread stages([&] {
    ran = runner->run();
    ended = true;
  });
  std::jthread sender([&] {
    sent = append(writer, plan);
    appended = true;
  });
  Watcher watcher(plan);
  Result<> heard;
  std::optional<Steady::time_point> last;
  while (!ended && heard && watcher.missing() > 0) {
    const auto polled =
        consumer.poll([&](std::string_view, std::string_view key, std::string_view value) { watcher.hear(key, value); },
                      Milliseconds(10));
    if (!polled) heard = std::unexpected(polled.error());
    if (appended && !last) last = Steady::now();
    if (last && Steady::now() - *last > kPatience) break;
  }
  sender.join();
  runner->stop();
  stages.join();
  TRY(std::move(sent));
  TRY(std::move(ran));
  TRY(std::move(heard));
  return watcher.missing();
}

}  // namespace

Result<int> latency(const LatencyOptions& options) {
  const auto workplace = TRY(Workplace::make(options.place));
  const auto topics = TRY(KafkaTopics::make(options.kafka, options.settings.partitions));
  const auto deployment = TRY(Deployment::open(
      {.directory = workplace->directory(), .kafka = options.kafka.connection, .prefix = topics->prefix()}));
  const auto consumer = TRY(engine::KafkaBareConsumer::open(
      {.brokers = options.kafka.connection.brokers,
       .settings = TRY(kafka_options(options.kafka.connection, topics->prefix())).settings,
       .topics = {deployment->topic("sla-alerts"), deployment->topic("grid-workload")}}));
  const auto writer = TRY(deployment->log().writer(topics->prefix() + "bench"));

  constexpr std::chrono::seconds kStart{2};  // for the tasks to open
  const Instant now = deployment->clock().now();
  Plan plan = make_plan(*deployment, options, Steady::now() + kStart, now + kStart);
  City city(deployment->topic("directory"), now - kOverdueBy * 2);
  engine::Transaction rules;
  city.publish(rules.records);
  for (const std::string& grid : plan.grids) CHECK(city.add_grid(grid, rules.records));
  TRY(writer->commit(rules));
  say(fmt::format("{} events/s for {} s", options.rate, (kWarmUp + options.time).count()));
  if (const std::size_t missing = TRY(serve(*deployment, options, *consumer, plan, *writer)); missing > 0) {
    return fail(Action::corrupt, fmt::format("{} results did not come within {} s", missing, kPatience.count()));
  }
  const std::pair<std::string, Moment> due{"its instant", &Opening::due};
  const std::pair<std::string, Moment> appended{"appended", &Opening::appended};
  const std::pair<std::string, Moment> announced{"alert readable", &Opening::alerted};
  const std::pair<std::string, Moment> counted{"workload readable", &Opening::counted};
  print({latencies(plan, due, appended), latencies(plan, appended, announced), latencies(plan, appended, counted),
         latencies(plan, due, announced), latencies(plan, due, counted)},
        options.place.json);
  return kOk;
}

}  // namespace ops::bench
