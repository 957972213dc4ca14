#include "projections/clocks/clocks.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <tuple>

#include "tests/projections/facts.h"
#include "tests/projections/law.h"

namespace projections_test {
namespace {

using engine::Instant;
using engine::Milliseconds;
using projections::Clock;
using projections::Verdict;

constexpr std::array kVerdicts = {Verdict::none, Verdict::warned, Verdict::breached, Verdict::met};

TEST(Announcements, TurnWhatWasSentIntoTheVerdict) {
  for (const Verdict sent : kVerdicts) {
    for (const Verdict verdict : kVerdicts) {
      Verdict known = sent;
      for (const auto& said : projections::announcements(sent, verdict)) {
        if (said.kind == topics::AlertKind::retracted) {
          EXPECT_EQ(said.rung, known) << "only what holds is taken back";
          known = Verdict::none;
          continue;
        }
        EXPECT_TRUE(known == Verdict::none || (known == Verdict::warned && said.rung > Verdict::warned))
            << name(known) << " is followed by " << name(said.rung);
        EXPECT_EQ(name(said.kind), name(said.rung));
        known = said.rung;
      }
      EXPECT_EQ(known, verdict) << name(sent) << " to " << name(verdict);
      EXPECT_EQ(projections::announcements(sent, verdict).empty(), sent == verdict);
    }
  }
}

// The instants around which the clocks of a case may change.
std::vector<Instant> moments(const std::vector<Clock>& clocks) {
  std::vector<Instant> all;
  const auto around = [&](Instant at) {
    for (const int ms : {-1, 0, 1}) all.push_back(at + Milliseconds(ms));
  };
  for (const Clock& clock : clocks) {
    around(clock.due);
    if (clock.next) around(*clock.next);
    if (clock.stopped) around(*clock.stopped);
    if (clock.cancelled) around(*clock.cancelled);
  }
  for (int batch = 0; batch < 3 * kBatches; ++batch) all.push_back(batch_time(batch));
  std::ranges::sort(all);
  return all;
}

// Where that clock stands in `clocks`; nothing when it is not there.
auto stands(const std::vector<Clock>& clocks, const Clock& which) {
  using Standing = std::tuple<Verdict, std::uint8_t, projections::Course, Instant>;
  const auto found = std::ranges::find_if(
      clocks, [&](const Clock& clock) { return clock.kind == which.kind && clock.cycle == which.cycle; });
  if (found == clocks.end()) return std::optional<Standing>();
  return std::optional(Standing(found->verdict, found->step, found->course, found->due));
}

// Whether something comes into force at `at` that may change the clocks of a case, and need not.
bool comes_into_force(Instant at, const projections::Case& subject, const projections::Directory& rules) {
  const auto any = [&](const auto& all, auto instant) {
    return std::ranges::any_of(all, [&](const auto& one) { return std::invoke(instant, one) == at; });
  };
  const auto changed = [&](const projections::Extension& one) {
    return one.approval.requested.judged == at ||
           any(one.approval.approvals, [](const auto& approval) { return approval.at.judged; });
  };
  return std::ranges::binary_search(rules.revisions(), at) || any(subject.traits, &projections::TraitsFrom::from) ||
         any(subject.dues, &projections::ExplicitDue::from) || std::ranges::any_of(subject.extensions, changed);
}

TEST(Clocks, ChangeByTimeAloneOnlyWhenTheySaidSo) {
  EXPECT_TRUE(law("a clock stays as it is until just after `next`, and is another one then", 150, [] {
    const auto facts = facts_of(*case_histories());
    const RuleBook book(*rule_books());
    const projections::Case subject = projections::fold(facts, book.rules());
    const std::vector<Instant> when = moments(clocks(subject, book.rules(), kFirstBatch));
    for (const Instant now : when) {
      const std::vector<Clock> before = clocks(subject, book.rules(), now);
      for (const Clock& clock : before) {
        const auto there = stands(before, clock);
        if (clock.next) {
          RC_ASSERT(*clock.next >= now);
          const Instant then = *clock.next + Milliseconds(1);
          RC_ASSERT(stands(clocks(subject, book.rules(), then), clock) != there ||
                    comes_into_force(then, subject, book.rules()));
        }
        for (const Instant later : when) {
          if (later < now || (clock.next && later > *clock.next)) continue;
          RC_ASSERT(stands(clocks(subject, book.rules(), later), clock) == there);
        }
      }
    }
  }));
}

TEST(Clocks, Ascend) {
  EXPECT_TRUE(law("ascending by kind and cycle, none twice", 150, [] {
    const auto facts = facts_of(*case_histories());
    const RuleBook book(*rule_books());
    const projections::Case subject = projections::fold(facts, book.rules());
    const auto all = clocks(subject, book.rules(), batch_time(kBatches));
    for (std::size_t i = 1; i < all.size(); ++i) {
      RC_ASSERT(std::pair(all[i - 1].kind, all[i - 1].cycle) < std::pair(all[i].kind, all[i].cycle));
    }
  }));
}

}  // namespace
}  // namespace projections_test
