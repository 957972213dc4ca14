#include "tests/projections/clocks/china.h"

#include "tests/projections/instant_text.h"
#include "topics/codec/rfc3339.h"

namespace calendar_test {

using projections::CalendarRules;
using projections::LocalDay;
using projections::WorkingCalendar;

engine::Instant at(std::string_view text) {
  std::string rfc3339(text);
  rfc3339[10] = 'T';
  return *projections_test::parse_instant(rfc3339 + "+08:00");
}

LocalDay day(std::string_view text) {
  return LocalDay(std::chrono::floor<std::chrono::days>(at(std::string(text) + " 12:00").time_since_epoch()));
}

std::string show(engine::Instant time) {
  return topics::format_rfc3339(time, 8 * 3600);
}

CalendarRules china_rules() {
  CalendarRules rules{.seasons = {{day("2020-01-01"), projections::default_sessions()}},
                      .known = {{day("2025-01-01"), day("2027-01-01")}}};
  const auto off = [&](std::string_view name, std::string_view first, std::string_view last) {
    for (LocalDay one = day(first); one <= day(last); one += std::chrono::days(1)) {
      rules.days.push_back({one, true, std::string(name)});
    }
  };
  const auto make_up = [&](std::string_view name, std::string_view one) {
    rules.days.push_back({day(one), false, std::string(name)});
  };
  make_up("国庆节", "2025-09-28");
  off("国庆节、中秋节", "2025-10-01", "2025-10-08");
  make_up("国庆节", "2025-10-11");
  off("元旦", "2026-01-01", "2026-01-03");
  make_up("元旦", "2026-01-04");
  make_up("春节", "2026-02-14");
  off("春节", "2026-02-15", "2026-02-23");
  make_up("春节", "2026-02-28");
  make_up("国庆节", "2026-09-20");
  off("中秋节", "2026-09-25", "2026-09-27");
  off("国庆节", "2026-10-01", "2026-10-07");
  make_up("国庆节", "2026-10-10");
  return rules;
}

WorkingCalendar calendar_of(CalendarRules rules) {
  auto calendar = WorkingCalendar::make(std::move(rules));
  CHECK(calendar.has_value());
  return *std::move(calendar);
}

WorkingCalendar china() {
  return calendar_of(china_rules());
}

}  // namespace calendar_test
