#pragma once

#include <cstdint>

namespace ops {

// Prepares the process for a budget of memory: only where it is large, memory is taken in large pages. On Kafka they
// cost more than they give: buffers of all sizes come and go. Call it before memory is taken for tasks.
void keep_to_memory(std::uint64_t budget, bool on_kafka = false);

}  // namespace ops
