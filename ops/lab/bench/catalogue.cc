#include "ops/lab/bench/catalogue.h"

#include <array>

#include <fmt/format.h>

#include "engine/result.h"
#include "ops/lab/bench/events.h"

namespace ops::bench {
namespace {

constexpr std::array<std::string_view, 3> kConditionIds = {"damaged", "missing", "blocked"};

struct Limits {
  std::size_t conditions;
  std::string_view limit;
};
constexpr std::array kLimits = {
    Limits{143, "1 work_day"}, Limits{86, "5 work_day"},    Limits{84, "3 work_day"},
    Limits{82, "2 work_day"},  Limits{17, "10 work_day"},   Limits{39, "4 work_hour"},
    Limits{22, "2 work_hour"}, Limits{42, "2 urgent_hour"}, Limits{4, "7 natural_day"},
};

consteval std::size_t all_conditions() {
  std::size_t all = 0;
  for (const Limits& limits : kLimits) all += limits.conditions;
  return all;
}
static_assert(all_conditions() == kConditions);
static_assert(kConditions <= kClasses * kConditionIds.size());
static_assert(kConditions - 2 * kClasses >= kCategories.size(), "each category of the events has three");

}  // namespace

std::string class_id(std::size_t number) {
  CHECK(number < kClasses);
  return number < kCategories.size() ? std::string(kCategories[number]) : fmt::format("class-{}", number);
}

FilingCondition filing_condition(std::size_t number) {
  constexpr std::size_t kStride = 197;  // has no divisor in common with kConditions: the limits of a class differ
  CHECK(number < kConditions);
  std::size_t place = number * kStride % kConditions;
  auto limits = kLimits.begin();
  while (place >= limits->conditions) place -= (limits++)->conditions;
  return {class_id(number % kClasses), std::string(kConditionIds[number / kClasses]), limits->limit};
}

std::string_view condition_of_case(std::uint64_t number) {
  const std::uint64_t place = number % (kConditionIds.size() + 1);
  return place < kConditionIds.size() ? kConditionIds[place] : std::string_view();
}

}  // namespace ops::bench
