#include "projections/rules/calendar_book.h"

#include <algorithm>
#include <utility>

#include "engine/result.h"

namespace projections {
namespace {

using engine::Instant;

std::int64_t number(LocalDay day) {
  return day.time_since_epoch().count();
}

LocalDay day(std::int64_t number) {
  return LocalDay(std::chrono::days(number));
}

// The numbers of a row, one after the other.
class Numbers {
 public:
  explicit Numbers(const RuleRow& row) : row_(row) {}
  std::int64_t take() { return row_.number(next_++); }

 private:
  const RuleRow& row_;
  std::size_t next_ = 0;
};

}  // namespace

// texts    id, version; then the names of the named days
// numbers  in force (ms), zone (s), bits of the weekly days off;
//          n, then of each season: day, n, then of each session: from, to (minutes);
//          n, then of each named day: day, off; n, then of each known range: begin, end
// Days count from 1970-01-01.
RuleRow CalendarBook::row(const CalendarVersion& version) {
  const CalendarRules& rules = version.calendar.rules();
  RuleRow row{{version.id, version.version}, {}};
  const auto add = [&](auto... numbers) { (row.numbers.push_back(static_cast<std::int64_t>(numbers)), ...); };
  add(engine::to_ms(version.in_force), rules.zone.count(), rules.weekly_days_off.to_ulong());
  add(rules.seasons.size());
  for (const Season& season : rules.seasons) {
    add(number(season.from), season.sessions.size());
    for (const Session& session : season.sessions) add(session.from.count(), session.to.count());
  }
  add(rules.days.size());
  for (const NamedDay& named : rules.days) {
    add(number(named.day), named.off ? 1 : 0);
    row.texts.push_back(named.name);
  }
  add(rules.known.size());
  for (const DayRange& range : rules.known) add(number(range.begin), number(range.end));
  return row;
}

void CalendarBook::put(const RuleRow& row) {
  Numbers numbers(row);
  const Instant in_force = engine::instant(numbers.take());
  CalendarRules rules{.zone = std::chrono::seconds(numbers.take()), .seasons = {}, .days = {}, .known = {}};
  rules.weekly_days_off = std::bitset<7>(static_cast<unsigned long>(numbers.take()));
  for (std::int64_t n = numbers.take(); n > 0; --n) {
    Season& season = rules.seasons.emplace_back(day(numbers.take()), std::vector<Session>());
    for (std::int64_t sessions = numbers.take(); sessions > 0; --sessions) {
      const std::chrono::minutes from(numbers.take());
      season.sessions.push_back({from, std::chrono::minutes(numbers.take())});
    }
  }
  std::size_t text = 2;
  for (std::int64_t n = numbers.take(); n > 0; --n) {
    const LocalDay named = day(numbers.take());
    rules.days.push_back({named, numbers.take() != 0, row.text(text++)});
  }
  for (std::int64_t n = numbers.take(); n > 0; --n) {
    const LocalDay begin = day(numbers.take());
    rules.known.push_back({begin, day(numbers.take())});
  }
  auto calendar = WorkingCalendar::make(std::move(rules));
  CHECK(calendar);  // else it was refused
  CalendarVersion version{
      .id = row.text(0), .version = row.text(1), .in_force = in_force, .calendar = *std::move(calendar)};
  auto& versions = versions_[version.id];
  std::erase_if(versions, [&](const CalendarVersion& other) { return other.in_force == in_force; });
  const auto at = std::ranges::upper_bound(versions, in_force, {}, &CalendarVersion::in_force);
  versions.insert(at, std::move(version));
}

const CalendarVersion* CalendarBook::find(std::string_view id, Instant at) const {
  if (last_ == nullptr || last_->first != id) {
    const auto found = versions_.find(id);
    if (found == versions_.end()) return nullptr;
    last_ = &*found;
  }
  const auto after = std::ranges::upper_bound(last_->second, at, {}, &CalendarVersion::in_force);
  return after == last_->second.begin() ? &*after : &*std::prev(after);
}

void CalendarBook::revisions(std::vector<Instant>& into) const {
  for (const auto& [id, versions] : versions_) {
    for (const CalendarVersion& version : versions) into.push_back(version.in_force);
  }
}

}  // namespace projections
