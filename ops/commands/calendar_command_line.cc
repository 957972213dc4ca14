// The command line of `gridloop deadline` and `gridloop calendar`.

#include "ops/cli/program.h"

namespace ops {

void add_deadline(Program& program, DeadlineOptions& options) {
  CLI::App* sub = program.command(
      "deadline", "When a limit is due: on working calendars, with holidays, pauses and extensions",
      "  gridloop deadline --start '2026-02-13 17:30' --limit '4 work_hour'\n"
      "  gridloop deadline --start 2026-02-12T09:00:00+08:00 --limit '5 work_day' \\\n"
      "    --pause 2026-02-13T10:00..2026-02-24T09:00 --extend '1 work_day' --json\n"
      "  gridloop deadline --start '2026-07-01 10:00' --limit '5 work_day' --end-of-day --count-from next_day \\\n"
      "    --calendar holidays/ --calendar notice.json \\\n"
      "    --sessions 08:00-12:00,14:00-18:00 --sessions 2026-06-01=08:00-12:00,15:00-18:00\n"
      "Times without a zone are +08:00. Needs no data directory.\n");
  sub->add_option("--start", options.start, "When the clock starts")->required()->option_text("TIME");
  sub->add_option(
         "--limit", options.limit,
         "How long it may run, in second, minute, urgent_hour, natural_day (wall clock), work_hour or work_day")
      ->required()
      ->option_text("'N UNIT'");
  Program::repeatable(sub, "--extend", options.extensions, "Adds to the limit; repeatable", "'N UNIT'");
  Program::repeatable(sub, "--pause", options.pauses,
                      "The clock stands still from A until B, or A.. without an end; repeatable", "A..B");
  Program::repeatable(
      sub, "--calendar", options.calendars,
      "Holiday file of holiday-cn or a folder of them; repeatable, a later file wins day by day; one with papers "
      "is the notice of its year and takes the place of an earlier one; 'shipped' (the default) are those of "
      "2024 to 2026, 'none' are weekends alone",
      "PATH");
  Program::sessions(sub, options.sessions);
  sub->add_option("--days-off", options.days_off, "Days off by the week (default: sat,sun)")->option_text("DAYS");
  sub->add_option("--hours-per-day", options.hours_per_day,
                  "Hours of a work_day (default: the sessions, when counting begins)")
      ->option_text("H[:MM]");
  sub->add_option("--count-from", options.count_from, "instant, next_day or next_work_day")
      ->capture_default_str()
      ->option_text("WHEN");
  sub->add_flag("--end-of-day", options.end_of_day,
                "Due at the end of the last day: of work, or 24:00 of natural_day; pauses count by whole days");
  sub->add_option("--at", options.at, "What is consumed and left at this time (default: when it is due)")
      ->option_text("TIME");
  sub->add_flag("--json", options.json, "One JSON object, for programs");
  program.runs(sub, [&options] { return deadline(options); });
}

void add_calendar(Program& program, CalendarOptions& options) {
  CLI::App* calendar = program.command("calendar", "Working calendars, by which cases' clocks count",
                                       "  gridloop calendar publish --id cn --data data/town\n");
  calendar->require_subcommand(1);
  CLI::App* sub =
      calendar->add_subcommand("publish", "Publish a calendar, or a later version of it, from holiday files");
  sub->footer(
      "Examples:\n"
      "  gridloop calendar publish --id cn --data data/town\n"
      "  gridloop calendar publish --id cn --holidays shipped --holidays 2027.json --version 2027 --data data/town\n"
      "  gridloop calendar publish --id cn --sessions 08:00-12:00,14:00-18:00 \\\n"
      "    --sessions 2026-06-01=08:00-12:00,15:00-18:00 --valid-from 2026-06-01 --print\n"
      "A version takes the place of the whole one before it, so name all files each time. What was published last is "
      "not published again.\n");
  sub->add_option("--id", options.id, "Its name, as policies give it")->required()->option_text("ID");
  Program::repeatable(
      sub, "--holidays", options.holidays,
      "Holiday file of holiday-cn or a folder of them, as --calendar of `gridloop deadline`; repeatable; "
      "'shipped' (the default) are those of 2024 to 2026, 'none' are weekends alone",
      "PATH");
  Program::sessions(sub, options.sessions);
  sub->add_option("--days-off", options.days_off, "Days off by the week (default: sat,sun)")->option_text("DAYS");
  sub->add_option("--version", options.version, "What you call this version; alerts tell it")->option_text("TEXT");
  sub->add_option("--valid-from", options.valid_from, "It counts from then on (default: at once)")->option_text("TIME");
  sub->add_flag("--print", options.print, "Print the event for `gridloop send`, and append nothing");
  sub->add_option("--data", options.common.data, "Data directory to append to")->option_text("DIR");
  Program::on_kafka(sub, options.common);
  sub->add_option("--prefix", options.common.prefix, "Prefix of the topics")
      ->capture_default_str()
      ->option_text("TEXT");
  sub->add_option("--partitions", options.partitions, "Partitions, when the log is made (default: 4)")
      ->check(whole_number(0, kMaxPartitions))
      ->option_text("N");
  sub->add_flag("--sync", options.sync, "Survive power loss");
  program.runs(sub, [&options] { return publish_calendar(options); });
}

}  // namespace ops
