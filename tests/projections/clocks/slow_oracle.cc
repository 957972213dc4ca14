#include "tests/projections/clocks/slow_oracle.h"

#include <algorithm>

#include <fmt/format.h>

#include "topics/codec/rfc3339.h"

namespace calendar_test {
namespace {

using engine::Instant;
using engine::Milliseconds;
using projections::CountFrom;
using projections::Grant;
using projections::LocalDay;
using projections::NamedDay;
using projections::Pause;
using projections::Season;
using projections::Session;
using projections::TimeUnit;

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kFirstDay = 20'089;  // 2025-01-01
constexpr std::int64_t kDays = 3 * 365;

constexpr std::int64_t kNever = INT64_MAX;

bool working(TimeUnit unit) {
  return unit == TimeUnit::work_hour || unit == TimeUnit::work_day;
}

}  // namespace

// A pause in local ms; one that has not ended lasts until kNever.
struct SlowOracle::Still {
  std::int64_t from;
  std::int64_t to;
};

std::vector<SlowOracle::Still> SlowOracle::still(const std::vector<Pause>& pauses, std::int64_t zone_ms) {
  std::vector<Still> all;
  for (const Pause& pause : pauses) {
    all.push_back({engine::to_ms(pause.from) + zone_ms, pause.to ? engine::to_ms(*pause.to) + zone_ms : kNever});
  }
  return all;
}

// The pause that lasts at `at`, the longest of them; nullptr when none does.
const SlowOracle::Still* SlowOracle::paused(const std::vector<Still>& pauses, std::int64_t at) {
  const Still* longest = nullptr;
  const Still* const end = pauses.data() + pauses.size();
  for (const Still* pause = pauses.data(); pause != end; ++pause) {
    if (at >= pause->from && at < pause->to && (longest == nullptr || pause->to > longest->to)) longest = pause;
  }
  return longest;
}

std::string describe(const projections::CalendarRules& rules, const Question& question) {
  const int zone = static_cast<int>(rules.zone.count());
  const auto time = [&](Instant at) { return topics::format_rfc3339(at, zone); };
  std::string text =
      fmt::format("start {}, asked {}, {}{}", time(question.start), time(question.asked),
                  projections::name(question.rules.count_from), question.rules.end_of_day ? ", end of day" : "");
  if (question.rules.work_day)
    text += fmt::format(", a work day of {} min", question.rules.work_day->count() / kMinute);
  for (const Grant& grant : question.grants) text += fmt::format("; {} {}", grant.count, projections::name(grant.unit));
  for (const Pause& pause : question.pauses) {
    text += fmt::format("\n  pause {}..{}", time(pause.from), pause.to ? time(*pause.to) : "");
  }
  text += fmt::format("\n  weekly days off {}", rules.weekly_days_off.to_string());
  for (const Season& season : rules.seasons) {
    text += fmt::format("\n  from day {}:", season.from.time_since_epoch().count());
    for (const Session& session : season.sessions) {
      text += fmt::format(" {}-{}", session.from.count(), session.to.count());
    }
  }
  for (const NamedDay& day : rules.days) {
    text += fmt::format("\n  day {} {}", day.day.time_since_epoch().count(), day.off ? "off" : "on");
  }
  return text;
}

SlowOracle::SlowOracle(const projections::CalendarRules& rules)
    : rules_(rules), zone_ms_(rules.zone.count() * 1000), minutes_(static_cast<std::size_t>(kDays * 1440)) {
  for (std::int64_t day = 0; day < kDays; ++day) {
    if (!works_on(kFirstDay + day)) continue;
    const Season* season = &rules_.seasons.front();
    for (const Season& other : rules_.seasons) {
      if (other.from.time_since_epoch().count() <= kFirstDay + day) season = &other;
    }
    for (const Session& session : season->sessions) {
      for (std::int64_t minute = session.from.count(); minute < session.to.count(); ++minute) {
        minutes_[static_cast<std::size_t>(day * 1440 + minute)] = 1;
      }
    }
  }
}

bool SlowOracle::works_on(std::int64_t day) const {
  for (const NamedDay& named : rules_.days) {
    if (named.day.time_since_epoch().count() == day) return !named.off;
  }
  return !rules_.weekly_days_off[std::chrono::weekday(LocalDay(std::chrono::days(day))).c_encoding()];
}

bool SlowOracle::works(std::int64_t local_ms) const {
  return minutes_.data()[local_ms / kMinute - kFirstDay * 1440] != 0;
}

std::int64_t SlowOracle::minutes_on(std::int64_t day) const {
  const auto* begin = &minutes_[static_cast<std::size_t>((day - kFirstDay) * 1440)];
  return std::count(begin, begin + 1440, 1);
}

std::int64_t SlowOracle::end_of_work_on(std::int64_t day) const {
  std::int64_t minute = 1440;
  while (!works(day * kDay + (minute - 1) * kMinute)) --minute;
  return day * kDay + minute * kMinute;
}

// Local time, in ms.
struct SlowOracle::Walk {
  std::int64_t begins = 0;
  std::optional<std::int64_t> due;
  bool off_the_map = false;
};

// Day by day: each is looked at as a whole.
void SlowOracle::walk_days(const Question& question, const std::vector<Still>& pauses, std::int64_t tick,
                           Walk& walk) const {
  const bool on_calendar = working(question.grants.front().unit);
  const auto counts = [&](std::int64_t at) { return !on_calendar || works(at); };
  const auto runs_on = [&](std::int64_t day) {
    for (std::int64_t at = day * kDay; at < (day + 1) * kDay; at += tick) {
      if (counts(at) && paused(pauses, at) == nullptr) return true;
    }
    return false;
  };
  std::int64_t wanted = 0;
  for (const Grant& grant : question.grants) wanted += grant.count;
  std::int64_t day = walk.begins / kDay;
  if (wanted > 0) {
    // A day of which something was over when counting began is not one of them.
    bool entire = true;
    for (std::int64_t at = day * kDay; at < walk.begins; at += tick) entire = entire && !counts(at);
    if (!entire) ++day;
  } else {
    std::int64_t at = walk.begins;
    for (; !counts(at) || paused(pauses, at) != nullptr; at += tick) {
      const Still* pause = paused(pauses, at);
      if (pause != nullptr && pause->to == kNever) return;
    }
    day = at / kDay;
  }
  for (std::int64_t run = 0;; ++day) {
    if (day > kFirstDay + kDays - 30) {
      const Still* pause = paused(pauses, day * kDay);
      walk.off_the_map = pause == nullptr || pause->to != kNever;
      return;
    }
    if ((on_calendar && !works_on(day)) || !runs_on(day)) continue;
    if (++run < wanted) continue;
    const std::int64_t end = on_calendar ? end_of_work_on(day) : (day + 1) * kDay;
    std::int64_t next = day + 1;
    while (on_calendar && !works_on(next)) ++next;
    if (paused(pauses, end - tick) != nullptr && !runs_on(next)) continue;
    walk.due = end;
    return;
  }
}

SlowOracle::Walk SlowOracle::walk(const Question& question, const std::vector<Pause>& given, std::int64_t tick) const {
  const std::vector<Still> pauses = still(given, zone_ms_);
  const std::int64_t end_of_map = (kFirstDay + kDays - 30) * kDay;
  const bool on_calendar = working(question.grants.front().unit);
  std::int64_t at = engine::to_ms(question.start) + zone_ms_;
  if (question.rules.count_from != CountFrom::instant) {
    do {
      at = at / kDay * kDay + kDay;
    } while (question.rules.count_from == CountFrom::next_work_day && !works_on(at / kDay));
  }
  while (on_calendar && !works(at)) at += tick;
  Walk walk{.begins = at};

  if (question.rules.end_of_day) {
    walk_days(question, pauses, tick, walk);
    return walk;
  }
  std::int64_t limit = 0;
  for (const Grant& grant : question.grants) {
    switch (grant.unit) {
      case TimeUnit::second:
        limit += grant.count * kMinute / 60;
        break;
      case TimeUnit::minute:
        limit += grant.count * kMinute;
        break;
      case TimeUnit::urgent_hour:
      case TimeUnit::work_hour:
        limit += grant.count * 60 * kMinute;
        break;
      case TimeUnit::natural_day:
        limit += grant.count * kDay;
        break;
      case TimeUnit::work_day:
        limit += grant.count * (question.rules.work_day ? question.rules.work_day->count()
                                                        : minutes_on(walk.begins / kDay) * kMinute);
        break;
    }
  }

  std::int64_t counted = 0;
  std::optional<std::int64_t> used_up;
  for (; !used_up; at += tick) {
    if (at > end_of_map) {
      walk.off_the_map = true;
      return walk;
    }
    if (const Still* pause = paused(pauses, at)) {
      if (pause->to == kNever) return walk;
      continue;
    }
    if (on_calendar && !works(at)) continue;
    if (limit == 0) {
      used_up = at;
      break;
    }
    counted += tick;
    if (counted >= limit) used_up = at + tick;
  }
  walk.due = used_up;
  return walk;
}

SlowOracle::Answer SlowOracle::answer(const Question& question, Milliseconds tick_length, bool times) const {
  const std::int64_t tick = tick_length.count();
  const bool on_calendar = working(question.grants.front().unit);
  const Walk found = walk(question, question.pauses, tick);
  Answer answer{.off_the_map = found.off_the_map};
  if (found.off_the_map) return answer;
  if (found.due) {
    answer.due = engine::instant(*found.due - zone_ms_);
    const bool depends = on_calendar || question.rules.count_from == CountFrom::next_work_day;
    std::int64_t granted = 0;
    for (const Grant& grant : question.grants) granted += grant.count;
    const bool at_once = granted == 0 && !question.rules.end_of_day;
    // A deadline at 24:00 is one of the day before it.
    const std::int64_t due_day = (at_once ? *found.due : *found.due - 1) / kDay;
    answer.due_day = LocalDay(std::chrono::days(due_day));
    const std::int64_t last = on_calendar ? due_day : found.begins / kDay;
    std::int64_t day = (engine::to_ms(question.start) + zone_ms_) / kDay;
    if (question.rules.count_from != CountFrom::instant) ++day;  // whatever the day of the start is
    for (; depends && day <= last; ++day) {
      const LocalDay local{std::chrono::days(day)};
      const bool known = std::ranges::any_of(
          rules_.known, [&](const projections::DayRange& range) { return local >= range.begin && local < range.end; });
      if (!known) {
        answer.unknown_from = local;
        break;
      }
    }
  }
  if (!times) return answer;

  const std::int64_t asked = engine::to_ms(question.asked) + zone_ms_;
  const auto count = [&](const std::vector<Pause>& given, std::int64_t from, std::int64_t to) {
    const std::vector<Still> pauses = still(given, zone_ms_);
    std::int64_t sum = 0;
    for (std::int64_t at = std::max(from, found.begins); at < to; at += tick) {
      if ((!on_calendar || works(at)) && paused(pauses, at) == nullptr) sum += tick;
    }
    return Milliseconds(sum);
  };
  answer.consumed = count(question.pauses, found.begins, asked);
  std::vector<Pause> ended;
  for (Pause pause : question.pauses) {
    if (pause.from >= question.asked) continue;
    if (!pause.to || *pause.to > question.asked) pause.to = question.asked;
    ended.push_back(pause);
  }
  const Walk resumed = walk(question, ended, tick);
  answer.off_the_map = resumed.off_the_map;
  if (resumed.due) answer.remaining = count(ended, asked, *resumed.due);
  return answer;
}

}  // namespace calendar_test
