#include "ops/bench/city.h"

#include <array>
#include <functional>

#include <fmt/format.h>

#include "ops/bench/events.h"
#include "topics/encode.h"

namespace ops::bench {
namespace {

using topics::Field;
using topics::FieldWriter;
using topics::Type;

constexpr std::string_view kRules = "bench/rules";  // the source of the rules
constexpr std::array<std::pair<std::string_view, std::size_t>, 4> kLevels = {
    {{"city", 4}, {"district", 6}, {"street", 8}, {"grid", 12}}};

void append_rule(const std::string& topic, Type type, std::string_view subject, engine::Instant time,
                 const std::function<void(FieldWriter&)>& fill, std::vector<engine::Outgoing>& out) {
  std::string data;
  FieldWriter fields(data);
  fill(fields);
  fields.finish();
  const std::string_view name = topics::spec(type).name;
  const std::string id = fmt::format("{}/{}", name, subject);
  engine::Outgoing& record = out.emplace_back();
  record.topic = topic;
  record.key = subject;
  topics::append_event(record.value, {.id = id, .source = kRules, .type = name, .subject = subject, .time = time},
                       data);
}

}  // namespace

void City::publish(std::vector<engine::Outgoing>& out) {
  const auto add = [&](Type type, std::string_view subject, const std::function<void(FieldWriter&)>& fill) {
    append_rule(topic_, type, subject, begin_, fill, out);
  };
  // The rules, too, are in force by the time that they tell.
  for (const std::string_view source : {kRules, kSource}) {
    add(Type::source_trusted, source, [](FieldWriter& data) { data.text(Field::judged_by, "event_time"); });
  }
  add(Type::zone_published, "Asia/Shanghai", [](FieldWriter& data) {
    const std::array<std::string, 1> transitions = {"1970-01-01T00:00:00Z 28800"};
    data.strings(Field::transitions, transitions);
  });
  for (std::int64_t priority = 1; priority <= kPriorities; ++priority) {
    const auto policy = [&](std::string_view clock, engine::Milliseconds limit) {
      add(Type::policy_published, fmt::format("{}-{}", clock, priority), [&](FieldWriter& data) {
        data.text(Field::clock, clock)
            .integer(Field::limit_seconds, std::chrono::floor<std::chrono::seconds>(limit).count())
            .integer(Field::priority, priority)
            .text(Field::start, "opened");
      });
    };
    policy("sign", sign_limit(priority));
    policy("handle", handle_limit(priority));
  }
}

bool City::add_grid(std::string_view grid, std::vector<engine::Outgoing>& out) {
  if (areas_.contains(grid)) return true;
  if (grid.size() != kLevels.back().second) return false;
  std::string_view parent;
  for (const auto& [level, length] : kLevels) {
    const std::string_view id = grid.substr(0, length);
    if (areas_.emplace(id).second) {
      append_rule(
          topic_, Type::area_registered, id, begin_,
          [&](FieldWriter& data) { data.text(Field::level, level).text(Field::parent, parent).text(Field::name, id); },
          out);
    }
    parent = id;
  }
  return true;
}

}  // namespace ops::bench
