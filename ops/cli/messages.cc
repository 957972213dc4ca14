#include "ops/cli/messages.h"

#include <cstdio>

#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "ops/cli/text_table.h"

namespace ops {

void say(std::string_view message) {
  std::fputs((printable(message, LineEnds::kept) + '\n').c_str(), stderr);
}

int usage_error(std::string_view message) {
  say(fmt::format("gridloop: {}\nRun with --help for more information.", message));
  return kUsage;
}

}  // namespace ops
