#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "engine/json.h"
#include "engine/types.h"
#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/commands/common_options.h"
#include "ops/deployment/deployment.h"

// The parts that all questions share.
//
// A question has a Request and an Answer, both values. answer() computes the Answer from stages, or from the log; to_text()
// and to_json() render it as lines with line ends; note() is what people are told beside it. None of them opens a data
// directory, prints, or keeps anything, so that a command and a server can ask the same. The command of the question does
// the rest.

namespace ops {

// How current the rows are from which an answer was computed.
struct Freshness {
  engine::Instant now;         // the time of the task that answers
  std::int64_t step = 0;       // its last one
  bool recalculating = false;  // not all rows are folded by the rules in force yet
  bool stale = false;          // from a checkpoint, because the log is unavailable
};
Freshness freshness(const Deployment::Replica& replica, bool recalculating);

engine::Result<std::unique_ptr<Deployment>> open_for_answers(const CommonOptions& common);

// The line below an answer that is recalculating.
inline constexpr std::string_view kRecalculating =
    "\nRecalculating: a rule change has not been applied to all cases yet; the figures can still change\n";

// The same for programs: "recalculating".
void put_recalculating(engine::JsonWriter& json, const Freshness& freshness);
// "stale", "as_of" and "step", of an answer that is stale.
void put_stale(engine::JsonWriter& json, const Freshness& freshness);

// A line with an object, whose members `fill` writes.
template <class Fill>
std::string json_line(Fill&& fill) {
  std::string out;
  engine::JsonWriter json(out);
  json.begin_object();
  fill(json);
  json.end_object();
  out += '\n';
  return out;
}

// Said on stderr beside an answer; most have nothing to say.
template <class Answer>
std::string note(const Answer&, bool) {
  return {};
}

// Prints an answer and its note. Returns the exit code.
template <class Answer>
int print_answer(const Answer& answer, bool json) {
  fmt::print("{}", json ? to_json(answer) : to_text(answer));
  if (const std::string text = note(answer, json); !text.empty()) say(text);
  return kOk;
}

}  // namespace ops
