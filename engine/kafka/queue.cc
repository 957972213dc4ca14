#include "engine/kafka/queue.h"

#include <librdkafka/rdkafka.h>

namespace engine::kafka {

std::size_t take(rd_kafka_queue_s* queue, std::span<rd_kafka_message_s*> room, Milliseconds timeout) {
  std::size_t taken = 0;
  if (timeout > Milliseconds(0)) {
    rd_kafka_message_t* const first = rd_kafka_consume_queue(queue, static_cast<int>(timeout.count()));
    if (first == nullptr) return 0;
    room[taken++] = first;
  }
  const auto rest = room.subspan(taken);
  const auto more = rd_kafka_consume_batch_queue(queue, 0, rest.data(), rest.size());
  return more > 0 ? taken + static_cast<std::size_t>(more) : taken;
}

}  // namespace engine::kafka
