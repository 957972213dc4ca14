#pragma once

#include <string_view>

// What a command says on stderr. Nothing here fails: when stderr cannot be written, there is nobody left to tell.

namespace ops {

// `message` on lines of its own, shown by printable().
void say(std::string_view message);

// Says what is wrong with the command line, and returns kUsage for the command to return.
int usage_error(std::string_view message);

}  // namespace ops
