#include "ops/calendars/holiday_files.h"

#include <simdjson.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "ops/calendars/shipped_holidays.h"
#include "ops/import/source_text.h"
#include "topics/codec/civil_time.h"

namespace ops {
namespace {

using engine::Action;
using engine::fail;
using engine::Result;
using projections::LocalDay;
using projections::NamedDay;
using simdjson::dom::element;

constexpr int kFirstYear = 1900;
constexpr int kLastYear = 2200;

int year_of(LocalDay day) {
  return static_cast<int>(std::chrono::year_month_day(day).year());
}

LocalDay first_of(int year) {
  return LocalDay(std::chrono::year(year) / std::chrono::January / 1);
}

LocalDay december_of(int year) {
  return LocalDay(std::chrono::year(year) / std::chrono::December / 1);
}

std::unexpected<engine::Error> bad(std::string_view name, const std::string& what) {
  return fail(Action::invalid, fmt::format("{}: {}. A holiday file is {{\"year\":2026,\"days\":[{{\"name\":\"春节\","
                                           "\"date\":\"2026-02-16\",\"isOffDay\":true}}]}}",
                                           name, what));
}

Result<NamedDay> read_day(std::string_view name, std::size_t number, const element& json, int year) {
  std::string_view holiday;
  std::string_view date;
  NamedDay day;
  if (json["name"].get(holiday) != simdjson::SUCCESS) return bad(name, fmt::format("day {} has no name", number));
  if (json["date"].get(date) != simdjson::SUCCESS) return bad(name, fmt::format("day {} has no date", number));
  if (json["isOffDay"].get(day.off) != simdjson::SUCCESS) {
    return bad(name, fmt::format("day {} ({}) has no isOffDay, true or false", number, date));
  }
  const auto local = topics::parse_local_day(date);
  if (!local) return bad(name, fmt::format("day {} has the date {}, which does not exist", number, date));
  if (std::abs(year_of(*local) - year) > 1) {
    return bad(name, fmt::format("day {} ({}) is not in the year {} or next to it", number, date, year));
  }
  day.day = *local;
  day.name = std::string(holiday);
  return day;
}

// The year in a name such as 2026.json or holiday-cn-2026.json.
std::optional<int> year_in(const std::string& name) {
  constexpr std::string_view kEnd = ".json";
  if (!name.ends_with(kEnd)) return std::nullopt;
  const std::string stem = name.substr(0, name.size() - kEnd.size());
  const std::size_t digits = stem.size() - (stem.find_last_not_of("0123456789") + 1);
  if (digits != 4) return std::nullopt;
  if (stem.size() > digits && stem[stem.size() - digits - 1] != '-') return std::nullopt;
  return std::stoi(stem.substr(stem.size() - digits));
}

Result<> add_file(Holidays& holidays, const std::string& path) {
  return holidays.add(path, TRY(read_bytes(path)));
}

Result<> add_folder(Holidays& holidays, const std::string& folder) {
  constexpr std::string_view kSchema = "schema.json";  // of holiday-cn
  constexpr std::string_view kNames = "the holiday files in a folder must be named 2026.json or holiday-cn-2026.json";
  std::set<std::pair<int, std::string>> files;
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::filesystem::path& path = entries->path();
    if (path.extension() != ".json" || path.filename() == kSchema) continue;
    const auto year = year_in(path.filename().string());
    if (!year) {
      return fail(Action::invalid,
                  fmt::format("{}: the file name contains no year; {}. To use the file anyway, name it directly",
                              path.string(), kNames));
    }
    files.emplace(*year, path.string());
  }
  if (error) return fail(Action::fatal, fmt::format("{}: cannot be read: {}", folder, error.message()));
  if (files.empty()) {
    return fail(Action::invalid, fmt::format("{}: the folder contains no holiday file; {}", folder, kNames));
  }
  for (const auto& [year, path] : files) TRY(add_file(holidays, path));
  return {};
}

}  // namespace

Result<> Holidays::add(std::string_view name, std::string_view text) {
  simdjson::dom::parser parser;
  element root;
  if (const auto code = parser.parse(simdjson::padded_string(text)).get(root); code != simdjson::SUCCESS) {
    return bad(name, fmt::format("it is not JSON ({})", simdjson::error_message(code)));
  }
  std::int64_t year = 0;
  if (root["year"].get(year) != simdjson::SUCCESS || year < kFirstYear || year > kLastYear) {
    return bad(name, fmt::format("it has no year, a number from {} to {}", kFirstYear, kLastYear));
  }
  if (const auto named = year_in(std::filesystem::path(name).filename().string()); named && *named != year) {
    return bad(name, fmt::format("its year is {}, which differs from the year in its name", year));
  }
  simdjson::dom::array papers;
  const auto has_papers = root["papers"].get(papers);
  if (has_papers != simdjson::SUCCESS && has_papers != simdjson::NO_SUCH_FIELD) {
    return bad(name, "its papers are not a list");
  }
  simdjson::dom::array days;
  if (root["days"].get(days) != simdjson::SUCCESS) return bad(name, "it has no list of days");
  File file{.year = static_cast<int>(year), .edition = false, .days = {}};
  std::size_t number = 0;
  for (const element json : days) {
    NamedDay day = TRY(read_day(name, ++number, json, file.year));
    const LocalDay local = day.day;
    if (!file.days.emplace(local, std::move(day)).second) {
      return bad(name, fmt::format("day {} repeats a date", number));
    }
  }
  file.edition = has_papers == simdjson::SUCCESS && papers.size() > 0 && !file.days.empty();
  if (file.edition) std::erase_if(files_, [&](const File& old) { return old.edition && old.year == file.year; });
  files_.push_back(std::move(file));
  return {};
}

bool Holidays::has(int year) const {
  return std::ranges::any_of(files_, [&](const File& file) { return file.edition && file.year == year; });
}

std::vector<NamedDay> Holidays::days() const {
  std::map<LocalDay, const NamedDay*> last;
  for (const File& file : files_) {
    for (const auto& [day, named] : file.days) last[day] = &named;
  }
  std::vector<NamedDay> all;
  for (const auto& [day, named] : last) all.push_back(*named);
  return all;
}

std::vector<projections::DayRange> Holidays::known() const {
  std::vector<projections::DayRange> ranges;
  for (const int year : years())
    ranges.push_back({first_of(year), has(year + 1) ? first_of(year + 1) : december_of(year)});
  return ranges;
}

std::string Holidays::why_unknown(LocalDay day) const {
  const int year = year_of(day);
  const int missing = has(year) ? year + 1 : year;
  std::string_view state = "there is no file for it";
  const auto known = years();
  if (!known.empty() && missing < known.back()) state = "there is no file for it: add one with --calendar";
  for (const File& file : files_) {
    if (file.year == missing) state = file.days.empty() ? "its file has no days yet" : "its file names no papers";
  }
  if (missing == year) return fmt::format("the holidays of {} are not known ({})", year, state);
  return fmt::format("the notice of {} can change days in December {}, and is not known ({})", missing, year, state);
}

std::vector<int> Holidays::years() const {
  std::set<int> all;
  for (const File& file : files_) {
    if (file.edition) all.insert(file.year);
  }
  return {all.begin(), all.end()};
}

Result<Holidays> read_holidays(std::span<const std::string> places) {
  Holidays holidays;
  for (const std::string& place : places) {
    if (place == kNoHolidays) continue;
    if (place == kShippedHolidays) {
      for (const ShippedFile& file : shipped_holidays()) TRY(holidays.add(file.name, file.text));
      continue;
    }
    std::error_code error;
    if (std::filesystem::is_directory(place, error)) {
      TRY(add_folder(holidays, place));
    } else {
      TRY(add_file(holidays, place));
    }
  }
  return holidays;
}

}  // namespace ops
