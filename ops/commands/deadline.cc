// `gridloop deadline`: when a limit is due, for a person with a question. The arithmetic is that of
// projections/clocks/limit.h.

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "engine/json.h"
#include "ops/calendars/deadline_question.h"
#include "ops/cli/cli_calendar.h"
#include "ops/cli/cli_time.h"
#include "ops/cli/exit_code.h"
#include "ops/cli/limit_text.h"
#include "ops/cli/messages.h"
#include "ops/cli/program.h"
#include "ops/cli/text_table.h"
#include "ops/commands/common_options.h"
#include "ops/commands/deadline.h"
#include "projections/clocks/limit_trace.h"
#include "topics/codec/rfc3339.h"

namespace ops {
namespace {

using engine::Instant;
using engine::JsonWriter;
using engine::Milliseconds;
using engine::Result;
using projections::Due;
using projections::Limit;
using projections::LimitTrace;
using projections::LocalDay;

using Align = TextTable::Align;

constexpr int kZoneSeconds = static_cast<int>(kZoneOfChina.count());
constexpr LocalDay kLastDay{std::chrono::year(2200) / 12 / 31};

// All that is told.
struct Answer {
  Due due;
  LimitTrace trace;
  Instant as_of;  // of what follows
  Milliseconds consumed;
  Milliseconds remaining;
  std::string why_provisional;  // empty: it is final
};

std::string json_time(Instant time) {
  return topics::format_rfc3339(time, kZoneSeconds);
}

// "Fri 2026-02-13 17:30 +08:00"; seconds only where there are some.
std::string time_text(Instant time) {
  constexpr std::size_t kDate = 10;
  constexpr std::size_t kToMinutes = 16;
  constexpr std::string_view kZone = "+08:00";
  std::string text = json_time(time);
  text.resize(text.size() - kZone.size());
  if (std::string_view(text).substr(kToMinutes) == ":00") text.resize(kToMinutes);
  text[kDate] = ' ';
  const LocalDay day{std::chrono::floor<std::chrono::days>(time + kZoneOfChina).time_since_epoch()};
  return fmt::format("{} {} {}", weekday(day), text, kZone);
}

// A due time at 24:00 stands with the day that ends then.
std::string due_text(const Due& due) {
  const LocalDay day{std::chrono::floor<std::chrono::days>(*due.due + kZoneOfChina).time_since_epoch()};
  if (day == *due.due_day) return time_text(*due.due);
  return fmt::format("{} {} 24:00 +08:00", weekday(*due.due_day), day_text(*due.due_day));
}

std::string session_text(const projections::Session& session) {
  const auto from = session.from.count();
  const auto to = session.to.count();
  return fmt::format("{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60);
}

Result<Answer> answer(const DeadlineQuestion& question, const Holidays& holidays) {
  const projections::Ledger ledger = question.ledger();
  const projections::WorkingCalendar& calendar = question.calendar;
  Answer answer;
  answer.due = TRY(projections::due(ledger));
  const Instant last = answer.due.due.value_or(question.start);
  if (calendar.day(last) > kLastDay || calendar.day(answer.due.begins) > kLastDay) {
    return engine::fail(engine::Action::invalid, "the limit is too long: it is due after the year 2200");
  }
  // Without a due time the last pause has not ended, and nothing is counted after its begin.
  const Instant until = answer.due.due ? *answer.due.due : std::max(question.start, question.pauses.all().back().from);
  answer.trace = projections::trace(ledger, until);
  answer.as_of = question.at.value_or(until);
  answer.consumed = TRY(projections::consumed(ledger, answer.as_of));
  answer.remaining = TRY(projections::remaining(ledger, answer.as_of));
  if (answer.due.provisional()) answer.why_provisional = holidays.why_unknown(*answer.due.unknown_from);
  return answer;
}

void put_calendar(JsonWriter& json, const DeadlineQuestion& question, const Holidays& holidays) {
  const projections::CalendarRules& rules = question.calendar.rules();
  json.key("calendar").begin_object().key("years").begin_array();
  for (const int year : holidays.years()) json.integer(year);
  json.end_array().key("seasons").begin_array();
  for (const projections::Season& season : rules.seasons) {
    json.begin_object();
    if (&season != &rules.seasons.front()) json.key("from").string(day_text(season.from));
    json.key("sessions").begin_array();
    for (const projections::Session& session : season.sessions) json.string(session_text(session));
    json.end_array().end_object();
  }
  json.end_array().key("days_off").begin_array();
  for (unsigned i = 0; i < rules.weekly_days_off.size(); ++i) {
    if (rules.weekly_days_off.test(i)) json.string(weekday(i));
  }
  json.end_array();
  if (question.limit.rules().work_day) {
    json.key("work_day_seconds").integer(*question.limit.rules().work_day / std::chrono::seconds(1));
  }
  json.end_object();
}

std::string to_json(const DeadlineQuestion& question, const Answer& answer, const Holidays& holidays) {
  const auto seconds = [](Milliseconds length) { return length / std::chrono::seconds(1); };
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("due");
  if (answer.due.due) {
    json.string(json_time(*answer.due.due));
  } else {
    json.null();
  }
  json.key("due_date");
  if (answer.due.due_day) {
    json.string(day_text(*answer.due.due_day));
  } else {
    json.null();
  }
  json.key("provisional").boolean(answer.due.provisional());
  if (answer.due.provisional()) {
    json.key("provisional_from").string(day_text(*answer.due.unknown_from));
    json.key("provisional_reason").string(answer.why_provisional);
  }
  json.key("start").string(json_time(question.start));
  json.key("counting_begins").string(json_time(answer.due.begins));
  json.key("limit").begin_array();
  for (const projections::Grant& grant : question.grants) {
    json.begin_object()
        .key("count")
        .integer(grant.count)
        .key("unit")
        .string(projections::name(grant.unit))
        .end_object();
  }
  json.end_array();
  json.key("count_from").string(projections::name(question.limit.rules().count_from));
  json.key("end_of_day").boolean(question.limit.rules().end_of_day);
  put_calendar(json, question, holidays);
  json.key("as_of").string(json_time(answer.as_of));
  json.key("consumed_seconds").integer(seconds(answer.consumed));
  json.key("remaining_seconds").integer(seconds(answer.remaining));
  put_skipped(json, answer.trace);
  json.key("pauses").begin_array();
  for (const projections::TracedPause& traced : answer.trace.pauses) {
    json.begin_object().key("from").string(json_time(traced.pause.from));
    json.key("to");
    if (traced.pause.to) {
      json.string(json_time(*traced.pause.to));
    } else {
      json.null();
    }
    json.key("consumed_before_seconds").integer(seconds(traced.before));
    if (traced.taken) json.key("taken_seconds").integer(seconds(*traced.taken));
    json.end_object();
  }
  json.end_array().end_object();
  return text;
}

std::string limit_text(const DeadlineQuestion& question) {
  std::string text;
  for (const projections::Grant& grant : question.grants) {
    text += fmt::format("{}{} {}", text.empty() ? "" : " + ", grant.count, projections::name(grant.unit));
  }
  switch (question.limit.rules().count_from) {
    case projections::CountFrom::instant:
      break;
    case projections::CountFrom::next_day:
      text += ", counted from the next day";
      break;
    case projections::CountFrom::next_work_day:
      text += ", counted from the next work day";
      break;
  }
  if (question.limit.rules().end_of_day) text += ", to the end of the day";
  if (const auto& hours = question.limit.rules().work_day) {
    text += fmt::format(", a work day of {}", length_text(*hours));
  }
  return text;
}

std::string pauses_text(const LimitTrace& trace) {
  TextTable table({{"Pause from", Align::left},
                   {"To", Align::left},
                   {"Counted before", Align::right},
                   {"Not counted", Align::right}});
  for (const projections::TracedPause& traced : trace.pauses) {
    table.add({time_text(traced.pause.from), traced.pause.to ? time_text(*traced.pause.to) : "not ended",
               length_text(traced.before), traced.taken ? length_text(*traced.taken) : "–"});
  }
  return table.empty() ? std::string() : "\n" + table.text();
}

std::string calendar_text(const DeadlineQuestion& question, const Holidays& holidays) {
  const projections::CalendarRules& rules = question.calendar.rules();
  const auto years = holidays.years();
  std::string text = years.empty() ? "no holidays" : fmt::format("holidays of {}", fmt::join(years, ", "));
  for (const projections::Season& season : rules.seasons) {
    text += &season == &rules.seasons.front() ? "; " : fmt::format("; from {} ", day_text(season.from));
    for (const projections::Session& session : season.sessions) {
      text += (&session == &season.sessions.front() ? "" : ", ") + session_text(session);
    }
  }
  if (rules.weekly_days_off == projections::CalendarRules{}.weekly_days_off) return text;
  text += rules.weekly_days_off.none() ? "; no days off by the week" : "; off:";
  for (unsigned i = 0; i < rules.weekly_days_off.size(); ++i) {
    if (rules.weekly_days_off.test(i)) text += fmt::format(" {}", weekday(i));
  }
  return text;
}

std::string to_text(const DeadlineQuestion& question, const Answer& answer, const Holidays& holidays) {
  const bool wall = question.limit.measure() == Limit::Measure::wall;
  std::string text = fmt::format("Start     {}\n", time_text(question.start));
  if (answer.due.begins != question.start) text += fmt::format("Counted   from {}\n", time_text(answer.due.begins));
  text += fmt::format("Limit     {}\n", limit_text(question));
  text += fmt::format("Due       {}{}\n", answer.due.due ? due_text(answer.due) : "not known until the pause ends",
                      answer.due.provisional() ? " (provisional)" : "");
  if (question.at || !answer.due.due) {
    text += fmt::format("Consumed  {} of {} until {}; left {}\n", length_text(answer.consumed),
                        wall ? "time" : "working time", time_text(answer.as_of), length_text(answer.remaining));
  }
  if (!wall) text += fmt::format("Calendar  {}\n", calendar_text(question, holidays));
  text += skipped_text(answer.trace) + make_up_text(answer.trace) + pauses_text(answer.trace);
  if (answer.due.provisional()) {
    text += fmt::format("\nProvisional from {} on: {}.\nA later notice can move the deadline.\n",
                        day_text(*answer.due.unknown_from), answer.why_provisional);
  }
  return text;
}

}  // namespace

Result<int> deadline(const DeadlineOptions& options) {
  const auto places = holiday_places(options.calendars);
  if (!places) return usage_error("--calendar: none cannot be combined with other values");
  const Holidays holidays = TRY(read_holidays(*places));
  const auto question = understand(options, holidays);
  if (!question) return usage_error(question.error().message);
  const auto found = answer(*question, holidays);
  if (!found) return usage_error(found.error().message);
  if (options.json) {
    fmt::print("{}\n", to_json(*question, *found, holidays));
  } else {
    fmt::print("{}", to_text(*question, *found, holidays));
  }
  return kOk;
}

void declare_deadline(Program& program) {
  Command command = program.command(
      "deadline", "Compute a deadline on a working calendar, with holidays, pauses and extensions",
      "  gridloop deadline --start '2026-02-13 17:30' --limit '4 work_hour'\n"
      "  gridloop deadline --start 2026-02-12T09:00:00+08:00 --limit '5 work_day' \\\n"
      "    --pause 2026-02-13T10:00..2026-02-24T09:00 --extend '1 work_day' --json\n"
      "  gridloop deadline --start '2026-07-01 10:00' --limit '5 work_day' --end-of-day --count-from next_day \\\n"
      "    --calendar holidays/ --calendar notice.json \\\n"
      "    --sessions 08:00-12:00,14:00-18:00 --sessions 2026-06-01=08:00-12:00,15:00-18:00\n"
      "A time without a zone is taken as +08:00. No data directory is needed.\n");
  auto& options = command.settings<DeadlineOptions>();
  command.text("--start", options.start, "TIME", "When the clock starts", Command::Need::required);
  command.text("--limit", options.limit, "'N UNIT'",
               "Time allowed, in second, minute, urgent_hour, natural_day (wall clock), work_hour or work_day",
               Command::Need::required);
  command.repeated("--extend", options.extensions, "'N UNIT'", "Extend the limit; repeatable");
  command.repeated("--pause", options.pauses, "A..B", "Pause the clock from A until B, or from A on (A..); repeatable");
  command.repeated(
      "--calendar", options.calendars, "PATH",
      "Holiday file in the holiday-cn format, or a folder of them; repeatable. A later file overrides an earlier one "
      "day by day; a file with papers is the official notice of its year and replaces an earlier one. 'shipped' (the "
      "default) stands for the files of 2024 to 2026, 'none' for weekends only");
  add_working_hours(command, options.sessions, options.days_off);
  command.text("--hours-per-day", options.hours_per_day, "H[:MM]",
               "Hours in a work_day (default: the sessions of the day when counting begins)");
  command.text("--count-from", options.count_from, "WHEN",
               "Count from the start itself (instant), next_day or next_work_day");
  command.flag("--end-of-day", options.end_of_day,
               "Due at the end of the last day (end of work, or 24:00 for natural_day); pauses count by whole days");
  command.text("--at", options.at, "TIME", "Show the time used and left at this time (default: the due time)");
  add_json(command, options.json, "Print one JSON object");
  command.runs([&options] { return deadline(options); });
}

}  // namespace ops
