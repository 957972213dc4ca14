#include "topics/outputs/output_text.h"

#include "topics/codec/encode.h"

namespace topics {

void append_output(std::string& out, std::string_view stage, std::string_view id, std::string_view type,
                   std::string_view subject, engine::Instant time, std::string_view data) {
  std::string source = "gridloop/";
  source += stage;
  append_event(out, {.id = id, .source = source, .type = type, .subject = subject, .time = time}, data);
}

std::string_view stage_of(std::string_view task) {
  return task.substr(0, task.rfind('-'));
}

}  // namespace topics
