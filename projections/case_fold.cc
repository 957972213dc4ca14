#include "projections/case_fold.h"

#include <utility>

namespace projections {

std::string_view name(Status status) {
  switch (status) {
    case Status::unopened:
      return "unopened";
    case Status::reported:
      return "reported";
    case Status::registered:
      return "registered";
    case Status::sent:
      return "sent";
    case Status::signed_for:
      return "signed";
    case Status::returned:
      return "returned";
    case Status::handled:
      return "handled";
    case Status::closed:
      return "closed";
    case Status::declined:
      return "declined";
    case Status::answered:
      return "answered";
    case Status::withdrawn:
      return "withdrawn";
    case Status::merged:
      return "merged";
  }
  return "?";
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

// What is said to be reached, or says what only somebody who was reached can.
bool reached(const Outcome& outcome) {
  if (outcome.went != Answer::none) return outcome.went == Answer::yes;
  return outcome.resolved != Answer::none || outcome.satisfaction != 0;
}

}  // namespace

Case fold(const std::vector<Fact>& facts, const Directory& rules) {
  Case result;
  fold(facts, rules, result);
  return result;
}

void fold(const std::vector<Fact>& facts, const Directory& rules, Case& result) {
  {
    Case fresh;
    std::swap(fresh.hops, result.hops);
    std::swap(fresh.cycles, result.cycles);
    std::swap(fresh.visits, result.visits);
    std::swap(fresh.missed_visits, result.missed_visits);
    std::swap(fresh.checks, result.checks);
    fresh.hops.clear();
    fresh.cycles.clear();
    fresh.visits.clear();
    fresh.missed_visits.clear();
    fresh.checks.clear();
    result = std::move(fresh);
  }
  result.cycles.emplace_back();
  Status progress = Status::unopened;  // how far an open case has come
  Status given_up = Status::unopened;  // or declined, answered, withdrawn, merged
  for (const Fact& fact : facts) {
    const Moment moment{fact.happened, rules.judged(fact)};
    if (describes(fact.kind)) {
      if (!fact.text(Text::area).empty()) result.named_area = fact.text(Text::area);
      if (!fact.text(Text::category).empty()) result.category = fact.text(Text::category);
      if (!fact.text(Text::channel).empty()) result.channel = fact.text(Text::channel);
      if (fact.priority != 0) result.priority = fact.priority;
    } else if (is_dispatch(fact.kind)) {
      if (result.named_area.empty()) result.named_area = fact.text(Text::area);
    }
    const auto give_up = [&](Status status) {
      given_up = status;
      result.given_up = moment;
    };
    const auto reopen = [&] {
      if (result.handled() || result.closed()) result.cycles.push_back({.start = moment, .due = fact.due});
      progress = Status::sent;
    };
    // The judged do not judge: what a unit says of its own work is kept and moves nothing.
    const auto by_the_judged = [&] {
      return !fact.text(Text::by_unit).empty() && fact.text(Text::by_unit) == result.unit;
    };
    switch (fact.kind) {
      case FactKind::reported:
      case FactKind::registered:
        if (!result.opened) result.opened = moment;
        if (fact.kind == FactKind::reported && progress == Status::unopened) progress = Status::reported;
        if (fact.kind == FactKind::registered && progress < Status::registered) progress = Status::registered;
        if (fact.due) result.cycles.back().due = fact.due;
        result.duplicate = result.duplicate || fact.duplicate;
        break;
      case FactKind::sent:
      case FactKind::forwarded:
      case FactKind::raised:
        if (fact.kind == FactKind::sent || !fact.text(Text::unit).empty()) {
          result.hops.push_back({fact.text(Text::unit), moment, std::nullopt, std::nullopt});
          if (!fact.text(Text::unit).empty()) result.unit = fact.text(Text::unit);
        }
        if (fact.due) result.cycles.back().due = fact.due;
        progress = Status::sent;
        break;
      case FactKind::assigned:
      case FactKind::taken:
      case FactKind::signed_for:
        // A unit that has a case in hand has received it, also when nobody has sent it.
        if (result.hops.empty()) {
          result.hops.push_back({fact.text(Text::unit), moment, moment, std::nullopt});
          if (!fact.text(Text::unit).empty()) result.unit = fact.text(Text::unit);
        }
        if (Hop& hop = result.hops.back(); !hop.signed_for && !hop.returned) hop.signed_for = moment;
        progress = Status::signed_for;
        break;
      case FactKind::returned:
        if (!result.hops.empty()) result.hops.back().returned = moment;
        progress = Status::returned;
        break;
      case FactKind::extended:
        if (fact.due) result.cycles.back().due = fact.due;
        break;
      case FactKind::handled:
      case FactKind::self_handled:
        if (!result.cycles.back().handled) result.cycles.back().handled = moment;
        if (!fact.text(Text::unit).empty()) result.unit = fact.text(Text::unit);
        break;
      case FactKind::closed:
      case FactKind::force_closed:
        if (!result.cycles.back().closed) result.cycles.back().closed = moment;
        break;
      case FactKind::reopened:
        reopen();
        break;
      case FactKind::contacted:
        if (fact.outcome.went != Answer::no && !result.cycles.back().contacted) {
          result.cycles.back().contacted = moment;
        }
        break;
      case FactKind::arrived:
        if (!result.cycles.back().arrived) result.cycles.back().arrived = moment;
        break;
      case FactKind::visited:
        result.visits.push_back(fact.happened);
        result.in_the_field = true;
        break;
      case FactKind::visit_missed:
        result.missed_visits.push_back(fact.happened);
        result.in_the_field = true;
        break;
      case FactKind::checked_in:
      case FactKind::round_made:
        result.in_the_field = true;
        break;
      case FactKind::checked:
        if (by_the_judged()) break;
        result.checks.push_back(fact.happened);
        if (fact.outcome.went == Answer::no && (result.handled() || result.closed())) reopen();
        break;
      case FactKind::called_back:
        if (!by_the_judged() && reached(fact.outcome)) result.cycles.back().called_back = {moment, fact.outcome};
        break;
      case FactKind::rated:
        if (!by_the_judged() && fact.outcome.satisfaction != 0) result.cycles.back().rated = {moment, fact.outcome};
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
        result.parent = fact.text(Text::parent);
        break;
      case FactKind::unmerged:
        if (given_up == Status::merged) {
          given_up = Status::unopened;
          result.given_up.reset();
          result.parent = {};
        }
        break;
      case FactKind::classified:
      case FactKind::located:
      case FactKind::repeated:
      case FactKind::household_registered:
      case FactKind::worker_registered:
      case FactKind::kept:
        break;
    }
  }
  result.area = rules.attributed(result.named_area);
  if (result.opened) result.cycles.front().start = *result.opened;
  result.status = result.given_up    ? given_up
                  : !result.opened   ? Status::unopened
                  : result.closed()  ? Status::closed
                  : result.handled() ? Status::handled
                                     : progress;
}

}  // namespace projections
