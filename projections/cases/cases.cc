#include "projections/cases/cases.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "projections/cases/add_fact.h"
#include "projections/cases/case_publication.h"
#include "projections/cases/encoded_case.h"
#include "projections/cases/links.h"
#include "topics/stages.h"

namespace projections {
namespace {

using engine::Context;
using engine::Message;

// In the order of topics/stages.h.
enum Input : std::size_t { kDirectory, kInbox, kRequests, kDispatches, kVisits, kJudgements };
enum Output : std::size_t { kToInbox, kToAreas, kToAlerts, kToCases, kToDeadLetters };

}  // namespace

Cases::Cases(const std::string& prefix) : spec_(topics::stage_spec(topics::stage_contract("cases"), prefix)) {
  spec_.logic_version = kLogicVersion;
}

Cases::Parts::Parts(engine::State& state, Cases& stage)
    : directory(state),
      rows(state, "cases"),
      evicted(state, directory),
      stage_row(state),
      tallies(state),
      pending(state, directory),
      sweep(state, {{[this](std::string_view after, std::size_t limit) { return rows.keys_after(after, limit); },
                     [&stage](const std::string& key, Context& to) { return stage.refold(key, to, Cause::sweep); }},
                    {[this](std::string_view after, std::size_t limit) { return evicted.keys_after(after, limit); },
                     [this](const std::string& key, Context&) { return evicted.attribute(key, outbox.sums()); }}}),
      outbox(state, stage_row, stage.spec_, directory, kToAreas),
      inputs(stage.spec_, kInbox),
      rejections(inputs, tallies, kToDeadLetters),
      admission(stage.spec_, topics::stage_contract("cases"), kInbox, kToInbox, inputs, rejections, tallies),
      timers(stage_row),
      heartbeat(stage_row, kToAlerts),
      alerts(directory, kToAlerts) {}

void Cases::open(engine::State& state) {
  parts_ = std::make_unique<Parts>(state, *this);
}

void Cases::restore() {
  parts_->directory.restore();
  parts_->pending.restore();
}

void Cases::prefetch(std::span<const Message> messages) {
  if (messages.empty() || messages.front().input == kDirectory) return;
  for (const Message& message : messages) parts_->rows.prefetch_place(engine::hash64(message.record.key));
  for (const Message& message : messages) parts_->rows.prefetch_row(engine::hash64(message.record.key));
}

void Cases::apply(const Message& message, Context& context) {
  if (message.input == kDirectory) {
    apply_directory(parts_->inputs.item(message));
  } else if (const auto admitted = parts_->admission.admit(message, context)) {
    const auto refused = admitted->row_message ? apply_message(message, context) : apply_event(*admitted, context);
    if (refused) parts_->rejections.reject(message, *refused, context);
  }
  parts_->inputs.release(message);
}

void Cases::apply_directory(const EventInputs::Item& item) {
  // Refusals are reported by the areas stage, once.
  if (item.rejected || item.event.spec() == nullptr || item.event.spec()->family != topics::Family::directory) return;
  const Directory::Change change = parts_->directory.apply(item.event, item.origin.logged);
  parts_->alerts.forget_areas();
  if (change.refold && parts_->rows.any()) parts_->sweep.start();
}

std::optional<topics::Rejection> Cases::apply_event(const Admission::Admitted& admitted, Context& context) {
  const topics::Event& event = admitted.item.event;
  const Origin& origin = admitted.item.origin;
  const std::string subject(event.subject());
  Fact fact =
      fact_of(event, origin.logged, static_cast<std::uint8_t>(admitted.origin), origin.partition, origin.offset);
  const auto version = event.integer(topics::Field::if_version);
  if (!version && append_unfolded(subject, fact, context)) return std::nullopt;
  CaseRow& row = parts_->rows.upsert(subject);
  fact.set_conflict(version && *version != static_cast<std::int64_t>(row.version));
  const auto added = add_fact(row, std::move(fact), kVisits, parts_->evicted, parts_->outbox.sums());
  if (!added) return added.error();
  parts_->tallies.add(*added == AddedFact::added ? "applied" : "duplicates");
  if (*added != AddedFact::duplicate) touched_.add(subject, context);
  return std::nullopt;
}

std::optional<topics::Rejection> Cases::apply_message(const Message& message, Context& context) {
  const auto link = decode_row_message(message.record.value);
  if (!link) return link.error();
  const auto changed = receive_link(parts_->rows.upsert(link->to), *link);
  if (!changed) return changed.error();
  if (*changed) touched_.add(link->to, context);
  return std::nullopt;
}

// While catching up the rest of the backlog may have more for the same row, so it is folded when its announcements are
// made. Anything but plainly one more fact goes the whole way.
bool Cases::append_unfolded(const std::string& subject, const Fact& fact, Context& context) {
  EncodedCase row;
  if (const auto stored = parts_->rows.find_encoded(subject)) {
    const auto parsed = EncodedCase::parse(*stored);
    if (!parsed || parsed->facts() >= kWindowFacts || parsed->has_fact(fact.id)) return false;
    row = *parsed;
  }
  std::optional<std::uint64_t> pending = row.owed();
  if (context.behind()) {
    parts_->pending.wait(pending, PendingAnnouncements::kBacklog, subject);
  } else {
    touched_.add(subject, context);
  }
  encoded_.clear();
  row.write_with(fact, pending, encoded_);
  parts_->rows.put_encoded(subject, encoded_);
  parts_->tallies.add("applied");
  return true;
}

void Cases::fire(const engine::Timer& timer, Context& context) {
  if (timer.kind == Heartbeat::kTimer) return parts_->heartbeat.fire(timer, context);
  CaseRow* row = parts_->rows.edit(timer.subject);
  if (row == nullptr) return;
  parts_->timers.fired(row->armed, timer);
  refold(timer.subject, *row, context, Cause::timer);
}

bool Cases::refold(const std::string& subject, Context& context, Cause cause) {
  CaseRow* row = parts_->rows.edit(subject);
  if (row != nullptr) refold(subject, *row, context, cause);
  return row != nullptr;
}

void Cases::refold(const std::string& subject, CaseRow& row, Context& context, Cause cause) {
  const bool touched = touched_.take(subject, context);
  const Directory& rules = parts_->directory;
  fold(row.facts, rules, folded_);
  apply_links(row, subject, folded_);
  send_messages(subject, row, context);
  count(row);
  if (!folded_.opened && row.counted.terms.empty() && !row.armed && row.sent.empty()) return;
  clocks(folded_, rules, context.now(), clocks_);
  set_timer(subject, row, context);

  contribution(folded_, clocks_, rules, counted_);
  const bool moved = counted_ != row.counted;
  if (moved) {
    add_difference(row.counted, counted_, parts_->outbox.sums());
    row.counted = counted_;
  }

  const bool held = std::ranges::all_of(row.facts, [&](const Fact& fact) { return rules.backfilling(fact.source); });
  if (held || context.behind()) {
    const std::uint64_t queue = held ? row.facts.front().source : PendingAnnouncements::kBacklog;
    return parts_->pending.wait(row.owed, queue, subject);
  }
  // Pending announcements wait for drain_deferred(): the rest of the backlog may cure them.
  if (row.owed == PendingAnnouncements::kBacklog) return;
  row.owed.reset();
  const bool announced = parts_->alerts.announce(subject, row, folded_, clocks_, context, cause == Cause::drain);
  if (touched || moved || announced || cause == Cause::drain) publish(subject, row, context, cause);
}

void Cases::send_messages(const std::string& subject, CaseRow& row, Context& context) {
  for (RowMessage& message : links_to_send(row, subject, folded_)) {
    message.task = task(context);
    message.time = context.now();
    encoded_.clear();
    append(encoded_, spec_.name, message);
    context.send(kToInbox, message.to, encoded_);
  }
}

void Cases::count(CaseRow& row) {
  if (!folded_.in_the_field && row.visits.empty()) return;
  std::vector<topics::CounterDelta> visits = field_counts(row.facts, !folded_.opened, parts_->directory);
  add_difference(row.visits, visits, parts_->outbox.sums());
  row.visits = std::move(visits);
}

void Cases::set_timer(const std::string& subject, CaseRow& row, Context& context) {
  std::optional<engine::Instant> wanted;
  for (const Clock& clock : clocks_) {
    if (clock.next && (!wanted || *clock.next < *wanted)) wanted = clock.next;
  }
  // Rules count from the instant on at which they come into force, and a timer fires after its own.
  const auto rules = parts_->directory.policy_revisions();
  if (const auto next = std::ranges::upper_bound(rules, context.now()); next != rules.end() && folded_.opened) {
    wanted = std::min(*next - engine::Milliseconds(1), wanted.value_or(engine::kMaxInstant));
  }
  parts_->timers.set(row.armed, wanted, subject, context);
}

const std::string& Cases::task(const Context& context) {
  if (task_.empty()) task_ = fmt::format("{}-{}", spec_.name, context.partition().value);
  return task_;
}

// A row that nothing can change any more in this step is sent at once, others at its end.
void Cases::publish(const std::string& subject, const CaseRow& row, Context& context, Cause cause) {
  describe(row, folded_, clocks_, published_);
  published_.subject = subject;
  published_.task = task(context);
  published_.step = context.step().value;
  published_.time = context.now();
  encoded_.clear();
  append(encoded_, published_);
  const bool last = cause == Cause::end_of_step || (cause == Cause::drain && !sweeping());
  if (!last) return publications_.put(subject, encoded_);
  publications_.drop(subject);
  context.send(kToCases, subject, encoded_);
}

// That nothing of the backlog is pending any more counts as one, as the areas stage has to be sent it by the step. Then
// pending announcements come, then the sweep; a replay gives the count of the step as the limit.
std::uint64_t Cases::drain_deferred(std::uint64_t limit, Context& context) {
  Parts& parts = *parts_;
  std::uint64_t done = limit > 0 && parts.pending.backlog() == 0 && parts.outbox.behind_sent() ? 1 : 0;
  done +=
      parts.pending.drain(limit - done, context, [&](const std::string& subject, std::uint64_t queue, auto upcoming) {
        parts.rows.prefetch(upcoming);
        CaseRow* row = parts.rows.edit(subject);
        if (row == nullptr || row->owed != queue) return;  // it waits in another queue by now
        row->owed.reset();
        refold(subject, *row, context, Cause::drain);
      });
  if (!context.full()) done += parts.sweep.run(limit - done, context);
  return done;
}

bool Cases::has_deferred() {
  return parts_->pending.any_ready() || sweeping() || parts_->outbox.behind_sent();
}

void Cases::end_step(Context& context) {
  Parts& parts = *parts_;
  const std::vector<std::string> touched = touched_.all();
  for (std::size_t i = 0; i < touched.size(); ++i) {
    parts.rows.prefetch(std::span(touched).subspan(i));
    if (!refold(touched[i], context, Cause::end_of_step)) touched_.take(touched[i], context);
  }
  publications_.send(kToCases, context);
  parts.alerts.end_step(task(context), context);
  parts.timers.end_step();
  parts.heartbeat.end_step(task(context), parts.pending.counts().ready, context);
  const auto rules_version = sweeping() ? std::nullopt : std::optional(parts.directory.refolds());
  parts.outbox.end_step(task(context), rules_version, context.behind() || parts.pending.backlog() > 0, context);
  parts.pending.end_step();
  parts.tallies.end_step();
}

CaseAnswer Cases::answer(std::string_view subject, const CaseRow& row, engine::Instant now) {
  CaseAnswer answer;
  answer.row = row;
  answer.subject = fold(answer.row.facts, parts_->directory);
  apply_links(answer.row, subject, answer.subject);
  answer.clocks = clocks(answer.subject, parts_->directory, now);
  return answer;
}

std::optional<CaseAnswer> Cases::find(std::string_view subject, engine::Instant now) {
  const CaseRow* row = parts_->rows.find(subject);
  if (row == nullptr) return std::nullopt;
  return answer(subject, *row, now);
}

void Cases::each(engine::Instant now, const std::function<void(std::string_view, const CaseAnswer&)>& visit) {
  each_row([&](std::string_view subject, const CaseRow& row) {
    const CaseAnswer found = answer(subject, row, now);
    if (found.subject.opened) visit(subject, found);
  });
}

void Cases::each_row(const std::function<void(std::string_view, const CaseRow&)>& visit) {
  parts_->rows.scan("", "", [&](std::string_view subject, const CaseRow& row) {
    visit(subject, row);
    return true;
  });
}

}  // namespace projections
