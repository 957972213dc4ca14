#include "topics/outputs/counters.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <tuple>
#include <utility>

#include "engine/json.h"
#include "engine/result.h"
#include "topics/codec/civil_time.h"
#include "topics/names.h"

namespace topics {

namespace {

// By the number of a counter its place in the list.
constexpr auto kPlaces = [] {
  std::array<std::uint8_t, kCounterCount> places{};
  places.fill(0xff);
  for (std::size_t i = 0; i < counters().size(); ++i) {
    std::uint8_t& place = places[static_cast<std::size_t>(counters()[i].counter)];
    if (place != 0xff) throw "two counters have one number";
    place = static_cast<std::uint8_t>(i);
  }
  return places;
}();

constexpr int kEpochYear = 1970;

void append_two(std::string& out, unsigned value) {
  out += static_cast<char>('0' + value / 10);
  out += static_cast<char>('0' + value % 10);
}

}  // namespace

const CounterSpec& spec(Counter counter) {
  const auto number = static_cast<std::size_t>(counter);
  CHECK(number < kPlaces.size() && kPlaces[number] != 0xff);
  return counters()[kPlaces[number]];
}

std::string_view name(Counter counter) {
  return spec(counter).code;
}

std::optional<Counter> find_counter(std::string_view name) {
  static const NameTable table = [] {
    NameTable made;
    for (const CounterSpec& one : counters()) made.add(one.code, static_cast<std::uint16_t>(one.counter));
    return made;
  }();
  const std::uint16_t found = table.find(name);
  if (found == NameTable::kNone) return std::nullopt;
  return static_cast<Counter>(found);
}

std::optional<Counter> averaged_per(Counter counter) {
#define VERSION(n)
#define COUNTER(number, code, buckets, unit, columns, heading, doc)
#define AVERAGE(code, per) \
  if (counter == Counter::code) return Counter::per;
#define INDICATOR(number, code, numerator, denominator, heading, doc)
#include "topics/outputs/counters.def"
#undef VERSION
#undef COUNTER
#undef AVERAGE
#undef INDICATOR
  return std::nullopt;
}

std::string to_string(Bucket bucket) {
  using namespace std::chrono;
  if (bucket.kind == BucketKind::now) return "now";
  const bool day = bucket.kind == BucketKind::day;
  const year_month_day date = day ? year_month_day(sys_days(days(bucket.number)))
                                  : year_month_day((year(kEpochYear) / January + months(bucket.number)) / 1);
  std::string text;
  engine::append_integer(text, static_cast<int>(date.year()));
  if (text.size() < 4) text.insert(0, 4 - text.size(), '0');
  text += '-';
  append_two(text, static_cast<unsigned>(date.month()));
  if (day) {
    text += '-';
    append_two(text, static_cast<unsigned>(date.day()));
  }
  return text;
}

std::optional<Bucket> parse_bucket(std::string_view text) {
  using namespace std::chrono;
  constexpr std::size_t kMonthSize = 7;
  if (text == "now") return Bucket{};
  const bool is_month = text.size() == kMonthSize;
  const auto date = is_month ? parse_date(std::string(text) + "-01") : parse_date(text);
  if (!date) return std::nullopt;
  if (!is_month) return Bucket{BucketKind::day, static_cast<std::int32_t>(sys_days(*date).time_since_epoch().count())};
  const int year = static_cast<int>(date->year());
  const auto month = static_cast<int>(static_cast<unsigned>(date->month()));
  return Bucket{BucketKind::month, (year - kEpochYear) * 12 + (month - 1)};
}

bool is_combined(const std::vector<CounterDelta>& deltas) {
  const auto apart = [](const CounterDelta& a, const CounterDelta& b) {
    const int order = a.area.compare(b.area);
    return b.n != 0 && (order < 0 || (order == 0 && std::tie(a.bucket, a.counter) < std::tie(b.bucket, b.counter)));
  };
  return (deltas.empty() || deltas.front().n != 0) &&
         std::ranges::adjacent_find(deltas, std::not_fn(apart)) == deltas.end();
}

void combine(std::vector<CounterDelta>& deltas) {
  if (is_combined(deltas)) return;
  std::ranges::sort(deltas, [](const CounterDelta& a, const CounterDelta& b) {
    return std::tie(a.area, a.bucket, a.counter) < std::tie(b.area, b.bucket, b.counter);
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < deltas.size();) {
    std::size_t j = i + 1;
    std::int64_t sum = deltas[i].n;
    for (; j < deltas.size() && deltas[j].area == deltas[i].area && deltas[j].bucket == deltas[i].bucket &&
           deltas[j].counter == deltas[i].counter;
         ++j) {
      sum += deltas[j].n;
    }
    if (sum != 0) {
      if (kept != i) deltas[kept] = std::move(deltas[i]);
      deltas[kept++].n = sum;
    }
    i = j;
  }
  deltas.resize(kept);
}

}  // namespace topics
