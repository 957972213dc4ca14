#include "ops/lab/bench/city.h"

#include <array>

#include <fmt/format.h>

#include "engine/result.h"
#include "ops/calendars/calendar_event.h"
#include "ops/calendars/holiday_files.h"
#include "ops/cli/cli_calendar.h"
#include "ops/lab/bench/catalogue.h"
#include "ops/lab/bench/events.h"

namespace ops::bench {
namespace {

using topics::Field;
using topics::FieldWriter;
using topics::Type;

constexpr std::string_view kRules = "bench/rules";  // the source of the rules
constexpr std::string_view kCalendar = "cn";
constexpr std::string_view kAnyGrid = "370800000000";
constexpr std::array<std::pair<std::string_view, std::size_t>, 4> kLevels = {
    {{"city", 4}, {"district", 6}, {"street", 8}, {"grid", 12}}};

projections::WorkingCalendar shipped_calendar() {
  const std::array<std::string, 1> places = {std::string(kShippedHolidays)};
  const auto holidays = read_holidays(places);
  CHECK(holidays.has_value());
  auto calendar = working_calendar({}, "", *holidays);
  CHECK(calendar.has_value());
  return *std::move(calendar);
}

// What all policies in working time have.
void put_working(FieldWriter& data, std::string_view limit, const std::vector<std::string>& escalate) {
  const std::array<std::string, 2> warn = {"50%", "80%"};
  data.text(Field::limit, limit).text(Field::calendar, kCalendar).strings(Field::warn, warn);
  data.strings(Field::escalate, escalate);
}

void put_bounds(FieldWriter& data) {
  data.integer(Field::max_extensions, 2).integer(Field::extension_approvals, 1);
  data.integer(Field::max_suspensions, 2).integer(Field::max_suspension_days, 30);
  data.integer(Field::suspension_approvals, 1);
}

const std::vector<std::string> kEscalations = {"4 work_hour street leader", "then 1 work_day district leader"};

// A limit in units of a policy that is for each priority: so many of the unit, times the priority.
struct Priorities {
  std::string_view clock;
  std::int64_t count;
  std::string_view unit;
  bool bounds;    // on extensions and suspensions
  bool answered;  // by the events of the benchmarks
};
constexpr std::array kPriorityPolicies = {
    Priorities{"sign", 1, "work_hour", false, true},    Priorities{"handle", 1, "work_day", true, true},
    Priorities{"callback", 1, "work_day", false, true}, Priorities{"contact", 2, "work_hour", false, false},
    Priorities{"check", 4, "work_hour", false, false},  Priorities{"close", 2, "work_day", true, false},
};

}  // namespace

void City::add(Type type, std::string_view subject, const Fill& fill, std::vector<engine::Outgoing>& out) const {
  std::string data;
  FieldWriter fields(data);
  fill(fields);
  fields.finish();
  const std::string_view name = topics::spec(type).name;
  const std::string id = fmt::format("{}/{}", name, subject);
  engine::Outgoing& record = out.emplace_back();
  record.topic = topic_;
  record.key = subject;
  topics::append_event(record.value, {.id = id, .source = kRules, .type = name, .subject = subject, .time = begin_},
                       data);
}

void City::publish(std::vector<engine::Outgoing>& out) {
  // The rules, too, are in force by the time that they tell.
  for (const std::string_view source : {kRules, kSource}) {
    add(Type::source_trusted, source, [](FieldWriter& data) { data.text(Field::judged_by, "event_time"); }, out);
  }
  add(
      Type::zone_published, "Asia/Shanghai",
      [](FieldWriter& data) {
        const std::array<std::string, 1> transitions = {"1970-01-01T00:00:00Z 28800"};
        data.strings(Field::transitions, transitions);
      },
      out);
  policies_ == Policies::plain ? publish_plain(out) : publish_full(out);
}

void City::publish_plain(std::vector<engine::Outgoing>& out) const {
  for (std::int64_t priority = 1; priority <= kPriorities; ++priority) {
    const auto policy = [&](std::string_view clock, engine::Milliseconds limit) {
      add(
          Type::policy_published, fmt::format("{}-{}", clock, priority),
          [&](FieldWriter& data) {
            data.text(Field::clock, clock)
                .integer(Field::limit_seconds, std::chrono::floor<std::chrono::seconds>(limit).count())
                .integer(Field::priority, priority)
                .text(Field::start, "opened");
          },
          out);
    };
    policy("sign", sign_limit(priority));
    policy("handle", handle_limit(priority));
  }
}

void City::publish_full(std::vector<engine::Outgoing>& out) {
  CHECK(add_grid(kAnyGrid, out));
  add(
      Type::calendar_published, kCalendar,
      [](FieldWriter& data) {
        put_calendar(data, shipped_calendar().rules());
        data.text(Field::version, "1");
      },
      out);
  for (const Priorities& of : kPriorityPolicies) {
    for (std::int64_t priority = 1; priority <= kPriorities; ++priority) {
      add(
          Type::policy_published, fmt::format("{}-{}", of.clock, priority),
          [&](FieldWriter& data) {
            data.text(Field::clock, of.clock).integer(Field::priority, priority).text(Field::version, "1");
            // `dispatch.assigned` sends and signs at once: time until then counts from the opening.
            if (of.clock == "sign") data.text(Field::start, "opened");
            if (!of.answered && policies_ == Policies::full) data.text(Field::channel, "app");
            put_working(data, fmt::format("{} {}", of.count * priority, of.unit), kEscalations);
            if (of.bounds) put_bounds(data);
          },
          out);
    }
  }
  publish_catalogue(out);
}

void City::publish_catalogue(std::vector<engine::Outgoing>& out) const {
  for (std::size_t i = 0; i < kClasses; ++i) {
    const std::string id = class_id(i);
    add(
        Type::category_registered, id,
        [&](FieldWriter& data) { data.text(Field::name, id).text(Field::level, i % 3 == 0 ? "street" : "grid"); }, out);
  }
  for (std::size_t i = 0; i < kConditions; ++i) {
    const FilingCondition of = filing_condition(i);
    add(
        Type::policy_published, fmt::format("handle-{}-{}", of.category, of.condition),
        [&](FieldWriter& data) {
          data.text(Field::clock, "handle").text(Field::category, of.category).text(Field::condition, of.condition);
          data.text(Field::version, "1");
          const bool working = of.limit.contains("work_");
          put_working(
              data, of.limit,
              working ? kEscalations
                      : std::vector<std::string>{"1 urgent_hour street leader", "then 4 urgent_hour district leader"});
          put_bounds(data);
        },
        out);
  }
}

bool City::add_grid(std::string_view grid, std::vector<engine::Outgoing>& out) {
  if (areas_.contains(grid)) return true;
  if (grid.size() != kLevels.back().second) return false;
  std::string_view parent;
  for (const auto& [level, length] : kLevels) {
    const std::string_view id = grid.substr(0, length);
    if (areas_.emplace(id).second) {
      add(
          Type::area_registered, id,
          [&](FieldWriter& data) { data.text(Field::level, level).text(Field::parent, parent).text(Field::name, id); },
          out);
    }
    parent = id;
  }
  return true;
}

}  // namespace ops::bench
