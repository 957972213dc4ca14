#include "topics/output_text.h"

#include "topics/encode.h"

namespace topics {

std::string output_event(std::string_view stage, std::string_view id, std::string_view type, std::string_view subject,
                         engine::Instant time, std::string_view data) {
  std::string out = begin_output(stage, id, type, subject, time);
  out += data;
  end_output(out);
  return out;
}

std::string begin_output(std::string_view stage, std::string_view id, std::string_view type, std::string_view subject,
                         engine::Instant time) {
  constexpr std::size_t kUsual = 700;
  std::string source = "gridloop/";
  source += stage;
  std::string out;
  out.reserve(kUsual);
  append_envelope(out, {.id = id, .source = source, .type = type, .subject = subject, .time = time});
  return out;
}

void end_output(std::string& out) {
  out += '}';
}

std::string_view stage_of(std::string_view task) {
  return task.substr(0, task.rfind('-'));
}

}  // namespace topics
