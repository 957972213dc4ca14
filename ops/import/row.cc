#include "ops/import/row.h"

#include <fmt/format.h>

#include <algorithm>

#include "topics/codec/event.h"

namespace ops {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "8.0": digits, a point, nothing but zeros.
bool is_number_as_text(std::string_view value) {
  const std::size_t point = value.find('.');
  if (point == 0 || point == std::string_view::npos || point + 1 == value.size()) return false;
  return std::ranges::all_of(value.substr(0, point), is_digit) &&
         std::ranges::all_of(value.substr(point + 1), [](char c) { return c == '0'; });
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool contains(std::string_view text, std::string_view part) {
  return !std::ranges::search(text, part, {}, lower, lower).empty() || part.empty();
}

constexpr std::string_view kWideBlank = "\xE3\x80\x80";  // U+3000

std::string_view trimmed(std::string_view value) {
  const auto is_blank_at = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!value.empty()) {
    if (is_blank_at(value.front())) {
      value.remove_prefix(1);
    } else if (value.starts_with(kWideBlank)) {
      value.remove_prefix(kWideBlank.size());
    } else if (is_blank_at(value.back())) {
      value.remove_suffix(1);
    } else if (value.ends_with(kWideBlank)) {
      value.remove_suffix(kWideBlank.size());
    } else {
      break;
    }
  }
  return value;
}

}  // namespace

bool is_subject(std::string_view text) {
  const auto printable = [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 127; };
  return !text.empty() && text.size() <= kMaxSubjectBytes && std::ranges::all_of(text, printable);
}

Row::Row(const Mapping& mapping)
    : mapping_(mapping),
      values_(mapping.columns.size()),
      times_(mapping.columns.size()),
      placeholders_(mapping.placeholders.size()) {}

bool Row::refuse(std::string problem) {
  problem_ = std::move(problem);
  return false;
}

bool Row::load(const CsvRecord& record, std::span<const std::size_t> places) {
  if (!record.problem.empty()) return refuse(record.problem);
  std::size_t bytes = 0;
  for (const std::string_view field : record.fields) bytes += field.size();
  constexpr std::size_t kMaxBytes = topics::Limits{}.max_string_bytes;
  if (bytes > kMaxBytes) return refuse(fmt::format("its fields have {} bytes, more than {}", bytes, kMaxBytes));
  for (std::size_t i = 0; i < places.size(); ++i) {
    values_[i] = places[i] == kNoPlace ? std::string_view() : record.fields[places[i]];
    if (mapping_.trims) values_[i] = trimmed(values_[i]);
  }

  for (std::size_t i = 0; i < placeholders_.size(); ++i) {
    const auto& values = mapping_.placeholders[i].values;
    placeholders_[i] =
        std::ranges::all_of(values, [&](const auto& value) { return values_[value.first] == value.second; });
    if (!placeholders_[i]) continue;
    for (const auto& value : values) values_[value.first] = {};
  }

  const std::string_view subject = values_[mapping_.subject];
  if (is_blank(subject)) return refuse(fmt::format("{} is blank", mapping_.columns[mapping_.subject].name));
  subject_.assign(mapping_.subject_prefix).append(subject);
  if (!is_subject(subject_)) {
    return refuse(fmt::format("{} is longer than {} bytes or has control characters",
                              mapping_.columns[mapping_.subject].name, kMaxSubjectBytes));
  }
  return load_times();
}

bool Row::load_times() {
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (!mapping_.columns[i].is_time) continue;
    times_[i].reset();
    if (is_blank(values_[i])) continue;
    std::optional<WrittenTime> written;
    for (const TimeFormat& format : mapping_.time_formats) {
      written = format.read(values_[i]);
      if (written) break;
    }
    if (!written) {
      return refuse(fmt::format("{} \"{}\" matches no time format of the mapping", mapping_.columns[i].name,
                                values_[i].substr(0, 64)));
    }
    if (written->offset_seconds) {
      const auto utc = written->local.time_since_epoch() - std::chrono::seconds(*written->offset_seconds);
      times_[i] = ZonedTime{engine::Instant(utc), *written->offset_seconds, ZonedTime::Kind::unique};
    } else {
      times_[i] = mapping_.zone.to_utc(written->local);
    }
  }
  return true;
}

bool Row::holds(const Condition& condition) const {
  using Kind = Condition::Kind;
  const std::string_view value = values_[condition.column];
  switch (condition.kind) {
    case Kind::present:
      return !is_blank(value);
    case Kind::absent:
      return is_blank(value);
    case Kind::one_of:
      return std::ranges::find(condition.values, value) != condition.values.end();
    case Kind::number_as_text:
      return is_number_as_text(value);
    case Kind::contains:
      return std::ranges::any_of(condition.values, [&](const std::string& part) { return contains(value, part); });
    default:
      break;
  }
  const auto& time = times_[condition.column];
  if (condition.kind == Kind::midnight) {
    return time &&
           (time->time.time_since_epoch() + std::chrono::seconds(time->offset_seconds)) % std::chrono::days(1) ==
               engine::Milliseconds(0);
  }
  const auto& other = times_[condition.other];
  if (!time || !other) return false;
  const auto later = time->time - other->time;
  switch (condition.kind) {
    case Kind::before:
      return later.count() < 0;
    case Kind::after:
      return later.count() > 0;
    case Kind::same_time:
      return later.count() == 0;
    case Kind::soon_after:
      return later.count() > 0 && later < condition.within;
    default:
      return false;
  }
}

bool Row::holds(const std::vector<Condition>& conditions) const {
  return std::ranges::all_of(conditions, [&](const Condition& condition) { return holds(condition); });
}

}  // namespace ops
