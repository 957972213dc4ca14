// `gridloop-lab bench latency`: how long it takes from an event's append until what follows from it can be read outside,
// and from a due time until it was announced that it is past.

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include <fmt/format.h>

#include "engine/json.h"
#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/cli/text_table.h"
#include "ops/lab/bench/city.h"
#include "ops/lab/bench/events.h"
#include "ops/lab/bench/kafka_topics.h"
#include "ops/lab/bench/preloaded_cases.h"
#include "ops/lab/bench/subscriber.h"
#include "ops/lab/bench/workplace.h"
#include "topics/codec/encode.h"
#include "topics/codec/rfc3339.h"
#include "topics/outputs/outputs.h"

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
// Of so many cases one is overdue when it is reported, so that it is announced, and one is due soon after.
constexpr int kOverdueEach = 4;
constexpr std::chrono::seconds kDueAfter{3};
constexpr std::chrono::hours kOverdueBy{4 * 24};
constexpr std::chrono::seconds kWarmUp{5};
constexpr std::chrono::seconds kPatience{60};  // for the last results
constexpr std::chrono::seconds kAfterwards{3};

// A case that is opened by one event at one instant.
struct Opening {
  engine::Outgoing record;
  Steady::time_point due;  // when it is to be appended; what is late is counted from here on too
  Steady::time_point appended;
  Steady::time_point deadline;  // of the case, when that comes soon after
  Steady::time_point alerted;   // that it is breached
  Steady::time_point counted;   // in the workload of its grid
  bool alerts() const { return overdue || deadline != Steady::time_point{}; }
  bool overdue = false;
};

// All openings of a run, and where their results will be.
struct Plan {
  std::vector<Opening> openings;                         // by due
  std::map<std::string, Opening*, std::less<>> by_case;  // those that are breached
  struct Row {
    std::vector<Opening*> openings;  // in the order of the log, as all cases of a grid are in one partition
    std::size_t counted = 0;
  };
  std::map<std::string, Row, std::less<>> by_row;  // key of the record: area/day
};

std::string case_in(Partition partition, std::uint32_t partitions, std::uint64_t& number) {
  while (true) {
    std::string id = fmt::format("L-{:08}", number++);
    if (engine::partition_of(id, partitions) == partition) return id;
  }
}

std::vector<std::string> grids() {
  std::vector<std::string> all;
  for (int i = 0; i < kGrids; ++i) all.push_back(fmt::format("37080001{:04}", i));
  return all;
}

Plan make_plan(const Deployment& deployment, const LatencyOptions& options, Steady::time_point start, Instant wall) {
  constexpr std::chrono::hours kZone{8};  // of the city
  const std::uint32_t partitions = deployment.partitions();
  Plan plan;
  const std::vector<std::string> all = grids();
  const std::uint64_t count = options.rate * static_cast<std::uint64_t>((kWarmUp + options.time).count());
  plan.openings.resize(count);
  std::uint64_t number = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    Opening& opening = plan.openings[i];
    const auto after = std::chrono::microseconds(i * 1'000'000 / options.rate);
    const std::size_t grid = i % kGrids;
    opening.due = start + after;
    opening.overdue = i / kGrids % kOverdueEach == 0;
    const bool due_soon = i / kGrids % kOverdueEach == 2;
    if (due_soon) opening.deadline = opening.due + kDueAfter;
    const Instant time =
        wall + std::chrono::floor<Milliseconds>(after) - (opening.overdue ? kOverdueBy : kOverdueBy * 0);
    engine::Outgoing& record = opening.record;
    record.topic = deployment.topic("requests");
    record.partition = Partition{static_cast<std::uint32_t>(grid) % partitions};
    record.key = case_in(record.partition, partitions, number);
    topics::append_event(
        record.value,
        {.id = record.key, .source = kSource, .type = "request.opened", .subject = record.key, .time = time},
        fmt::format(R"({{"grid":"{}","category":"noise","priority":{},"channel":"hotline"{}}})", all[grid],
                    1 + i % kPriorities,
                    due_soon ? fmt::format(R"(,"due":"{}")", topics::format_rfc3339(time + kDueAfter)) : ""));
    const topics::WorkloadRow row{.area = all[grid],
                                  .day = static_cast<std::int32_t>(
                                      std::chrono::floor<std::chrono::days>(time + kZone).time_since_epoch().count())};
    plan.by_row[topics::key_of(row)].openings.push_back(&opening);
    if (opening.alerts()) plan.by_case[record.key] = &opening;
  }
  return plan;
}

// Appends what is due, a transaction at a time and not more often than producers do, until all is. With `notice`, that
// too, when half of the rest is appended; returns when that was.
Result<Steady::time_point> append(engine::Writer& writer, Plan& plan, const std::optional<engine::Outgoing>& notice) {
  constexpr std::size_t kMax = 1000;
  constexpr Milliseconds kInterval{20};
  engine::Transaction transaction;
  Steady::time_point soonest = Steady::now();
  Steady::time_point noticed{};
  for (std::size_t next = 0; next < plan.openings.size();) {
    std::this_thread::sleep_until(std::max(plan.openings[next].due, soonest));
    soonest = Steady::now() + kInterval;
    transaction.records.clear();
    const auto now = Steady::now();
    std::size_t end = next;
    while (end < plan.openings.size() && end - next < kMax && plan.openings[end].due <= now) {
      transaction.records.push_back(plan.openings[end++].record);
    }
    const bool halfway = next < plan.openings.size() / 2 && end >= plan.openings.size() / 2;
    if (notice && halfway) transaction.records.push_back(*notice);
    TRY(writer.commit(transaction));
    const auto done = Steady::now();
    if (notice && halfway) noticed = done;
    for (; next < end; ++next) plan.openings[next].appended = done;
  }
  return noticed;
}

// Notes what can be read.
class Watcher {
 public:
  Watcher(Plan& plan, PreloadedCases& standing)
      : plan_(plan), standing_(standing), missing_(plan.by_case.size() + plan.openings.size() + standing.open()) {}

  void poll(std::string_view key, std::string_view value) {
    const auto now = Steady::now();
    if (const auto found = plan_.by_case.find(key); found != plan_.by_case.end()) {
      constexpr std::string_view kBreached = R"("type":"sla.breached")";
      if (value.contains(kBreached)) note(found->second->alerted, now);
      return;
    }
    if (const std::size_t moved = standing_.moved().size(); standing_.poll(key, value)) {
      missing_ -= standing_.moved().size() - moved;
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
  PreloadedCases& standing_;
  std::size_t missing_;
};

struct Latencies {
  std::string from;
  std::string until;
  std::vector<Milliseconds> sorted;
  Milliseconds at(std::size_t per_mille) const { return sorted[(sorted.size() - 1) * per_mille / 1000]; }
};

using Moment = Steady::time_point Opening::*;

// Of those after the warm-up that have both; cases that are due soon are announced by the clock, and not by their
// append. A result that was seen before the append was confirmed took no time from there.
Latencies latencies(const Plan& plan, std::pair<std::string, Moment> from, std::pair<std::string, Moment> until) {
  Latencies all{.from = std::move(from.first), .until = std::move(until.first), .sorted = {}};
  for (const Opening& opening : plan.openings) {
    if (opening.due - plan.openings.front().due < kWarmUp) continue;
    if (opening.*from.second == Steady::time_point{} || opening.*until.second == Steady::time_point{}) continue;
    const bool by_clock = opening.deadline != Steady::time_point{};
    if (until.second == &Opening::alerted && by_clock != (from.second == &Opening::deadline)) continue;
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
    if (one.sorted.empty()) continue;  // a slow rate has none of that kind
    const auto events = static_cast<std::int64_t>(one.sorted.size());
    if (json) {
      std::string out;
      engine::JsonWriter line(out);
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

// Appends and listens while the stages run, until all is heard or kPatience has passed since the last append.
Result<Steady::time_point> serve(Deployment& deployment, const LatencyOptions& options, Subscriber& ear, Plan& plan,
                                 PreloadedCases& standing, engine::Writer& writer) {
  const auto runner = TRY(make_runner(deployment, deployment.clock(), options.settings, {}));
  std::optional<engine::Outgoing> notice;
  if (standing.open() > 0) notice = standing.notice();
  std::atomic<bool> ended{false};
  std::atomic<bool> appended{false};
  Result<> ran;
  Result<Steady::time_point> sent;
  std::jthread stages([&] {
    ran = runner->run();
    ended = true;
  });
  std::jthread sender([&] {
    sent = append(writer, plan, notice);
    appended = true;
  });
  Watcher watcher(plan, standing);
  Result<> heard;
  std::optional<Steady::time_point> last;
  const auto listen = [&] {
    return ear.poll([&](std::string_view key, std::string_view value) { watcher.poll(key, value); }, Milliseconds(10));
  };
  while (!ended && heard && watcher.missing() > 0) {
    heard = listen();
    if (appended && !last) last = Steady::now();
    if (last && Steady::now() - *last > kPatience) break;
  }
  // What must not come would come by then.
  if (heard && standing.open() > 0) {
    const auto until = Steady::now() + kAfterwards;
    while (heard && Steady::now() < until) heard = listen();
  }
  sender.join();
  runner->stop();
  stages.join();
  const Steady::time_point noticed = TRY(std::move(sent));
  TRY(std::move(ran));
  TRY(std::move(heard));
  if (watcher.missing() > 0) {
    return fail(Action::corrupt,
                fmt::format("{} results did not arrive within {} s", watcher.missing(), kPatience.count()));
  }
  if (standing.afterthoughts() > 0) {
    return fail(Action::corrupt, fmt::format("{} alerts that no notice accounts for", standing.afterthoughts()));
  }
  return noticed;
}

Latencies moves(const PreloadedCases& standing, Steady::time_point noticed) {
  Latencies all{.from = "notice appended", .until = "moved due time readable", .sorted = {}};
  for (const Steady::time_point at : standing.moved()) {
    all.sorted.push_back(std::max(std::chrono::round<Milliseconds>(at - noticed), Milliseconds(0)));
  }
  std::ranges::sort(all.sorted);
  return all;
}

}  // namespace

Result<int> latency(const LatencyOptions& options) {
  const bool on_kafka = !options.kafka.connection.brokers.empty();
  const auto workplace = TRY(Workplace::make(options.place));
  std::unique_ptr<KafkaTopics> topics;
  if (on_kafka) topics = TRY(KafkaTopics::make(options.kafka, options.settings.partitions));
  const auto deployment =
      on_kafka
          ? TRY(Deployment::open(
                {.directory = workplace->directory(), .kafka = options.kafka.connection, .prefix = topics->prefix()}))
          : TRY(open_deployment(workplace->directory(), options.settings));
  const auto writer = TRY(deployment->log().writer(deployment->prefix() + "bench"));

  const Instant begin = deployment->clock().now();
  City city(deployment->topic("directory"), begin - kOverdueBy * 2);
  engine::Transaction rules;
  city.publish(rules.records);
  for (const std::string& grid : grids()) CHECK(city.add_grid(grid, rules.records));
  CHECK(city.add_grid(PreloadedCases::kGrid, rules.records));
  TRY(writer->commit(rules));
  PreloadedCases standing(*deployment, options.open_cases, begin);
  const auto ear = TRY(Subscriber::open(*deployment, options.kafka, {"sla-alerts", "grid-workload"}));
  if (standing.open() > 0) {
    say(fmt::format("{} cases are open", with_commas(static_cast<std::int64_t>(standing.open()))));
    TRY(standing.append(*writer));
    TRY(run_until_idle(*deployment, deployment->clock(), options.settings));
    TRY(ear->skip());
  }

  constexpr std::chrono::seconds kStart{2};  // for the tasks to open
  const Instant now = deployment->clock().now();
  Plan plan = make_plan(*deployment, options, Steady::now() + kStart, now + kStart);
  say(fmt::format("{} events/s for {} s", options.rate, (kWarmUp + options.time).count()));
  const Steady::time_point noticed = TRY(serve(*deployment, options, *ear, plan, standing, *writer));
  const std::pair<std::string, Moment> due{"its instant", &Opening::due};
  const std::pair<std::string, Moment> appended{"appended", &Opening::appended};
  const std::pair<std::string, Moment> deadline{"its due time", &Opening::deadline};
  const std::pair<std::string, Moment> announced{"alert readable", &Opening::alerted};
  const std::pair<std::string, Moment> counted{"workload readable", &Opening::counted};
  std::vector<Latencies> all = {latencies(plan, due, appended),     latencies(plan, appended, announced),
                                latencies(plan, appended, counted), latencies(plan, due, announced),
                                latencies(plan, due, counted),      latencies(plan, deadline, announced)};
  if (standing.open() > 0) all.push_back(moves(standing, noticed));
  print(all, options.place.json);
  return kOk;
}

}  // namespace ops::bench
