#pragma once

#include <span>

#include "ops/cli/program.h"

namespace ops {

// The commands of `gridloop`, in the order in which its help lists them.
std::span<const Declare> command_list();

}  // namespace ops
