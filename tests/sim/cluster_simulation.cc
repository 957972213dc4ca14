#include "tests/sim/cluster_simulation.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/clock.h"
#include "engine/cluster/member.h"
#include "engine/log/embedded_log.h"
#include "tests/support/faulty_log.h"
#include "tests/support/random.h"
#include "tests/support/simulated_disk.h"

namespace sim {
namespace {

using engine::Holding;
using engine::Instant;
using engine::Member;
using engine::Milliseconds;
using engine::Role;
using support::Random;

constexpr Milliseconds kSession{5000};
constexpr Milliseconds kReport{500};
const std::string kControl = "control";
const std::string kAssignment = "assignment";

// One life of a process, with what it does with its tasks in place of a Runner.
struct Process {
  struct Held {
    Role role = Role::none;
    std::int64_t lag = 0;  // of a standby
    int draining = 0;      // ticks until an owner that must go has let go
  };
  std::unique_ptr<Member> member;
  std::map<std::string, Held> held;
  Instant wakes = engine::kMinInstant;
};

class ClusterSimulation {
 public:
  ClusterSimulation(std::uint64_t seed, const std::function<void(const std::string&)>& trace)
      : random_(seed), disk_(random_.next()), trace_(trace) {
    log_ = std::move(*engine::EmbeddedLog::open(disk_, clock_, {.directory = "log"}));
    faulty_ = std::make_unique<support::FaultyLog>(*log_, random_.next());
    for (const std::string& topic : {kControl, kAssignment}) {
      if (const auto made = log_->create_topic({.name = topic}); !made) fail(made.error().message);
    }
    tasks_ = static_cast<std::size_t>(random_.between(1, 9));
    standbys_ = static_cast<std::uint32_t>(random_.below(3));
    identities_ = static_cast<std::size_t>(random_.between(1, 5));
  }

  ClusterOutcome run() {
    const auto rate = [&] { return static_cast<unsigned>(random_.below(4) * 100); };
    faulty_->set_rates(
        {.abort = rate(), .unknown = rate(), .retry = rate(), .no_writer = rate(), .unknown_end = rate()});
    const auto actions = random_.between(50, 400);
    for (std::int64_t i = 0; i < actions && failure_.empty(); ++i) act();
    if (failure_.empty()) heal();
    statistics_.faults = faulty_->faults();
    return {failure_, statistics_};
  }

 private:
  void fail(std::string what) {
    if (failure_.empty()) failure_ = std::move(what);
    trace("FAILED: {}", failure_);
  }
  template <class... Args>
  void trace(fmt::format_string<Args...> text, Args&&... args) {
    if (trace_) trace_(fmt::format(text, std::forward<Args>(args)...));
  }
  std::string task(std::size_t number) const { return fmt::format("t{}", number); }

  void act() {
    const std::uint64_t luck = random_.below(100);
    const std::string identity = fmt::format("p{}", random_.below(identities_));
    const auto found = processes_.find(identity);
    if (luck < 4 && found == processes_.end()) return start(identity);
    if (luck < 2 && found != processes_.end()) {
      trace("{} dies", identity);
      ++statistics_.deaths;
      processes_.erase(found);
      return;
    }
    if (luck < 3 && found != processes_.end()) return leave(identity);
    if (luck < 8 && found != processes_.end()) {
      const Milliseconds pause(random_.between(0, 20000));
      trace("{} pauses for {} ms", identity, pause.count());
      ++statistics_.pauses;
      found->second.wakes = clock_.monotonic() + pause;
      return;
    }
    clock_.advance(Milliseconds(random_.between(1, 700)));
    tick_all();
  }

  void start(const std::string& identity) {
    Member::Options options;
    options.process = identity;
    options.address = fmt::format("{}-{}", identity, ++lives_);
    options.control_topic = kControl;
    options.assignment_topic = kAssignment;
    options.standbys = standbys_;
    options.report_interval = kReport;
    options.session_timeout = kSession;
    for (std::size_t i = 0; i < tasks_; ++i) options.tasks.push_back({task(i), 1});
    Process process;
    process.member = std::make_unique<Member>(*faulty_, options, [this, identity](const std::string& notice) {
      trace("{}: {}", identity, notice);
      if (notice.find("declared dead") != std::string::npos) ++statistics_.declared_dead;
    });
    trace("{} starts", options.address);
    if (const auto opened = process.member->open(); !opened) return trace("it cannot: {}", opened.error().message);
    ++statistics_.starts;
    processes_[identity] = std::move(process);
  }

  // A process leaves once it holds nothing.
  void leave(const std::string& identity) {
    trace("{} leaves", identity);
    ++statistics_.departures;
    (void)processes_.at(identity).member->leave();
    processes_.erase(identity);
  }

  void tick_all() {
    for (auto& [identity, process] : processes_) {
      if (clock_.monotonic() < process.wakes) continue;
      tick(identity, process);
    }
  }

  void tick(const std::string& identity, Process& process) {
    ++statistics_.ticks;
    std::vector<Holding> holdings;
    for (const auto& [name, held] : process.held) {
      if (held.role != Role::none) holdings.push_back({name, held.role, held.role == Role::standby ? held.lag : 0});
    }
    if (const auto done = process.member->tick(clock_.monotonic(), holdings); !done) {
      return fail(fmt::format("a tick of {} fails: {}", identity, done.error().message));
    }
    for (std::size_t i = 0; i < tasks_; ++i) {
      const std::string name = task(i);
      move(identity, name, process.held[name], process.member->role(name));
    }
  }

  // One transition towards the wanted role, as Runner::advance() does.
  void move(const std::string& identity, const std::string& name, Process::Held& held, Role wanted) {
    switch (held.role) {
      case Role::none:
        if (wanted == Role::none) return;
        held = {.role = Role::standby, .lag = random_.between(0, 2000), .draining = 0};
        return;
      case Role::standby:
        if (wanted == Role::none) held.role = Role::none;
        held.lag = std::max<std::int64_t>(0, held.lag - random_.between(0, 500));
        if (wanted != Role::owner || held.lag > engine::kWarmLag) return;
        held = {.role = Role::owner, .lag = 0, .draining = static_cast<int>(random_.below(4))};
        trace("{} owns {}", identity, name);
        if (last_owner_[name] != identity) ++statistics_.handovers;
        last_owner_[name] = identity;
        return;
      case Role::owner:
        if (wanted == Role::owner || held.draining-- > 0) return;
        held.role = Role::none;
        trace("{} has let {} go", identity, name);
        return;
    }
  }

  // ---- the end ----

  void heal() {
    trace("healed");
    faulty_->set_rates({});
    if (processes_.empty()) start("p0");
    for (auto& [identity, process] : processes_) process.wakes = engine::kMinInstant;
    run_quietly(Milliseconds(60000));
    if (!failure_.empty()) return;
    const auto written = log_->bounds({kAssignment, engine::Partition{0}})->end;
    const std::uint64_t declared = statistics_.declared_dead;
    const auto owners = last_owner_;
    check_owners();
    run_quietly(4 * kSession);
    check_owners();
    if (written != log_->bounds({kAssignment, engine::Partition{0}})->end) fail("assignments are written at rest");
    if (declared != statistics_.declared_dead) fail("a process is declared dead at rest");
    if (owners != last_owner_) fail("tasks move at rest");
  }

  void run_quietly(Milliseconds time) {
    for (Milliseconds passed{0}; passed < time && failure_.empty(); passed += Milliseconds(50)) {
      clock_.advance(Milliseconds(50));
      tick_all();
    }
  }

  void check_owners() {
    std::map<std::string, std::size_t> owned;
    for (const auto& [identity, process] : processes_) owned[identity] = 0;
    for (std::size_t i = 0; i < tasks_; ++i) {
      const std::string name = task(i);
      std::size_t owners = 0;
      std::size_t standbys = 0;
      for (auto& [identity, process] : processes_) {
        const Role role = process.held[name].role;
        if (role != process.member->role(name)) fail(fmt::format("{} is not what {} was assigned", identity, name));
        owners += role == Role::owner ? 1 : 0;
        standbys += role == Role::standby ? 1 : 0;
        owned[identity] += role == Role::owner ? 1 : 0;
      }
      if (owners != 1) fail(fmt::format("{} has {} owners", name, owners));
      const std::size_t wanted = std::min<std::size_t>(standbys_, processes_.size() - 1);
      if (standbys != wanted) fail(fmt::format("{} has {} standbys, not {}", name, standbys, wanted));
    }
    const auto [least, most] = std::ranges::minmax_element(owned, {}, [](const auto& one) { return one.second; });
    if (most->second > least->second + 1) {
      fail(fmt::format("{} owns {} tasks, and {} {}", most->first, most->second, least->first, least->second));
    }
    for (const auto& [identity, process] : processes_) {
      if (!process.member->assigned()) fail(fmt::format("{} does not know that all is assigned", identity));
    }
  }

  Random random_;
  support::SimulatedDisk disk_;
  engine::SimulatedClock clock_{engine::instant(1'700'000'000'000)};
  const std::function<void(const std::string&)>& trace_;
  std::unique_ptr<engine::EmbeddedLog> log_;
  std::unique_ptr<support::FaultyLog> faulty_;
  std::size_t tasks_ = 1;
  std::uint32_t standbys_ = 0;
  std::size_t identities_ = 1;
  std::uint64_t lives_ = 0;
  std::map<std::string, Process> processes_;  // by identity
  std::map<std::string, std::string> last_owner_;
  ClusterStatistics statistics_;
  std::string failure_;
};

}  // namespace

ClusterStatistics& ClusterStatistics::operator+=(const ClusterStatistics& other) {
  ticks += other.ticks;
  pauses += other.pauses;
  deaths += other.deaths;
  departures += other.departures;
  starts += other.starts;
  declared_dead += other.declared_dead;
  handovers += other.handovers;
  faults += other.faults;
  return *this;
}

std::string ClusterStatistics::to_string() const {
  return fmt::format(
      "{} ticks: {} starts, {} pauses, {} deaths, {} departures, {} times declared dead, {} handovers, {} faults of "
      "the "
      "log",
      ticks, starts, pauses, deaths, departures, declared_dead, handovers, faults);
}

ClusterOutcome simulate_cluster(std::uint64_t seed, const std::function<void(const std::string&)>& trace) {
  return ClusterSimulation(seed, trace).run();
}

}  // namespace sim
