#pragma once

#include <string>
#include <string_view>

// What a command says on stderr. Nothing here fails: when stderr cannot be written, there is nobody left to tell.

namespace ops {

// `message` on lines of its own, shown by printable().
void say(std::string_view message);

// A message of the engine, which names options of its interface and no program: with the commands and flags that a
// user has for them.
std::string with_flags(std::string message);

// Says what is wrong with the command line, and returns kUsage for the command to return.
int usage_error(std::string_view message);

}  // namespace ops
