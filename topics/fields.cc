#include <array>

#include "engine/result.h"
#include "topics/catalogue.h"
#include "topics/names.h"

namespace topics {

namespace {

using F = Field;
using K = FieldKind;
constexpr bool kPersonal = true;
constexpr bool kPublic = false;

constexpr std::array<FieldMeaning, kFieldCount> kFields{{
    {F::area, "area", K::string, "", kPublic, "id of the deepest area that is known"},
    {F::map_version, "map_version", K::string, "", kPublic, "version of the grid map that `area` was read from"},
    {F::latitude, "latitude", K::decimal, "degrees", kPersonal, "WGS 84, north positive"},
    {F::longitude, "longitude", K::decimal, "degrees", kPersonal, "WGS 84, east positive"},
    {F::accuracy_m, "accuracy_m", K::integer, "metres", kPublic, "radius within which the position lies"},
    {F::address, "address", K::string, "", kPersonal, "place in words"},

    {F::category, "category", K::string, "", kPublic, "id of the category of the work list"},
    {F::condition, "condition", K::string, "", kPublic, "condition for registration within the category (立案条件)"},
    {F::priority, "priority", K::integer, "", kPublic, "1 is the most urgent"},
    {F::channel, "channel", K::string, "", kPublic, "how it came in: hotline, app, qr, patrol, sensor, web, media ..."},
    {F::kind, "kind", K::string, "", kPublic,
     "kind within the type; of requests: enquiry, help, complaint, tip_off, suggestion, praise"},
    {F::title, "title", K::string, "", kPublic, "a few words without anything personal"},
    {F::text, "text", K::string, "", kPersonal, "free text"},
    {F::reporter, "reporter", K::string, "", kPersonal, "pseudonym of who asks"},
    {F::phone, "phone", K::string, "", kPersonal, "number to call back, or its sealed form"},
    {F::duplicate, "duplicate", K::boolean, "", kPublic, "flagged as a duplicate without a known parent"},

    {F::unit, "unit", K::string, "", kPublic, "id of the unit that the event is about"},
    {F::units, "units", K::strings, "", kPublic, "ids of several units"},
    {F::lead, "lead", K::boolean, "", kPublic, "true: the lead unit (主办), false: an assisting one (协办)"},
    {F::worker, "worker", K::string, "", kPublic, "pseudonym of the worker who acts or is to act"},
    {F::person, "person", K::string, "", kPersonal, "a person's name"},
    {F::actor, "actor", K::string, "", kPersonal, "pseudonym of who made the decision or the entry"},
    {F::role, "role", K::string, "", kPublic, "role in which the actor acts, or that a worker has"},
    {F::by_unit, "by_unit", K::string, "", kPublic, "unit for which the actor acts"},
    {F::household, "household", K::string, "", kPersonal, "id of the household visited"},
    {F::case_id, "case", K::string, "", kPublic, "case that it belongs to"},

    {F::due, "due", K::instant, "", kPublic, "when it is to be done; on time includes that instant"},
    {F::hop, "hop", K::integer, "", kPublic, "number of the unit in the chain of dispatches, from 1"},
    {F::level, "level", K::string, "", kPublic, "level of areas, units, supervision or alarms"},
    {F::until, "until", K::instant, "", kPublic, "when a pause ends by itself"},
    {F::reason, "reason", K::string, "", kPublic, "why: a code or a few words, nothing personal"},
    {F::result, "result", K::string, "", kPublic, "what came of it: a code or a few words, nothing personal"},
    {F::evidence, "evidence", K::strings, "", kPublic, "hashes or addresses of photos and papers"},
    {F::parent, "parent", K::string, "", kPublic, "subject of the same kind that this one belongs to"},
    {F::successor, "successor", K::string, "", kPublic, "subject of the same kind that takes over"},
    {F::successors, "successors", K::strings, "", kPublic, "subjects of the same kind that take over"},
    {F::limit, "limit", K::string, "", kPublic,
     "time allowed: a number and a unit, \"5 work_day\"; the units are second, minute, urgent_hour, work_hour, "
     "work_day, natural_day"},
    {F::outside, "outside", K::boolean, "", kPublic, "it left the system (110, 信访): nobody here answers for it"},
    {F::if_version, "if_version", K::integer, "", kPublic,
     "the case's version that the sender saw; when it has another one, the event is kept and does not count"},

    {F::means, "means", K::string, "", kPublic, "how contact was made: phone, visit, message"},
    {F::route, "route", K::string, "", kPublic, "round or patrol that it belongs to"},
    {F::drawn, "drawn", K::boolean, "", kPublic, "the curtain was drawn back when the round passed"},
    {F::tags, "tags", K::strings, "", kPublic, "groups that the subject belongs to"},
    {F::expectation, "expectation", K::string, "", kPublic, "id of the expectation"},

    {F::passed, "passed", K::boolean, "", kPublic, "outcome of the check"},
    {F::attempt, "attempt", K::integer, "", kPublic, "number of the attempt, from 1"},
    {F::reached, "reached", K::boolean, "", kPublic, "the caller was reached"},
    {F::resolved, "resolved", K::string, "", kPublic, "yes, no or partly; a boolean is read as yes or no"},
    {F::satisfaction, "satisfaction", K::integer, "", kPublic, "1 (very dissatisfied) to 5 (very satisfied)"},
    {F::upheld, "upheld", K::boolean, "", kPublic, "the appeal succeeded"},
    {F::concerns, "concerns", K::string, "", kPublic, "id of the event that is appealed against"},

    {F::metric, "metric", K::string, "", kPublic, "what is measured: temperature, gas, fill_level ..."},
    {F::reading, "reading", K::decimal, "", kPublic, "measured value, in `value_unit`"},
    {F::value_unit, "value_unit", K::string, "", kPublic, "unit of measure: Cel, ppm, % ..."},
    {F::alarm, "alarm", K::string, "", kPublic, "kind of alarm: smoke, gas, overflow, fence, falling_object ..."},
    {F::battery_percent, "battery_percent", K::integer, "percent", kPublic, "charge left"},
    {F::last_heard, "last_heard", K::instant, "", kPublic, "time of the last event before the silence"},
    {F::interval_seconds, "interval_seconds", K::integer, "seconds", kPublic, "how often the device reports"},
    {F::model, "model", K::string, "", kPublic, "maker and model"},

    {F::name, "name", K::string, "", kPublic, "name for people"},
    {F::valid_from, "valid_from", K::instant, "", kPublic, "from when on it is in force"},
    {F::version, "version", K::string, "", kPublic, "the publisher's version"},
    {F::clock, "clock", K::string, "", kPublic,
     "register, sign, contact, arrive, handle, check, callback, close, appeal, report_in, supervise or urge"},
    {F::start, "start", K::string, "", kPublic,
     "what starts the clock: opened, accepted, sent, handled or closed; absent: what is usual for it"},
    {F::limit_seconds, "limit_seconds", K::integer, "seconds", kPublic, "time allowed"},
    {F::warn_seconds, "warn_seconds", K::integer, "seconds", kPublic, "how long before the due time to warn"},
    {F::count_from, "count_from", K::string, "", kPublic,
     "when counting starts: instant, next_day or next_work_day (次日起算)"},
    {F::end_of_day, "end_of_day", K::boolean, "", kPublic, "a limit in days ends with the last of them"},
    {F::work_day_minutes, "work_day_minutes", K::integer, "minutes", kPublic,
     "hours of a work day; absent: those of the calendar"},
    {F::warn, "warn", K::strings, "", kPublic,
     "when to warn: \"80%\" of the limit used, or so much before it is due, as \"2 work_hour\""},
    {F::escalate, "escalate", K::strings, "", kPublic,
     "who is told of a breach, and when: \"4 work_hour street leader\" so long after the due time; with \"then \" "
     "before it, after the rung before"},
    {F::rebase, "rebase", K::boolean, "", kPublic,
     "it also counts for clocks that run already, with what they have used"},
    {F::max_extensions, "max_extensions", K::integer, "", kPublic, "how often the limit may be extended"},
    {F::extension_approvals, "extension_approvals", K::integer, "persons", kPublic,
     "how many have to approve an extension"},
    {F::max_suspensions, "max_suspensions", K::integer, "", kPublic, "how often the clock may be suspended"},
    {F::max_suspension_days, "max_suspension_days", K::integer, "days", kPublic, "how long a suspension may last"},
    {F::suspension_approvals, "suspension_approvals", K::integer, "persons", kPublic,
     "how many have to approve a suspension"},
    {F::calendar, "calendar", K::string, "", kPublic, "calendar that counts the time; absent: natural time"},
    {F::zone, "zone", K::string, "", kPublic,
     "hours and minutes east of UTC, \"+08:00\", which is what counts when it is absent"},
    {F::sessions, "sessions", K::strings, "", kPublic,
     "working sessions of a day: \"08:00-12:00\"; absent: 08:00 to 12:00 and 14:00 to 18:00"},
    {F::seasons, "seasons", K::strings, "", kPublic,
     "other sessions from a date on: \"2026-05-01 08:00-12:00 15:00-19:00\""},
    {F::weekly_days_off, "weekly_days_off", K::strings, "", kPublic,
     "days of the week: \"saturday\"; absent: Saturday and Sunday; an empty list: none"},
    {F::days_off, "days_off", K::strings, "", kPublic, "dates off beside those of the week: \"2026-10-01 国庆节\""},
    {F::days_on, "days_on", K::strings, "", kPublic, "make-up workdays (调休上班日): \"2026-02-14 春节\""},
    {F::known, "known", K::strings, "", kPublic,
     "days whose notices are in it: \"2026-01-01 2026-11-30\"; a deadline beyond them is provisional"},
    {F::transitions, "transitions", K::strings, "", kPublic,
     "\"2015-03-08T07:00:00Z -14400\": from this instant on, seconds east of UTC"},
    {F::indicators, "indicators", K::strings, "", kPublic, "codes of the indicators that count"},
    {F::weights, "weights", K::strings, "", kPublic, "weight of each indicator, in the same order"},
    {F::minimum_sample, "minimum_sample", K::integer, "cases", kPublic, "areas with fewer are not ranked"},
    {F::ranking, "ranking", K::string, "", kPublic, "what equal scores get: dense (1, 1, 2) or competition (1, 1, 3)"},
    {F::count_duplicates, "count_duplicates", K::boolean, "", kPublic, "cases flagged as duplicates count"},
    {F::judged_by, "judged_by", K::string, "", kPublic, "time that decides on lateness: log_time or event_time"},
    {F::max_backdate_seconds, "max_backdate_seconds", K::integer, "seconds", kPublic,
     "how far an event time may lie before its log time and still be believed"},
    {F::types, "types", K::strings, "", kPublic, "types of events that it holds for; absent: all"},
    {F::roles, "roles", K::strings, "", kPublic, "roles that may; \"*\" is everybody"},
    {F::digest, "digest", K::string, "", kPublic, "hash of what is imported: the mapping and the files"},
    {F::files, "files", K::strings, "", kPublic, "files that are imported, each as its name, a blank and its digest"},
    {F::events, "events", K::integer, "events", kPublic, "number of events: in all, or so far"},
    {F::value, "value", K::string, "", kPublic, "value of the setting, as text"},
    {F::edition, "edition", K::integer, "", kPublic, "edition of the period's figures, from 1"},
    {F::expects, "expects", K::string, "", kPublic, "type of the event that is expected"},
    {F::daily_at, "daily_at", K::string, "", kPublic, "time of day in the city's zone: \"07:30\""},
    {F::window_seconds, "window_seconds", K::integer, "seconds", kPublic, "how long after that it still counts"},
}};

consteval bool in_order() {
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    if (static_cast<std::size_t>(kFields[i].field) != i) return false;
  }
  return true;
}
static_assert(in_order(), "the table follows the enum");

constexpr FieldAlias kAliases[] = {
    {"grid", F::area},           {"grid_id", F::area},
    {"area_id", F::area},        {"lat", F::latitude},
    {"lon", F::longitude},       {"long", F::longitude},
    {"lng", F::longitude},       {"address_string", F::address},
    {"location", F::address},    {"service_code", F::category},
    {"description", F::text},    {"detail", F::text},
    {"note", F::text},           {"comment", F::text},
    {"handler", F::worker},      {"agency_responsible", F::unit},
    {"department", F::unit},     {"expected_datetime", F::due},
    {"duplicate_of", F::parent}, {"parent_id", F::parent},
    {"status_notes", F::result}, {"value", F::reading},
    {"unit", F::value_unit},     {"battery", F::battery_percent},
    {"网格", F::area},           {"类别", F::category},
    {"内容", F::text},           {"承办单位", F::unit},
    {"截止时间", F::due},
};

}  // namespace

std::string_view name(FieldKind kind) {
  switch (kind) {
    case FieldKind::string:
      return "string";
    case FieldKind::integer:
      return "integer";
    case FieldKind::boolean:
      return "boolean";
    case FieldKind::instant:
      return "instant";
    case FieldKind::decimal:
      return "decimal";
    case FieldKind::strings:
      return "strings";
  }
  CHECK(false);
}

const FieldMeaning& meaning(Field field) {
  return kFields[static_cast<std::size_t>(field)];
}
std::span<const FieldMeaning> fields() {
  return kFields;
}
std::span<const FieldAlias> field_aliases() {
  return kAliases;
}

const FieldMeaning* find_field(std::string_view name) {
  static const NameTable table = [] {
    NameTable made;
    for (const FieldMeaning& field : kFields) made.add(field.name, static_cast<std::uint16_t>(field.field));
    return made;
  }();
  const std::uint16_t found = table.find(name);
  return found == NameTable::kNone ? nullptr : &kFields[found];
}

}  // namespace topics
