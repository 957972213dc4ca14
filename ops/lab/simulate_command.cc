// `gridloop-lab simulate county`: an invented county's events, on stdout or into a log; of the past at once, or as time
// passes.

#include "ops/lab/simulate_command.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <functional>
#include <future>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/cli/program.h"
#include "ops/cli/progress.h"
#include "ops/deployment/deployment.h"
#include "ops/lab/county/calendar.h"
#include "ops/lab/county/county.h"
#include "topics/codec/rfc3339.h"
#include "topics/topology.h"

namespace ops {
namespace {

using engine::Action;
using engine::fail;
using engine::Instant;
using engine::Result;
using simulate::County;
using simulate::CountyEvent;
using simulate::CountyOptions;

constexpr std::size_t kBatchBytes = 4u << 20;

std::atomic<bool> interrupted{false};

void on_signal(int) {
  interrupted = true;
}

// Until it is destroyed, SIGINT and SIGTERM set `interrupted`.
class Interruptible {
 public:
  Interruptible() {
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
  }
  ~Interruptible() {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
  }
};

// Where the events go.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual Result<> put(const CountyEvent& event) = 0;
  virtual Result<> flush() = 0;
};

class Lines final : public Sink {
 public:
  Result<> put(const CountyEvent& event) override {
    errno = 0;
    std::fwrite(event.value.data(), 1, event.value.size(), stdout);
    std::fputc('\n', stdout);
    return check();
  }
  Result<> flush() override {
    errno = 0;
    std::fflush(stdout);
    return check();
  }

 private:
  static Result<> check() {
    if (std::ferror(stdout) == 0) return {};
    return fail(Action::fatal, fmt::format("cannot write the events: {}", std::strerror(errno != 0 ? errno : EIO)));
  }
};

// A transaction is committed while the next one is filled.
class LogSink final : public Sink {
 public:
  LogSink(Deployment& deployment, std::unique_ptr<engine::Writer> writer) : writer_(std::move(writer)) {
    for (const topics::TopicDoc& doc : topics::topology()) {
      const std::string name = deployment.topic(doc.suffix);
      const std::uint32_t partitions = deployment.log().topic(name)->partitions;
      targets_.push_back({doc.suffix, name, std::vector<std::optional<std::size_t>>(partitions)});
    }
  }
  ~LogSink() override {
    if (committing_.valid()) committing_.wait();
  }

  Result<> put(const CountyEvent& event) override {
    batch_for(event).add(event.subject, event.value, {});
    bytes_ += event.value.size() + event.subject.size();
    return bytes_ >= kBatchBytes ? commit() : Result<>();
  }
  Result<> flush() override {
    TRY(commit());
    return await_commit();
  }

 private:
  struct Target {
    std::string_view suffix;
    std::string topic;
    std::vector<std::optional<std::size_t>> batches;  // by partition: its place in the transaction that is filled
  };

  engine::OutgoingBatch& batch_for(const CountyEvent& event) {
    Target& target = *std::ranges::find(targets_, topics::topic_of(event.family), &Target::suffix);
    const engine::Partition partition =
        engine::partition_of(event.subject, static_cast<std::uint32_t>(target.batches.size()));
    std::optional<std::size_t>& at = target.batches[partition.value];
    if (!at) {
      at = filling_.batches.size();
      filling_.batches.push_back({.topic = target.topic, .partition = partition, .bytes = take_buffer()});
    }
    return filling_.batches[*at];
  }

  // The memory of an earlier batch.
  std::string take_buffer() {
    if (buffer_pool_.empty()) return {};
    std::string bytes = std::move(buffer_pool_.back());
    buffer_pool_.pop_back();
    bytes.clear();
    return bytes;
  }

  Result<> commit() {
    TRY(await_commit());
    if (filling_.batches.empty()) return {};
    for (engine::OutgoingBatch& batch : committed_.batches) buffer_pool_.push_back(std::move(batch.bytes));
    committed_ = std::exchange(filling_, {});
    for (Target& target : targets_) std::ranges::fill(target.batches, std::nullopt);
    bytes_ = 0;
    committing_ = std::async(std::launch::async, [this]() -> Result<> {
      TRY(writer_->commit(committed_));
      return {};
    });
    return {};
  }

  // The outcome of the transaction in flight.
  Result<> await_commit() { return committing_.valid() ? committing_.get() : Result<>(); }

  std::unique_ptr<engine::Writer> writer_;
  std::vector<Target> targets_;
  engine::Transaction filling_;
  std::size_t bytes_ = 0;  // of it
  engine::Transaction committed_;
  std::future<Result<>> committing_;
  std::vector<std::string> buffer_pool_;
};

// All at once. Ends early when interrupted.
Result<> write_past(County& county, Sink& sink, const CountyOptions& options, Progress& progress) {
  constexpr std::uint64_t kLook = 1024;
  const std::int64_t length = std::max<std::int64_t>(1, (options.end() - options.begin()) / std::chrono::seconds(1));
  for (const CountyEvent* event = county.next(); event != nullptr && !interrupted; event = county.next()) {
    TRY(sink.put(*event));
    const std::uint64_t done = county.summary().deliveries;
    if (done % kLook != 0) continue;
    const std::int64_t passed = std::max<std::int64_t>(1, (event->logged - options.begin()) / std::chrono::seconds(1));
    progress.show(done,
                  std::max(done + 1, done * static_cast<std::uint64_t>(length) / static_cast<std::uint64_t>(passed)));
  }
  return sink.flush();
}

// Each event when its time has come.
Result<> write_live(County& county, Sink& sink, const engine::Clock& clock, Progress& progress) {
  constexpr auto kNap = std::chrono::milliseconds(100);
  for (const CountyEvent* event = county.next(); event != nullptr && !interrupted;) {
    if (event->logged <= clock.now()) {
      TRY(sink.put(*event));
      event = county.next();
      continue;
    }
    TRY(sink.flush());
    const std::uint64_t done = county.summary().deliveries;
    progress.show(done, done + 1);
    std::this_thread::sleep_for(std::min<engine::Milliseconds>(kNap, event->logged - clock.now()));
  }
  return sink.flush();
}

Result<> write_summary(const std::string& path, const simulate::CountySummary& summary) {
  if (path.empty()) return {};
  errno = 0;
  std::FILE* file = std::fopen(path.c_str(), "w");
  bool written = file != nullptr;
  if (file != nullptr) {
    written = std::fputs((simulate::to_json(summary) + "\n").c_str(), file) >= 0;
    written = std::fclose(file) == 0 && written;
  }
  if (written) return {};
  return fail(Action::fatal, fmt::format("cannot write {}: {}", path, std::strerror(errno)));
}

}  // namespace

Result<int> simulate_county(const SimulateCountyOptions& command) {
  CountyOptions options = command.county;
  const engine::WallClock clock;
  if (!command.from.empty()) {
    options.from = topics::parse_rfc3339(command.from + "T00:00:00+08:00");
    if (!options.from) return usage_error(fmt::format("--from {}: not a day such as 2026-02-01", command.from));
  }
  if (command.live > 0) {
    if (!command.from.empty()) return usage_error("--from and --live cannot be combined: live events start now");
    options.from = std::chrono::floor<std::chrono::seconds>(clock.now());
    options.speed = command.live;
    options.past = false;
    options.run = fmt::format("{:x}.", engine::to_ms(*options.from) / 1000);
  }
  if (options.policies == simulate::CountyPolicies::working && options.speed > 1) {
    return usage_error("--policies working requires --live 1: working time follows the wall clock");
  }
  if (!simulate::is_possible(options)) {
    return usage_error("a number is out of range; see `gridloop-lab simulate county --help`");
  }

  std::unique_ptr<Deployment> deployment;
  std::unique_ptr<Sink> sink = std::make_unique<Lines>();
  if (!command.common.data.empty() || !command.common.kafka.brokers.empty()) {
    deployment = TRY(Deployment::open({.directory = command.common.data,
                                       .kafka = command.common.kafka,
                                       .prefix = command.common.prefix,
                                       .partitions = command.partitions,
                                       .sync = command.sync}));
    sink = std::make_unique<LogSink>(*deployment, TRY(deployment->log().writer(command.common.prefix + "simulate")));
  }
  Progress progress("events", "no events");
  const Interruptible signals;
  County county(options);
  const auto done =
      command.live > 0 ? write_live(county, *sink, clock, progress) : write_past(county, *sink, options, progress);
  progress.done(county.summary().deliveries, done.has_value() && !interrupted);
  if (!done) return std::unexpected(done.error());
  TRY(write_summary(command.summary_json, county.summary()));
  say(simulate::to_text(county.summary()));
  return kOk;
}

namespace {

void add_county(Command& command, simulate::CountyOptions& county) {
  command.number("--grids", county.grids, {1, simulate::kMaxGrids}, "N", "Number of grids");
  command.number("--days", county.days, {1, simulate::kMaxDays}, "N", "Number of days");
  command.number("--seed", county.seed, {}, "N", "Seed of the random generator");
  command.number("--rate", county.rate_percent, {0, 100'000}, "PERCENT",
                 "Contacts, as a percentage of 300 a day for 349 grids");
  command.number("--households-per-grid", county.households_per_grid, {0, simulate::kMaxHouseholdsPerGrid}, "N",
                 "Households under care in each grid");
  command.number("--devices", county.devices, {0, simulate::kMaxDevices}, "N",
                 "Total number of devices (default: 30 per grid); 0 removes most of the volume");
  command.number("--sensor-interval", county.sensor_interval_seconds, {1, 86'400}, "SECONDS",
                 "Seconds between two reports of a device");
  command.number("--late", county.late_per_mille, {0, 1000}, "N", "Events logged minutes to days late, in thousandths");
  command.number("--repeated", county.repeat_per_mille, {0, 1000}, "N", "Events delivered twice, in thousandths");
  using simulate::CountyPolicies;
  command.choice(
      "--policies", county.policies, {{"seconds", CountyPolicies::seconds}, {"working", CountyPolicies::working}},
      "seconds (the default): sign, handle and close clocks in wall-clock time; working: all clocks, most of "
      "them in working time, and rules on who may judge");
}

}  // namespace

void declare_simulate(Program& program) {
  program.group("simulate", "Generate the events of an invented place",
                "  gridloop-lab simulate county --grids 12 --days 6 --devices 0\n");
  Command command = program.command(
      "simulate county", "Generate a county with cases, field work and devices; the same options give the same events",
      "  gridloop-lab simulate county --seed 7 --devices 0 > county.jsonl\n"
      "  gridloop-lab simulate county --days 365 --devices 0 --data data/county\n"
      "  gridloop-lab simulate county --devices 0 --policies working --data data/working\n"
      "  gridloop-lab simulate county --grids 30 --live 60 --data data/township    until Ctrl-C\n");
  auto& options = command.settings<SimulateCountyOptions>();
  add_data(command, options.common, "Data directory to append to (default: print one event per line)");
  add_kafka(command, options.common.kafka, "Kafka cluster to append to");
  add_prefix(command, options.common.prefix);
  add_county(command, options.county);
  command.text("--from", options.from, "YYYY-MM-DD", "First day (default: the last day is 2026-02-28)");
  command.number("--live", options.live, {1, 86'400}, "SPEED",
                 "Generate events from now on in real time, SPEED times as fast (60: one minute per second)");
  command.text("--summary-json", options.summary_json, "FILE", "Write the event counts to this file");
  add_partitions(command, options.partitions);
  add_sync(command, options.sync);
  command.runs([&options] { return simulate_county(options); });
}

}  // namespace ops
