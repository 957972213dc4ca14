#include "projections/cases/case_fold.h"

#include <algorithm>
#include <array>
#include <utility>

namespace projections {
namespace {

constexpr std::array<std::string_view, 13> kStatusNames = {
    "unopened", "reported", "registered", "sent",      "signed", "returned",   "handled",
    "closed",   "declined", "answered",   "withdrawn", "merged", "transferred"};

constexpr std::array<std::string_view, kAnomalies> kAnomalyNames = {
    "after_the_end",      "two_open_dispatches", "returned_unsent",    "nothing_to_resume",
    "unauthorised",       "by_the_judged",       "conflict",           "too_many_units",
    "backdated",          "merged_late",         "suspended_late",     "suspended_too_often",
    "suspended_too_long", "extended_late",       "extended_too_often", "extended_unclear"};

}  // namespace

std::string_view name(Status status) {
  return kStatusNames[static_cast<std::size_t>(status)];
}

std::string_view name(Anomaly anomaly) {
  return kAnomalyNames[static_cast<std::size_t>(anomaly)];
}

bool moves_nothing(Anomaly anomaly) {
  switch (anomaly) {
    case Anomaly::after_the_end:
    case Anomaly::returned_unsent:
    case Anomaly::nothing_to_resume:
    case Anomaly::unauthorised:
    case Anomaly::by_the_judged:
    case Anomaly::conflict:
      return true;
    default:
      return false;
  }
}

std::optional<engine::Instant> Consent::in_force(std::int64_t needed) const {
  const auto unless_rejected = [&](engine::Instant at) {
    return rejected && rejected->judged <= at ? std::optional<engine::Instant>() : at;
  };
  if (needed <= 0 && told) return unless_rejected(asked.judged);
  const auto enough = static_cast<std::size_t>(std::max<std::int64_t>(needed, 1));
  std::vector<std::pair<std::uint64_t, engine::Instant>> first;  // of each actor
  for (const Approval& approval : approvals) {
    const auto known = std::ranges::find(first, approval.actor, [](const auto& one) { return one.first; });
    if (known == first.end()) {
      first.emplace_back(approval.actor, approval.given.judged);
    } else {
      known->second = std::min(known->second, approval.given.judged);
    }
  }
  if (first.size() < enough) return std::nullopt;
  std::ranges::sort(first, {}, [](const auto& one) { return one.second; });
  return unless_rejected(std::max(asked.judged, first[enough - 1].second));
}

namespace {

// Only what came of a request says where and what it is; a dispatch may say so when nothing else does.
bool describes(FactKind kind) {
  return kind == FactKind::reported || kind == FactKind::registered || kind == FactKind::classified ||
         kind == FactKind::located;
}

bool is_dispatch(FactKind kind) {
  return kind >= FactKind::sent && kind <= FactKind::reopened;
}

// What a case that is over needs no more.
bool is_work(FactKind kind) {
  switch (kind) {
    case FactKind::sent:
    case FactKind::assigned:
    case FactKind::taken:
    case FactKind::signed_for:
    case FactKind::returned:
    case FactKind::forwarded:
    case FactKind::raised:
    case FactKind::extended:
    case FactKind::extension_requested:
    case FactKind::extension_approved:
    case FactKind::suspended:
    case FactKind::suspension_approved:
    case FactKind::resumed:
    case FactKind::handled:
    case FactKind::self_handled:
    case FactKind::whistled:
    case FactKind::supervised:
    case FactKind::urged:
      return true;
    default:
      return false;
  }
}

// What is said to be reached, or says what only somebody who was reached can.
bool reached(const Outcome& outcome) {
  if (outcome.went != Answer::none) return outcome.went == Answer::yes;
  return outcome.resolved != Answer::none || outcome.satisfaction != 0;
}

// One walk over the facts of a case.
class Walk {
 public:
  Walk(const Directory& rules, Case& result) : rules_(rules), result_(result) {}

  void take(const Fact& fact, std::size_t index);
  void finish();

 private:
  bool counts(const Fact& fact);
  void describe(const Fact& fact);
  void apply(const Fact& fact);
  void dispatch(const Fact& fact);
  void sign(const Fact& fact);
  void hand_back(const Fact& fact);
  void handle(const Fact& fact);
  void judge(const Fact& fact);
  void suspend(const Fact& fact);
  void extend(const Fact& fact);
  void note(std::optional<Moment>& moment);
  void close();
  void resume();
  void give_up(Status status);
  void give_due(const Fact& fact);
  void reopen();
  void raise(const Fact& fact);
  void note_traits();
  void answer(bool by_handling);

  Cycle& cycle() { return result_.cycles.back(); }
  Hop* lead();                              // the last lead hop
  Hop* open_hop(std::string_view unit);     // that `unit` has, or else the last lead hop
  bool judged_unit(std::string_view unit);  // whether its work is what is judged
  void flag(Anomaly anomaly) { result_.flags.push_back({anomaly, index_}); }

  const Directory& rules_;
  Case& result_;
  Status progress_ = Status::unopened;  // how far an open case has come
  Status given_up_ = Status::unopened;  // or declined, answered, withdrawn, merged, transferred
  Moment moment_;
  std::size_t index_ = 0;
};

Hop* Walk::lead() {
  for (auto hop = result_.hops.rbegin(); hop != result_.hops.rend(); ++hop) {
    if (!hop->assisting) return &*hop;
  }
  return nullptr;
}

Hop* Walk::open_hop(std::string_view unit) {
  for (auto hop = result_.hops.rbegin(); !unit.empty() && hop != result_.hops.rend(); ++hop) {
    if (hop->unit == unit) return &*hop;
  }
  return lead();
}

bool Walk::judged_unit(std::string_view unit) {
  if (unit.empty()) return false;
  if (unit == result_.unit) return true;
  return std::ranges::any_of(result_.hops, [&](const Hop& hop) { return hop.unit == unit && !hop.returned; });
}

void Walk::give_up(Status status) {
  if (result_.given_up) return flag(Anomaly::after_the_end);
  given_up_ = status;
  result_.given_up = moment_;
}

// The first time that it happened, and the first time that it was known: what is told later with an earlier date takes
// nothing back.
void Walk::note(std::optional<Moment>& moment) {
  if (!moment) {
    moment = moment_;
  } else {
    moment->judged = std::min(moment->judged, moment_.judged);
  }
}

// Whoever had not answered by now has not, also when the case is opened again.
void Walk::close() {
  note(cycle().closed);
  for (Hop& hop : result_.hops) {
    if (!hop.returned && !hop.superseded) hop.superseded = moment_;
  }
  for (Summons& one : result_.summons) {
    if (!one.ended) one.ended = moment_;
  }
}

void Walk::resume() {
  for (auto one = result_.suspensions.rbegin(); one != result_.suspensions.rend(); ++one) {
    if (one->resumed || one->consent.rejected) continue;
    one->resumed = moment_;
    return;
  }
  flag(Anomaly::nothing_to_resume);
}

void Walk::give_due(const Fact& fact) {
  if (fact.due) result_.dues.push_back({result_.cycles.size() - 1, moment_.judged, *fact.due});
}

void Walk::reopen() {
  if (result_.handled() || result_.closed()) result_.cycles.push_back({.start = moment_, .rework = true});
  progress_ = Status::sent;
}

// The level that is responsible now has its own time, and never none at all.
void Walk::raise(const Fact& fact) {
  const std::size_t before = result_.cycles.size() - 1;
  result_.cycles.push_back({.start = moment_});
  if (fact.due || result_.dues.empty() || result_.dues.back().cycle != before) return;
  result_.dues.push_back({before + 1, moment_.judged, result_.dues.back().due, true});
}

void Walk::note_traits() {
  const CaseTraits now{result_.category,
                       result_.condition,
                       result_.kind,
                       result_.channel,
                       rules_.attributed(result_.named_area),
                       result_.level.empty() ? rules_.category_level(result_.category) : result_.level,
                       result_.priority};
  std::vector<TraitsFrom>& all = result_.traits;
  if (!all.empty() && all.back().traits == now) return;
  all.push_back({all.empty() ? moment_.judged : std::max(all.back().from, moment_.judged), now});
}

void Walk::describe(const Fact& fact) {
  const auto take = [&](Text text, std::string_view& into) {
    if (const std::string_view told = fact.text(text); !told.empty()) into = told;
  };
  take(Text::area, result_.named_area);
  take(Text::category, result_.category);
  take(Text::condition, result_.condition);
  take(Text::request_kind, result_.kind);
  take(Text::channel, result_.channel);
  if (fact.priority != 0) result_.priority = fact.priority;
  note_traits();
}

bool Walk::counts(const Fact& fact) {
  if (fact.conflict) {
    flag(Anomaly::conflict);
    return false;
  }
  if (!rules_.permitted(fact.kind, fact.text(Text::role), fact.logged)) {
    flag(Anomaly::unauthorised);
    return false;
  }
  // An end before the opening is none: it was entered with a wrong time.
  const auto& ended = result_.ended();
  const bool over = ended && result_.opened && ended->happened >= result_.opened->happened;
  if (over && (is_work(fact.kind) || (fact.kind == FactKind::reopened && result_.given_up))) {
    flag(Anomaly::after_the_end);
    return false;
  }
  // The judged do not judge: what a unit says of its own work is kept and moves nothing.
  if (fact.kind >= FactKind::checked && fact.kind != FactKind::appealed && fact.kind != FactKind::exclusion_requested &&
      judged_unit(fact.text(Text::by_unit))) {
    flag(Anomaly::by_the_judged);
    return false;
  }
  return true;
}

void Walk::take(const Fact& fact, std::size_t index) {
  index_ = index;
  moment_ = {fact.happened, rules_.judged(fact), static_cast<std::uint32_t>(index)};
  if (!counts(fact)) return;
  if (describes(fact.kind)) {
    describe(fact);
  } else if (is_dispatch(fact.kind) && result_.named_area.empty() && !fact.text(Text::area).empty()) {
    result_.named_area = fact.text(Text::area);
    note_traits();
  }
  apply(fact);
}

void Walk::dispatch(const Fact& fact) {
  const std::string_view unit = fact.text(Text::unit);
  if (fact.kind == FactKind::raised) {
    if (!fact.text(Text::level).empty()) result_.level = fact.text(Text::level);
    note_traits();
    if (!result_.handled() && !result_.closed()) raise(fact);
  }
  if (fact.kind == FactKind::sent || !unit.empty()) {
    if (Hop* before = lead(); before != nullptr && !fact.assisting && !before->returned && !before->superseded) {
      if (fact.kind == FactKind::sent && !before->signed_for && before->unit != unit)
        flag(Anomaly::two_open_dispatches);
      before->superseded = moment_;
    }
    result_.hops.push_back({.unit = unit, .sent = moment_, .assisting = fact.assisting});
    if (!unit.empty() && !fact.assisting) result_.unit = unit;
  }
  give_due(fact);
  progress_ = Status::sent;
  if (fact.kind == FactKind::forwarded && fact.outside) give_up(Status::transferred);
}

// A unit that has a case in hand has received it, also when nobody has sent it.
void Walk::sign(const Fact& fact) {
  const std::string_view unit = fact.text(Text::unit);
  if (result_.hops.empty()) {
    result_.hops.push_back({.unit = unit, .sent = moment_, .signed_for = moment_});
    if (!unit.empty()) result_.unit = unit;
  }
  if (Hop* hop = open_hop(unit); hop != nullptr && !hop->signed_for && !hop->returned) hop->signed_for = moment_;
  progress_ = Status::signed_for;
}

void Walk::hand_back(const Fact& fact) {
  Hop* hop = open_hop(fact.text(Text::unit));
  if (hop == nullptr || hop->returned) {
    flag(Anomaly::returned_unsent);
  } else {
    hop->returned = moment_;
  }
  if (hop == nullptr || !hop->assisting) progress_ = Status::returned;
}

void Walk::handle(const Fact& fact) {
  const std::string_view unit = fact.text(Text::unit);
  if (Hop* hop = open_hop(unit); hop != nullptr && hop->assisting && hop->unit == unit) {
    if (!hop->done) hop->done = moment_;
    return;
  }
  note(cycle().handled);
  if (!unit.empty()) result_.unit = unit;
  answer(true);
}

// Whoever was urged has moved.
void Walk::answer(bool by_handling) {
  for (Supervision& one : result_.supervisions) {
    if (!one.answered && (one.urge || by_handling)) one.answered = moment_;
  }
}

// An approval belongs to what was asked for last, unless it names another time; by itself it is told and agreed to.
void Walk::suspend(const Fact& fact) {
  std::vector<Suspension>& all = result_.suspensions;
  const bool approval = fact.kind == FactKind::suspension_approved;
  if (approval && !all.empty() && !all.back().consent.rejected && (!fact.due || fact.due == all.back().until)) {
    all.back().consent.approvals.push_back({moment_, fact.actor});
    return;
  }
  Suspension one{
      .consent = {.asked = moment_, .told = !approval}, .until = fact.due, .reason = fact.text(Text::reason)};
  if (approval) one.consent.approvals.push_back({moment_, fact.actor});
  all.push_back(std::move(one));
}

void Walk::extend(const Fact& fact) {
  std::vector<Extension>& all = result_.extensions;
  const bool approval = fact.kind == FactKind::extension_approved;
  const std::size_t cycle = result_.cycles.size() - 1;
  const std::string_view limit = fact.text(Text::limit);
  const bool names_none = !fact.due && limit.empty();
  if (approval && !all.empty() && all.back().cycle == cycle && !all.back().consent.rejected &&
      (names_none || (fact.due == all.back().due && limit == all.back().limit))) {
    all.back().consent.approvals.push_back({moment_, fact.actor});
    return;
  }
  Extension one{.cycle = cycle,
                .consent = {.asked = moment_, .told = fact.kind == FactKind::extended},
                .due = fact.due,
                .limit = limit};
  if (approval) one.consent.approvals.push_back({moment_, fact.actor});
  all.push_back(std::move(one));
}

void Walk::judge(const Fact& fact) {
  switch (fact.kind) {
    case FactKind::checked:
      result_.checks.push_back(fact.happened);
      note(cycle().checked);
      if (fact.outcome.went == Answer::no && (result_.handled() || result_.closed())) reopen();
      break;
    case FactKind::called_back:
      if (!reached(fact.outcome)) break;
      cycle().called_back = {moment_, fact.outcome};
      note(cycle().reached);
      break;
    case FactKind::rated: {
      if (fact.outcome.satisfaction == 0) break;
      // Who whistled rates who came; that is no rating of the case.
      const auto whistled = std::ranges::find_if(
          result_.summons.rbegin(), result_.summons.rend(),
          [&](const Summons& one) { return one.unit == fact.text(Text::unit) && !one.unit.empty(); });
      const std::string_view unit = fact.text(Text::unit);
      if (!unit.empty() && fact.text(Text::by_unit) == unit) {
        flag(Anomaly::by_the_judged);
      } else if (whistled == result_.summons.rend() && result_.summons.size() == kMaxSummons && !unit.empty() &&
                 !judged_unit(unit)) {
        flag(Anomaly::too_many_units);  // it may be one that was whistled for and has no place
      } else if (whistled == result_.summons.rend()) {
        cycle().rated = {moment_, fact.outcome};
      } else {
        whistled->rating = fact.outcome.satisfaction;
      }
      break;
    }
    case FactKind::exclusion_approved:
      if (!result_.excluded) result_.excluded = moment_;
      break;
    case FactKind::exclusion_revoked:
      result_.excluded.reset();
      break;
    case FactKind::appealed:
      result_.appeals.push_back({.filed = moment_, .due = fact.due});
      break;
    case FactKind::appeal_decided:
      for (Appeal& appeal : result_.appeals) {
        if (appeal.decided) continue;
        appeal.decided = moment_;
        appeal.upheld = fact.outcome.went == Answer::yes;
        break;
      }
      break;
    case FactKind::extension_approved:
      extend(fact);
      break;
    case FactKind::extension_rejected:
      if (!result_.extensions.empty() && !result_.extensions.back().consent.rejected) {
        result_.extensions.back().consent.rejected = moment_;
      }
      break;
    case FactKind::suspension_approved:
      suspend(fact);
      break;
    case FactKind::suspension_rejected:
      if (!result_.suspensions.empty() && !result_.suspensions.back().consent.rejected) {
        result_.suspensions.back().consent.rejected = moment_;
      }
      break;
    case FactKind::supervised:
    case FactKind::urged:
      result_.supervisions.push_back({.urge = fact.kind == FactKind::urged,
                                      .told = moment_,
                                      .level = fact.text(Text::level),
                                      .unit = fact.text(Text::unit),
                                      .due = fact.due});
      break;
    default:
      break;
  }
}

void Walk::apply(const Fact& fact) {
  switch (fact.kind) {
    case FactKind::reported:
    case FactKind::registered:
      note(result_.opened);
      if (fact.kind == FactKind::registered) note(result_.registered);
      if (fact.kind == FactKind::reported && progress_ == Status::unopened) progress_ = Status::reported;
      if (fact.kind == FactKind::registered && progress_ < Status::registered) progress_ = Status::registered;
      give_due(fact);
      result_.duplicate = result_.duplicate || fact.duplicate;
      break;
    case FactKind::sent:
    case FactKind::forwarded:
    case FactKind::raised:
      dispatch(fact);
      break;
    case FactKind::assigned:
    case FactKind::taken:
    case FactKind::signed_for:
      sign(fact);
      answer(false);
      break;
    case FactKind::returned:
      hand_back(fact);
      break;
    case FactKind::extended:
    case FactKind::extension_requested:
      extend(fact);
      break;
    case FactKind::suspended:
      suspend(fact);
      break;
    case FactKind::resumed:
      resume();
      break;
    case FactKind::handled:
    case FactKind::self_handled:
      handle(fact);
      break;
    case FactKind::closed:
    case FactKind::force_closed:
      close();
      if (!fact.text(Text::successor).empty()) result_.successor = fact.text(Text::successor);
      answer(true);
      break;
    case FactKind::reopened:
      reopen();
      give_due(fact);
      break;
    case FactKind::whistled: {
      for (std::string_view units = fact.text(Text::units); !units.empty();) {
        if (result_.summons.size() == kMaxSummons) {
          flag(Anomaly::too_many_units);
          break;
        }
        const std::size_t end = units.find('\n');
        result_.summons.push_back({.unit = units.substr(0, end), .whistled = moment_, .due = fact.due});
        units.remove_prefix(end + 1);
      }
      break;
    }
    case FactKind::reported_in:
      for (Summons& one : result_.summons) {
        if (one.unit == fact.text(Text::unit) && !one.reported_in) one.reported_in = moment_;
      }
      answer(false);
      break;
    case FactKind::contacted:
      if (fact.outcome.went != Answer::no) note(cycle().contacted);
      answer(false);
      break;
    case FactKind::arrived:
      note(cycle().arrived);
      answer(false);
      break;
    case FactKind::visited:
      result_.visits.push_back(fact.happened);
      result_.in_the_field = true;
      answer(false);
      break;
    case FactKind::visit_missed:
      result_.missed_visits.push_back(fact.happened);
      result_.in_the_field = true;
      break;
    case FactKind::checked_in:
    case FactKind::round_made:
      result_.in_the_field = true;
      break;
    case FactKind::declined:
      give_up(Status::declined);
      break;
    case FactKind::answered:
      give_up(Status::answered);
      break;
    case FactKind::withdrawn:
      give_up(Status::withdrawn);
      break;
    case FactKind::merged:
      give_up(Status::merged);
      result_.parent = fact.text(Text::parent);
      break;
    case FactKind::unmerged:
      if (given_up_ == Status::merged) {
        given_up_ = Status::unopened;
        result_.given_up.reset();
        result_.parent = {};
      }
      break;
    case FactKind::repeated:
      ++result_.repeats;
      break;
    case FactKind::checked:
    case FactKind::called_back:
    case FactKind::rated:
    case FactKind::exclusion_requested:
    case FactKind::exclusion_approved:
    case FactKind::exclusion_revoked:
    case FactKind::appealed:
    case FactKind::appeal_decided:
    case FactKind::extension_approved:
    case FactKind::extension_rejected:
    case FactKind::suspension_approved:
    case FactKind::suspension_rejected:
    case FactKind::supervised:
    case FactKind::urged:
      judge(fact);
      break;
    case FactKind::classified:
    case FactKind::located:
    case FactKind::check_requested:
    case FactKind::household_registered:
    case FactKind::worker_registered:
    case FactKind::kept:
      break;
  }
}

void Walk::finish() {
  result_.area = rules_.attributed(result_.named_area);
  if (result_.opened) result_.cycles.front().start = *result_.opened;
  if (result_.traits.empty()) note_traits();
  result_.status = result_.given_up    ? given_up_
                   : !result_.opened   ? Status::unopened
                   : result_.closed()  ? Status::closed
                   : result_.handled() ? Status::handled
                                       : progress_;
}

// Leaves what it holds empty, with its memory.
void clear(Case& one) {
  Case fresh;
  const auto keep = [&](auto member) {
    std::swap(fresh.*member, one.*member);
    (fresh.*member).clear();
  };
  keep(&Case::hops);
  keep(&Case::cycles);
  keep(&Case::traits);
  keep(&Case::dues);
  keep(&Case::suspensions);
  keep(&Case::extensions);
  keep(&Case::summons);
  keep(&Case::appeals);
  keep(&Case::supervisions);
  keep(&Case::flags);
  keep(&Case::visits);
  keep(&Case::missed_visits);
  keep(&Case::checks);
  one = std::move(fresh);
}

}  // namespace

Case fold(const std::vector<Fact>& facts, const Directory& rules) {
  Case result;
  fold(facts, rules, result);
  return result;
}

void fold(const std::vector<Fact>& facts, const Directory& rules, Case& result) {
  clear(result);
  result.cycles.emplace_back();
  Walk walk(rules, result);
  for (std::size_t i = 0; i < facts.size(); ++i) walk.take(facts[i], i);
  walk.finish();
}

}  // namespace projections
