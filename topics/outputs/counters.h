#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace topics {

// What is counted of areas, as counters.def lists it.

enum class BucketKind : std::uint8_t { day, month, now };

// The time that a count belongs to, in the zone of the city.
struct Bucket {
  BucketKind kind = BucketKind::now;
  std::int32_t number = 0;  // day: days since 1970-01-01; month: months since 1970-01; now: 0
  auto operator<=>(const Bucket&) const = default;
};

std::string to_string(Bucket bucket);  // "2015-06-01", "2015-06" or "now"
std::optional<Bucket> parse_bucket(std::string_view text);

// By its number.
enum class Counter : std::uint8_t {
#define VERSION(n)
#define COUNTER(number, code, buckets, unit, columns, heading, doc) code = number,
#define AVERAGE(code, per)
#define INDICATOR(number, code, numerator, denominator, heading, doc)
#include "topics/outputs/counters.def"
#undef VERSION
#undef COUNTER
#undef AVERAGE
#undef INDICATOR
};

enum class Columns : std::uint8_t { none, days, all };

struct CounterSpec {
  Counter counter;
  std::string_view code;
  std::uint8_t buckets;  // bit of each BucketKind
  std::string_view unit;
  Columns columns;
  std::string_view heading;
  std::string_view doc;

  bool counts_by(BucketKind kind) const { return (buckets >> static_cast<unsigned>(kind) & 1) != 0; }
};

// A rate of the counters of one month.
struct IndicatorSpec {
  std::uint8_t number;
  std::string_view code;
  Counter numerator;
  Counter denominator;
  std::string_view heading;
  std::string_view doc;
};

namespace detail {

inline constexpr auto kCounters = [] {
  constexpr unsigned kDay = 1u << static_cast<unsigned>(BucketKind::day);
  constexpr unsigned kMonth = 1u << static_cast<unsigned>(BucketKind::month);
  constexpr unsigned kNow = 1u << static_cast<unsigned>(BucketKind::now);
  return std::to_array<CounterSpec>({
#define VERSION(n)
#define COUNTER(number, code, buckets, unit, columns, heading, doc) \
  {Counter::code, #code, static_cast<std::uint8_t>(buckets), unit, Columns::columns, heading, doc},
#define AVERAGE(code, per)
#define INDICATOR(number, code, numerator, denominator, heading, doc)
#include "topics/outputs/counters.def"
#undef VERSION
#undef COUNTER
#undef AVERAGE
#undef INDICATOR
  });
}();

inline constexpr auto kIndicators = std::to_array<IndicatorSpec>({
#define VERSION(n)
#define COUNTER(number, code, buckets, unit, columns, heading, doc)
#define AVERAGE(code, per)
#define INDICATOR(number, code, numerator, denominator, heading, doc) \
  {number, #code, Counter::numerator, Counter::denominator, heading, doc},
#include "topics/outputs/counters.def"
#undef VERSION
#undef COUNTER
#undef AVERAGE
#undef INDICATOR
});

template <class Specs, class Number>
consteval std::size_t numbers_of(const Specs& specs, Number number) {
  std::size_t end = 0;
  for (const auto& spec : specs) {
    const auto at = static_cast<std::size_t>(number(spec));
    if (at >= end) end = at + 1;
  }
  return end;
}

}  // namespace detail

// One more than the highest number.
inline constexpr std::size_t kCounterCount =
    detail::numbers_of(detail::kCounters, [](const CounterSpec& spec) { return spec.counter; });
inline constexpr std::size_t kIndicatorCount =
    detail::numbers_of(detail::kIndicators, [](const IndicatorSpec& spec) { return spec.number; });

inline constexpr std::uint32_t kCountersVersion =
#define VERSION(n) n;
#define COUNTER(number, code, buckets, unit, columns, heading, doc)
#define AVERAGE(code, per)
#define INDICATOR(number, code, numerator, denominator, heading, doc)
#include "topics/outputs/counters.def"
#undef VERSION
#undef COUNTER
#undef AVERAGE
#undef INDICATOR

    // In the order of their lines.
    constexpr std::span<const CounterSpec> counters() {
  return detail::kCounters;
}
constexpr std::span<const IndicatorSpec> indicators() {
  return detail::kIndicators;
}

const CounterSpec& spec(Counter counter);  // REQUIRES: there is one of that number (checked)
std::string_view name(Counter counter);
std::optional<Counter> find_counter(std::string_view name);
// The counter per one of which tables show the mean of `counter`; nothing: they show its sum.
std::optional<Counter> averaged_per(Counter counter);

struct Count {
  Counter counter = Counter::opened;
  std::int64_t n = 0;
};

struct CounterDelta {
  std::string area;
  Bucket bucket;
  Counter counter = Counter::opened;
  std::int64_t n = 0;
  auto operator<=>(const CounterDelta&) const = default;
};

// Sorts by (area, bucket, counter), sums equal ones and drops zeros.
void combine(std::vector<CounterDelta>& deltas);
bool is_combined(const std::vector<CounterDelta>& deltas);

}  // namespace topics
