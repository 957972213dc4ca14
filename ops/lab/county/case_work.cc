// What a unit does with a case that it has, and what is done about the unit: contact, visits, whistles, pauses, more
// time, pressure.

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "ops/lab/county/calendar.h"
#include "ops/lab/county/case_story.h"

namespace ops::simulate {
namespace {

using engine::Instant;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using topics::Field;
using topics::FieldWriter;
using topics::Type;

constexpr std::int64_t kHour = 3600;
constexpr std::string_view kCommandCentre = "command-centre";

}  // namespace

void CaseStory::contact() {
  say(Type::visit_contacted, worker(), [&](FieldWriter& fields) {
    fields.text(Field::worker, worker_).text(Field::unit, unit_).text(Field::means, "phone");
    fields.boolean(Field::reached, random_.per_mille(900)).text(Field::case_id, id_);
  });
}

void CaseStory::work(Instant handled_at) {
  // Who has an hour for the first contact does not wait until somebody is assigned.
  if (working_ && random_.per_mille(850)) {
    wait(120, 5'400);
    wait_for_office();
    contact();
  }
  if (random_.per_mille(850)) {
    approach(handled_at, 10, 100);
    say(Type::dispatch_assigned, office(),
        [&](FieldWriter& fields) { fields.text(Field::worker, worker_).text(Field::unit, unit_); });
  }
  if (random_.per_mille(600)) {
    approach(handled_at, 5, 50);
    say(Type::dispatch_taken, worker(),
        [&](FieldWriter& fields) { fields.text(Field::unit, unit_).text(Field::worker, worker_); });
  }
  if (!working_ && random_.per_mille(600)) {
    approach(handled_at, 20, 200);
    contact();
  }
  if (random_.per_mille(working_ && contact_.priority == 1 ? 950 : 550)) {
    approach(handled_at, 100, 500);
    const Grid& grid = map_.grids()[contact_.grid];
    say(Type::visit_arrived, worker(), [&](FieldWriter& fields) {
      fields.text(Field::worker, worker_).text(Field::unit, unit_).text(Field::area, grid.id);
      fields.decimal(Field::latitude, decimal_text(grid.latitude + random_.between(-900, 900), 6));
      fields.decimal(Field::longitude, decimal_text(grid.longitude + random_.between(-900, 900), 6));
      fields.integer(Field::accuracy_m, random_.between(4, 40)).text(Field::case_id, id_);
    });
    if (random_.per_mille(200)) {
      approach(handled_at, 50, 200);
      say(Type::visit_made, worker(), [&](FieldWriter& fields) {
        fields.text(Field::worker, worker_).text(Field::unit, unit_).text(Field::area, grid.id);
        fields.text(Field::result, "seen").text(Field::case_id, id_);
      });
    }
  }
}

void CaseStory::whistle(Instant handled_at) {
  std::vector<std::string> units;
  const auto first = random_.below(departments().size());
  const std::uint64_t count = 2 + random_.below(3);
  for (std::uint64_t i = 0; i < count; ++i) {
    units.emplace_back(departments()[(first + 3 * i) % departments().size()].id);
  }
  const Street& street = map_.streets()[map_.grids()[contact_.grid].street];
  approach(handled_at, 50, 200);
  const Speaker whistler{street.desk, "a-2001", "officer", street.office};
  const Instant due = time_ + hours(4);
  say(Type::dispatch_whistled, whistler, [&](FieldWriter& fields) {
    fields.strings(Field::units, units).text(Field::reason, "several-units");
    if (!working_) fields.instant(Field::due, out_.at(due));
  });
  if (working_) {
    // They are to come within a quarter of an hour.
    std::erase_if(units, [&](const std::string&) { return !random_.per_mille(920); });
    for (const std::string& unit : units) {
      wait(90, 480);
      report_in(unit);
    }
    return rate_units(whistler, units);
  }
  for (const std::string& unit : units) {
    if (!random_.per_mille(920)) continue;
    wait(300, 2 * kHour);
    report_in(unit);
  }
  rate_units(whistler, {units.front()});
}

void CaseStory::report_in(const std::string& unit) {
  const std::string source = fmt::format("unit/{}", unit);
  say(Type::dispatch_reported_in, {source, "a-4001", "officer", unit},
      [&](FieldWriter& fields) { fields.text(Field::unit, unit); });
}

void CaseStory::rate_units(const Speaker& whistler, const std::vector<std::string>& units) {
  wait(kHour, 6 * kHour);
  for (const std::string& unit : units) {
    say(Type::judgement_rated, whistler, [&](FieldWriter& fields) {
      fields.integer(Field::satisfaction, random_.between(2, 5)).text(Field::unit, unit);
    });
  }
}

// A pause ends early, by itself, or is refused.
void CaseStory::suspend() {
  static constexpr std::array<std::string_view, 4> kReasons = {"awaiting-parts", "frost", "owner-absent", "tender"};
  wait(kHour, 4 * kHour);
  const std::string_view reason = kReasons[random_.below(kReasons.size())];
  const Instant until = begin_of(day_of(time_) + static_cast<Day>(2 + random_.below(19))) + hours(18);
  const auto pause = [&](FieldWriter& fields) {
    fields.instant(Field::until, out_.at(until)).text(Field::reason, reason);
  };
  say(Type::dispatch_suspended, office(), pause);
  wait(kHour, 5 * kHour);
  const Speaker reviewer{"review/centre", "a-3002", "reviewer", kCommandCentre};
  if (random_.per_mille(150)) {
    note(Type::judgement_suspension_rejected, reviewer, "not-needed");
    return;
  }
  say(Type::judgement_suspension_approved, reviewer, [&](FieldWriter& fields) {
    fields.instant(Field::until, out_.at(until)).text(Field::unit, unit_).text(Field::reason, reason);
  });
  if (random_.per_mille(600)) {
    approach(until, 200, 900);
    say(Type::dispatch_resumed, office(), [](FieldWriter&) {});
    return;
  }
  time_ = std::max(time_, until + hours(1));
}

void CaseStory::extend() {
  wait(kHour, 6 * kHour);
  if (working_) return approve_extension(fmt::format("{} work_day", 1 + random_.below(5)));
  const Instant due = std::max(due_, time_) + days(1 + random_.below(7));
  const auto more = [&](FieldWriter& fields) {
    fields.instant(Field::due, out_.at(due)).text(Field::reason, "complex");
  };
  say(Type::dispatch_extension_requested, office(), more);
  wait(kHour, 5 * kHour);
  const Speaker reviewer{"review/centre", "a-3002", "reviewer", kCommandCentre};
  if (random_.per_mille(200)) {
    note(Type::judgement_extension_rejected, reviewer, "not-needed");
    return;
  }
  say(Type::judgement_extension_approved, reviewer, [&](FieldWriter& fields) {
    fields.instant(Field::due, out_.at(due)).text(Field::unit, unit_).text(Field::reason, "complex");
  });
  wait(60, 600);
  say(Type::dispatch_extended, {"desk/command-centre", "a-2000", "dispatcher", kCommandCentre}, more);
  due_ = due;
}

// More working time, which counts as soon as enough persons have agreed. Now and then one tries it twice.
void CaseStory::approve_extension(const std::string& limit) {
  const auto more = [&](FieldWriter& fields) { fields.text(Field::limit, limit).text(Field::reason, "complex"); };
  say(Type::dispatch_extension_requested, office(), more);
  wait(kHour, 5 * kHour);
  const Speaker reviewer{"review/centre", "a-3002", "reviewer", kCommandCentre};
  if (random_.per_mille(200)) return note(Type::judgement_extension_rejected, reviewer, "not-needed");
  const auto agree = [&](const Speaker& speaker) {
    say(Type::judgement_extension_approved, speaker,
        [&](FieldWriter& fields) { fields.text(Field::unit, unit_).text(Field::reason, "complex"); });
  };
  agree(reviewer);
  if (contact_.priority < 4) return;
  wait(600, 3 * kHour);
  agree(random_.per_mille(700) ? Speaker{"review/centre", "a-3006", "reviewer", kCommandCentre} : reviewer);
}

// The unit says for itself that all is well, which is not its to say.
void CaseStory::judge_itself() {
  wait(300, 2 * kHour);
  say(Type::judgement_called_back, office(), [&](FieldWriter& fields) {
    fields.integer(Field::attempt, 1).boolean(Field::reached, true).text(Field::resolved, "yes");
    fields.integer(Field::satisfaction, 5).text(Field::unit, unit_);
  });
}

// The caller asks again; the unit is urged, and the case is supervised, when it gets late.
void CaseStory::press(Instant handled_at) {
  const Category& category = categories()[contact_.category];
  for (std::uint64_t repeats = random_.per_mille(70) ? 1 + random_.below(3) : 0; repeats > 0; --repeats) {
    approach(handled_at, 100, 400);
    say(Type::request_repeated, {source_of(contact_.channel), "a-1001", "operator", "hotline-centre"},
        [&](FieldWriter& fields) {
          fields.text(Field::channel, contact_.channel).text(Field::text, fmt::format("还是{}。", category.complaint));
        });
  }
  const bool late = handled_at > due_;
  if (late ? random_.per_mille(500) : random_.per_mille(20)) {
    if (late) time_ = std::max(time_ + minutes(5), due_);
    approach(handled_at, 50, 300);
    note(Type::judgement_urged, {"supervision/centre", "a-3003", "supervisor", kCommandCentre}, "due");
  }
  if (late && random_.per_mille(250)) {
    approach(handled_at, 100, 400);
    say(Type::judgement_supervised, {"supervision/centre", "a-3003", "supervisor", kCommandCentre},
        [&](FieldWriter& fields) {
          fields.text(Field::kind, random_.per_mille(700) ? "timeout" : "leader").text(Field::level, "2");
          fields.text(Field::unit, unit_).text(Field::reason, "overdue");
        });
  }
}

}  // namespace ops::simulate
