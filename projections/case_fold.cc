#include "projections/case_fold.h"

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

Case fold(const std::vector<Fact>& facts, const Directory& rules) {
  Case result;
  result.cycles.emplace_back();
  Status progress = Status::unopened;  // how far an open case has come
  Status given_up = Status::unopened;  // or declined, answered, withdrawn, merged
  for (const Fact& fact : facts) {
    const Moment moment{fact.happened, rules.judged(fact)};
    if (fact.kind != FactKind::kept) {
      if (!fact.text(Text::area).empty()) result.area = fact.text(Text::area);
      if (!fact.text(Text::category).empty()) result.category = fact.text(Text::category);
      if (!fact.text(Text::channel).empty()) result.channel = fact.text(Text::channel);
      if (fact.priority != 0) result.priority = fact.priority;
    }
    const auto give_up = [&](Status status) {
      given_up = status;
      result.given_up = moment;
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
      case FactKind::signed_for:
        if (!result.hops.empty() && !result.hops.back().signed_for) result.hops.back().signed_for = moment;
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
        if (result.handled() || result.closed()) result.cycles.push_back({moment, fact.due, {}, {}});
        progress = Status::sent;
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
      case FactKind::assigned:
      case FactKind::taken:
      case FactKind::kept:
        break;
    }
  }
  if (result.opened) result.cycles.front().start = *result.opened;
  result.status = result.given_up    ? given_up
                  : !result.opened   ? Status::unopened
                  : result.closed()  ? Status::closed
                  : result.handled() ? Status::handled
                                     : progress;
  return result;
}

}  // namespace projections
