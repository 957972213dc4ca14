#include "ops/cli/cli_time.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "topics/codec/civil_time.h"
#include "topics/codec/rfc3339.h"

namespace ops {
namespace {

using engine::Instant;
using projections::Grant;
using projections::TimeUnit;

// The terms of the standards stand for the units, too.
struct Term {
  std::string_view text;
  TimeUnit unit;
};
constexpr std::array kTerms = {
    Term{"秒", TimeUnit::second},
    Term{"分钟", TimeUnit::minute},
    Term{"紧急工作时", TimeUnit::urgent_hour},
    Term{"工作时", TimeUnit::work_hour},
    Term{"工作日", TimeUnit::work_day},
    Term{"自然日", TimeUnit::natural_day},
    Term{"紧急工作日", TimeUnit::natural_day},
};

constexpr std::size_t kDayLength = 10;      // 2026-02-13
constexpr std::size_t kMinutesLength = 16;  // 2026-02-13T17:30

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "08:00" or "8:00"; 24:00 is the end of the day.
std::optional<std::chrono::minutes> read_time_of_day(std::string_view text) {
  if (text.size() == 4) return topics::parse_time_of_day("0" + std::string(text));
  return topics::parse_time_of_day(text);
}

std::optional<TimeUnit> read_unit(std::string_view text) {
  for (const Term& term : kTerms) {
    if (text == term.text) return term.unit;
  }
  if (const auto unit = projections::time_unit(text)) return unit;
  if (text.ends_with('s')) return projections::time_unit(text.substr(0, text.size() - 1));
  return std::nullopt;
}

}  // namespace

std::optional<Instant> read_time(std::string_view given) {
  std::string text(given);
  if (text.size() == kDayLength) text += "T00:00";
  if (text.size() > kDayLength + 2 && text[kDayLength + 2] == ':') text.insert(kDayLength + 1, "0");
  if (text.size() < kMinutesLength) return std::nullopt;
  if (text[kDayLength] == ' ') text[kDayLength] = 'T';
  if (const std::size_t blank = text.find(' '); blank != std::string::npos && blank + 1 < text.size()) {
    if (text[blank + 1] != '+' && text[blank + 1] != '-') return std::nullopt;
    text.erase(blank, 1);
  }
  if (text.size() == kMinutesLength || text[kMinutesLength] != ':') text.insert(kMinutesLength, ":00");
  if (const auto time = topics::parse_rfc3339(text)) return time;
  return topics::parse_rfc3339(text + "+08:00");
}

std::optional<Grant> read_grant(std::string_view text) {
  constexpr std::string_view kMeasureWord = "个";
  const auto skip_blanks = [&] { text.remove_prefix(std::min(text.find_first_not_of(' '), text.size())); };
  skip_blanks();
  text = text.substr(0, text.find_last_not_of(' ') + 1);
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = number_of<std::int64_t>(text.substr(0, digits));
  if (!count) return std::nullopt;
  text.remove_prefix(digits);
  skip_blanks();
  if (text.starts_with(kMeasureWord)) text.remove_prefix(kMeasureWord.size());
  skip_blanks();
  const auto unit = read_unit(text);
  if (!unit) return std::nullopt;
  return Grant{*count, *unit};
}

std::optional<GivenSessions> read_sessions(std::string_view text) {
  GivenSessions given;
  if (const std::size_t sign = text.find('='); sign != std::string_view::npos) {
    given.from = topics::parse_local_day(text.substr(0, sign));
    if (!given.from) return std::nullopt;
    text.remove_prefix(sign + 1);
  }
  for (;;) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view session = text.substr(0, comma);
    const std::size_t dash = session.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto from = read_time_of_day(session.substr(0, dash));
    const auto to = read_time_of_day(session.substr(dash + 1));
    if (!from || !to) return std::nullopt;
    given.sessions.push_back({*from, *to});
    if (comma == text.size()) return given;
    text.remove_prefix(comma + 1);
  }
}

std::optional<std::chrono::minutes> read_hours(std::string_view text) {
  if (text.find(':') != std::string_view::npos) return read_time_of_day(text);
  return read_time_of_day(std::string(text) + ":00");
}

}  // namespace ops
