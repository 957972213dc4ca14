// Decides which records a stage may apply: the others are forwarded to their row, or refused.
//
// Takes: a decoded record of an input that is partitioned by subject. Gives: the decoded item and the input in which the
// record was written first; or nothing, when it was forwarded or refused here.

#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "projections/stage/event_inputs.h"
#include "projections/stage/rejection.h"
#include "topics/catalogue.h"
#include "topics/stages.h"

namespace projections {

// Which topic a record lies in decides who may say it, so a type belongs to one topic. A forwarded record is judged by
// the topic that it came from.
//
// Threads: confined to one thread at a time.
class Admission {
 public:
  struct Admitted {
    EventInputs::Item& item;
    std::size_t origin = 0;    // the input that the record was written to
    bool row_message = false;  // it comes from another row, see row_messages.h
  };

  // `inbox_input` and `inbox_output` are indices into the stage's inputs and outputs.
  Admission(const engine::StageSpec& spec, const topics::StageContract& contract, std::size_t inbox_input,
            std::size_t inbox_output, EventInputs& inputs, Rejections& rejections, Tallies& tallies);

  std::optional<Admitted> admit(const engine::Message& message, engine::Context& context);

 private:
  std::size_t origin_of(const engine::Message& message, const EventInputs::Item& item) const;
  std::optional<topics::Rejection> refuse(const topics::Event& event, std::size_t origin) const;

  const engine::StageSpec& spec_;
  std::size_t inbox_input_;
  std::size_t inbox_output_;
  EventInputs& inputs_;
  Rejections& rejections_;
  Tallies& tallies_;
  std::vector<std::optional<topics::Family>> families_;  // by input; nothing = events of no family
};

}  // namespace projections
