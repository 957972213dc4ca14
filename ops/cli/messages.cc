#include "ops/cli/messages.h"

#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "ops/cli/text_table.h"

namespace ops {

void say(std::string_view message) {
  std::fputs((printable(message, LineEnds::kept) + '\n').c_str(), stderr);
}

std::string with_flags(std::string message) {
  // What the engine says, and what the program says in its place.
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {" with `accept_loss`", ": gridloop run --accept-log-loss"},
      {"without `sync`", "without --sync"},
      {"`verify_journal`", "`gridloop verify`"},
      {"so nothing more is read or written",
       "so nothing more is read or written; `gridloop topics check` says what to do"},
  };
  for (const auto& [from, to] : kWords) {
    if (const auto at = message.find(from); at != std::string::npos) message.replace(at, from.size(), to);
  }
  if (message.starts_with("there is no data directory ")) {
    message += ": make one with `gridloop import` or `gridloop run`";
  }
  return message;
}

int usage_error(std::string_view message) {
  say(fmt::format("gridloop: {}\nRun with --help for more information.", message));
  return kUsage;
}

}  // namespace ops
