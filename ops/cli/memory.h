#pragma once

#include <cstdint>

namespace ops {

// Prepares the process for a budget of memory: blocks that the stores of the tasks keep take a sixteenth of it, and only
// where it is large, memory is taken in large pages. On Kafka large pages cost more than they give: buffers of all sizes
// come and go. Call it before memory is taken for tasks. A budget of 0 leaves the size of the stores' cache as it is.
void keep_to_memory(std::uint64_t budget, bool on_kafka = false);

}  // namespace ops
