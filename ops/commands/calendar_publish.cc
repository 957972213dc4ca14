// `gridloop calendar publish`: a working calendar from holiday files becomes an event of the directory.

#include <optional>
#include <string>

#include <fmt/format.h>

#include "engine/hash.h"
#include "ops/calendars/calendar_event.h"
#include "ops/cli/cli_calendar.h"
#include "ops/cli/cli_time.h"
#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/cli/program.h"
#include "ops/commands/calendar_publish.h"
#include "ops/deployment/deployment.h"
#include "projections/rules/directory.h"
#include "topics/codec/content_mode.h"
#include "topics/codec/event.h"
#include "topics/topology.h"

namespace ops {
namespace {

using engine::Action;
using engine::fail;
using engine::Result;
using topics::Field;
using topics::Type;

constexpr std::string_view kSource = "gridloop/calendar";
constexpr int kZoneSeconds = static_cast<int>(kZoneOfChina.count());

// What is to be published; the id is a digest of the calendar's id and of all data.
struct Publication {
  std::string id;
  std::string event;  // one line of JSON
};

Result<Publication> publication(const CalendarOptions& options, const projections::WorkingCalendar& calendar,
                                std::optional<engine::Instant> valid_from, engine::Instant now) {
  std::string data;
  topics::FieldWriter fields(data, kZoneSeconds);
  put_calendar(fields, calendar.rules());
  if (valid_from) fields.instant(Field::valid_from, *valid_from);
  fields.text(Field::version, options.version);
  fields.finish();
  engine::Hasher digest;
  digest.add(options.id);
  digest.add(data);
  Publication made{engine::to_hex(digest.value()), ""};
  topics::append_event(made.event,
                       {.id = made.id,
                        .source = kSource,
                        .type = topics::spec(Type::calendar_published).name,
                        .subject = options.id,
                        .time = std::chrono::floor<std::chrono::seconds>(now),
                        .zone_seconds = kZoneSeconds},
                       data);
  topics::Decoder decoder;
  topics::Event event;
  if (const auto decoded = decoder.decode(made.event, now, event); !decoded) {
    return fail(Action::invalid, fmt::format("this calendar does not fit into one event: {} ({}); publish fewer years",
                                             decoded.error().detail, topics::code(decoded.error().reason)));
  }
  return made;
}

// What the log knows of a publication.
enum class Known {
  no,
  before,  // but the calendar has been published otherwise since
  last,    // it is what was published last
};

Result<Known> known(engine::Log& log, const engine::TopicPartition& at, const std::string& calendar,
                    const std::string& id) {
  const auto reader = TRY(log.reader(at, TRY(log.bounds(at)).begin));
  topics::Decoder decoder;
  topics::Event event;
  engine::Batch batch;
  Known known = Known::no;
  while (true) {
    batch.clear();
    TRY(reader->read(batch, 1u << 20));
    if (batch.empty()) return known;
    for (const engine::Record& record : batch.records()) {
      if (record.key != calendar || !decoder.decode(record, event)) continue;
      if (!event.is(Type::calendar_published) || event.subject() != calendar) continue;
      if (event.source() == kSource && event.id() == id) {
        known = Known::last;
      } else if (known == Known::last) {
        known = Known::before;
      }
    }
  }
}

Result<int> append(const CalendarOptions& options, const projections::WorkingCalendar& calendar,
                   std::optional<engine::Instant> valid_from) {
  const auto deployment = TRY(Deployment::open({.directory = options.common.data,
                                                .kafka = options.common.kafka,
                                                .prefix = options.common.prefix,
                                                .partitions = options.partitions,
                                                .sync = options.sync}));
  const Publication made = TRY(publication(options, calendar, valid_from, deployment->clock().now()));
  engine::Log& log = deployment->log();
  const std::string topic = deployment->topic(topics::topic_of(topics::spec(Type::calendar_published).family));
  const auto partition = engine::partition_of(options.id, log.topic(topic)->partitions);
  switch (TRY(known(log, {topic, partition}, options.id, made.id))) {
    case Known::last:
      say(fmt::format("calendar {} is already published in this form; nothing was sent", options.id));
      return kOk;
    case Known::before:
      return usage_error(fmt::format(
          "calendar {} was published in this form before and has changed since: give this one a new --version",
          options.id));
    case Known::no:
      break;
  }
  const auto writer = TRY(log.writer(options.common.prefix + "calendar"));
  engine::Transaction transaction;
  transaction.records.push_back(
      {topic, partition, options.id, made.event,
       engine::encode_headers({{std::string(topics::kContentTypeHeader), std::string(topics::kStructuredContentType)}}),
       std::nullopt});
  TRY(writer->commit(transaction));
  say(fmt::format("sent calendar {} with {} days from official notices", options.id, calendar.rules().days.size()));
  return kOk;
}

}  // namespace

Result<int> publish_calendar(const CalendarOptions& options) {
  const bool to_log = !options.common.data.empty() || !options.common.kafka.brokers.empty();
  if (options.print && to_log)
    return usage_error("--print cannot be combined with --data or --kafka: it appends nothing");
  if (!options.print && !to_log) return usage_error("one of --data, --kafka and --print is required");
  if (!projections::is_identifier(options.id)) {
    return usage_error("--id: must have 1 to 256 bytes and no control characters");
  }
  std::optional<engine::Instant> valid_from;
  if (!options.valid_from.empty()) {
    valid_from = read_time(options.valid_from);
    if (!valid_from) {
      return usage_error(
          fmt::format("--valid-from {}: not a time such as 2026-06-01T00:00:00+08:00 or \"2026-06-01\", from the years "
                      "1900 to 2200",
                      options.valid_from));
    }
  }
  const auto places = holiday_places(options.holidays);
  if (!places) return usage_error("--holidays: none cannot be combined with other values");
  const Holidays holidays = TRY(read_holidays(*places));
  const auto calendar = working_calendar(options.sessions, options.days_off, holidays);
  if (!calendar) return usage_error(calendar.error().message);
  if (!options.print) return append(options, *calendar, valid_from);
  fmt::print("{}\n", TRY(publication(options, *calendar, valid_from, engine::WallClock().now())).event);
  return kOk;
}

void declare_calendar(Program& program) {
  program.group("calendar", "Publish the working calendars that deadlines are computed on",
                "  gridloop calendar publish --id cn --data data/town\n");
  Command command = program.command(
      "calendar publish", "Publish a calendar, or a new version of it, from holiday files",
      "  gridloop calendar publish --id cn --data data/town\n"
      "  gridloop calendar publish --id cn --holidays shipped --holidays 2027.json --version 2027 --data data/town\n"
      "  gridloop calendar publish --id cn --sessions 08:00-12:00,14:00-18:00 \\\n"
      "    --sessions 2026-06-01=08:00-12:00,15:00-18:00 --valid-from 2026-06-01 --print\n"
      "A version replaces the whole version before it, so name all files each time. If nothing has changed since the "
      "last version, nothing is published.\n");
  auto& options = command.settings<CalendarOptions>();
  command.text("--id", options.id, "ID", "Calendar ID, as used in policies", Command::Need::required);
  command.repeated(
      "--holidays", options.holidays, "PATH",
      "Holiday file in the holiday-cn format, or a folder of them; repeatable (see `gridloop deadline --help`). "
      "'shipped' (the default) stands for the files of 2024 to 2026, 'none' for weekends only");
  add_working_hours(command, options.sessions, options.days_off);
  command.text("--version", options.version, "TEXT", "Name of this version, shown in alerts");
  command.text("--valid-from", options.valid_from, "TIME", "Time from which this version applies (default: at once)");
  command.flag("--print", options.print, "Print the event for `gridloop send` instead of appending it");
  add_log(command, options.common);
  add_partitions(command, options.partitions);
  add_sync(command, options.sync);
  command.runs([&options] { return publish_calendar(options); });
}

}  // namespace ops
