#include "ops/lab/county/summary.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/json.h"
#include "ops/lab/county/calendar.h"
#include "topics/codec/rfc3339.h"

namespace ops::simulate {
namespace {

constexpr std::array kFamilies = {topics::Family::directory, topics::Family::requests,   topics::Family::dispatches,
                                  topics::Family::visits,    topics::Family::judgements, topics::Family::sensors};

}  // namespace

void CountySummary::count(const CountyEvent& event) {
  ++deliveries;
  if (event.late) ++late;
  if (event.repeated) {
    ++repeated;
    return;
  }
  ++events;
  ++by_type[static_cast<std::size_t>(event.type)];
  if (event.type == topics::Type::request_reported) ++cases;
}

void CountySummary::describe(const CountyMap& map) {
  for (const MapArea& area : map.areas()) {
    const auto known = std::ranges::find_if(areas, [&](const auto& level) { return level.first == area.level; });
    if (known == areas.end()) {
      areas.emplace_back(area.level, 1);
    } else {
      ++known->second;
    }
  }
  workers = map.workers().size();
  households = map.households().size();
  devices = map.devices().size();
}

std::uint64_t CountySummary::of(topics::Family family) const {
  std::uint64_t sum = 0;
  for (const topics::TypeSpec& spec : topics::catalogue()) {
    if (spec.family == family) sum += by_type[static_cast<std::size_t>(spec.type)];
  }
  return sum;
}

std::string to_json(const CountySummary& summary) {
  std::string out;
  engine::JsonWriter json(out);
  const auto number = [&](std::string_view name, std::uint64_t n) {
    json.text_key(name).integer(static_cast<std::int64_t>(n));
  };
  json.begin_object();
  json.key("from").string(topics::format_rfc3339(summary.from, kZoneSeconds));
  json.key("to").string(topics::format_rfc3339(summary.to, kZoneSeconds));
  number("deliveries", summary.deliveries);
  number("events", summary.events);
  number("late", summary.late);
  number("repeated", summary.repeated);
  number("cases", summary.cases);
  number("workers", summary.workers);
  number("households", summary.households);
  number("devices", summary.devices);
  json.key("areas").begin_object();
  for (const auto& [level, n] : summary.areas) number(level, n);
  json.end_object();
  json.key("families").begin_object();
  for (const topics::Family family : kFamilies) number(topics::name(family), summary.of(family));
  json.end_object();
  json.key("types").begin_object();
  for (const topics::TypeSpec& spec : topics::catalogue()) {
    const std::uint64_t n = summary.by_type[static_cast<std::size_t>(spec.type)];
    if (n > 0) number(spec.name, n);
  }
  json.end_object();
  json.end_object();
  return out;
}

std::string to_text(const CountySummary& summary) {
  std::string text = fmt::format("county of {} to {}\n", topics::format_rfc3339(summary.from, kZoneSeconds),
                                 topics::format_rfc3339(summary.to, kZoneSeconds));
  const auto line = [&](std::uint64_t n, std::string_view what) { text += fmt::format("{:>12}  {}\n", n, what); };
  for (const auto& [level, n] : summary.areas) line(n, "areas of level " + level);
  line(summary.workers, "workers");
  line(summary.households, "households under care");
  line(summary.devices, "devices");
  line(summary.cases, "requests reported");
  line(summary.events, "events");
  for (const topics::Family family : kFamilies) line(summary.of(family), fmt::format("  {}", topics::name(family)));
  line(summary.late, "deliveries five minutes late or more");
  line(summary.repeated, "repeated deliveries");
  return text;
}

}  // namespace ops::simulate
