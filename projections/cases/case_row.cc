#include "projections/cases/case_row.h"

#include <algorithm>
#include <array>
#include <utility>

namespace projections {

std::size_t CaseRow::memory() const {
  std::size_t total = facts.capacity() * sizeof(Fact) + sent.capacity() * sizeof(Sent) +
                      counted.terms.capacity() * sizeof(Term) + visits.capacity() * sizeof(topics::CounterDelta) + 64;
  for (const Fact& fact : facts) total += fact.fields.memory();
  return total;
}

void CaseRow::insert(Fact fact) {
  facts.insert(std::ranges::upper_bound(facts, fact, before), std::move(fact));
  ++version;
}

namespace {

// In the order of the enum.
constexpr std::array<std::string_view, kClockKinds> kClockNames = {"sign",    "handle",    "close",     "register",
                                                                   "contact", "arrive",    "check",     "callback",
                                                                   "appeal",  "report_in", "supervise", "urge"};

}  // namespace

std::string_view name(ClockKind clock) {
  return kClockNames[static_cast<std::size_t>(clock)];
}

std::optional<ClockKind> find_clock(std::string_view text) {
  const auto found = std::ranges::find(kClockNames, text);
  if (found == kClockNames.end()) return std::nullopt;
  return static_cast<ClockKind>(found - kClockNames.begin());
}

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::none:
      return "running";
    case Verdict::warned:
      return "warned";
    case Verdict::breached:
      return "breached";
    case Verdict::met:
      return "met";
  }
  return "?";
}

}  // namespace projections
