#include "ops/lab/county/devices.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/result.h"
#include "topics/codec/rfc3339.h"

namespace ops::simulate {
namespace {

using engine::Instant;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using topics::Field;
using topics::FieldWriter;
using topics::Type;

// What happens to a device on a day, per 100,000.
constexpr std::uint64_t kAlarm = 600;
constexpr std::uint64_t kSilence = 60;
constexpr std::uint64_t kTamper = 15;

constexpr std::int64_t kBatteryDays = 400;
constexpr std::int64_t kLowBattery = 12;  // percent
constexpr std::int64_t kMissedBeats = 3;  // before a device counts as silent

// The swing over a day in thousandths, by hour: the warmest at three in the afternoon.
constexpr std::int64_t kSwing[24] = {-700, -800, -900, -960,  -1'000, -960, -860, -680, -430, -150, 150,  430,
                                     680,  860,  960,  1'000, 960,    860,  680,  430,  150,  -150, -400, -570};

}  // namespace

Devices::Devices(const CountyMap& map, const CountyOptions& options, Outbox& out, Intake& intake)
    : map_(map), options_(options), out_(out), intake_(intake), states_(map.devices().size()) {
  for (const DeviceKind& kind : device_kinds()) {
    sources_.push_back(fmt::format("gateway/{}", kind.name));
    skews_.push_back(out.skew(sources_.back()));
    forms_.push_back(form_of(kind, sources_.back()));
  }
  Random random = random_stream(options.seed, Stream::device);
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const Device& device = map.devices()[i];
    states_[i].battery_offset = random.between(0, kBatteryDays - 1);
    states_[i].id_number = text_number(id_begin(device));
    states_[i].subject_number = text_number(device.id);
  }
}

std::string Devices::id_begin(const Device& device) const {
  return fmt::format("{}/{}", device.id, options_.run);
}

namespace {

constexpr std::string_view kBeat = "/beat";
constexpr std::string_view kRead = "/read";

Type type_of(const DeviceKind& kind) {
  return kind.metric.empty() ? Type::device_beat : Type::sensor_read;
}

std::string_view id_end(const DeviceKind& kind) {
  return kind.metric.empty() ? kBeat : kRead;
}

}  // namespace

template <class Fill>
void Devices::say(Type type, const Device& device, Instant time, std::string_view what, const Fill& fill) {
  fmt::memory_buffer id;
  fmt::format_to(std::back_inserter(id), "{}/{}{}/{}", device.id, options_.run, engine::to_ms(time) / 1000, what);
  out_.tell({.type = type,
             .source = sources_[device.kind],
             .subject = device.id,
             .id = std::string_view(id.data(), id.size()),
             .time = time,
             .happened = time + skews_[device.kind]},
            fill);
}

std::int64_t Devices::battery(const State& state, Day day) const {
  const std::int64_t used = (day - day_of(options_.begin()) + state.battery_offset) % kBatteryDays;
  return 100 - used * 95 / kBatteryDays;
}

void Devices::tell_day(Day day, Instant from) {
  const Instant begin = begin_of(day);
  const auto& devices = map_.devices();
  for (std::size_t i = 0; i < devices.size(); ++i) {
    Random random = random_stream(options_.seed, Stream::device_day, static_cast<std::uint64_t>(day), i);
    const std::int64_t charge = battery(states_[i], day);
    const bool first_low = charge < kLowBattery && battery(states_[i], day - 1) >= kLowBattery;
    if (first_low && begin + hours(6) >= from) {
      say(Type::device_low_battery, devices[i], begin + hours(6) + seconds(random.below(3'600)), "low",
          [&](FieldWriter& fields) { fields.integer(Field::battery_percent, charge); });
    }
    std::uint64_t draw = random.below(100'000);
    const Instant time = begin + seconds(random.below(86'400));
    if (draw >= kAlarm + kSilence + kTamper || time < from) continue;
    if (draw < kAlarm) {
      alarm(devices[i], random, time);
    } else if (draw < kAlarm + kSilence) {
      silence(devices[i], states_[i], random, time);
    } else {
      say(Type::device_tampered, devices[i], time, "tamper",
          [](FieldWriter& fields) { fields.text(Field::reason, "cover-open"); });
    }
  }
}

// Raised; then taken back by the device itself, maybe more than once (flapping), or found true or false by a person.
void Devices::alarm(const Device& device, Random& random, Instant time) {
  const DeviceKind& kind = device_kinds()[device.kind];
  const Grid& grid = map_.grids()[device.grid];
  const std::string& worker = map_.workers_of(device.grid).front().id;
  const auto raise = [&](Instant at) {
    say(Type::alarm_raised, device, at, "raised", [&](FieldWriter& fields) {
      fields.text(Field::alarm, kind.alarm).text(Field::level, random.per_mille(800) ? "1" : "2");
      if (!kind.metric.empty()) {
        const std::int64_t beyond = kind.alarm_at < kind.usual ? -1 : 1;
        fields.text(Field::metric, kind.metric);
        fields.decimal(Field::reading, decimal_text(kind.alarm_at + beyond * random.between(1, 60), 1));
        fields.text(Field::value_unit, kind.value_unit);
      }
      fields.text(Field::area, grid.id);
    });
  };
  const auto clear = [&](Instant at) {
    say(Type::alarm_cleared, device, at, "cleared", [&](FieldWriter& fields) {
      fields.text(Field::alarm, kind.alarm);
      if (kind.metric.empty()) return;
      fields.text(Field::metric, kind.metric).decimal(Field::reading, decimal_text(kind.usual, 1));
      fields.text(Field::value_unit, kind.value_unit);
    });
  };
  raise(time);
  const auto outcome = random.weighted({620, 260, 120});
  if (outcome == 0) {
    const int times = random.per_mille(100) ? 4 : 1;
    for (int i = 1; i <= times; ++i) {
      time += seconds(random.between(20, 900));
      clear(time);
      if (i == times) break;
      time += seconds(random.between(5, 120));
      raise(time);
    }
    return;
  }
  const Instant seen = time + seconds(random.between(120, 2'400));
  if (outcome == 1) {
    say(Type::alarm_dismissed, device, seen, "dismissed", [&](FieldWriter& fields) {
      fields.text(Field::alarm, kind.alarm).text(Field::worker, worker).text(Field::reason, "false-alarm");
      fields.text(Field::actor, worker).text(Field::role, "grid-worker");
    });
    return clear(seen + minutes(1));
  }
  const std::string id = fmt::format("YZ-{}{}-S{}", options_.run, compact_date(day_of(seen)), device.id.substr(2));
  say(Type::alarm_verified, device, seen, "verified", [&](FieldWriter& fields) {
    fields.text(Field::alarm, kind.alarm).text(Field::worker, worker).text(Field::case_id, id);
    fields.text(Field::actor, worker).text(Field::role, "grid-worker");
  });
  intake_.tell_alarm(device, seen + minutes(1), id);
  clear(seen + hours(1 + static_cast<int>(random.below(12))));
}

void Devices::silence(const Device& device, State& state, Random& random, Instant time) {
  if (time < state.silent_until) return;
  state.silent_from = time;
  const auto missed = seconds(kMissedBeats * options_.sensor_interval_seconds);
  state.silent_until = time + missed + seconds(random.between(600, 40 * 3'600));
  say(Type::device_silenced, device, time + missed, "silent",
      [&](FieldWriter& fields) { fields.instant(Field::last_heard, out_.at(time)).text(Field::reason, "no-beat-3"); });
}

// Each device has its own second within the interval.
void Devices::tell_routine(Instant from, Instant to) {
  const auto interval = static_cast<std::int64_t>(options_.sensor_interval_seconds);
  const std::int64_t first = (engine::to_ms(from) + 999) / 1000;
  const std::int64_t end = (engine::to_ms(to) + 999) / 1000;
  const auto& devices = map_.devices();
  std::string id;  // its end
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const State& state = states_[i];
    const std::int64_t phase = static_cast<std::int64_t>(i * 2'654'435'761u % static_cast<std::uint64_t>(interval));
    const std::int64_t rest = ((first - phase) % interval + interval) % interval;
    for (std::int64_t second = first + (rest == 0 ? 0 : interval - rest); second < end; second += interval) {
      const Instant time = engine::instant(second * 1000);
      if (time >= state.silent_from && time < state.silent_until) continue;
      id.clear();
      engine::append_integer(id, second);
      id += id_end(device_kinds()[devices[i].kind]);
      out_.tell({static_cast<std::uint32_t>(i), time}, text_number(id, state.id_number), state.subject_number);
    }
  }
}

// Made of an event with stand-ins, which are found from left to right.
Devices::Form Devices::form_of(const DeviceKind& kind, std::string_view source) const {
  constexpr std::string_view kDevice = "the-device";
  constexpr std::int64_t kSecond = 9'999'999'999;
  constexpr std::string_view kReading = "77777777.7";
  constexpr std::int64_t kBattery = 55'555'555;
  constexpr std::string_view kArea = "the-area";
  const bool reads = !kind.metric.empty();
  std::string data;
  FieldWriter fields(data, kZoneSeconds);
  if (reads) {
    fields.text(Field::metric, kind.metric).decimal(Field::reading, kReading);
    fields.text(Field::value_unit, kind.value_unit).integer(Field::battery_percent, kBattery);
    fields.text(Field::area, kArea);
  } else {
    fields.integer(Field::battery_percent, kBattery);
    fields.integer(Field::interval_seconds, out_.seconds(options_.sensor_interval_seconds));
  }
  fields.finish();
  const Instant instant = engine::instant(kSecond * 1000);
  std::string event;
  topics::append_event(event,
                       {.id = fmt::format("{}/{}{}{}", kDevice, options_.run, kSecond, id_end(kind)),
                        .source = source,
                        .type = topics::spec(type_of(kind)).name,
                        .subject = kDevice,
                        .time = instant,
                        .zone_seconds = kZoneSeconds},
                       data);
  std::string time;
  topics::append_rfc3339(time, instant, kZoneSeconds);
  const std::string second = fmt::format("{}{}", kSecond, id_end(kind));
  const std::string battery = fmt::to_string(kBattery);
  Form form;
  std::size_t from = 0;
  auto* piece = form.begin();
  for (const std::string_view stand_in :
       {kDevice, std::string_view(second), kDevice, std::string_view(time), reads ? kReading : std::string_view(),
        std::string_view(battery), reads ? kArea : std::string_view()}) {
    const std::size_t at = event.find(stand_in, from);
    CHECK(at != std::string::npos);
    *piece++ = event.substr(from, at - from);
    from = at + stand_in.size();
  }
  *piece = event.substr(from);
  form[2].insert(0, id_end(kind));
  return form;
}

// Ids of devices and areas are plain: nothing in them is escaped in JSON.
void Devices::write(const Routine& routine, CountyEvent& event) const {
  const Device& device = map_.devices()[routine.subject];
  const DeviceKind& kind = device_kinds()[device.kind];
  const bool reads = !kind.metric.empty();
  event.type = type_of(kind);
  event.family = topics::spec(event.type).family;
  event.subject = device.id;
  event.happened = out_.at(routine.time + skews_[device.kind]);
  const auto& pieces = forms_[device.kind];
  std::string& out = event.value;
  out = pieces[0];
  out.append(device.id).append(pieces[1]);
  engine::append_integer(out, engine::to_ms(routine.time) / 1000);
  out.append(pieces[2]).append(device.id).append(pieces[3]);
  topics::append_rfc3339(out, event.happened, kZoneSeconds);
  out += pieces[4];
  if (reads) out += decimal_text(reading(routine), 1);
  out += pieces[5];
  engine::append_integer(out, battery(states_[routine.subject], day_of(routine.time)));
  out += pieces[6];
  if (reads) out += map_.grids()[device.grid].id;
  out += pieces[7];
}

// Routine comes in the order of time, so devices in no order that the processor could foresee.
void Devices::prefetch(const Routine& routine) const {
  __builtin_prefetch(&map_.devices()[routine.subject]);
  __builtin_prefetch(&states_[routine.subject]);
}

std::int64_t Devices::reading(const Routine& routine) const {
  const DeviceKind& kind = device_kinds()[map_.devices()[routine.subject].kind];
  Random random = random_stream(options_.seed, Stream::device, routine.subject,
                                static_cast<std::uint64_t>(engine::to_ms(routine.time)));
  std::int64_t value = kind.usual + kind.swing * kSwing[hour_of(routine.time)] / 1000;
  for (int i = 0; i < 2; ++i) value += random.between(-kind.noise, kind.noise) / 2;
  return value;
}

}  // namespace ops::simulate
