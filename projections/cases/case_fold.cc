#include "projections/cases/case_fold.h"

#include <algorithm>
#include <utility>

namespace projections {
namespace {

using topics::Field;

Outcome outcome_of(const Fact& fact) {
  Outcome outcome;
  if (const std::string_view resolved = fact.text(Field::resolved); !resolved.empty()) {
    outcome.resolved = resolved == "yes" ? Answer::yes : resolved == "partly" ? Answer::partly : Answer::no;
  }
  const std::int64_t satisfaction = fact.integer(Field::satisfaction).value_or(0);
  if (satisfaction >= 1 && satisfaction <= 5) outcome.satisfaction = static_cast<std::uint8_t>(satisfaction);
  return outcome;
}

// A call-back reached somebody when it says so, or when it says what only somebody who was reached can.
bool reached(const Fact& fact, const Outcome& outcome) {
  return fact.boolean(Field::reached).value_or(outcome.resolved != Answer::none || outcome.satisfaction != 0);
}

// Goes once over the facts of a case, and builds the Case.
class CaseFolder {
 public:
  CaseFolder(const Directory& rules, Case& result) : rules_(rules), result_(result) {}

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
  void note(std::optional<Moment>& moment);
  void close();
  void end_early(Status status);
  void take_due(const Fact& fact);
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
  Status progress_ = Status::unopened;      // how far an open case has come
  Status early_status_ = Status::unopened;  // or declined, answered, withdrawn, merged, transferred
  // Of the fact in hand.
  const FactSpec* kind_ = nullptr;
  Moment moment_;
  std::size_t index_ = 0;
};

Hop* CaseFolder::lead() {
  for (auto hop = result_.hops.rbegin(); hop != result_.hops.rend(); ++hop) {
    if (!hop->assisting) return &*hop;
  }
  return nullptr;
}

Hop* CaseFolder::open_hop(std::string_view unit) {
  for (auto hop = result_.hops.rbegin(); !unit.empty() && hop != result_.hops.rend(); ++hop) {
    if (hop->unit == unit) return &*hop;
  }
  return lead();
}

bool CaseFolder::judged_unit(std::string_view unit) {
  if (unit.empty()) return false;
  if (unit == result_.unit) return true;
  return std::ranges::any_of(result_.hops, [&](const Hop& hop) { return hop.unit == unit && !hop.returned; });
}

void CaseFolder::end_early(Status status) {
  if (result_.ended_early) return flag(Anomaly::after_the_end);
  early_status_ = status;
  result_.ended_early = moment_;
}

// The first time that it happened, and the first time that it was known: what is told later with an earlier date takes
// nothing back.
void CaseFolder::note(std::optional<Moment>& moment) {
  if (!moment) {
    moment = moment_;
  } else {
    moment->judged = std::min(moment->judged, moment_.judged);
  }
}

// Units that have not come by now never do, also when the case is opened again.
void CaseFolder::close() {
  note(cycle().closed);
  for (Hop& hop : result_.hops) {
    if (!hop.returned && !hop.superseded) hop.superseded = moment_;
  }
  for (Callout& one : result_.callouts) {
    if (!one.ended) one.ended = moment_;
  }
}

void CaseFolder::take_due(const Fact& fact) {
  if (const auto due = fact.due()) result_.dues.push_back({result_.cycles.size() - 1, moment_.judged, *due});
}

void CaseFolder::reopen() {
  if (result_.handled() || result_.closed()) result_.cycles.push_back({.start = moment_, .rework = true});
  progress_ = Status::sent;
}

// The level that is responsible now has its own time, and never none at all.
void CaseFolder::raise(const Fact& fact) {
  const std::size_t before = result_.cycles.size() - 1;
  result_.cycles.push_back({.start = moment_});
  if (fact.due() || result_.dues.empty() || result_.dues.back().cycle != before) return;
  result_.dues.push_back({before + 1, moment_.judged, result_.dues.back().due, true});
}

void CaseFolder::note_traits() {
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

void CaseFolder::describe(const Fact& fact) {
  const auto take = [&](Field field, std::string_view& into) {
    if (const std::string_view text = fact.text(field); !text.empty()) into = text;
  };
  take(Field::area, result_.named_area);
  take(Field::category, result_.category);
  take(Field::condition, result_.condition);
  take(Field::kind, result_.kind);
  take(Field::channel, result_.channel);
  if (const auto priority = fact.integer(Field::priority).value_or(0); priority != 0) result_.priority = priority;
  note_traits();
}

bool CaseFolder::counts(const Fact& fact) {
  if (fact.conflict()) {
    flag(Anomaly::conflict);
    return false;
  }
  if (!rules_.permitted(fact.kind, fact.role(), fact.logged)) {
    flag(Anomaly::unauthorised);
    return false;
  }
  // An end before the opening is none: it was entered with a wrong time.
  const auto& ended = result_.ended();
  const bool over = ended && result_.opened && ended->happened >= result_.opened->happened;
  if (over && (kind_->is(FactClass::work) || (fact.kind == FactKind::reopened && result_.ended_early))) {
    flag(Anomaly::after_the_end);
    return false;
  }
  // The judged do not judge: what a unit says of its own work is kept and moves nothing.
  if (kind_->is(FactClass::judgement) && judged_unit(fact.by_unit())) {
    flag(Anomaly::by_the_judged);
    return false;
  }
  return true;
}

void CaseFolder::take(const Fact& fact, std::size_t index) {
  index_ = index;
  kind_ = &spec(fact.kind);
  moment_ = {fact.happened, rules_.judged(fact), static_cast<std::uint32_t>(index)};
  if (!counts(fact)) return;
  if (kind_->is(FactClass::field)) result_.in_the_field = true;
  if (kind_->is(FactClass::describes)) {
    describe(fact);
  } else if (kind_->is(FactClass::places) && result_.named_area.empty() && !fact.area().empty()) {
    result_.named_area = fact.area();
    note_traits();
  }
  apply(fact);
}

void CaseFolder::dispatch(const Fact& fact) {
  const std::string_view unit = fact.unit();
  const bool assisting = !fact.boolean(Field::lead).value_or(true);
  if (fact.kind == FactKind::raised) {
    if (!fact.text(Field::level).empty()) result_.level = fact.text(Field::level);
    note_traits();
    if (!result_.handled() && !result_.closed()) raise(fact);
  }
  if (fact.kind == FactKind::sent || !unit.empty()) {
    if (Hop* before = lead(); before != nullptr && !assisting && !before->returned && !before->superseded) {
      if (fact.kind == FactKind::sent && !before->signed_for && before->unit != unit)
        flag(Anomaly::two_open_dispatches);
      before->superseded = moment_;
    }
    result_.hops.push_back({.unit = unit, .sent = moment_, .assisting = assisting});
    if (!unit.empty() && !assisting) result_.unit = unit;
  }
  take_due(fact);
  progress_ = Status::sent;
  if (fact.boolean(Field::outside).value_or(false)) end_early(Status::transferred);
}

// A unit that has a case in hand has received it, also when nobody has sent it.
void CaseFolder::sign(const Fact& fact) {
  const std::string_view unit = fact.unit();
  if (result_.hops.empty()) {
    result_.hops.push_back({.unit = unit, .sent = moment_, .signed_for = moment_});
    if (!unit.empty()) result_.unit = unit;
  }
  if (Hop* hop = open_hop(unit); hop != nullptr && !hop->signed_for && !hop->returned) hop->signed_for = moment_;
  progress_ = Status::signed_for;
}

void CaseFolder::hand_back(const Fact& fact) {
  Hop* hop = open_hop(fact.unit());
  if (hop == nullptr || hop->returned) {
    flag(Anomaly::returned_unsent);
  } else {
    hop->returned = moment_;
  }
  if (hop == nullptr || !hop->assisting) progress_ = Status::returned;
}

void CaseFolder::handle(const Fact& fact) {
  const std::string_view unit = fact.unit();
  if (Hop* hop = open_hop(unit); hop != nullptr && hop->assisting && hop->unit == unit) {
    if (!hop->done) hop->done = moment_;
    return;
  }
  note(cycle().handled);
  if (!unit.empty()) result_.unit = unit;
  answer(true);
}

// The unit that was supervised or urged has moved.
void CaseFolder::answer(bool by_handling) {
  for (Supervision& one : result_.supervisions) {
    if (!one.answered && (one.urge || by_handling)) one.answered = moment_;
  }
}

void CaseFolder::judge(const Fact& fact) {
  switch (fact.kind) {
    case FactKind::checked:
      result_.checks.push_back(fact.happened);
      note(cycle().checked);
      if (fact.boolean(Field::passed) == false && (result_.handled() || result_.closed())) reopen();
      break;
    case FactKind::called_back: {
      const Outcome outcome = outcome_of(fact);
      if (!reached(fact, outcome)) break;
      cycle().called_back = {moment_, outcome};
      note(cycle().reached);
      break;
    }
    case FactKind::rated: {
      const Outcome outcome = outcome_of(fact);
      if (outcome.satisfaction == 0) break;
      // The unit that whistled rates the unit that came; that is no rating of the case.
      const auto whistled =
          std::ranges::find_if(result_.callouts.rbegin(), result_.callouts.rend(),
                               [&](const Callout& one) { return one.unit == fact.unit() && !one.unit.empty(); });
      const std::string_view unit = fact.unit();
      if (!unit.empty() && fact.by_unit() == unit) {
        flag(Anomaly::by_the_judged);
      } else if (whistled == result_.callouts.rend() && result_.callouts.size() == kMaxCallouts && !unit.empty() &&
                 !judged_unit(unit)) {
        flag(Anomaly::too_many_units);  // it may be one that was whistled for and has no place
      } else if (whistled == result_.callouts.rend()) {
        cycle().rated = {moment_, outcome};
      } else {
        whistled->rating = outcome.satisfaction;
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
      result_.appeals.push_back({.filed = moment_, .due = fact.due()});
      break;
    case FactKind::appeal_decided:
      for (Appeal& appeal : result_.appeals) {
        if (appeal.decided) continue;
        appeal.decided = moment_;
        appeal.upheld = fact.boolean(Field::upheld).value_or(false);
        break;
      }
      break;
    case FactKind::extension_approved:
      add_extension(fact, moment_, result_.cycles.size() - 1, result_.extensions);
      break;
    case FactKind::extension_rejected:
      reject_extension(moment_, result_.extensions);
      break;
    case FactKind::suspension_approved:
      add_suspension(fact, moment_, result_.suspensions);
      break;
    case FactKind::suspension_rejected:
      reject_suspension(moment_, result_.suspensions);
      break;
    case FactKind::supervised:
    case FactKind::urged:
      result_.supervisions.push_back({.urge = fact.kind == FactKind::urged,
                                      .told = moment_,
                                      .level = fact.text(Field::level),
                                      .unit = fact.unit(),
                                      .due = fact.due()});
      break;
    default:
      break;
  }
}

void CaseFolder::apply(const Fact& fact) {
  switch (fact.kind) {
    case FactKind::reported:
    case FactKind::registered:
      note(result_.opened);
      if (fact.kind == FactKind::registered) note(result_.registered);
      if (fact.kind == FactKind::reported && progress_ == Status::unopened) progress_ = Status::reported;
      if (fact.kind == FactKind::registered && progress_ < Status::registered) progress_ = Status::registered;
      take_due(fact);
      result_.duplicate = result_.duplicate || fact.boolean(Field::duplicate).value_or(false);
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
      add_extension(fact, moment_, result_.cycles.size() - 1, result_.extensions);
      break;
    case FactKind::suspended:
      add_suspension(fact, moment_, result_.suspensions);
      break;
    case FactKind::resumed:
      if (!resume(moment_, result_.suspensions)) flag(Anomaly::nothing_to_resume);
      break;
    case FactKind::handled:
    case FactKind::self_handled:
      handle(fact);
      break;
    case FactKind::closed:
    case FactKind::force_closed:
      close();
      if (!fact.text(Field::successor).empty()) result_.successor = fact.text(Field::successor);
      answer(true);
      break;
    case FactKind::reopened:
      reopen();
      take_due(fact);
      break;
    case FactKind::whistled: {
      for (const std::string_view unit : fact.strings(Field::units)) {
        if (result_.callouts.size() == kMaxCallouts) {
          flag(Anomaly::too_many_units);
          break;
        }
        result_.callouts.push_back({.unit = unit, .whistled = moment_, .due = fact.due()});
      }
      break;
    }
    case FactKind::reported_in:
      for (Callout& one : result_.callouts) {
        if (one.unit == fact.unit() && !one.reported_in) one.reported_in = moment_;
      }
      answer(false);
      break;
    case FactKind::contacted:
      if (fact.boolean(Field::reached).value_or(true)) note(cycle().contacted);
      answer(false);
      break;
    case FactKind::arrived:
      note(cycle().arrived);
      answer(false);
      break;
    case FactKind::visited:
      result_.visits.push_back(fact.happened);
      answer(false);
      break;
    case FactKind::visit_missed:
      result_.missed_visits.push_back(fact.happened);
      break;
    case FactKind::declined:
      end_early(Status::declined);
      break;
    case FactKind::answered:
      end_early(Status::answered);
      break;
    case FactKind::withdrawn:
      end_early(Status::withdrawn);
      break;
    case FactKind::merged:
      end_early(Status::merged);
      result_.parent = fact.text(Field::parent);
      break;
    case FactKind::unmerged:
      if (early_status_ == Status::merged) {
        early_status_ = Status::unopened;
        result_.ended_early.reset();
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
    case FactKind::checked_in:
    case FactKind::round_made:
    case FactKind::household_registered:
    case FactKind::worker_registered:
    case FactKind::kept:
      break;
  }
}

void CaseFolder::finish() {
  result_.area = rules_.attributed(result_.named_area);
  if (result_.opened) result_.cycles.front().start = *result_.opened;
  if (result_.traits.empty()) note_traits();
  result_.status = result_.ended_early ? early_status_
                   : !result_.opened   ? Status::unopened
                   : result_.closed()  ? Status::closed
                   : result_.handled() ? Status::handled
                                       : progress_;
}

}  // namespace

Case fold(const std::vector<Fact>& facts, const Directory& rules) {
  Case result;
  fold(facts, rules, result);
  return result;
}

void fold(const std::vector<Fact>& facts, const Directory& rules, Case& result) {
  result.clear();
  result.cycles.emplace_back();
  CaseFolder folder(rules, result);
  for (std::size_t i = 0; i < facts.size(); ++i) folder.take(facts[i], i);
  folder.finish();
}

}  // namespace projections
