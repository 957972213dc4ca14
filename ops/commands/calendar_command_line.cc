// The command line of `gridloop deadline` and `gridloop calendar`.

#include "ops/cli/program.h"

namespace ops {

void add_deadline(Program& program, DeadlineOptions& options) {
  CLI::App* sub = program.command(
      "deadline", "Compute a deadline on a working calendar, with holidays, pauses and extensions",
      "  gridloop deadline --start '2026-02-13 17:30' --limit '4 work_hour'\n"
      "  gridloop deadline --start 2026-02-12T09:00:00+08:00 --limit '5 work_day' \\\n"
      "    --pause 2026-02-13T10:00..2026-02-24T09:00 --extend '1 work_day' --json\n"
      "  gridloop deadline --start '2026-07-01 10:00' --limit '5 work_day' --end-of-day --count-from next_day \\\n"
      "    --calendar holidays/ --calendar notice.json \\\n"
      "    --sessions 08:00-12:00,14:00-18:00 --sessions 2026-06-01=08:00-12:00,15:00-18:00\n"
      "A time without a zone is taken as +08:00. No data directory is needed.\n");
  sub->add_option("--start", options.start, "When the clock starts")->required()->option_text("TIME");
  sub->add_option(
         "--limit", options.limit,
         "Time allowed, in second, minute, urgent_hour, natural_day (wall clock), work_hour or work_day")
      ->required()
      ->option_text("'N UNIT'");
  Program::repeatable(sub, "--extend", options.extensions, "Extend the limit; repeatable", "'N UNIT'");
  Program::repeatable(sub, "--pause", options.pauses,
                      "Pause the clock from A until B, or from A on (A..); repeatable", "A..B");
  Program::repeatable(
      sub, "--calendar", options.calendars,
      "Holiday file in the holiday-cn format, or a folder of them; repeatable. A later file overrides an earlier one "
      "day by day; a file with papers is the official notice of its year and replaces an earlier one. 'shipped' (the "
      "default) stands for the files of 2024 to 2026, 'none' for weekends only",
      "PATH");
  Program::sessions(sub, options.sessions);
  sub->add_option("--days-off", options.days_off, "Weekly days off (default: sat,sun)")->option_text("DAYS");
  sub->add_option("--hours-per-day", options.hours_per_day,
                  "Hours in a work_day (default: the sessions of the day when counting begins)")
      ->option_text("H[:MM]");
  sub->add_option("--count-from", options.count_from, "Count from the start itself (instant), next_day or next_work_day")
      ->capture_default_str()
      ->option_text("WHEN");
  sub->add_flag("--end-of-day", options.end_of_day,
                "Due at the end of the last day (end of work, or 24:00 for natural_day); pauses count by whole days");
  sub->add_option("--at", options.at, "Show the time used and left at this time (default: the due time)")
      ->option_text("TIME");
  sub->add_flag("--json", options.json, "Print one JSON object");
  program.runs(sub, [&options] { return deadline(options); });
}

void add_calendar(Program& program, CalendarOptions& options) {
  CLI::App* calendar = program.command("calendar", "Publish the working calendars that deadlines are computed on",
                                       "  gridloop calendar publish --id cn --data data/town\n");
  calendar->require_subcommand(1);
  CLI::App* sub =
      calendar->add_subcommand("publish", "Publish a calendar, or a new version of it, from holiday files");
  sub->footer(
      "Examples:\n"
      "  gridloop calendar publish --id cn --data data/town\n"
      "  gridloop calendar publish --id cn --holidays shipped --holidays 2027.json --version 2027 --data data/town\n"
      "  gridloop calendar publish --id cn --sessions 08:00-12:00,14:00-18:00 \\\n"
      "    --sessions 2026-06-01=08:00-12:00,15:00-18:00 --valid-from 2026-06-01 --print\n"
      "A version replaces the whole version before it, so name all files each time. If nothing has changed since the "
      "last version, nothing is published.\n");
  sub->add_option("--id", options.id, "Calendar ID, as used in policies")->required()->option_text("ID");
  Program::repeatable(
      sub, "--holidays", options.holidays,
      "Holiday file in the holiday-cn format, or a folder of them; repeatable (see `gridloop deadline --help`). "
      "'shipped' (the default) stands for the files of 2024 to 2026, 'none' for weekends only",
      "PATH");
  Program::sessions(sub, options.sessions);
  sub->add_option("--days-off", options.days_off, "Weekly days off (default: sat,sun)")->option_text("DAYS");
  sub->add_option("--version", options.version, "Name of this version, shown in alerts")->option_text("TEXT");
  sub->add_option("--valid-from", options.valid_from, "Time from which this version applies (default: at once)")->option_text("TIME");
  sub->add_flag("--print", options.print, "Print the event for `gridloop send` instead of appending it");
  sub->add_option("--data", options.common.data, "Data directory to append to")->option_text("DIR");
  Program::on_kafka(sub, options.common);
  sub->add_option("--prefix", options.common.prefix, "Prefix of the topic names")
      ->capture_default_str()
      ->option_text("TEXT");
  sub->add_option("--partitions", options.partitions, "Number of partitions if the log has to be created (default: 4)")
      ->check(whole_number(0, kMaxPartitions))
      ->option_text("N");
  sub->add_flag("--sync", options.sync, "Wait for the disk at each commit, to survive power loss");
  program.runs(sub, [&options] { return publish_calendar(options); });
}

}  // namespace ops
