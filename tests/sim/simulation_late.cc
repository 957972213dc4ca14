#include "tests/sim/simulation.h"

#include <algorithm>
#include <cctype>

namespace sim {

namespace {

// Whether a message names step `number`, or the next one, which does not follow.
bool names_step(const std::string& message, engine::StepNumber number) {
  constexpr std::string_view kStep = "step ";
  std::size_t at = message.find(kStep);
  while (at != std::string::npos && !std::isdigit(static_cast<unsigned char>(message[at + kStep.size()]))) {
    at = message.find(kStep, at + 1);
  }
  if (at == std::string::npos) return false;
  const std::int64_t named = std::stoll(message.substr(at + kStep.size()));
  return named == number.value || named == number.value + 1;
}

}  // namespace

bool Simulation::struck(const Slot& slot) const {
  return request_.struck && request_.schedule.partition == slot.partition &&
         request_.schedule.topic == slot.make_stage()->spec().schedule_topic;
}

bool Simulation::late_error(Slot& slot, const Error& error) {
  if (error.action == Action::fenced) return true;  // the record of a stranger is in the schedule
  if (error.action != Action::corrupt) return false;
  if (names_step(error.message, request_.step) && (request_.kind == support::Late::torn || replay_fails(slot))) {
    trace("the late request is found: {}", error.message);
    outcome_ = LateOutcome::by_task;
    slot.stopped = true;
    slot.owners.clear();
    slot.standby.reset();
    return true;
  }
  for (auto& contents : slot.disks) contents = std::make_shared<MemoryStore::Contents>();
  return true;
}

bool Simulation::replay_fails(Slot& slot, engine::OutputAudit* outputs) {
  MemoryStore store(std::make_shared<MemoryStore::Contents>());
  Task::Options options;
  const std::string task = fmt::format("{}-{}", stage_name(slot), slot.partition.value);
  if (outputs != nullptr) {
    options.replayed_outputs = [&](engine::StepNumber step, const engine::OutgoingBatch& batch) {
      outputs->add(task, step, batch);
    };
  }
  Task replica(slot.make_stage(), slot.partition, *log_, store, clock_, std::move(options));
  const auto opened = replica.open(Task::Mode::replica);
  if (opened) return false;
  trace("replica of {}: {}", task, opened.error().message);
  if (struck(slot) && opened.error().action == Action::corrupt && names_step(opened.error().message, request_.step)) {
    return true;
  }
  fail(fmt::format("replica of {}: {}", task, opened.error().message));
  return false;
}

void Simulation::look_for_late_request() {
  trace("late request: {} at step {}", support::name(request_.kind), request_.step.value);
  // Its owner may not have gone on since, and may so be ahead of the log.
  for (Slot& slot : slots_) {
    if (!struck(slot)) continue;
    slot.owners.clear();
    slot.standby.reset();
  }
  run_until_quiet();
  if (failed() || outcome_ == LateOutcome::by_task) return;
  outcome_ = LateOutcome::healed;
  engine::OutputAudit outputs;
  std::vector<std::string> topics;
  for (Slot& slot : slots_) {
    if (replay_fails(slot, &outputs)) {
      outcome_ = LateOutcome::by_replay;
      return;
    }
    const auto stage = slot.make_stage();
    for (const std::string& topic : stage->spec().outputs) {
      if (!produced_.contains(topic) && std::ranges::find(topics, topic) == topics.end()) topics.push_back(topic);
    }
  }
  const auto differences = outputs.compare(*log_, topics);
  if (!differences) return fail(differences.error().message);
  for (const auto& difference : *differences) {
    trace("{}", difference.to_string());
    outcome_ = LateOutcome::by_replay;
  }
}

}  // namespace sim
