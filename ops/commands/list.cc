#include "ops/commands/list.h"

namespace ops {

void declare_run(Program& program);
void declare_import(Program& program);
void declare_send(Program& program);
void declare_copy(Program& program);
void declare_verify(Program& program);
void declare_case(Program& program);
void declare_explain(Program& program);
void declare_due(Program& program);
void declare_rankings(Program& program);
void declare_workload(Program& program);
void declare_alerts(Program& program);
void declare_status(Program& program);
void declare_tail(Program& program);
void declare_topics(Program& program);
void declare_topics_list(Program& program);
void declare_topics_create(Program& program);
void declare_topics_check(Program& program);
void declare_topics_schema(Program& program);
void declare_topics_asyncapi(Program& program);
void declare_deadline(Program& program);
void declare_calendar(Program& program);

std::span<const Declare> command_list() {
  static constexpr Declare kCommands[] = {
      declare_run,
      declare_import,
      declare_send,
      declare_copy,
      declare_verify,
      declare_case,
      declare_explain,
      declare_due,
      declare_rankings,
      declare_workload,
      declare_alerts,
      declare_status,
      declare_tail,
      declare_topics,
      declare_topics_list,
      declare_topics_create,
      declare_topics_check,
      declare_topics_schema,
      declare_topics_asyncapi,
      declare_deadline,
      declare_calendar,
  };
  return kCommands;
}

}  // namespace ops
