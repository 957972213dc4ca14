#include "projections/cases/cases.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "engine/bytes.h"
#include "projections/cases/encoded_case.h"
#include "projections/cases/links.h"
#include "topics/stages.h"
#include "topics/topology.h"

namespace projections {
namespace {

using engine::Context;
using engine::InputSpec;
using engine::Message;
using topics::Family;
using topics::Reason;

// In the order of topics/stages.h.
enum Input : std::size_t { kDirectory, kInbox, kRequests, kDispatches, kVisits, kJudgements };
enum Output : std::size_t { kToInbox, kToAreas, kToAlerts, kToCases, kToDeadLetters };

constexpr std::uint64_t kBacklog = 0;  // the queue of announcements that wait for the end of a backlog
constexpr std::string_view kUnattributed = "unattributed";
constexpr std::uint8_t kRowTimer = 0;
constexpr std::uint8_t kBeatTimer = 1;  // of no subject
constexpr auto kBeatInterval = std::chrono::minutes(1);
constexpr std::uint64_t kSweptAtOnce = 4096;    // rows, between two looks at what rows there are
constexpr std::size_t kMaxFacts = 1000;         // of a case; a case with more is no case
constexpr std::size_t kWindowFacts = 256;       // kept of a household or a worker: the newest
constexpr std::size_t kDeltasPerRecord = 4000;  // about 150 KB
constexpr std::size_t kMaxUnsent = 4096;        // areas and buckets: about 1 MB

std::optional<Family> family_of(std::size_t input) {
  switch (input) {
    case kRequests:
      return Family::requests;
    case kDispatches:
      return Family::dispatches;
    case kVisits:
      return Family::visits;
    case kJudgements:
      return Family::judgements;
    default:
      return std::nullopt;
  }
}

}  // namespace

Cases::Cases(const std::string& prefix) : spec_(topics::stage_spec(topics::stage_contract("cases"), prefix)) {
  spec_.logic_version = kLogicVersion;
}

void Cases::open(engine::State& state) {
  directory_ = std::make_unique<Directory>(state);
  rows_ = std::make_unique<engine::Table<CaseRow>>(state, "cases");
  owed_ = std::make_unique<KeyQueues>(state, "owed");
  settled_ = std::make_unique<engine::Table<SettledRow, engine::Access::ordered>>(state, "settled");
  reported_ = std::make_unique<engine::Table<Tally, engine::Access::ordered>>(state, "reported");
  unsent_ = std::make_unique<engine::Table<CounterSums, engine::Access::ordered>>(state, "unsent");
  sweep_ = std::make_unique<engine::Table<Sweep, engine::Access::ordered>>(state, "sweep");
  tallies_ = std::make_unique<Tallies>(state);
  inputs_ = std::make_unique<EventInputs>(spec_, kInbox);
  alerts_ = std::make_unique<Alerts>(*directory_, kToAlerts);
}

void Cases::restore() {
  directory_->restore();
  owed_->restore();
}

void Cases::prefetch(std::span<const Message> messages) {
  if (messages.empty() || messages.front().input == kDirectory) return;
  for (const Message& message : messages) rows_->prefetch_place(engine::hash64(message.record.key));
  for (const Message& message : messages) rows_->prefetch_row(engine::hash64(message.record.key));
}

void Cases::apply(const Message& message, Context& context) {
  EventInputs::Item& item = inputs_->item(message);
  if (message.input == kDirectory) {
    apply_directory(item);
    inputs_->release(message);
    return;
  }
  const auto reject = [&](Reason reason, std::string detail) {
    inputs_->reject(message, {reason, std::move(detail)}, kToDeadLetters, context);
    tallies_->add(fmt::format("dead_letters.{}", topics::code(reason)));
    inputs_->release(message);
  };
  if (item.rejected) return reject(item.rejected->reason, item.rejected->detail);
  const topics::Event& event = item.event;
  const bool misplaced = message.record.key != event.subject() ||
                         engine::partition_of(event.subject(), context.partitions()) != context.partition();
  if (misplaced && message.input != kInbox) {
    inputs_->forward(message, kToInbox, context);
    tallies_->add("forwarded");
    return inputs_->release(message);
  }
  if (misplaced) return reject(Reason::wrong_partition, "it was forwarded, and is in the wrong place still");
  // What a topic may hold decides who may say it: judgements have a topic of their own.
  std::size_t origin = message.input;
  for (std::size_t input = kRequests; item.forwarded && input <= kJudgements; ++input) {
    if (spec_.inputs[input].topic == item.origin.topic) origin = input;
  }
  const std::optional<Family> family = family_of(origin);
  if (event.spec() != nullptr && event.spec()->family != family) {
    return reject(Reason::wrong_topic, fmt::format("events of type {} belong to topic {}", event.spec()->name,
                                                   topics::topic_of(event.spec()->family)));
  }
  if (const auto area = event.text(topics::Field::area); area && !is_identifier(*area)) {
    return reject(Reason::bad_identifier, "area: an id has 1 to 256 bytes and no control characters");
  }
  if (event.spec() == nullptr) tallies_->add("unknown_types");
  if (event.extra_fields() > 0) tallies_->add("extra_fields", event.extra_fields());

  if (message.input == kInbox && !item.forwarded) {
    if (const auto rejected = apply_link(message, context)) return reject(rejected->reason, rejected->detail);
    return inputs_->release(message);
  }
  const std::string subject(event.subject());
  Fact fact =
      fact_of(event, item.origin.logged, static_cast<std::uint8_t>(origin), item.origin.partition, item.origin.offset);
  const auto version = event.integer(topics::Field::if_version);
  if (!version && context.behind() && put_off(subject, fact)) return inputs_->release(message);
  CaseRow& row = rows_->upsert(subject);
  fact.set_conflict(version && *version != static_cast<std::int64_t>(row.version));
  if (add(row, std::move(fact), message, context)) refresh(subject, row, context, Cause::event);
  inputs_->release(message);
}

// A message from another row.
std::optional<topics::Rejection> Cases::apply_link(const Message& message, Context& context) {
  const auto link = topics::decode_case_link(message.record.value);
  if (!link) return link.error();
  if (link->via.size() > kMaxHops) {
    return topics::Rejection{Reason::loop, fmt::format("it was passed on by more than {} cases", kMaxHops)};
  }
  CaseRow& row = rows_->upsert(link->to);
  if (!make_room(row, *link)) {
    return topics::Rejection{Reason::too_many_facts,
                             fmt::format("{} cases are merged into case {} already", kMaxLinks, link->to)};
  }
  if (hear(row, *link)) refresh(link->to, row, context, Cause::event);
  return std::nullopt;
}

// What is read while catching up is kept, and folded when its announcements are made: the rest of the backlog may have
// more for the same row. Whatever is not plainly one more fact goes the whole way.
bool Cases::put_off(const std::string& subject, const Fact& fact) {
  EncodedCase row;
  if (const auto stored = rows_->find_encoded(subject)) {
    const auto parsed = EncodedCase::parse(*stored);
    if (!parsed || parsed->facts() >= kWindowFacts || parsed->has_fact(fact.id)) return false;
    row = *parsed;
  }
  encoded_.clear();
  row.write_with(fact, kBacklog, encoded_);
  rows_->put_encoded(subject, encoded_);
  if (row.owed() != kBacklog) owed_->push(kBacklog, subject);
  tallies_->add("applied");
  return true;
}

void Cases::apply_directory(const EventInputs::Item& item) {
  // Refusals are reported by the areas stage, once.
  if (item.rejected || item.event.spec() == nullptr || item.event.spec()->family != Family::directory) return;
  const Directory::Change change = directory_->apply(item.event, item.origin.logged);
  alerts_->forget_areas();
  if (change.refold && rows_->any()) {
    sweep_->upsert("rules") = {};
    sweep_->erase("settled");
  }
}

bool Cases::add(CaseRow& row, Fact fact, const Message& message, Context& context) {
  const auto reject = [&](Reason reason, std::string detail) {
    inputs_->reject(message, {reason, std::move(detail)}, kToDeadLetters, context);
    tallies_->add(fmt::format("dead_letters.{}", topics::code(reason)));
    return false;
  };
  const auto same = std::ranges::find(row.facts, fact.id, &Fact::id);
  if (same != row.facts.end()) {
    if (same->body != fact.body) {
      return reject(Reason::id_conflict, fmt::format("another event of this source with the same id is known, at "
                                                     "offset {} of partition {}",
                                                     same->offset, same->partition));
    }
    tallies_->add("duplicates");
    // Whichever copy was logged first counts, so that the order of arrival does not matter.
    const auto place = [](const Fact& f) { return std::tuple(f.logged, f.topic, f.partition, f.offset); };
    if (place(fact) >= place(*same)) return false;
    fact.set_conflict(same->conflict());  // as it was when it came
    *same = std::move(fact);
    return true;
  }
  // Of a subject that is no case, a window of what the visits topic tells is kept.
  const bool is_case = std::ranges::any_of(row.facts, [](const Fact& known) {
    return known.kind == FactKind::reported || known.kind == FactKind::registered;
  });
  if (fact.topic == kVisits && !is_case && row.facts.size() >= kWindowFacts) {
    constexpr auto kTopic = static_cast<std::uint8_t>(kVisits);
    if (std::ranges::count(row.facts, kTopic, &Fact::topic) >= static_cast<std::ptrdiff_t>(kWindowFacts)) {
      const auto leaving = next_to_leave(row.facts, kTopic);
      if (before(fact, *leaving)) {
        return reject(Reason::too_late, fmt::format("the newest {} facts of the subject are later", kWindowFacts));
      }
      settle_fact(row, leaving);
    }
  }
  if (row.facts.size() >= kMaxFacts) {
    return reject(Reason::too_many_facts, fmt::format("the subject has {} facts", row.facts.size()));
  }
  row.insert(std::move(fact));
  tallies_->add("applied");
  return true;
}

void Cases::settle_fact(CaseRow& row, std::vector<Fact>::const_iterator leaving) {
  if (const auto count = settled_count(row.facts, *leaving, *directory_)) {
    SettledRow& settled = settled_->upsert(SettledRow::key(count->area, count->bucket.number));
    settled.move(directory_->attributed(count->area), count->bucket.number, sums());
    settled.add(count->counter);
    sums().add(settled.area, count->bucket, count->counter, count->n);
  }
  row.facts.erase(leaving);
}

void Cases::fire(const engine::Timer& timer, Context& context) {
  if (timer.kind == kBeatTimer) {
    reported_->upsert("beat").n = 0;
    // A timer fires after the instant at which it is due.
    if (!context.behind()) beat_lag_ = context.reached() - timer.due - engine::Milliseconds(1);
    return;
  }
  CaseRow* row = rows_->edit(timer.subject);
  if (row == nullptr) return;
  if (row->armed == timer.due) {
    row->armed.reset();
    --timers_armed_;
  }
  refresh(timer.subject, *row, context, Cause::timer);
}

void Cases::refresh(const std::string& subject, CaseRow& row, Context& context, Cause cause) {
  fold(row.facts, *directory_, folded_);
  inherit(row, subject, folded_);
  const Case& folded = folded_;
  for (topics::CaseLink& link : to_tell(row, subject, folded)) {
    link.time = context.now();
    send(kToInbox, link.to, link, context);
  }
  if (folded.in_the_field || !row.visits.empty()) {
    std::vector<topics::CounterDelta> visits = field_counts(row.facts, !folded.opened, *directory_);
    add_difference(row.visits, visits, sums());
    row.visits = std::move(visits);
  }
  if (!folded.opened && row.counted.terms.empty() && !row.armed && row.sent.empty()) return;
  clocks(folded, *directory_, context.now(), clocks_);
  const std::vector<Clock>& now = clocks_;

  std::optional<engine::Instant> wanted;
  for (const Clock& clock : now) {
    if (clock.next && (!wanted || *clock.next < *wanted)) wanted = clock.next;
  }
  // From the instant on at which they come into force, and a timer fires after its own.
  const auto rules = directory_->policy_revisions();
  if (const auto next = std::ranges::upper_bound(rules, context.now()); next != rules.end() && folded.opened) {
    wanted = std::min(*next - engine::Milliseconds(1), wanted.value_or(engine::kMaxInstant));
  }
  if (row.armed != wanted) {
    if (row.armed) context.timers().disarm({*row.armed, subject, kRowTimer});
    if (wanted) context.timers().arm({*wanted, subject, kRowTimer});
    timers_armed_ += (wanted ? 1 : 0) - (row.armed ? 1 : 0);
    row.armed = wanted;
  }

  contribution(folded, now, *directory_, counted_);
  const bool moved = counted_ != row.counted;
  if (moved) {
    add_difference(row.counted, counted_, sums());
    row.counted = counted_;
  }

  const bool held =
      std::ranges::all_of(row.facts, [&](const Fact& fact) { return directory_->backfilling(fact.source); });
  if (held || context.behind()) {
    const std::uint64_t queue = held ? row.facts.front().source : kBacklog;
    if (row.owed == queue) return;
    row.owed = queue;
    return owed_->push(queue, subject);
  }
  // What is owed waits for settle(): the rest of the backlog may cure it.
  if (row.owed == kBacklog) return;
  row.owed.reset();
  const bool told = alerts_->announce(subject, row, folded, now, context, cause == Cause::owed);
  if (cause == Cause::owed && !sweeping()) return publish(subject, row, folded, now, context);
  if (cause == Cause::event || moved || told) changed_.insert(subject);
}

const std::string& Cases::task(const Context& context) {
  if (task_.empty()) task_ = fmt::format("cases-{}", context.partition().value);
  return task_;
}

// Once per step and subject, as it stands at the end of the step.
void Cases::publish(const std::string& subject, const CaseRow& row, const Case& folded, const std::vector<Clock>& now,
                    Context& context) {
  topics::CaseRow& out = published_;
  out.clear();
  out.subject = subject;
  out.task = task(context);
  out.step = context.step().value;
  out.version = static_cast<std::int64_t>(row.version);
  out.status = name(folded.status);
  out.area = folded.area;
  out.category = folded.category;
  out.condition = folded.condition;
  out.kind = folded.kind;
  out.level = folded.level;
  if (folded.priority != 0) out.priority = folded.priority;
  out.channel = folded.channel;
  out.unit = folded.unit;
  out.parent = folded.parent;
  out.successor = folded.successor;
  if (folded.opened) out.opened = folded.opened->happened;
  if (folded.handled()) out.handled = folded.handled()->happened;
  if (folded.closed()) out.closed = folded.closed()->happened;
  if (!folded.closed() && folded.parent_closed) out.closed = folded.parent_closed->happened;
  for (const Hop& hop : folded.hops) {
    if (hop.assisting && !hop.returned) out.assisting.push_back(hop.unit);
  }
  for (const Clock& clock : now) {
    if (clock.kind == ClockKind::handle) {
      out.due = clock.due;
      out.suspended_until = clock.paused_until;
    }
    out.clocks.push_back({.clock = name(clock.kind),
                          .cycle = clock.cycle,
                          .due = clock.due,
                          .verdict = name(clock.verdict),
                          .state = state_of(clock),
                          .start = clock.start,
                          .unit = clock.unit,
                          .policy = clock.policy == nullptr || clock.given ? std::string_view() : clock.policy->id,
                          .provisional = clock.provisional});
  }
  out.hops = static_cast<std::int64_t>(folded.hops.size());
  out.duplicate = folded.duplicate;
  out.repeats = folded.repeats;
  out.extensions = static_cast<std::int64_t>(folded.extensions.size());
  out.excluded = folded.excluded.has_value();
  for (const Anomaly anomaly : anomalies(folded, now)) out.anomalies.push_back(name(anomaly));
  std::ranges::sort(out.anomalies);
  out.time = context.now();
  send(kToCases, subject, out, context);
}

std::optional<std::uint64_t> Cases::ready() const {
  return owed_->first([&](std::uint64_t queue) { return queue == kBacklog || !directory_->backfilling(queue); });
}

// That nothing is owed of the backlog any more counts as one, as the areas stage has to be told by the step. Then owed
// announcements come, then the sweep; whoever replays gives the count of the step as the limit.
std::uint64_t Cases::drain_deferred(std::uint64_t limit, Context& context) {
  std::uint64_t settled = limit > 0 && owed_->size(kBacklog) == 0 && told("behind") != 0 ? 1 : 0;
  settled += settle_owed(limit - settled, context);
  if (!context.full()) settled += sweep(limit - settled, context);
  if (!context.full()) settled += sweep_settled(limit - settled, context);
  return settled;
}

// The end of a sweep counts as one, so that the step in which it comes is recorded.
std::uint64_t Cases::sweep(std::uint64_t limit, Context& context) {
  Sweep* running = limit == 0 ? nullptr : sweep_->edit("rules");
  if (running == nullptr) return 0;
  std::uint64_t done = 0;
  while (done < limit) {
    const std::uint64_t wanted = std::min(limit - done, kSweptAtOnce);
    const std::vector<std::string> keys = rows_->keys_after(running->done_up_to, wanted);
    for (const std::string& subject : keys) {
      CaseRow* row = rows_->edit(subject);
      if (row == nullptr) return done;  // the State has the error
      refresh(subject, *row, context, Cause::sweep);
      running->done_up_to = subject;
      ++done;
      if (context.full()) return done;
    }
    if (keys.size() == wanted) continue;
    sweep_->erase("rules");
    sweep_->upsert("settled") = {};
    return done + 1;
  }
  return done;
}

std::uint64_t Cases::sweep_settled(std::uint64_t limit, Context& context) {
  Sweep* running = limit == 0 ? nullptr : sweep_->edit("settled");
  if (running == nullptr) return 0;
  const std::vector<std::string> keys = settled_->keys_after(running->done_up_to, limit);
  std::uint64_t done = 0;
  for (const std::string& key : keys) {
    const std::string_view area = directory_->attributed(SettledRow::named_area(key));
    const SettledRow* row = settled_->find(key);
    if (row == nullptr) return done;  // the State has the error
    if (row->area != area) settled_->edit(key)->move(area, SettledRow::day(key), sums());
    running->done_up_to = key;
    ++done;
    if (context.full()) return done;
  }
  if (keys.size() == limit) return limit;
  sweep_->erase("settled");
  return keys.size() + 1;
}

std::uint64_t Cases::settle_owed(std::uint64_t limit, Context& context) {
  std::uint64_t done = 0;
  while (done < limit) {
    const auto queue = ready();
    if (!queue) break;
    const auto subject = owed_->pop(*queue);
    if (!subject) break;
    ++done;
    rows_->prefetch(owed_->upcoming(*queue));
    CaseRow* row = rows_->edit(*subject);
    // It may wait in another queue by now.
    if (row == nullptr || row->owed != *queue) continue;
    row->owed.reset();
    refresh(*subject, *row, context, Cause::owed);
    if (context.full()) break;
  }
  return done;
}

bool Cases::has_deferred() {
  return ready() || sweeping() || told("behind") != 0;
}

std::uint64_t Cases::deferred() {
  return owed_->size(kBacklog);
}

void Cases::end_step(Context& context) {
  for (const std::string& subject : changed_) {
    if (const auto answer = find(subject, context.now()))
      publish(subject, answer->row, answer->subject, answer->clocks, context);
  }
  changed_.clear();
  alerts_->end_step(context);
  beat(context);
  send_deltas(context);
  sums_ = nullptr;
  owed_->end_step();
  tallies_->end_step();
}

// A heartbeat each minute, at the full minute; none while a backlog is read, when time passes in leaps.
void Cases::beat(Context& context) {
  if (timers_armed_ != 0) reported_->upsert("armed").n += std::exchange(timers_armed_, 0);
  if (const auto lag = std::exchange(beat_lag_, std::nullopt)) {
    topics::SlaHeartbeat beat;
    beat.task = task(context);
    beat.step = context.step().value;
    beat.time = context.reached();
    beat.lag = std::max(*lag, engine::Milliseconds(0));
    beat.pending = owed().first;
    beat.timers = told("armed");
    beat.next_due = context.timers().next_due();
    send(kToAlerts, beat.task, beat, context);
  }
  if (context.behind() || told("beat") != 0) return;
  const engine::Instant next = std::chrono::floor<std::chrono::minutes>(context.reached()) + kBeatInterval;
  context.timers().arm({next, "", kBeatTimer});
  reported_->upsert("beat").n = engine::to_ms(next);
}

std::int64_t Cases::told(std::string_view what) {
  const Tally* tally = reported_->find(what);
  return tally == nullptr ? 0 : tally->n;
}

CounterSums& Cases::sums() {
  if (sums_ == nullptr) sums_ = &unsent_->upsert("sums");
  return *sums_;
}

// The areas stage is also told by how many changes of rules all rows have been folded, and whether this task is
// catching up: by a record of its own when there is no delta. A task that has not sent any has counted nothing, and
// owes it nothing. While it is catching up, the areas stage publishes nothing, and counts of many steps go in one.
void Cases::send_deltas(Context& context) {
  const bool known = reported_->find("swept") != nullptr;
  const std::int64_t swept = sweeping() ? told("swept") : directory_->refolds();
  // The backlog is read, but what it comes to is counted by and by.
  const std::int64_t behind = context.behind() || owed_->size(kBacklog) > 0 ? 1 : 0;
  const CounterSums* unsent = unsent_->find("sums");
  const std::size_t size = unsent == nullptr ? 0 : unsent->size();
  const bool news = known ? swept != told("swept") || behind != told("behind") : size > 0;
  const bool wait = size == 0 || (behind != 0 && size < kMaxUnsent);
  if (wait && !news) return;
  if (!known || swept != told("swept")) reported_->upsert("swept").n = swept;
  if (behind != told("behind")) reported_->upsert("behind").n = behind;
  std::map<std::string, std::vector<const CounterSums::Sum*>> by_city;
  if (size > 0) by_city = sums_by_city();
  if (by_city.empty() && news) by_city[std::string(kUnattributed)];
  topics::AreaDeltas record;
  record.task = task(context);
  record.step = context.step().value;
  record.rules_version = swept;
  record.behind = behind != 0;
  record.time = context.now();
  for (std::size_t i = 0; i < spec_.inputs.size(); ++i) {
    record.positions.emplace_back(spec_.inputs[i].topic, context.positions()[i].value);
  }
  record.part = 0;  // over all cities, as the id of an event is made of task, step and part
  const auto send_part = [&] {
    send(kToAreas, record.city, record, context);
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
  if (size > 0) sums().clear();
}

// Those that are not all zero, in the order of their areas and buckets.
std::map<std::string, std::vector<const CounterSums::Sum*>> Cases::sums_by_city() {
  std::map<std::string, std::vector<const CounterSums::Sum*>> by_city;
  std::vector<const CounterSums::Sum*>* city = nullptr;
  for (const CounterSums::Sum* sum : sums().ordered()) {
    if (std::ranges::all_of(sum->counts, [](std::int64_t n) { return n == 0; })) continue;
    if (city == nullptr || city->back()->area != sum->area) {
      std::string id = directory_->city(sums().area(sum->area));
      city = &by_city[id.empty() ? std::string(kUnattributed) : std::move(id)];
    }
    city->push_back(sum);
  }
  return by_city;
}

std::optional<CaseAnswer> Cases::find(std::string_view subject, engine::Instant now) {
  const CaseRow* row = rows_->find(subject);
  if (row == nullptr) return std::nullopt;
  CaseAnswer answer;
  answer.row = *row;
  answer.subject = fold(answer.row.facts, *directory_);
  inherit(answer.row, subject, answer.subject);
  answer.clocks = clocks(answer.subject, *directory_, now);
  return answer;
}

void Cases::each(engine::Instant now, const std::function<void(std::string_view, const CaseAnswer&)>& visit) {
  each_row([&](std::string_view subject, const CaseRow& row) {
    CaseAnswer answer;
    answer.row = row;
    answer.subject = fold(answer.row.facts, *directory_);
    inherit(answer.row, subject, answer.subject);
    answer.clocks = clocks(answer.subject, *directory_, now);
    if (answer.subject.opened) visit(subject, answer);
  });
}

void Cases::each_row(const std::function<void(std::string_view, const CaseRow&)>& visit) {
  rows_->scan("", "", [&](std::string_view subject, const CaseRow& row) {
    visit(subject, row);
    return true;
  });
}

void Cases::each_settled(const std::function<void(std::string_view, const SettledRow&)>& visit) {
  settled_->scan("", "", [&](std::string_view key, const SettledRow& row) {
    visit(key, row);
    return true;
  });
}

std::pair<std::int64_t, std::int64_t> Cases::owed() {
  std::pair<std::int64_t, std::int64_t> counts;
  for (const auto& [queue, ends] : owed_->ends()) {
    const auto waiting = static_cast<std::int64_t>(ends.next - ends.first);
    (queue != kBacklog && directory_->backfilling(queue) ? counts.second : counts.first) += waiting;
  }
  return counts;
}

}  // namespace projections
