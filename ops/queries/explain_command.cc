// `gridloop explain`: why the clocks of a case stand where they do.

#include "ops/queries/explain_command.h"

#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "ops/cli/program.h"
#include "ops/queries/answers.h"
#include "ops/queries/explanation.h"

namespace ops {

std::vector<const Oddity*> Explanation::odd_of(std::size_t fact) const {
  std::vector<const Oddity*> found;
  for (const Oddity& one : odd) {
    if (one.fact == fact) found.push_back(&one);
  }
  return found;
}

engine::Result<int> explain(const ExplainOptions& options) {
  const auto deployment = TRY(open_for_answers(options.common));
  auto replica = TRY(deployment->replica("cases", engine::partition_of(options.id, deployment->partitions())));
  auto& cases = replica.stage<projections::Cases>();
  const engine::Instant now = replica.task->now();
  const auto answer = cases.find(options.id, now);
  if (!answer || answer->row.facts.empty()) {
    return engine::fail(engine::Action::invalid, fmt::format("no events have been processed for case {}", options.id));
  }
  const auto traces = projections::traces(answer->subject, cases.directory(), now);
  const Explanation explanation{options.id,     replica, cases, *answer, traces, oddities(answer->subject, traces),
                                CaseText(cases)};
  fmt::print("{}", options.common.json ? to_json(explanation) : to_text(explanation));
  return kOk;
}

void declare_explain(Program& program) {
  Command command = program.command("explain", "Explain how the deadlines of a case were computed",
                                    "  gridloop explain c1 --data data/town\n"
                                    "  gridloop explain c1 --data data/town --json\n");
  auto& options = command.settings<ExplainOptions>();
  add_log_and_json(command, options.common);
  command.text("id", options.id, "ID", "Case ID (the subject of its events)", Command::Need::required);
  command.runs(on_log(options.common, [&options] { return explain(options); }));
}

}  // namespace ops
