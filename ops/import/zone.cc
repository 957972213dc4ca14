// Hand-written, because the packaged date libraries (cctz, Howard Hinnant's date) are wrong after 2037: they stop at the
// last transition of the file, and do not apply the rule in its footer.

#include "ops/import/zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "ops/import/source_text.h"

namespace ops {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_days;

constexpr std::string_view kDatabase = "/usr/share/zoneinfo/";
constexpr int kLastYear = 2200;
constexpr std::int64_t kBeginning = INT64_MIN / 4000;  // fits an Instant

std::int64_t year_begin(int year) {
  return sys_days(std::chrono::year(year) / 1 / 1).time_since_epoch() / seconds(1);
}

int year_of(std::int64_t utc) {
  const auto day = std::chrono::floor<days>(std::chrono::sys_seconds(seconds(utc)));
  return static_cast<int>(std::chrono::year_month_day(day).year());
}

// Reads big-endian numbers of TZif; past the end it reads zeros and ok() is false.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}
  bool ok() const { return ok_; }
  std::string_view rest() const { return rest_; }

  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::int64_t number(unsigned size) {
    const std::string_view bytes = take(size);
    if (bytes.empty()) return 0;
    std::uint64_t value = static_cast<signed char>(bytes[0]) < 0 ? ~std::uint64_t{0} : 0;
    for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
    return static_cast<std::int64_t>(value);
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

struct Counts {
  std::uint64_t ut, standard, leap, times, types, characters;

  explicit Counts(Cursor& cursor) {
    for (std::uint64_t* count : {&ut, &standard, &leap, &times, &types, &characters}) {
      *count = static_cast<std::uint32_t>(cursor.number(4));
    }
  }
};

// A day of the year on which a POSIX rule changes the offset, and the local second of that day.
struct RuleDate {
  enum class Kind : std::uint8_t { month_week_day, julian, zero_based } kind = Kind::month_week_day;
  int month = 0, week = 0, day = 0;
  std::int64_t second = 7200;

  std::int64_t local_in(int year) const {
    const std::chrono::year y(year);
    if (kind == Kind::month_week_day) {
      const std::chrono::year_month m = y / std::chrono::month(static_cast<unsigned>(month));
      const std::chrono::weekday wanted(static_cast<unsigned>(day));
      const sys_days date =
          week == 5 ? sys_days(m / wanted[std::chrono::last]) : sys_days(m / wanted[static_cast<unsigned>(week)]);
      return date.time_since_epoch() / seconds(1) + second;
    }
    // Julian days 1..365 never count February 29.
    const bool after_leap_day = kind == Kind::julian && y.is_leap() && day >= 60;
    const int index = kind == Kind::julian ? day - 1 + (after_leap_day ? 1 : 0) : day;
    return year_begin(year) + index * std::int64_t{86400} + second;
  }
};

// The rule that follows the last transition of a file, as in POSIX TZ: "EST5EDT,M3.2.0,M11.1.0".
struct PosixRule {
  std::string standard, daylight;
  int standard_offset = 0, daylight_offset = 0;
  RuleDate begin, end;  // of daylight saving time; only when `daylight` is not empty
};

class PosixParser {
 public:
  explicit PosixParser(std::string_view text) : rest_(text) {}

  std::optional<PosixRule> parse() {
    PosixRule rule;
    rule.standard = name();
    rule.standard_offset = static_cast<int>(-time());
    if (ok_ && rest_.empty()) return rule;
    rule.daylight = name();
    rule.daylight_offset = rule.standard_offset + 3600;
    if (!rest_.empty() && rest_.front() != ',') rule.daylight_offset = static_cast<int>(-time());
    rule.begin = date();
    rule.end = date();
    if (!ok_ || !rest_.empty()) return std::nullopt;
    return rule;
  }

 private:
  bool accept(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char c) { ok_ = accept(c) && ok_; }

  std::string name() {
    const auto is_end = [](char c) { return c == '+' || c == '-' || c == ',' || (c >= '0' && c <= '9'); };
    const bool quoted = accept('<');
    std::size_t size = 0;
    while (size < rest_.size() && (quoted ? rest_[size] != '>' : !is_end(rest_[size]))) ++size;
    const std::string text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    if (quoted) expect('>');
    ok_ = ok_ && !text.empty();
    return text;
  }

  int number(int lowest, int highest) {
    int value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc() || value < lowest || value > highest) {
      ok_ = false;
      return lowest;
    }
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

  std::int64_t time() {
    const bool negative = accept('-');
    if (!negative) accept('+');
    std::int64_t total = number(0, 167) * std::int64_t{3600};
    if (accept(':')) total += number(0, 59) * 60;
    if (accept(':')) total += number(0, 59);
    return negative ? -total : total;
  }

  RuleDate date() {
    RuleDate date;
    expect(',');
    if (accept('M')) {
      date.month = number(1, 12);
      expect('.');
      date.week = number(1, 5);
      expect('.');
      date.day = number(0, 6);
    } else if (accept('J')) {
      date.kind = RuleDate::Kind::julian;
      date.day = number(1, 365);
    } else {
      date.kind = RuleDate::Kind::zero_based;
      date.day = number(0, 365);
    }
    if (accept('/')) date.second = time();
    return date;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

Zone::Zone() : name_("UTC"), periods_{{kBeginning, 0, false, "UTC"}} {}

engine::Result<Zone> Zone::load(const std::string& name) {
  const bool plausible = !name.empty() && name.front() != '/' && name.find("..") == std::string::npos &&
                         std::ranges::all_of(name, [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                                  c == '/' || c == '_' || c == '-' || c == '+';
                         });
  const auto unknown = [&](std::string_view why) {
    return engine::fail(engine::Action::invalid,
                        fmt::format("time zone \"{}\": {}; use a name of the IANA database such as "
                                    "\"America/New_York\" (package tzdata)",
                                    name, why));
  };
  if (!plausible) return unknown("not a zone name");
  const auto file = read_bytes(std::string(kDatabase) + name);
  if (!file) return unknown(file.error().message);
  Zone zone;
  zone.name_ = name;
  if (const auto parsed = zone.parse(*file); !parsed) return unknown(parsed.error().message);
  return zone;
}

engine::Result<> Zone::parse(std::string_view file) {
  const auto damaged = [] { return engine::fail(engine::Action::invalid, "its file is not a TZif file of version 2"); };
  Cursor cursor(file);
  if (cursor.take(4) != "TZif" || cursor.number(1) < '2') return damaged();
  cursor.take(15);
  const Counts old(cursor);  // the 32-bit block, which the 64-bit one repeats
  cursor.take(old.times * 5 + old.types * 6 + old.characters + old.leap * 8 + old.standard + old.ut);
  cursor.take(20);
  const Counts counts(cursor);
  const std::string_view times = cursor.take(counts.times * 8);
  const std::string_view kinds = cursor.take(counts.times);
  const std::string_view types = cursor.take(counts.types * 6);
  const std::string_view names = cursor.take(counts.characters);
  cursor.take(counts.leap * 12 + counts.standard + counts.ut);
  if (!cursor.ok() || counts.types == 0) return damaged();

  const auto period = [&](std::int64_t begin, std::size_t type) -> std::optional<Period> {
    if (type >= counts.types) return std::nullopt;
    Cursor fields(types.substr(type * 6, 6));
    const auto offset = static_cast<int>(fields.number(4));
    const bool daylight_saving = fields.number(1) != 0;
    const auto name_at = static_cast<std::size_t>(static_cast<std::uint8_t>(fields.number(1)));
    if (name_at >= names.size() || offset < -93600 || offset > 93600) return std::nullopt;
    return Period{begin, offset, daylight_saving,
                  std::string(names.substr(name_at, names.find('\0', name_at) - name_at))};
  };
  const auto first = period(kBeginning, 0);
  if (!first) return damaged();
  periods_.assign(1, *first);
  Cursor time(times);
  for (std::size_t i = 0; i < counts.times; ++i) {
    const auto next = period(time.number(8), static_cast<std::uint8_t>(kinds[i]));
    if (!next) return damaged();
    if (next->begin > periods_.back().begin) periods_.push_back(*next);
  }
  std::string_view rule = cursor.rest();
  if (rule.size() < 2 || rule.front() != '\n' || rule.back() != '\n') return damaged();
  rule = rule.substr(1, rule.size() - 2);
  return rule.empty() ? engine::Result<>{} : extend(rule);
}

engine::Result<> Zone::extend(std::string_view text) {
  const std::optional<PosixRule> rule = PosixParser(text).parse();
  if (!rule) return engine::fail(engine::Action::invalid, fmt::format("its file has the unknown rule \"{}\"", text));
  if (rule->daylight.empty()) return {};
  const int from = std::max(1900, year_of(periods_.back().begin));
  std::vector<Period> following;
  for (int year = from; year <= kLastYear; ++year) {
    following.push_back(
        {rule->begin.local_in(year) - rule->standard_offset, rule->daylight_offset, true, rule->daylight});
    following.push_back(
        {rule->end.local_in(year) - rule->daylight_offset, rule->standard_offset, false, rule->standard});
  }
  std::ranges::stable_sort(following, {}, &Period::begin);
  for (Period& period : following) {
    const Period& last = periods_.back();
    if (period.begin > last.begin && period.offset_seconds != last.offset_seconds)
      periods_.push_back(std::move(period));
  }
  return {};
}

ZonedTime Zone::to_utc(std::chrono::local_time<engine::Milliseconds> local) const {
  const std::int64_t local_ms = local.time_since_epoch().count();
  const std::int64_t local_s = std::chrono::floor<seconds>(local).time_since_epoch().count();
  const auto at = [&](const Period& period, ZonedTime::Kind kind) {
    return ZonedTime{engine::instant(local_ms - period.offset_seconds * 1000ll), period.offset_seconds, kind};
  };

  // Offsets are smaller than 26 hours: only periods that touch this window can hold the local time.
  constexpr std::int64_t kWindow = 26 * 3600;
  auto period = std::ranges::upper_bound(periods_, local_s - kWindow, {}, &Period::begin);
  if (period != periods_.begin()) --period;
  const Period* before = &*period;
  const Period* found = nullptr;
  for (; period != periods_.end() && period->begin <= local_s + kWindow; ++period) {
    const std::int64_t utc = local_s - period->offset_seconds;
    const auto next = period + 1;
    if (utc < period->begin) continue;
    before = &*period;
    if (next != periods_.end() && utc >= next->begin) continue;
    if (found) return at(*found, ZonedTime::Kind::ambiguous);
    found = &*period;
  }
  if (found) return at(*found, ZonedTime::Kind::unique);
  ZonedTime shifted = at(*before, ZonedTime::Kind::skipped);
  if (before + 1 < periods_.data() + periods_.size()) shifted.offset_seconds = before[1].offset_seconds;
  return shifted;
}

std::vector<ZoneTransition> Zone::transitions(int first_year, int last_year) const {
  const auto first = std::ranges::upper_bound(periods_, year_begin(first_year), {}, &Period::begin) - 1;
  const auto last = std::ranges::lower_bound(periods_, year_begin(last_year + 1), {}, &Period::begin);
  std::vector<ZoneTransition> result;
  for (auto period = first; period < last; ++period) {
    const std::int64_t at = std::max(period->begin, year_begin(first_year));
    result.push_back(
        {engine::instant(at * 1000), period->offset_seconds, period->daylight_saving, period->abbreviation});
  }
  return result;
}

}  // namespace ops
