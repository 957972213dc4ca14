#include "engine/cluster/member.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/cluster/assignment_json.h"
#include "engine/cluster/plan.h"

namespace engine {

namespace {
constexpr std::int64_t kLastRecords = 1000;  // of each topic are read at the start; older ones are obsolete
constexpr std::size_t kReadBytes = 256u << 10;
const std::string kAssignmentKey = "assignment";
}  // namespace

Member::Member(Log& log, Options options, Notice notice)
    : log_(log), options_(std::move(options)), notice_(std::move(notice)) {}

Member::~Member() = default;

Result<> Member::open() {
  const auto last_records = [&](const std::string& topic) -> Result<std::unique_ptr<Reader>> {
    const TopicPartition at{topic, Partition{0}};
    const Bounds bounds = TRY(log_.bounds(at));
    return log_.reader(at, std::max(bounds.begin, bounds.end + -kLastRecords));
  };
  control_ = TRY(last_records(options_.control_topic));
  assignments_ = TRY(last_records(options_.assignment_topic));
  const MutexLock lock(mutex_);
  refreshes_requested_ = 1;
  return {};
}

Result<> Member::tick(Instant now, const std::vector<Holding>& holdings) {
  const auto unavailable = [](const Result<>& done) { return !done && done.error().action == Action::retry; };
  const auto polled = poll(now);
  if (unavailable(polled)) return {};
  TRY(polled);
  const auto reported = report(now, holdings);
  if (unavailable(reported)) return {};
  TRY(reported);
  abort_dangling_writers(now);
  const auto led = lead();
  if (unavailable(led)) return {};
  return led;
}

Result<> Member::read_to(Reader& reader, std::optional<Offset> end, std::vector<std::string>& values) {
  Batch batch;
  while (true) {
    batch.clear();
    TRY(reader.read(batch, kReadBytes));
    for (const Record& record : batch.records()) values.emplace_back(record.value);
    if (!batch.empty()) continue;
    if (!end || reader.position() >= *end) return {};
    return fail(Action::retry, "the end is not readable yet");
  }
}

Result<> Member::poll(Instant now) {
  std::uint64_t requested = 0;
  {
    const MutexLock lock(mutex_);
    requested = refreshes_requested_;
  }
  std::optional<Offset> control_end;
  std::optional<Offset> assignments_end;
  if (requested > refreshes_done_) {
    control_end = TRY(log_.bounds({options_.control_topic, Partition{0}})).end;
    assignments_end = TRY(log_.bounds({options_.assignment_topic, Partition{0}})).end;
  }
  TRY(read_to(*control_, control_end, reports_read_));
  TRY(read_to(*assignments_, assignments_end, assignments_read_));
  const auto reports = std::exchange(reports_read_, {});
  const auto assignments = std::exchange(assignments_read_, {});
  const MutexLock lock(mutex_);
  const Milliseconds passed = ticked_ ? std::min(now - *ticked_, options_.report_interval) : Milliseconds(0);
  ticked_ = now;
  own_silence_ += passed;
  const bool receives_own = own_silence_ < 3 * options_.report_interval;
  for (auto& [process, peer] : peers_) {
    const bool lived = lives(peer);
    if (receives_own && process != options_.process) peer.silence += passed;
    if (lived && !lives(peer)) {
      notice_(fmt::format("process {} ({}): no heartbeat for {} ms, declared dead", process, peer.report.address,
                          options_.session_timeout.count()));
    }
  }
  for (const std::string& json : reports) TRY(receive(json));
  for (const std::string& json : assignments) {
    auto assignment = decode_assignment(json);
    if (assignment) {
      assignment_ = std::move(*assignment);
    } else {
      notice_(assignment.error().message);  // of a foreign program; the assignment in force stays
    }
  }
  refreshes_done_ = requested;
  refreshed_.notify_all();
  return {};
}

Result<> Member::receive(std::string_view json) {
  auto decoded = decode_report(json);
  if (!decoded) {
    notice_(decoded.error().message);
    return {};
  }
  Report report = std::move(*decoded);
  if (report.process == options_.process) {
    if (report.address == options_.address) {
      received_own_ = true;
      own_silence_ = Milliseconds(0);
    } else if (received_own_) {
      return fail(Action::fenced, fmt::format("another process, {}, has started with the identity {} of this data "
                                              "directory: is it a copy? remove the file process-id of one of them",
                                              report.address, report.process));
    } else {
      return {};  // of an earlier life
    }
  }
  const auto known = peers_.find(report.process);
  const bool lived = known != peers_.end() && lives(known->second);
  if (report.leaving) {
    if (lived && received_own_ && report.process != options_.process) {
      notice_(fmt::format("process {} ({}) has left", report.process, report.address));
    }
    peers_.erase(report.process);
    return {};
  }
  const bool announced = lived && known->second.fresh;
  if (!announced && report.process != options_.process && received_own_) {
    notice_(fmt::format("process {} ({}) has joined", report.process, report.address));
  }
  const std::string process = report.process;
  peers_[process] = {std::move(report), Milliseconds(0), received_own_};
  return {};
}

Result<bool> Member::commit(std::unique_ptr<Writer>& writer, const std::string& id, const Outgoing& record) {
  if (!writer) writer = TRY(log_.writer(id));
  const auto done = writer->commit({{record}, {}, {}});
  if (done) return true;
  switch (done.error().action) {
    case Action::retry:
    case Action::abort:
    case Action::unknown:
    case Action::fenced:
      writer.reset();
      return false;
    case Action::corrupt:
    case Action::invalid:
    case Action::fatal:
      break;
  }
  return std::unexpected(done.error());
}

Result<> Member::report(Instant now, const std::vector<Holding>& holdings) {
  std::string roles;  // a change is reported immediately, as other processes wait for it
  for (const Holding& holding : holdings) {
    const bool warm = holding.role == Role::standby && holding.lag <= kWarmLag;
    roles += fmt::format("{} {} {},", holding.task, static_cast<int>(holding.role), warm);
  }
  if (reported_ && now - *reported_ < options_.report_interval && roles == last_reported_) return {};
  Report report{.process = options_.process,
                .address = options_.address,
                .number = ++reports_,
                .leaving = false,
                .standbys = options_.standbys,
                .holdings = holdings};
  {
    // A process that slept may still think that it owns what another one owns by now. It will find itself fenced; its
    // claim would only make the other one let go.
    const MutexLock lock(mutex_);
    std::erase_if(report.holdings, [&](const Holding& holding) GRIDLOOP_REQUIRES(mutex_) {
      return holding.role == Role::owner && assignment_.role(holding.task, options_.process) != Role::owner &&
             owned_by_another(holding.task);
    });
  }
  const Outgoing record{options_.control_topic, Partition{0}, options_.process, encode(report), {}, std::nullopt};
  if (TRY(commit(reporter_, fmt::format("{}-process-{}", options_.group, options_.process), record))) {
    reported_ = now;
    last_reported_ = std::move(roles);
  }
  return {};
}

Result<> Member::lead() {
  std::map<std::string, Report> live;
  Assignment current;
  {
    const MutexLock lock(mutex_);
    if (!received_own_ || own_silence_ >= 3 * options_.report_interval) return {};
    live = living();
    current = assignment_;
  }
  if (!live.contains(options_.process)) return {};
  const std::string& leader = live.contains(current.leader) ? current.leader : live.begin()->first;
  if (leader != options_.process) {
    led_ = false;
    assigner_.reset();
    return {};
  }
  Assignment next = plan(options_.tasks, live, current);
  next.leader = options_.process;
  if (next == current) return {};
  const std::string id = options_.group + "-assigner";
  if (!assigner_) {
    // The previous leader may have written until now: its last assignment is read first.
    assigner_ = TRY(log_.writer(id));
    const MutexLock lock(mutex_);
    ++refreshes_requested_;
    return {};
  }
  {
    const MutexLock lock(mutex_);
    if (refreshes_done_ < refreshes_requested_) return {};
  }
  const Outgoing record{options_.assignment_topic, Partition{0}, kAssignmentKey, encode(next), {}, std::nullopt};
  if (!TRY(commit(assigner_, id, record))) return {};
  if (!led_) notice_("this process is the leader: it assigns the tasks");
  led_ = true;
  const MutexLock lock(mutex_);
  assignment_ = std::move(next);
  return {};
}

Result<> Member::leave() {
  const Report report{.process = options_.process,
                      .address = options_.address,
                      .number = ++reports_,
                      .leaving = true,
                      .standbys = 0,
                      .holdings = {}};
  const Outgoing record{options_.control_topic, Partition{0}, options_.process, encode(report), {}, std::nullopt};
  constexpr int kTries = 2;  // the first may find its writer fenced or broken
  for (int i = 0; i < kTries; ++i) {
    if (TRY(commit(reporter_, fmt::format("{}-process-{}", options_.group, options_.process), record))) return {};
  }
  return fail(Action::retry, "the report was not committed");
}

void Member::abort_dangling_writers(Instant now) {
  const bool reports = reported_ && now - *reported_ < 2 * options_.report_interval;
  if (!received_own_ || !reports || own_silence_ < 3 * options_.report_interval) return;
  if (aborted_dangling_ && now - *aborted_dangling_ < 6 * options_.report_interval) return;
  aborted_dangling_ = now;
  std::vector<std::string> others;
  {
    const MutexLock lock(mutex_);
    for (const auto& [process, peer] : peers_) {
      if (process != options_.process && lives(peer)) others.push_back(process);
    }
  }
  // Opening a writer aborts the open transaction of the previous one. A live process reopens its own.
  for (const std::string& process : others) {
    (void)log_.writer(fmt::format("{}-process-{}", options_.group, process));
  }
}

std::map<std::string, Report> Member::living() const {
  std::map<std::string, Report> live;
  for (const auto& [process, peer] : peers_) {
    if (lives(peer)) live[process] = peer.report;
  }
  return live;
}

bool Member::owned_by_another(std::string_view task) const {
  return std::ranges::any_of(peers_, [&](const auto& peer) {
    if (peer.first == options_.process || !lives(peer.second)) return false;
    const Holding* holding = peer.second.report.holding(task);
    return holding != nullptr && holding->role == Role::owner;
  });
}

Role Member::role_locked(std::string_view task) const {
  const Role assigned = assignment_.role(task, options_.process);
  if (assigned != Role::owner) return assigned;
  // The present owner need not wait.
  if (const auto self = peers_.find(options_.process); self != peers_.end()) {
    const Holding* holding = self->second.report.holding(task);
    if (holding != nullptr && holding->role == Role::owner) return Role::owner;
  }
  return owned_by_another(task) ? Role::standby : Role::owner;
}

Role Member::role(std::string_view task) const {
  const MutexLock lock(mutex_);
  return role_locked(task);
}

Result<Role> Member::confirmed_role(std::string_view task) {
  MutexLock lock(mutex_);
  const std::uint64_t wanted = ++refreshes_requested_;
  if (!refreshed_.wait_for(lock, options_.session_timeout,
                           [&]() GRIDLOOP_REQUIRES(mutex_) { return refreshes_done_ >= wanted; })) {
    return fail(Action::retry, "the owners of the tasks cannot be read at present");
  }
  return role_locked(task);
}

bool Member::assigned() const {
  const MutexLock lock(mutex_);
  return std::ranges::all_of(options_.tasks, [&](const TaskWeight& task) GRIDLOOP_REQUIRES(mutex_) {
    const auto known = assignment_.tasks.find(task.task);
    if (known == assignment_.tasks.end()) return false;
    if (known->second.owner == options_.process && role_locked(task.task) != Role::owner) return false;
    const auto owner = peers_.find(known->second.owner);
    return owner != peers_.end() && owner->second.fresh && lives(owner->second);
  });
}

}  // namespace engine
