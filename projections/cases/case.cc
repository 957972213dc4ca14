#include "projections/cases/case.h"

#include <array>
#include <utility>

namespace projections {
namespace {

constexpr std::array<std::string_view, 13> kStatusNames = {
    "unopened", "reported", "registered", "sent",      "signed", "returned",   "handled",
    "closed",   "declined", "answered",   "withdrawn", "merged", "transferred"};

}  // namespace

std::string_view name(Answer answer) {
  switch (answer) {
    case Answer::none:
      return "";
    case Answer::no:
      return "no";
    case Answer::yes:
      return "yes";
    case Answer::partly:
      return "partly";
  }
  return "?";
}

std::string_view name(Status status) {
  return kStatusNames[static_cast<std::size_t>(status)];
}

void Case::clear() {
  Case fresh;
  const auto keep = [&](auto member) {
    std::swap(fresh.*member, this->*member);
    (fresh.*member).clear();
  };
  keep(&Case::hops);
  keep(&Case::cycles);
  keep(&Case::traits);
  keep(&Case::dues);
  keep(&Case::suspensions);
  keep(&Case::extensions);
  keep(&Case::callouts);
  keep(&Case::appeals);
  keep(&Case::supervisions);
  keep(&Case::flags);
  keep(&Case::visits);
  keep(&Case::missed_visits);
  keep(&Case::checks);
  *this = std::move(fresh);
}

}  // namespace projections
