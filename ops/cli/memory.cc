#include "ops/cli/memory.h"

#include <sys/prctl.h>

#include "engine/state/rocks_store.h"

// Read by jemalloc: few arenas, and unused memory goes back soon, so that the process stays near its budget. Large
// pages save a tenth of the time of a backlog.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "narenas:2,dirty_decay_ms:500,muzzy_decay_ms:0,tcache_max:4096,thp:always";
}

namespace ops {

void keep_to_memory(std::uint64_t budget, bool on_kafka) {
  constexpr std::uint64_t kMuch = 512u << 20;
  prctl(PR_SET_THP_DISABLE, budget < kMuch || on_kafka ? 1 : 0, 0, 0, 0);
  // Rows take five sixteenths (engine::Task::Options::share_memory), blocks of the stores one.
  if (budget > 0) engine::RocksStore::set_cache_bytes(budget / 16);
}

}  // namespace ops
