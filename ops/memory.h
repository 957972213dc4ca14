#pragma once

#include <cstdint>

namespace ops {

// Prepares the process for a budget of memory: only where it is large, memory is taken in large pages. Call it before
// memory is taken for tasks.
void keep_to_memory(std::uint64_t budget);

}  // namespace ops
