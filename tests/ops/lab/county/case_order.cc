#include "tests/ops/lab/county/case_order.h"

#include <fmt/format.h>

namespace simulate_test {

using topics::Event;
using topics::Field;
using topics::Type;

std::string CaseOrder::next(const Event& event) {
  std::string wrong;
  if (event.spec() == nullptr) return "its type is unknown";
  if (last_ && event.time() <= *last_) wrong = "is not after the event before";
  if (wrong.empty()) wrong = judge(event);
  last_ = event.time();
  ids_.emplace(event.id());
  return wrong.empty() ? wrong : fmt::format("{} {} {}", event.id(), event.type_name(), wrong);
}

std::string CaseOrder::judge(const Event& event) {
  const auto unless = [](bool right, std::string_view wrong) { return std::string(right ? "" : wrong); };
  const bool open = registered_ && !over_ && !merged_ && !closed_;
  const auto set = [](bool& flag, bool value) { flag = value; };
  switch (event.spec()->type) {
    case Type::request_reported:
      return unless(!std::exchange(reported_, true), "a second time");
    case Type::request_registered:
      return unless(reported_ && !over_ && !std::exchange(registered_, true), "is not of a new request");
    case Type::request_classified:
    case Type::request_located:
      return unless(reported_ && !over_ && !hop_ && !in_hand_, "comes before the report or after the sending");
    case Type::request_answered:
    case Type::request_declined:
      set(answered_, event.is(Type::request_answered));
      return unless(reported_ && !registered_ && !std::exchange(over_, true), "is not of a new request");
    case Type::request_withdrawn:
      return unless(open && !std::exchange(over_, true), "is not of an open case");
    case Type::request_merged:
      return unless(open && !hop_ && !std::exchange(merged_, true) && event.text(Field::parent) != event.subject(),
                    "is not of an open case that nobody has");
    case Type::request_unmerged:
      return unless(std::exchange(merged_, false), "is not of a merged case");
    case Type::request_repeated:
    case Type::judgement_urged:
    case Type::judgement_supervised:
      return unless(open, "is not of an open case");
    case Type::dispatch_sent:
      return unless(open && !in_hand_ && !std::exchange(hop_, true), "is of a case that is not open, or with a unit");
    case Type::dispatch_signed:
      in_hand_ = true;
      return unless(open && std::exchange(hop_, false), "without a sending");
    case Type::dispatch_returned:
      return unless(open && std::exchange(hop_, false), "without a sending, or after the signature");
    case Type::dispatch_forwarded:
    case Type::dispatch_raised:
      hop_ = true;
      return unless(open && std::exchange(in_hand_, false), "by a unit that has not signed");
    case Type::dispatch_assigned:
    case Type::dispatch_taken:
    case Type::visit_contacted:
    case Type::visit_arrived:
    case Type::visit_made:
      return unless(open && in_hand_ && !handled_, "by a unit that does not have the case in hand");
    case Type::dispatch_whistled:
      for (const std::string_view unit : event.strings(Field::units)) whistled_.emplace(unit);
      ever_whistled_ = true;
      return unless(open && in_hand_, "without the case in hand");
    case Type::dispatch_reported_in:
      return unless(whistled_.erase(std::string(*event.text(Field::unit))) == 1, "without a whistle, or twice");
    case Type::dispatch_suspended:
      until_ = event.instant(Field::until);
      suspension_open_ = true;
      return unless(open && in_hand_ && !handled_ && *until_ > event.time(), "of a case that is not in hand");
    case Type::judgement_suspension_approved:
      suspended_ = true;
      return unless(std::exchange(suspension_open_, false), "without a pause");
    case Type::judgement_suspension_rejected:
      return unless(std::exchange(suspension_open_, false), "without a pause");
    case Type::dispatch_resumed:
      return unless(std::exchange(suspended_, false) && event.time() < *until_, "without a pause, or after it");
    case Type::dispatch_extension_requested:
      extension_open_ = true;
      extension_by_approval_ = event.has(Field::limit);
      return unless(open && in_hand_ && !handled_, "of a case that is not in hand");
    case Type::judgement_extension_approved:
      // Working time counts once enough persons have agreed, and nobody tells it besides.
      if (extension_by_approval_) return unless(extension_open_, "that nobody asked for");
      extension_approved_ = true;
      return unless(std::exchange(extension_open_, false), "that nobody asked for");
    case Type::judgement_extension_rejected:
      return unless(std::exchange(extension_open_, false), "that nobody asked for");
    case Type::dispatch_extended:
      return unless(std::exchange(extension_approved_, false), "that was not approved");
    case Type::dispatch_handled:
      return unless(open && in_hand_ && !std::exchange(handled_, true), "of a case that is not in hand");
    case Type::dispatch_self_handled:
      return unless(reported_ && !registered_ && !std::exchange(self_handled_, true), "of a case that was sent");
    case Type::dispatch_check_requested:
      return unless(open && handled_, "before it was handled");
    case Type::judgement_checked:
      return unless((handled_ || self_handled_) && !closed_, "before it was handled, or after it was closed");
    case Type::dispatch_closed:
      return unless((self_handled_ || (open && handled_)) && !std::exchange(closed_, true), "before it was handled");
    case Type::dispatch_force_closed:
      return unless(open && in_hand_ && !handled_ && !std::exchange(closed_, true), "of a case that is not in hand");
    case Type::dispatch_reopened: {
      const bool right = handled_ || closed_;
      handled_ = closed_ = reached_ = false;
      attempts_ = 0;
      return unless(right, "before it was handled or closed");
    }
    case Type::judgement_called_back: {
      // A unit that judges its own work does so before anybody else can.
      if (event.text(Field::role) == "officer")
        return unless(handled_ && !closed_, "by a unit that has not handled it");
      const bool right = closed_ && !reached_ && event.integer(Field::attempt) == ++attempts_ && attempts_ <= 3;
      reached_ = event.boolean(Field::reached).value_or(false);
      return unless(right && reached_ == event.has(Field::resolved), "out of turn");
    }
    case Type::judgement_rated:
      return unless(answered_ || closed_ || ever_whistled_, "before anything was done");
    case Type::judgement_exclusion_requested:
      return unless(closed_ && !std::exchange(exclusion_open_, true), "before the end, or twice");
    case Type::judgement_exclusion_approved:
      excluded_ = true;
      return unless(std::exchange(exclusion_open_, false), "that nobody asked for");
    case Type::judgement_exclusion_revoked:
      return unless(std::exchange(excluded_, false), "that was not approved");
    case Type::judgement_appealed:
      appeal_open_ = true;
      return unless(ids_.contains(std::string(*event.text(Field::concerns))), "against nothing");
    case Type::judgement_appeal_decided:
      return unless(std::exchange(appeal_open_, false), "without an appeal");
    default:
      return "is no event of a case";
  }
}

}  // namespace simulate_test
