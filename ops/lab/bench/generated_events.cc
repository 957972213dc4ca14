#include "ops/lab/bench/generated_events.h"

#include <iterator>

#include <fmt/format.h>

#include "ops/lab/bench/catalogue.h"
#include "topics/codec/encode.h"
#include "topics/codec/rfc3339.h"

namespace ops::bench {

using engine::Instant;
using engine::Milliseconds;
using engine::Result;

namespace {

constexpr int kZoneSeconds = 8 * 3600;
constexpr std::size_t kGrids = 1844;

// With milliseconds also when there are none, so that all events of a type are about as long.
void append_time(std::string& out, Instant time) {
  constexpr std::size_t kZoneBytes = 6;  // "+08:00"
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  topics::append_rfc3339(out, whole, kZoneSeconds);
  out.insert(out.size() - kZoneBytes, fmt::format(".{:03}", (time - whole).count()));
}

}  // namespace

GeneratedEvents::GeneratedEvents(const Options& options) : options_(options), random_(options.seed) {
  for (int district = 0; district < 12; ++district) {
    for (int street = 0; street < 10; ++street) {
      for (int grid = 0; grid < 16 && grids_.size() < kGrids; ++grid) {
        grids_.push_back(fmt::format("3708{:02}{:02}{:04}", district, street, grid));
      }
    }
  }
}

Result<bool> GeneratedEvents::next(SourceEvent& event) {
  if (opened_ < options_.cases) {
    const auto passed = static_cast<unsigned __int128>(options_.span.count()) * opened_ / options_.cases;
    const Instant time = options_.begin + Milliseconds(static_cast<std::int64_t>(passed));
    if (later_.empty() || later_.top().time > time) {
      open_case(event, time);
      return true;
    }
  }
  if (later_.empty()) return false;
  const Later later = later_.top();
  later_.pop();
  follow(later, event);
  return true;
}

// The envelope up to the grid, the first member of the data.
void GeneratedEvents::begin_event(SourceEvent& event, std::string_view type, std::uint64_t number, Instant time,
                                  std::uint16_t grid) {
  event.time = time;
  event.grid = grids_[grid];
  event.subject.clear();
  fmt::format_to(std::back_inserter(event.subject), "C{}-{:09}", options_.seed, number);
  std::string& out = event.value;
  out.clear();
  ++totals_.events;
  fmt::format_to(std::back_inserter(out), R"({{"specversion":"1.0","id":"e{}-{:010}","source":"{}","type":"{}",)",
                 options_.seed, totals_.events, kSource, type);
  fmt::format_to(std::back_inserter(out), R"("subject":"{}","time":")", event.subject);
  append_time(out, time);
  fmt::format_to(std::back_inserter(out), R"(","datacontenttype":"application/json","data":{{"grid":"{}",)",
                 event.grid);
}

void GeneratedEvents::open_case(SourceEvent& event, Instant time) {
  const std::uint64_t number = opened_++;
  const auto grid = static_cast<std::uint16_t>(random_.skewed(grids_.size()));
  const std::string_view category = kCategories[random_.below_modulo(kCategories.size())];
  const auto priority = static_cast<std::int64_t>(1 + random_.below_modulo(kPriorities));
  const std::uint64_t latitude = random_.below_modulo(1'000'000);
  const std::uint64_t longitude = random_.below_modulo(1'000'000);
  event.family = topics::Family::requests;
  begin_event(event, "request.opened", number, time, grid);
  fmt::format_to(std::back_inserter(event.value),
                 R"("category":"{}","priority":{},"channel":"hotline","lat":35.{:06},"lon":116.{:06},)", category,
                 priority, latitude, longitude);
  if (options_.conditions && !condition_of_case(number).empty()) {
    fmt::format_to(std::back_inserter(event.value), R"("condition":"{}",)", condition_of_case(number));
  }
  fmt::format_to(std::back_inserter(event.value),
                 R"("text":"the street lamp at the gate of building {} has been out since last night"}}}})",
                 random_.below_modulo(99));
  ++totals_.opened;
  const Instant assigned = time + Milliseconds(random_.exponential(900'000));
  const Instant completed = assigned + Milliseconds(random_.exponential(86'400'000));
  const Instant called_back = completed + Milliseconds(random_.exponential(43'200'000));
  later_.push({assigned, number, Kind::assigned, grid});
  later_.push({completed, number, Kind::completed, grid});
  later_.push({called_back, number, Kind::called_back, grid});
  if (assigned - time > sign_limit(priority)) ++totals_.sign_breached;
  if (completed - time > handle_limit(priority)) ++totals_.handle_breached;
}

void GeneratedEvents::follow(const Later& later, SourceEvent& event) {
  const auto out = std::back_inserter(event.value);
  switch (later.kind) {
    case Kind::assigned:
      event.family = topics::Family::dispatches;
      begin_event(event, "dispatch.assigned", later.number, later.time, later.grid);
      fmt::format_to(out, R"("unit":"street-office-{}","handler":"w{}"}}}})", event.grid.substr(4, 4),
                     random_.below_modulo(4851));
      break;
    case Kind::completed:
      event.family = topics::Family::dispatches;
      begin_event(event, "dispatch.completed", later.number, later.time, later.grid);
      fmt::format_to(out, R"("result":"resolved","note":"handled on site, photos uploaded"}}}})");
      ++totals_.handled;
      break;
    case Kind::called_back: {
      const bool resolved = random_.below_modulo(10) != 0;
      const std::uint64_t satisfaction = 1 + random_.below_modulo(5);
      event.family = topics::Family::judgements;
      begin_event(event, "visit.follow_up", later.number, later.time, later.grid);
      fmt::format_to(out, R"("resolved":{},"satisfaction":{}}}}})", resolved, satisfaction);
      ++totals_.called_back;
      if (resolved) ++totals_.resolved;
      if (satisfaction >= 4) ++totals_.satisfied;
      break;
    }
  }
}

}  // namespace ops::bench
