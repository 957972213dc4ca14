#include "ops/lab/county/field_work.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace ops::simulate {
namespace {

using engine::Instant;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using topics::Field;
using topics::FieldWriter;
using topics::Type;

constexpr std::size_t kCurtains = 6;  // on a round at most

// The day of one grid.
class GridDay {
 public:
  GridDay(const CountyMap& map, const CountyOptions& options, Outbox& out, Day day, Instant from, std::uint32_t grid)
      : map_(map),
        grid_(map.grids()[grid]),
        grid_number_(grid),
        out_(out),
        begin_(begin_of(day)),
        from_(from),
        random_(random_stream(options.seed, Stream::field, static_cast<std::uint64_t>(day), grid)),
        workday_(is_workday(day)),
        day_text_(options.run + compact_date(day)),
        route_(fmt::format("round-{}-{}", grid_.id, day_text_)) {}

  void tell() {
    const auto workers = map_.workers_of(grid_number_);
    worker_ = &workers.front();
    make_round();
    patrol(workday_ ? 8 : 4);
    visit_households(workday_ ? 3 : 1);
    for (const Worker& other : workers.subspan(1)) {
      worker_ = &other;
      if (random_.per_mille(workday_ ? 350 : 200)) patrol(3);
    }
  }

 private:
  template <class Fill>
  void say(Type type, std::string_view subject, Instant time, const Fill& fill) {
    const std::string id = fmt::format("{}/{}/{}", subject, day_text_, ++events_);
    if (time < from_) return;
    constexpr std::string_view kApp = "app/grid-worker";
    const auto& spec = topics::spec(type);
    out_.tell(
        {.type = type, .source = kApp, .subject = subject, .id = id, .time = time, .happened = time + out_.skew(kApp)},
        [&](FieldWriter& fields) {
          if (topics::find(spec, Field::area) != nullptr) fields.text(Field::area, grid_.id);
          if (topics::find(spec, Field::worker) != nullptr) fields.text(Field::worker, worker_->id);
          if (topics::find(spec, Field::unit) != nullptr) {
            fields.text(Field::unit, map_.streets()[grid_.street].office);
          }
          fill(fields);
          fields.text(Field::actor, worker_->id).text(Field::role, worker_->dedicated ? "dedicated" : "part-time");
        });
  }

  // A moment in `span` after `least`, both from midnight.
  Instant moment(std::chrono::minutes least, std::chrono::minutes span) {
    return begin_ + least + seconds(random_.below(static_cast<std::uint64_t>(span.count()) * 60));
  }

  void place(FieldWriter& fields) {
    fields.decimal(Field::latitude, decimal_text(grid_.latitude + random_.between(-900, 900), 6));
    fields.decimal(Field::longitude, decimal_text(grid_.longitude + random_.between(-900, 900), 6));
    fields.integer(Field::accuracy_m, random_.between(3, 25));
  }

  // From half past seven on; a curtain that is not drawn is followed by a call, and maybe a visit. What a round does
  // not reach is missed.
  void make_round() {
    Instant time = moment(minutes(450), minutes(6));
    std::size_t passed = 0;
    const bool broken_off = random_.per_mille(15);
    for (const Household& household : map_.households_of(grid_number_)) {
      if (!household.curtain || passed == kCurtains) continue;
      ++passed;
      if (broken_off && passed > kCurtains / 2) {
        say(Type::expectation_missed, household.id, begin_ + hours(9), [&](FieldWriter& fields) {
          fields.text(Field::expectation, "curtain-0730").instant(Field::due, out_.at(begin_ + hours(9)));
        });
        continue;
      }
      time += seconds(random_.between(120, 480));
      const bool drawn = !random_.per_mille(20);
      say(Type::round_made, household.id, time,
          [&](FieldWriter& fields) { fields.boolean(Field::drawn, drawn).text(Field::route, route_); });
      if (!drawn) look_after(household, time);
    }
  }

  void look_after(const Household& household, Instant time) {
    time += seconds(random_.between(300, 1'800));
    const bool reached = random_.per_mille(650);
    say(Type::visit_contacted, household.id, time,
        [&](FieldWriter& fields) { fields.text(Field::means, "phone").boolean(Field::reached, reached); });
    if (reached) return;
    time += seconds(random_.between(600, 3'600));
    say(Type::visit_arrived, household.id, time, [&](FieldWriter& fields) { place(fields); });
    say(Type::visit_made, household.id, time + minutes(random_.between(4, 20)), [&](FieldWriter& fields) {
      fields.text(Field::result, random_.per_mille(950) ? "well" : "needs-help").text(Field::household, household.id);
    });
  }

  void patrol(std::int64_t fixes) {
    Instant time = moment(minutes(510), minutes(30));
    say(Type::worker_checked_in, worker_->id, time, [&](FieldWriter& fields) { place(fields); });
    for (std::int64_t i = 0; i < fixes; ++i) {
      time += seconds(random_.between(900, 3'000));
      say(Type::patrol_located, worker_->id, time, [&](FieldWriter& fields) { place(fields); });
    }
    if (!workday_ || !worker_->dedicated) return;
    time = std::max(time + minutes(5), moment(minutes(840), minutes(20)));
    say(Type::worker_checked_in, worker_->id, time, [&](FieldWriter& fields) { place(fields); });
  }

  void visit_households(std::uint64_t most) {
    const auto households = map_.households_of(grid_number_);
    if (households.empty()) return;
    Instant time = moment(minutes(860), minutes(20));
    for (std::uint64_t i = 0; i < most; ++i) {
      const Household& household = households[random_.below(households.size())];
      const Instant due = begin_ + hours(18);
      if (random_.per_mille(300)) {
        say(Type::visit_planned, household.id, begin_ + hours(8) + minutes(i),
            [&](FieldWriter& fields) { fields.instant(Field::due, out_.at(due)).text(Field::reason, household.tag); });
      }
      if (random_.per_mille(60)) {
        say(Type::visit_missed, household.id, due + minutes(1 + i),
            [&](FieldWriter& fields) { fields.instant(Field::due, out_.at(due)).text(Field::reason, "not-at-home"); });
        continue;
      }
      time += seconds(random_.between(900, 2'700));
      say(Type::visit_made, household.id, time, [&](FieldWriter& fields) {
        static constexpr std::array<std::string_view, 4> kResults = {"well", "talked", "needs-help", "errand-done"};
        fields.text(Field::result, kResults[random_.weighted({70, 20, 4, 6})]).text(Field::household, household.id);
      });
    }
  }

  const CountyMap& map_;
  const Grid& grid_;
  std::uint32_t grid_number_;
  Outbox& out_;
  Instant begin_;
  Instant from_;
  Random random_;
  bool workday_;
  std::string day_text_;
  std::string route_;
  const Worker* worker_ = nullptr;
  int events_ = 0;
};

}  // namespace

void tell_field_work(const CountyMap& map, const CountyOptions& options, Day day, Instant from, Outbox& out) {
  for (std::uint32_t grid = 0; grid < map.grids().size(); ++grid) GridDay(map, options, out, day, from, grid).tell();
}

}  // namespace ops::simulate
