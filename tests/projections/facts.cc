#include "tests/projections/facts.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "topics/codec/event.h"

namespace projections_test {
namespace {

topics::Event event_of(const Told& told, engine::Instant logged) {
  topics::Decoder decoder;
  topics::Event event;
  if (const auto decoded = decoder.decode(told.value(), logged, event); !decoded) {
    throw std::runtime_error(decoded.error().detail);
  }
  return event;
}

}  // namespace

projections::Fact fact_of(const Told& told, engine::Instant logged, std::int64_t offset) {
  return projections::fact_of(event_of(told, logged), logged, 2, 0, offset);
}

std::vector<projections::Fact> facts_of(const std::vector<Happening>& happenings) {
  std::map<std::string, std::vector<projections::Fact>> cases;
  std::int64_t offset = 0;
  for (const Happening& happening : happenings) {
    Told told = happening.told;
    told.id = fmt::format("e{}", offset);
    auto& facts = cases[told.subject];
    projections::Fact fact = fact_of(told, batch_time(happening.batch), offset++);
    facts.insert(std::ranges::upper_bound(facts, fact, projections::before), std::move(fact));
  }
  const auto most = std::ranges::max_element(cases, {}, [](const auto& one) { return one.second.size(); });
  return most == cases.end() ? std::vector<projections::Fact>() : most->second;
}

RuleBook::RuleBook(const std::vector<Told>& told) : RuleBook(std::make_shared<engine::MemoryStore::Contents>(), told) {}

RuleBook::RuleBook(std::shared_ptr<engine::MemoryStore::Contents> contents, const std::vector<Told>& told)
    : contents_(std::move(contents)), store_(contents_), state_(store_), directory_(state_) {
  directory_.restore();
  for (const Told& rule : told) {
    if (const std::string why = refusal(rule); !why.empty()) {
      throw std::runtime_error(fmt::format("{} {} is refused: {}", rule.type, rule.subject, why));
    }
  }
}

bool RuleBook::tell(const Told& rule) {
  return refusal(rule).empty();
}

std::string RuleBook::refusal(const Told& rule) {
  const auto change = directory_.apply(event_of(rule, rule.time), rule.time);
  return change.refused ? fmt::format("{}: {}", code(change.refused->reason), change.refused->detail) : "";
}

std::unique_ptr<RuleBook> RuleBook::reopened() {
  state_.digest();
  if (!store_.checkpoint({"position", state_.freeze()})) throw std::runtime_error("no checkpoint");
  return std::unique_ptr<RuleBook>(new RuleBook(contents_, {}));
}

}  // namespace projections_test
