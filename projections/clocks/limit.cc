#include "projections/clocks/limit.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace projections {
namespace {

using engine::Action;
using engine::fail;
using engine::Instant;
using engine::Milliseconds;
using engine::Result;
using Measure = Limit::Measure;

constexpr Milliseconds kDay = std::chrono::hours(24);

constexpr std::array<std::pair<TimeUnit, std::string_view>, 6> kUnits = {{
    {TimeUnit::second, "second"},
    {TimeUnit::minute, "minute"},
    {TimeUnit::urgent_hour, "urgent_hour"},
    {TimeUnit::work_hour, "work_hour"},
    {TimeUnit::work_day, "work_day"},
    {TimeUnit::natural_day, "natural_day"},
}};

constexpr std::array<std::pair<CountFrom, std::string_view>, 3> kCountFrom = {{
    {CountFrom::instant, "instant"},
    {CountFrom::next_day, "next_day"},
    {CountFrom::next_work_day, "next_work_day"},
}};

template <class Names, class Value>
std::string_view name_in(const Names& names, Value value) {
  return std::ranges::find(names, value, &Names::value_type::first)->second;
}

template <class Names>
auto value_in(const Names& names, std::string_view name) -> std::optional<typename Names::value_type::first_type> {
  const auto found = std::ranges::find(names, name, &Names::value_type::second);
  if (found == names.end()) return std::nullopt;
  return found->first;
}

bool on_calendar(TimeUnit unit) {
  return unit == TimeUnit::work_hour || unit == TimeUnit::work_day;
}

Milliseconds length(TimeUnit unit) {  // of all but a work day
  switch (unit) {
    case TimeUnit::second:
      return std::chrono::seconds(1);
    case TimeUnit::minute:
      return std::chrono::minutes(1);
    case TimeUnit::urgent_hour:
    case TimeUnit::work_hour:
      return std::chrono::hours(1);
    case TimeUnit::natural_day:
      return kDay;
    case TimeUnit::work_day:
      break;
  }
  return Milliseconds(0);
}

// Adds count times `each` to `sum`; false when no number holds it.
bool add(std::int64_t& sum, std::int64_t count, std::int64_t each) {
  std::int64_t product = 0;
  return !__builtin_mul_overflow(count, each, &product) && !__builtin_add_overflow(sum, product, &sum);
}

std::unexpected<engine::Error> bad(const std::string& what) {
  return fail(Action::invalid, "limit: " + what);
}

bool in_time(Instant time) {
  return time >= engine::kMinInstant && time <= engine::kMaxInstant;
}

Result<> check_asked(Instant time) {
  if (!in_time(time)) return bad("the time asked about lies beyond all time that can be counted");
  return {};
}

Result<> check(const Ledger& ledger) {
  if (!in_time(ledger.start)) return bad("the start lies beyond all time that can be counted");
  for (const Pause& pause : ledger.pauses.all()) {
    if (!in_time(pause.from) || (pause.to && !in_time(*pause.to))) {
      return bad("a pause lies beyond all time that can be counted");
    }
  }
  return {};
}

std::unexpected<engine::Error> too_far() {
  return bad("it is so long that its due time lies beyond all time that can be counted");
}

// How time is counted on each measure: what passes between two instants, and when so much has passed.

struct Wall {
  using Amount = Milliseconds;

  const WorkingCalendar& calendar;

  Instant next(Instant time) const { return time; }
  Amount between(Instant from, Instant to) const { return to - from; }
  static Amount left(Amount limit, Amount used) { return limit - used; }
  std::optional<Instant> after(Instant from, Amount amount) const {
    if (amount > engine::kMaxInstant - from) return std::nullopt;
    return from + amount;
  }
  // Days in [from, to), and the end of the count-th from `first` on; nothing when that is after kMaxInstant.
  std::int64_t days(LocalDay from, LocalDay to) const { return (to - from).count(); }
  std::optional<Instant> end_of(LocalDay first, std::int64_t count) const {
    const Instant begin = calendar.begin(first);
    if (count > (engine::kMaxInstant - begin) / kDay) return std::nullopt;
    return begin + count * kDay;
  }
};

struct Work {
  using Amount = Milliseconds;

  const WorkingCalendar& calendar;

  Instant next(Instant time) const { return calendar.next(time); }
  Amount between(Instant from, Instant to) const { return calendar.worked(from, to); }
  static Amount left(Amount limit, Amount used) { return limit - used; }
  std::optional<Instant> after(Instant from, Amount amount) const { return calendar.after(from, amount); }
  std::int64_t days(LocalDay from, LocalDay to) const { return calendar.work_days(from, to); }
  std::optional<Instant> end_of(LocalDay first, std::int64_t count) const {
    return calendar.end_of_work_days(first, count);
  }
};

// Where counting stands: before `at` nothing is left to be looked at.
template <class Amount>
struct Course {
  Instant at;
  Amount left;
};

// The first instant at or after `time` that counts and lies in none of `pauses`; nothing when one that has not ended is
// in the way.
template <class Axis>
std::optional<Instant> first_counted(const Axis& axis, Instant time, std::span<const Pause> pauses) {
  time = axis.next(time);
  for (const Pause& pause : pauses) {
    if (time < pause.from) break;
    if (!pause.to) return std::nullopt;
    if (time < *pause.to) time = axis.next(*pause.to);
  }
  return time;
}

struct Reached {
  std::optional<Instant> due;
  bool too_far = false;
};

// The instant at which `limit` is used up, from `begin` on and outside `pauses`.
template <class Axis>
Reached used_up(const Axis& axis, Instant begin, typename Axis::Amount limit, std::span<const Pause> pauses) {
  using Amount = typename Axis::Amount;
  if (limit == Amount{}) {
    const auto first = first_counted(axis, begin, pauses);
    return {first, first && *first > engine::kMaxInstant};
  }
  Course<Amount> course{begin, limit};
  for (const Pause& pause : pauses) {
    if (pause.to && *pause.to <= course.at) continue;
    if (pause.from > course.at) {
      const Amount runs = axis.between(course.at, pause.from);
      if (runs >= course.left) break;
      course.left = axis.left(course.left, runs);
    }
    if (!pause.to) return {};
    course.at = *pause.to;
  }
  const auto due = axis.after(course.at, course.left);
  return {due, !due};
}

template <class Axis>
bool is_at_begin_of_day(const Axis& axis, Instant time) {  // REQUIRES: time == axis.next(time)
  return axis.next(axis.calendar.begin(axis.calendar.day(time))) == time;
}

// Days of which pauses leave nothing, [begin, end); without `end` there is none of which they leave something.
struct LostDays {
  LocalDay begin;
  std::optional<LocalDay> end;
  bool stood_before = false;  // the clock stood still already when the day before them ended
};

// Of the first pause and those that leave nothing between it and them; takes them off `pauses`, which are not empty.
template <class Axis>
LostDays take_lost_days(const Axis& axis, std::span<const Pause>& pauses) {
  const Instant from = axis.next(pauses.front().from);
  std::optional<Instant> to;
  do {
    const Pause& pause = pauses.front();
    to = pause.to ? std::optional(axis.next(*pause.to)) : std::nullopt;
    pauses = pauses.subspan(1);
  } while (to && !pauses.empty() && pauses.front().from <= *to);
  const bool whole = is_at_begin_of_day(axis, from);
  LostDays lost{.begin = axis.calendar.day(from) + std::chrono::days(whole ? 0 : 1), .stood_before = !whole};
  if (to) lost.end = axis.calendar.day(*to);  // at `to` the clock runs
  return lost;
}

// The end of the count-th day from `first` on that pauses leave something of, or of a later one: where the clock stands
// still at that end and for all of the next day, of the first day on which it runs again.
template <class Axis>
Reached end_of_days(const Axis& axis, LocalDay first, std::int64_t count, std::span<const Pause> pauses) {
  while (!pauses.empty()) {
    const LostDays lost = take_lost_days(axis, pauses);
    const LocalDay begin = std::max(first, lost.begin);
    if (lost.end && (*lost.end <= begin || axis.days(begin, *lost.end) == 0)) continue;
    const std::int64_t run = axis.days(first, begin);
    if (run > count || (run == count && !lost.stood_before)) break;
    if (!lost.end) return {};
    count = run == count ? 1 : count - run;
    first = *lost.end;
  }
  const auto end = axis.end_of(first, count);
  return {end, !end};
}

// A limit of so many days, from `begin` on. REQUIRES: begin == axis.next(begin).
template <class Axis>
Reached due_with_day(const Axis& axis, Instant begin, std::int64_t count, std::span<const Pause> pauses) {
  if (count == 0) {
    const auto first = first_counted(axis, begin, pauses);
    if (!first) return {};
    return end_of_days(axis, axis.calendar.day(*first), 1, pauses);
  }
  const LocalDay day = axis.calendar.day(begin);
  return end_of_days(axis, is_at_begin_of_day(axis, begin) ? day : day + std::chrono::days(1), count, pauses);
}

// Where counting starts, not yet aligned to working time.
Instant counted_from(const Ledger& ledger) {
  const WorkingCalendar& calendar = ledger.calendar;
  const CountFrom from = ledger.limit.rules().count_from;
  if (from == CountFrom::instant) return ledger.start;
  const LocalDay next_day = calendar.day(ledger.start) + std::chrono::days(1);
  return calendar.begin(from == CountFrom::next_day ? next_day : calendar.work_day_from(next_day));
}

// The limit in working time, its work days having the hours of the day on which counting begins.
std::optional<Milliseconds> work_amount(const Ledger& ledger, Instant begins) {
  std::int64_t amount = ledger.limit.fixed().count();
  const Milliseconds of_day = ledger.calendar.hours_of(ledger.calendar.day(begins));
  if (!add(amount, ledger.limit.work_days(), of_day.count())) return std::nullopt;
  return Milliseconds(amount);
}

bool is_nothing(const Limit& limit) {
  return limit.fixed() == Milliseconds(0) && limit.work_days() == 0;
}

// The day that ends with `time`, or that holds it; what is due at once is due on the day that begins with it.
LocalDay due_day(const Ledger& ledger, Instant time) {
  const bool at_once = is_nothing(ledger.limit) && !ledger.limit.rules().end_of_day;
  return ledger.calendar.day(at_once ? time : time - Milliseconds(1));
}

// The first day without a known notice of those until `last` that the deadline depends on.
std::optional<LocalDay> unknown_from(const Ledger& ledger, LocalDay last) {
  const WorkingCalendar& calendar = ledger.calendar;
  const CountFrom from = ledger.limit.rules().count_from;
  const LocalDay first = calendar.day(ledger.start) + std::chrono::days(from == CountFrom::instant ? 0 : 1);
  if (ledger.limit.measure() != Measure::wall) return calendar.first_unknown(first, last);
  if (from != CountFrom::next_work_day) return std::nullopt;
  return calendar.first_unknown(first, calendar.day(counted_from(ledger)));
}

}  // namespace

std::string_view name(TimeUnit unit) {
  return name_in(kUnits, unit);
}

std::optional<TimeUnit> time_unit(std::string_view name) {
  return value_in(kUnits, name);
}

std::optional<Grant> parse_grant(std::string_view text) {
  const char* const end = text.data() + text.size();
  std::int64_t count = 0;
  const auto [blank, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc() || text.front() == '-' || blank == end || *blank != ' ') return std::nullopt;
  const auto unit = time_unit(std::string_view(blank + 1, end));
  if (!unit) return std::nullopt;
  return Grant{count, *unit};
}

std::string text(const Grant& grant) {
  return fmt::format("{} {}", grant.count, name(grant.unit));
}

std::string_view name(CountFrom from) {
  return name_in(kCountFrom, from);
}

std::optional<CountFrom> count_from(std::string_view name) {
  return value_in(kCountFrom, name);
}

Result<Limit> Limit::make(std::span<const Grant> grants, const LimitRules& rules) {
  if (grants.empty()) return bad("it has no grant");
  if (rules.work_day && (*rules.work_day <= Milliseconds(0) || *rules.work_day > kDay)) {
    return bad("a work day has to have more than 0 and at most 24 hours");
  }
  Limit limit;
  limit.rules_ = rules;
  const bool work = on_calendar(grants.front().unit);
  limit.measure_ = work ? Measure::work : Measure::wall;
  std::int64_t fixed = 0;
  for (const Grant& grant : grants) {
    if (grant.count < 0) return bad(fmt::format("{} {}: a grant is never negative", grant.count, name(grant.unit)));
    if (on_calendar(grant.unit) != work) {
      return bad(
          fmt::format("{} counts working time and {} the wall clock: all grants of a limit have to be of one kind",
                      name(work ? grants.front().unit : grant.unit), name(work ? grant.unit : grants.front().unit)));
    }
    const bool is_day = grant.unit == TimeUnit::work_day || grant.unit == TimeUnit::natural_day;
    if (rules.end_of_day && !is_day) {
      return bad(fmt::format("{} cannot end with the day: use work_day or natural_day", name(grant.unit)));
    }
    const bool in_days = grant.unit == TimeUnit::work_day && (rules.end_of_day || !rules.work_day);
    const Milliseconds each = grant.unit == TimeUnit::work_day ? rules.work_day.value_or(kDay) : length(grant.unit);
    const bool held = in_days ? add(limit.work_days_, grant.count, 1) : add(fixed, grant.count, each.count());
    if (!held) return bad(fmt::format("{} {} is too long to be counted", grant.count, name(grant.unit)));
  }
  limit.fixed_ = Milliseconds(fixed);
  return limit;
}

Pauses::Pauses(std::vector<Pause> pauses) : pauses_(std::move(pauses)) {
  if (pauses_.empty()) return;
  std::erase_if(pauses_, [](const Pause& pause) { return pause.to && *pause.to <= pause.from; });
  std::ranges::sort(pauses_, {}, &Pause::from);
  std::size_t kept = 0;
  for (std::size_t i = 1; i < pauses_.size(); ++i) {
    Pause& last = pauses_[kept];
    if (last.to && pauses_[i].from > *last.to) {
      pauses_[++kept] = pauses_[i];
    } else if (last.to) {
      last.to = pauses_[i].to ? std::optional(std::max(*last.to, *pauses_[i].to)) : std::nullopt;
    }
  }
  if (!pauses_.empty()) pauses_.resize(kept + 1);
}

Pauses Pauses::ended_by(Instant time) const {
  Pauses ended;
  for (const Pause& pause : pauses_) {
    if (pause.from >= time) break;
    ended.pauses_.push_back({pause.from, pause.to && *pause.to < time ? *pause.to : time});
  }
  return ended;
}

Result<Due> due(const Ledger& ledger) {
  TRY(check(ledger));
  const WorkingCalendar& calendar = ledger.calendar;
  const std::span<const Pause> pauses = ledger.pauses.all();
  const bool end_of_day = ledger.limit.rules().end_of_day;
  Due answer{.begins = counted_from(ledger)};
  Reached reached;
  switch (ledger.limit.measure()) {
    case Measure::wall:
      reached = end_of_day ? due_with_day(Wall{calendar}, answer.begins, ledger.limit.fixed() / kDay, pauses)
                           : used_up(Wall{calendar}, answer.begins, ledger.limit.fixed(), pauses);
      break;
    case Measure::work: {
      answer.begins = calendar.next(answer.begins);
      if (end_of_day) {
        reached = due_with_day(Work{calendar}, answer.begins, ledger.limit.work_days(), pauses);
        break;
      }
      const auto amount = work_amount(ledger, answer.begins);
      if (!amount) return too_far();
      reached = used_up(Work{calendar}, answer.begins, *amount, pauses);
      break;
    }
  }
  if (reached.too_far || answer.begins > engine::kMaxInstant) return too_far();
  answer.due = reached.due;
  if (answer.due) answer.due_day = due_day(ledger, *answer.due);
  LocalDay last;
  if (answer.due_day) {
    last = *answer.due_day;
  } else {
    const Instant still =
        pauses.empty() ? answer.begins : std::max(answer.begins, pauses.back().from - Milliseconds(1));
    last = calendar.day(still);
  }
  answer.unknown_from = unknown_from(ledger, last);
  return answer;
}

Result<Milliseconds> consumed(const Ledger& ledger, Instant time) {
  TRY(check(ledger));
  TRY(check_asked(time));
  const auto counted = [&](Instant from, Instant to) {
    if (ledger.limit.measure() == Measure::wall) return Milliseconds(to - from);
    return ledger.calendar.worked(from, to);
  };
  Milliseconds sum{0};
  Instant at = counted_from(ledger);
  for (const Pause& pause : ledger.pauses.all()) {
    if (at >= time || pause.from >= time) break;
    if (pause.to && *pause.to <= at) continue;
    if (pause.from > at) sum += counted(at, pause.from);
    if (!pause.to) return sum;
    at = *pause.to;
  }
  if (at < time) sum += counted(at, time);
  return sum;
}

Result<Milliseconds> remaining(const Ledger& ledger, Instant time) {
  TRY(check(ledger));
  TRY(check_asked(time));
  const Pauses pauses = ledger.pauses.ended_by(time);
  const Ledger then{ledger.calendar, ledger.limit, ledger.start, pauses};
  const Due answer = TRY(due(then));
  if (*answer.due <= time) return Milliseconds(0);
  return TRY(consumed(then, *answer.due)) - TRY(consumed(then, time));
}

}  // namespace projections
