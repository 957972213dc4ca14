#include "ops/lab/county/registry.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "ops/lab/county/registrar.h"
#include "ops/lab/county/working_rules.h"

namespace ops::simulate {
namespace {

using engine::Instant;
using topics::Field;
using topics::FieldWriter;
using topics::Type;

constexpr std::string_view kMapVersion = "2026-01";
constexpr std::array<std::int64_t, 4> kHandleDays = {1, 2, 5, 10};
constexpr std::int64_t kCloseDays = 3;  // after the limit for handling

constexpr std::uint32_t kEvery = 30;     // days, after which something changes again
constexpr std::uint32_t kNoticeDay = 8;  // of these, when a local day off is told
constexpr std::int64_t kNoticeLead = 4;  // days before it

void trust(std::string_view source, const CountyOptions& options, Registrar& registry) {
  constexpr std::int64_t kMaxBackdate = 3600;
  registry.say(Type::source_trusted, source, [&](FieldWriter& fields) {
    fields.text(Field::judged_by, "event_time");
    if (!options.past) fields.integer(Field::max_backdate_seconds, kMaxBackdate);
  });
}

void tell_sources(const CountyMap& map, const CountyOptions& options, Registrar& registry) {
  for (const std::string_view source :
       {"admin/registry", "hotline/12345", "app/resident", "qr/door-plate", "web/county", "media/monitor",
        "upper/12345", "app/grid-worker", "desk/command-centre", "callback/12345", "check/centre", "review/centre",
        "supervision/centre"}) {
    trust(source, options, registry);
  }
  for (const Street& street : map.streets()) trust(street.desk, options, registry);
  for (const Department& department : departments()) trust(fmt::format("unit/{}", department.id), options, registry);
  for (const DeviceKind& kind : device_kinds()) trust(fmt::format("gateway/{}", kind.name), options, registry);
}

void tell_units(const CountyMap& map, Registrar& registry) {
  const auto unit = [&](std::string_view id, std::string_view name, std::string_view level, std::string_view area,
                        std::string_view parent) {
    registry.say(Type::unit_registered, id, [&](FieldWriter& fields) {
      fields.text(Field::name, name).text(Field::level, level).text(Field::area, area).text(Field::parent, parent);
    });
  };
  unit("county-government", "云泽县人民政府", "district", kCountyCode, "");
  unit("command-centre", "网格化服务管理中心", "district", kCountyCode, "county-government");
  unit("hotline-centre", "12345热线受理中心", "district", kCountyCode, "county-government");
  unit("callback-centre", "回访中心", "district", kCountyCode, "county-government");
  for (const Street& street : map.streets()) {
    unit(street.office, street.name + "办事处", "street", street.id, "county-government");
  }
  for (const Department& department : departments()) {
    unit(department.id, department.name, "department", kCountyCode, "county-government");
  }
}

void tell_policy(const std::string& id, std::string_view clock, std::int64_t limit, std::int64_t priority,
                 std::string_view category, std::string_view version, const Outbox& out, Registrar& registry) {
  constexpr std::int64_t kWarnPart = 5;
  registry.say(Type::policy_published, id, [&](FieldWriter& fields) {
    fields.text(Field::clock, clock).integer(Field::limit_seconds, out.seconds(limit)).text(Field::category, category);
    if (priority != 0) fields.integer(Field::priority, priority);
    fields.text(Field::start, clock == "sign" ? "sent" : "opened");
    if (clock != "sign") fields.integer(Field::warn_seconds, out.seconds(limit) / kWarnPart);
    fields.text(Field::version, version);
  });
}

void tell_policies(const Outbox& out, Registrar& registry) {
  for (std::int64_t priority = 1; priority <= 4; ++priority) {
    const auto policy = [&](std::string_view clock, std::int64_t limit) {
      tell_policy(fmt::format("{}-{}", clock, priority), clock, limit, priority, "", "1", out, registry);
    };
    const std::int64_t handle = handle_seconds(priority);
    policy("sign", sign_seconds(priority));
    policy("handle", handle);
    policy("close", handle + kCloseDays * 86'400);
  }
  tell_policy("handle-gas", "handle", 7'200, 0, "gas", "1", out, registry);
}

void tell_rules(const CountyOptions& options, Registrar& registry, Outbox& out) {
  for (const CategoryGroup& group : category_groups()) {
    registry.say(Type::category_registered, group.id,
                 [&](FieldWriter& fields) { fields.text(Field::name, group.name).text(Field::level, "community"); });
  }
  for (const Category& category : categories()) {
    registry.say(Type::category_registered, category.id, [&](FieldWriter& fields) {
      fields.text(Field::name, category.name).text(Field::parent, category.parent).text(Field::level, "grid");
      fields.text(Field::unit, category.department);
    });
  }
  if (options.policies == CountyPolicies::working) {
    tell_working_rules(registry);
  } else {
    tell_policies(out, registry);
  }
  const std::vector<std::string> indicators = {"closed_on_time", "resolved", "satisfied"};
  const std::vector<std::string> weights = {"20", "40", "40"};
  registry.say(Type::ruleset_published, "three-rates", [&](FieldWriter& fields) {
    fields.text(Field::level, "street").strings(Field::indicators, indicators).strings(Field::weights, weights);
    fields.integer(Field::minimum_sample, 10).text(Field::ranking, "dense").boolean(Field::count_duplicates, false);
    fields.text(Field::version, "1");
  });
  if (options.speed != 1) return;  // a time of day has no place where a day lasts minutes
  const std::vector<std::string> tags = {"living-alone", "over-80"};
  registry.say(Type::expectation_published, "curtain-0730", [&](FieldWriter& fields) {
    fields.text(Field::expects, "round.made").text(Field::daily_at, "07:30");
    fields.integer(Field::window_seconds, out.seconds(5'400)).strings(Field::tags, tags).text(Field::version, "1");
  });
}

void tell_areas(const CountyMap& map, Registrar& registry) {
  for (const MapArea& area : map.areas()) {
    registry.say(Type::area_registered, area.id, [&](FieldWriter& fields) {
      fields.text(Field::level, area.level).text(Field::parent, area.parent).text(Field::name, area.name);
      fields.text(Field::unit, area.unit).text(Field::map_version, kMapVersion);
    });
  }
}

void tell_people(const CountyMap& map, Registrar& registry) {
  constexpr std::string_view kApp = "app/grid-worker";
  for (const Worker& worker : map.workers()) {
    const Grid& grid = map.grids()[worker.grid];
    std::vector<std::string> tags = {"first-aid"};
    if (worker.captain) tags = {"building-captain"};
    registry.as(worker.dedicated ? "dedicated" : "part-time");
    registry.say(
        Type::worker_registered, worker.id,
        [&](FieldWriter& fields) {
          fields.text(Field::area, grid.id).text(Field::unit, map.streets()[grid.street].office);
          fields.strings(Field::tags, tags).text(Field::person, "sealed:v1:" + worker.id);
        },
        kApp);
  }
  registry.as("grid-worker");
  for (const Household& household : map.households()) {
    const Grid& grid = map.grids()[household.grid];
    const std::vector<std::string> tags = {household.tag};
    registry.say(
        Type::household_registered, household.id,
        [&](FieldWriter& fields) {
          fields.text(Field::area, grid.buildings[household.building]).strings(Field::tags, tags);
          fields.text(Field::worker, map.workers_of(household.grid).front().id);
          fields.text(Field::person, "sealed:v1:" + household.id);
        },
        kApp);
  }
  registry.as("administrator");
}

void tell_devices(const CountyMap& map, const CountyOptions& options, Registrar& registry, Outbox& out) {
  for (const Device& device : map.devices()) {
    const Grid& grid = map.grids()[device.grid];
    const DeviceKind& kind = device_kinds()[device.kind];
    registry.say(
        Type::device_registered, device.id,
        [&](FieldWriter& fields) {
          fields.text(Field::area, grid.id).text(Field::model, kind.model).text(Field::kind, kind.name);
          fields.text(Field::unit, map.streets()[grid.street].office);
          fields.integer(Field::interval_seconds, out.seconds(options.sensor_interval_seconds));
        },
        fmt::format("gateway/{}", kind.name));
  }
}

// Each version is whole; a local day off is told some days ahead.
void tell_calendar(const CountyOptions& options, const std::vector<Day>& local, std::string_view version,
                   Registrar& registry) {
  const std::vector<std::string> sessions = {"08:30-12:00", "14:00-18:00"};
  const std::vector<std::string> known = {std::string(kKnownDays)};
  std::vector<std::string> off;
  std::vector<std::string> on;
  const int first_year = std::stoi(date_text(day_of(options.begin())));
  for (const int year : {first_year, first_year + 1}) {
    for (std::string& day : holidays_of(year)) off.push_back(std::move(day));
    for (std::string& day : makeup_workdays_of(year)) on.push_back(std::move(day));
  }
  for (const Day day : local) off.push_back(date_text(day) + " 全县停工日");
  registry.say(Type::calendar_published, kWorkCalendar, [&](FieldWriter& fields) {
    fields.strings(Field::sessions, sessions).strings(Field::days_off, off).strings(Field::days_on, on);
    fields.strings(Field::known, known).text(Field::version, version);
  });
}

// The local days off that were told up to the `number`th day: one in each thirty days, a plain workday.
std::vector<Day> local_days_off(const CountyOptions& options, std::uint32_t number) {
  std::vector<Day> all;
  for (std::uint32_t told = kNoticeDay; told <= number; told += kEvery) {
    Day day = day_of(options.begin()) + told + kNoticeLead;
    while (!is_workday(day)) ++day;
    all.push_back(day);
  }
  return all;
}

}  // namespace

std::int64_t sign_seconds(std::int64_t priority) {
  return 900 * priority;
}

std::int64_t handle_seconds(std::int64_t priority) {
  return kHandleDays.at(static_cast<std::size_t>(priority - 1)) * 86'400;
}

void tell_registry(const CountyMap& map, const CountyOptions& options, Outbox& out) {
  Registrar registry(out, options.begin() - kRegistryLead, options.run + "1");
  tell_sources(map, options, registry);
  const std::vector<std::string> transitions = {"2000-01-01T00:00:00Z 28800"};
  registry.say(Type::zone_published, "Asia/Shanghai",
               [&](FieldWriter& fields) { fields.strings(Field::transitions, transitions); });
  tell_calendar(options, {}, "1", registry);
  tell_areas(map, registry);
  tell_units(map, registry);
  tell_rules(options, registry, out);
  tell_people(map, registry);
  tell_devices(map, options, registry, out);
}

void tell_changes(const CountyMap& map, const CountyOptions& options, std::uint32_t number, Outbox& out) {
  const Instant morning = options.begin() + std::chrono::days(number) + std::chrono::hours(9);
  Registrar registry(out, morning, fmt::format("{}day-{}", options.run, number));
  Random random = random_stream(options.seed, Stream::registry, number);
  constexpr std::uint32_t kMoves = 3;
  constexpr std::uint32_t kRevised = 5;
  const std::vector<Grid>& grids = map.grids();
  if (number % kEvery == kMoves) {
    const Grid& grid = grids[random.below(grids.size())];
    std::vector<std::string_view> others;
    for (const Grid& other : grids) {
      if (other.community != grid.community) others.push_back(other.community);
    }
    if (!others.empty()) {
      registry.say(Type::area_moved, grid.id, [&](FieldWriter& fields) {
        fields.text(Field::parent, others[random.below(others.size())]).text(Field::map_version, "2026-02");
        fields.text(Field::reason, "redrawn");
      });
    }
  }
  if (options.policies == CountyPolicies::working) {
    change_working_rules(number, registry);
    if (number % kEvery == kNoticeDay) {
      tell_calendar(options, local_days_off(options, number), std::to_string(number), registry);
    }
  } else if (number % kEvery == kRevised) {
    const auto priority = static_cast<std::int64_t>(3 + random.below(2));
    const std::int64_t limit = handle_seconds(priority) - 86'400 * static_cast<std::int64_t>(random.below(2));
    tell_policy(fmt::format("handle-{}", priority), "handle", limit, priority, "", std::to_string(number), out,
                registry);
  }
  if (!map.households().empty() && random.per_mille(20 * std::min<std::uint64_t>(grids.size(), 40))) {
    const Household& household = map.households()[random.below(map.households().size())];
    const std::vector<std::string> tags = {household.tag, "over-80"};
    registry.as("grid-worker");
    registry.say(
        Type::household_registered, household.id,
        [&](FieldWriter& fields) {
          const Grid& grid = grids[household.grid];
          fields.text(Field::area, grid.buildings[household.building]).strings(Field::tags, tags);
          fields.text(Field::worker, map.workers_of(household.grid).front().id);
        },
        "app/grid-worker");
  }
}

}  // namespace ops::simulate
