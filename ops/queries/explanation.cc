#include "ops/queries/explanation.h"

#include "ops/cli/program.h"

namespace ops {

std::vector<const Oddity*> Explanation::odd_of(std::size_t fact) const {
  std::vector<const Oddity*> found;
  for (const Oddity& one : odd) {
    if (one.fact == fact) found.push_back(&one);
  }
  return found;
}

engine::Result<Explanation> answer(const ExplainRequest& request, projections::Cases& cases,
                                   const Freshness& freshness) {
  return Explanation{TRY(report_on(request.id, cases, freshness))};
}

engine::Result<int> explain(const ExplainOptions& options) {
  const auto deployment = TRY(open_for_answers(options.common));
  auto replica = TRY(deployment->replica("cases", engine::partition_of(options.request.id, deployment->partitions())));
  auto& cases = replica.stage<projections::Cases>();
  const Explanation found = TRY(answer(options.request, cases, freshness(replica, cases.sweeping())));
  return print_answer(found, options.common.json);
}

void declare_explain(Program& program) {
  Command command = program.command("explain", "Explain how the deadlines of a case were computed",
                                    "  gridloop explain c1 --data data/town\n"
                                    "  gridloop explain c1 --data data/town --json\n");
  auto& options = command.settings<ExplainOptions>();
  add_log_and_json(command, options.common);
  command.text("id", options.request.id, "ID", "Case ID (the subject of its events)", Command::Need::required);
  command.runs(on_log(options.common, [&options] { return explain(options); }));
}

}  // namespace ops
