#include "ops/lab/county/case_story.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "ops/lab/county/calendar.h"
#include "ops/lab/county/registry.h"
#include "ops/lab/county/working_rules.h"

namespace ops::simulate {
namespace {

using engine::Instant;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using topics::Field;
using topics::FieldWriter;
using topics::Type;

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::string_view kCommandCentre = "command-centre";

// Quantiles, in thousandths of the time allowed: how long a signature and the handling take. Nights and holidays come
// on top where nobody is on duty.
constexpr std::array<std::int64_t, 11> kSigning = {20, 40, 70, 110, 160, 220, 290, 380, 500, 700, 1'500};
constexpr std::array<std::int64_t, 11> kHandling = {15, 50, 100, 160, 230, 310, 400, 510, 640, 830, 1'700};

constexpr int kMaxHops = 4;
constexpr int kMaxAttempts = 3;
constexpr int kMaxReopenings = 2;

constexpr std::array<std::string_view, 6> kReturnReasons = {"not-our-matter", "not-our-area",  "wrong-category",
                                                            "no-competence",  "owner-unknown", "needs-another-unit"};
constexpr std::array<std::string_view, 5> kResults = {"repaired", "cleared", "explained", "agreement-reached",
                                                      "supply-restored"};

template <std::size_t N>
std::string_view one_of(const std::array<std::string_view, N>& all, Random& random) {
  return all[random.below(N)];
}

}  // namespace

CaseStory::CaseStory(const CountyMap& map, const CountyOptions& options, Outbox& out, const Contact& contact)
    : map_(map),
      out_(out),
      contact_(contact),
      working_(options.policies == CountyPolicies::working),
      random_(random_stream(options.seed, Stream::story, text_number(contact.id))),
      id_(contact.id),
      time_(contact.time),
      last_said_(engine::kMinInstant) {}

void CaseStory::note(Type type, const Speaker& speaker, std::string_view reason) {
  const auto& spec = topics::spec(type);
  say(type, speaker, [&](FieldWriter& fields) {
    if (topics::find(spec, Field::unit) != nullptr) fields.text(Field::unit, unit_);
    if (topics::find(spec, Field::reason) != nullptr) fields.text(Field::reason, reason);
  });
}

void CaseStory::wait(std::int64_t least_seconds, std::int64_t most_seconds) {
  time_ += seconds(random_.between(least_seconds, most_seconds));
}

void CaseStory::wait_for_office() {
  if (contact_.priority >= 3) time_ = in_office_hours(time_, random_);
}

void CaseStory::approach(Instant goal, std::int64_t from, std::int64_t to) {
  const std::int64_t left = std::max<std::int64_t>(0, (goal - time_) / seconds(1));
  time_ += seconds(60 + left / 1000 * random_.between(from, to));
}

CaseStory::Speaker CaseStory::office() const {
  return {unit_source_, "a-2001", "officer", unit_};
}

CaseStory::Speaker CaseStory::worker() const {
  return {"app/grid-worker", worker_, "grid-worker", unit_};
}

CaseStory::Speaker CaseStory::intake() const {
  return {"hotline/12345", "a-1001", "operator", "hotline-centre"};
}

namespace {

struct Channel {
  std::string_view channel;
  std::string_view source;
};
constexpr std::array kChannels = {
    Channel{"hotline", "hotline/12345"},
    Channel{"app", "app/resident"},
    Channel{"qr", "qr/door-plate"},
    Channel{"patrol", "app/grid-worker"},
    Channel{"web", "web/county"},
    Channel{"media", "media/monitor"},
    Channel{"superior", "upper/12345"},
    Channel{"leader", "desk/command-centre"},
    Channel{"sensor", "desk/command-centre"},
};

}  // namespace

std::string_view CaseStory::source_of(std::string_view channel) {
  return std::ranges::find(kChannels, channel, &Channel::channel)->source;
}

void CaseStory::tell() {
  report();
  switch (contact_.path) {
    case Path::answered:
      return answer();
    case Path::declined:
      return decline();
    case Path::self_handled:
      return self_handle();
    case Path::sent:
      return go_through_units();
  }
}

std::int64_t CaseStory::handling_seconds() const {
  return working_ ? usual_handling_seconds(categories()[contact_.category]) : handle_seconds(contact_.priority);
}

// Of somebody whose matter was settled.
std::int64_t CaseStory::contentment() {
  return 5 - static_cast<std::int64_t>(random_.weighted({620, 280, 70, 20, 10}));
}

void CaseStory::report() {
  const Grid& grid = map_.grids()[contact_.grid];
  const Category& category = categories()[contact_.category];
  worker_ = map_.workers_of(contact_.grid).front().id;
  unit_ = map_.streets()[grid.street].office;
  unit_source_ = map_.streets()[grid.street].desk;
  pace_ = map_.streets()[grid.street].pace_percent;
  due_ = time_ + seconds(handling_seconds());
  const bool caller = contact_.channel != "patrol" && contact_.channel != "sensor";
  const Speaker speaker{source_of(contact_.channel), caller ? "a-1001" : std::string_view(worker_),
                        caller ? "operator" : "grid-worker", caller ? "hotline-centre" : std::string_view(unit_)};
  say(Type::request_reported, speaker, [&](FieldWriter& fields) {
    fields.text(Field::area, contact_.area);
    if (!contact_.area.empty()) fields.text(Field::map_version, "2026-01");
    fields.text(Field::category, category.id).text(Field::condition, category.condition);
    fields.integer(Field::priority, contact_.priority).text(Field::channel, contact_.channel);
    fields.text(Field::kind, contact_.kind).text(Field::title, category.complaint);
    fields.text(Field::text, fmt::format("{}，{}。", grid.name, category.complaint));
    if (caller) {
      const auto reporter = random_.below(1u << 30);
      fields.text(Field::reporter, fmt::format("r-{:08x}", reporter));
      fields.text(Field::phone, fmt::format("sealed:v1:{:08x}", random_.below(1u << 30)));
    } else {
      fields.text(Field::worker, worker_);
    }
    fields.decimal(Field::latitude, decimal_text(grid.latitude + random_.between(-900, 900), 6));
    fields.decimal(Field::longitude, decimal_text(grid.longitude + random_.between(-900, 900), 6));
    if (!contact_.merged_into.empty()) fields.boolean(Field::duplicate, true);
  });
}

void CaseStory::answer() {
  const Category& category = categories()[contact_.category];
  wait(60, 300);
  say(Type::request_classified, intake(), [&](FieldWriter& fields) {
    fields.text(Field::category, category.id).integer(Field::priority, contact_.priority);
    fields.text(Field::kind, contact_.kind);
  });
  wait(60, 900);
  say(Type::request_answered, intake(), [&](FieldWriter& fields) { fields.text(Field::text, "已当场答复。"); });
  if (!random_.per_mille(80)) return;
  wait(600, kDay);
  say(Type::judgement_rated, {"app/resident", "", "resident", ""},
      [&](FieldWriter& fields) { fields.integer(Field::satisfaction, contentment()); });
}

void CaseStory::decline() {
  wait(600, 8 * kHour);
  wait_for_office();
  static constexpr std::array<std::string_view, 4> kReasons = {"in-court", "not-in-county", "already-decided", "abuse"};
  note(Type::request_declined, intake(), one_of(kReasons, random_));
}

void CaseStory::self_handle() {
  wait(300, 2'400);
  say(Type::dispatch_self_handled, worker(), [&](FieldWriter& fields) {
    fields.text(Field::worker, worker_).text(Field::result, one_of(kResults, random_));
    fields.text(Field::area, contact_.area);
  });
  wait(600, 6 * kHour);
  wait_for_office();
  if (random_.per_mille(300)) {
    say(Type::judgement_checked, {"check/centre", "a-3001", "checker", kCommandCentre},
        [&](FieldWriter& fields) { fields.boolean(Field::passed, true).text(Field::reason, "on-paper"); });
    wait(60, 900);
  }
  note(Type::dispatch_closed, {"desk/command-centre", "a-2000", "dispatcher", kCommandCentre}, "done");
}

void CaseStory::go_through_units() {
  const Category& category = categories()[contact_.category];
  contact_.priority >= 3 ? wait(300, 3 * kHour) : wait(60, 600);
  if (contact_.channel != "hotline") wait_for_office();
  say(Type::request_registered, intake(), [&](FieldWriter& fields) {
    fields.text(Field::area, contact_.area).text(Field::category, category.id);
    fields.integer(Field::priority, contact_.priority);
  });
  if (contact_.area.empty() || random_.per_mille(100)) {
    wait(120, 1'800);
    say(Type::request_located, intake(), [&](FieldWriter& fields) {
      fields.text(Field::area, map_.grids()[contact_.grid].id).text(Field::map_version, "2026-01");
    });
  }
  if (random_.per_mille(150)) {
    wait(60, 900);
    say(Type::request_classified, intake(), [&](FieldWriter& fields) {
      fields.text(Field::category, category.id).text(Field::condition, category.condition);
      fields.integer(Field::priority, contact_.priority);
    });
  }
  if (merge() || withdraw()) return;
  send();
  handle(contact_.time);
  call_back();
  review();
}

bool CaseStory::merge() {
  if (contact_.merged_into.empty()) return false;
  wait(600, kDay / 2);
  say(Type::request_merged, intake(), [&](FieldWriter& fields) {
    fields.text(Field::parent, contact_.merged_into).text(Field::reason, "same-matter");
  });
  if (!random_.per_mille(150)) return true;
  wait(kHour, 2 * kDay);
  note(Type::request_unmerged, intake(), "another-matter");
  return false;
}

bool CaseStory::withdraw() {
  if (!random_.per_mille(15)) return false;
  wait(600, kDay);
  note(Type::request_withdrawn, intake(), "settled");
  return true;
}

void CaseStory::send_once() {
  say(Type::dispatch_sent, {"desk/command-centre", "a-2000", "dispatcher", kCommandCentre}, [&](FieldWriter& fields) {
    fields.text(Field::unit, unit_).boolean(Field::lead, true);
    // Where policies count working time, the due time is theirs to tell.
    if (!working_ && random_.per_mille(250)) fields.instant(Field::due, out_.at(std::max(due_, time_ + hours(1))));
    fields.integer(Field::hop, ++hops_).text(Field::category, categories()[contact_.category].id);
  });
}

// The first unit is the street or the department of the category; what comes back goes to the other one.
void CaseStory::send() {
  const Category& category = categories()[contact_.category];
  const Street& street = map_.streets()[map_.grids()[contact_.grid].street];
  bool to_street = random_.per_mille(450);
  wait(120, 1'200);
  wait_for_office();
  while (true) {
    unit_ = to_street ? street.office : std::string(category.department);
    unit_source_ = to_street ? street.desk : fmt::format("unit/{}", category.department);
    send_once();
    if (hops_ >= kMaxHops || !random_.per_mille(80)) break;
    wait(900, 5 * kHour);
    wait_for_office();
    note(Type::dispatch_returned, office(), one_of(kReturnReasons, random_));
    to_street = !to_street;
    wait(300, 2 * kHour);
    wait_for_office();
  }
  time_ += seconds(60 + sign_seconds(contact_.priority) * random_.spread(kSigning) / 1000);
  wait_for_office();
  note(Type::dispatch_signed, office(), "");
  settle_owner();
}

// Now and then the case goes on to another unit, or up.
void CaseStory::settle_owner() {
  const auto draw = random_.below(1000);
  if (draw >= 50) return;
  wait(kHour, 8 * kHour);
  wait_for_office();
  if (draw < 30) {
    const std::string to(departments()[random_.below(departments().size())].id);
    say(Type::dispatch_forwarded, office(),
        [&](FieldWriter& fields) { fields.text(Field::unit, to).text(Field::reason, "competence-elsewhere"); });
    unit_ = to;
  } else {
    const std::string_view to = categories()[contact_.category].department;
    say(Type::dispatch_raised, office(), [&](FieldWriter& fields) {
      fields.text(Field::unit, to).text(Field::level, "district").text(Field::reason, "beyond-competence");
    });
    unit_ = to;
  }
  unit_source_ = fmt::format("unit/{}", unit_);
  wait(600, 3 * kHour);
  wait_for_office();
  note(Type::dispatch_signed, office(), "");
}

void CaseStory::handle(Instant begin) {
  for (;; begin = time_) {
    const std::int64_t limit = handling_seconds();
    due_ = begin + seconds(limit);
    Instant handled_at =
        std::max(begin + seconds(limit * random_.spread(kHandling) / 1000 * pace_ / 100), time_ + minutes(20));
    if (contact_.priority >= 3) handled_at = in_office_hours(handled_at, random_);
    work(handled_at);
    if (random_.per_mille(30)) whistle(handled_at);
    if (random_.per_mille(35)) suspend();
    if (random_.per_mille(50)) extend();
    press(handled_at);
    time_ = std::max(time_ + minutes(5), handled_at);
    if (random_.per_mille(10)) {
      note(Type::dispatch_force_closed, {"desk/command-centre", "a-2000", "dispatcher", kCommandCentre},
           "cannot-be-done");
      return;
    }
    say(Type::dispatch_handled, random_.per_mille(600) ? worker() : office(), [&](FieldWriter& fields) {
      fields.text(Field::unit, unit_).text(Field::worker, worker_).text(Field::result, one_of(kResults, random_));
      const std::vector<std::string> evidence = {fmt::format("sha256:{:08x}", random_.below(1u << 31))};
      fields.strings(Field::evidence, evidence).text(Field::text, "已处理完毕。");
    });
    if (working_ && random_.per_mille(15)) judge_itself();
    const int before = reopened_;
    check();
    if (reopened_ == before) return close();
  }
}

void CaseStory::check() {
  if (!random_.per_mille(600)) return;
  const Speaker checker{"check/centre", "a-3001", "checker", kCommandCentre};
  wait(300, 4 * kHour);
  wait_for_office();
  if (random_.per_mille(800)) {
    note(Type::dispatch_check_requested, office(), "");
    wait(600, kDay);
    wait_for_office();
  }
  const bool passed = reopened_ >= kMaxReopenings || random_.per_mille(930);
  say(Type::judgement_checked, checker, [&](FieldWriter& fields) {
    fields.boolean(Field::passed, passed).text(Field::unit, unit_).text(Field::reason, "on-site");
  });
  if (!passed) reopen("check-failed");
}

void CaseStory::reopen(std::string_view reason) {
  ++reopened_;
  wait(300, 2 * kHour);
  note(Type::dispatch_reopened, {"desk/command-centre", "a-2000", "dispatcher", kCommandCentre}, reason);
}

void CaseStory::close() {
  wait(300, kDay);
  wait_for_office();
  note(Type::dispatch_closed, {"desk/command-centre", "a-2000", "dispatcher", kCommandCentre}, "done");
}

// Up to three attempts. Who is not content has the case reopened, now and then.
void CaseStory::call_back() {
  if (contact_.channel == "patrol" || contact_.channel == "sensor") return;
  const Speaker desk{"callback/12345", "a-5001", "caller", "callback-centre"};
  for (int attempt = 1; attempt <= kMaxAttempts; ++attempt) {
    wait(2 * kHour, kDay);
    time_ = in_office_hours(time_, random_);
    const bool reached = random_.per_mille(720);
    static constexpr std::array<std::string_view, 3> kResolved = {"yes", "partly", "no"};
    const auto resolved = random_.weighted({860, 70, 70});
    say(Type::judgement_called_back, desk, [&](FieldWriter& fields) {
      fields.integer(Field::attempt, attempt).boolean(Field::reached, reached);
      if (reached) {
        fields.text(Field::resolved, kResolved[resolved]);
        fields.integer(Field::satisfaction, resolved == 0 ? contentment() : random_.between(1, resolved == 1 ? 4 : 2));
      }
      fields.text(Field::unit, unit_);
    });
    if (!reached) continue;
    if (resolved == 2 && reopened_ < kMaxReopenings && random_.per_mille(450)) {
      reopen("not-resolved");
      handle(time_);
      return call_back();
    }
    break;
  }
  if (!random_.per_mille(200)) return;
  wait(kHour, 3 * kDay);
  say(Type::judgement_rated, {"app/resident", "", "resident", ""},
      [&](FieldWriter& fields) { fields.integer(Field::satisfaction, contentment()).text(Field::unit, unit_); });
}

// The unit asks that the case count for nothing, or appeals against what was judged last.
void CaseStory::review() {
  const Speaker reviewer{"review/centre", "a-3002", "reviewer", kCommandCentre};
  if (random_.per_mille(12)) {
    wait(kHour, 2 * kDay);
    note(Type::judgement_exclusion_requested, office(), "out-of-bounds");
    wait(kHour, 2 * kDay);
    if (random_.per_mille(700)) {
      note(Type::judgement_exclusion_approved, reviewer, "out-of-bounds");
      if (random_.per_mille(150)) {
        wait(kDay, 4 * kDay);
        note(Type::judgement_exclusion_revoked, reviewer, "complaint-upheld");
      }
    }
  }
  if (!last_judgement_.empty() && random_.per_mille(15)) {
    const std::string concerns = last_judgement_;
    wait(kHour, 2 * kDay);
    say(Type::judgement_appealed, office(), [&](FieldWriter& fields) {
      fields.text(Field::unit, unit_).text(Field::concerns, concerns).text(Field::reason, "reached-in-time");
    });
    wait(kDay, 3 * kDay);
    say(Type::judgement_appeal_decided, reviewer, [&](FieldWriter& fields) {
      fields.boolean(Field::upheld, random_.per_mille(300)).text(Field::unit, unit_).text(Field::concerns, concerns);
    });
  }
}

}  // namespace ops::simulate
