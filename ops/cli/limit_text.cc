#include "ops/cli/limit_text.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "ops/cli/text_table.h"
#include "topics/outputs/outputs.h"

namespace ops {

using engine::JsonWriter;
using engine::Milliseconds;
using projections::LimitTrace;
using projections::LocalDay;
using projections::NamedDay;
using projections::SkippedDay;

using Align = TextTable::Align;

namespace {

constexpr std::size_t kMaxRows = 40;

constexpr std::array<std::string_view, 7> kWeekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

bool is_weekend(LocalDay day) {
  const std::chrono::weekday of_week(day);
  return of_week == std::chrono::Saturday || of_week == std::chrono::Sunday;
}

}  // namespace

std::string day_text(LocalDay day) {
  return topics::to_string(
      topics::Bucket{topics::BucketKind::day, static_cast<std::int32_t>(day.time_since_epoch().count())});
}

std::string_view weekday(unsigned of_week) {
  return kWeekdays[of_week];
}

std::string_view weekday(LocalDay day) {
  return kWeekdays[std::chrono::weekday(day).c_encoding()];
}

std::string length_text(Milliseconds length) {
  const std::int64_t seconds = length / std::chrono::seconds(1);
  std::string text;
  const auto part = [&](std::int64_t number, std::string_view unit) {
    if (number > 0) text += fmt::format("{}{} {}", text.empty() ? "" : " ", number, unit);
  };
  part(seconds / 3600, "h");
  part(seconds / 60 % 60, "min");
  part(seconds % 60, "s");
  return text.empty() ? "0 h" : text;
}

std::string_view reason(const SkippedDay& skipped) {
  switch (skipped.why) {
    case SkippedDay::Why::not_begun:
      return "not_begun";
    case SkippedDay::Why::weekly_day_off:
      return is_weekend(skipped.day) ? "weekend" : "weekly_day_off";
    case SkippedDay::Why::holiday:
      return "holiday";
    case SkippedDay::Why::pause:
      return "pause";
  }
  return "";
}

std::string reason_text(const SkippedDay& skipped) {
  switch (skipped.why) {
    case SkippedDay::Why::not_begun:
      return "counting had not begun";
    case SkippedDay::Why::weekly_day_off:
      return is_weekend(skipped.day) ? "weekend" : "weekly day off";
    case SkippedDay::Why::holiday:
      return "holiday " + skipped.holiday->name;
    case SkippedDay::Why::pause:
      return skipped.whole ? "pause" : "pause, part of the day";
  }
  return "";
}

void put_skipped(JsonWriter& json, const LimitTrace& trace) {
  json.key("skipped_cut").boolean(trace.cut).key("skipped").begin_array();
  for (const SkippedDay& skipped : trace.skipped) {
    json.begin_object().key("date").string(day_text(skipped.day)).key("reason").string(reason(skipped));
    if (skipped.holiday != nullptr) json.key("name").string(skipped.holiday->name);
    if (skipped.why == SkippedDay::Why::pause) json.key("whole").boolean(skipped.whole);
    json.end_object();
  }
  json.end_array().key("make_up_days").begin_array();
  for (const NamedDay* day : trace.make_up_days) {
    json.begin_object().key("date").string(day_text(day->day)).key("name").string(day->name).end_object();
  }
  json.end_array();
}

std::string skipped_text(const LimitTrace& trace) {
  TextTable table({{"Days", Align::right}, {"From", Align::left}, {"To", Align::left}, {"Not counted", Align::left}});
  const auto day = [](LocalDay local) { return fmt::format("{} {}", weekday(local), day_text(local)); };
  std::size_t rows = 0;
  std::size_t left_out = 0;
  for (std::size_t i = 0; i < trace.skipped.size();) {
    const std::string why = reason_text(trace.skipped[i]);
    const LocalDay first = trace.skipped[i].day;
    std::size_t days = 0;
    while (i + days < trace.skipped.size() && reason_text(trace.skipped[i + days]) == why &&
           trace.skipped[i + days].day == first + std::chrono::days(days)) {
      ++days;
    }
    i += days;
    if (rows++ >= kMaxRows) {
      left_out += days;
      continue;
    }
    const LocalDay last = first + std::chrono::days(days - 1);
    table.add({std::to_string(days), day(first), days == 1 ? "" : day(last), why});
  }
  if (table.empty()) return {};
  std::string text = "\n" + table.text();
  if (left_out > 0) text += fmt::format("and {} more days; --json lists them\n", left_out);
  if (trace.cut) text += fmt::format("Only the first {} days were examined.\n", projections::kMaxTracedDays);
  return text;
}

std::string make_up_text(const LimitTrace& trace) {
  std::string text;
  for (const NamedDay* day : trace.make_up_days) {
    text += text.empty() ? "\nWork days by notice: " : ", ";
    text += fmt::format("{} {}", weekday(day->day), day_text(day->day));
    if (!day->name.empty()) text += fmt::format(" ({})", printable(day->name));
  }
  return text.empty() ? text : text + "\n";
}

}  // namespace ops
