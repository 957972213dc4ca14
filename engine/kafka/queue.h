#pragma once

#include <cstddef>
#include <span>

#include "engine/types.h"

struct rd_kafka_message_s;
struct rd_kafka_queue_s;

namespace engine::kafka {

// Takes what is in the queue, as many as there is room for; when it is empty, waits for the first to come. Returns how
// many were taken; they are the caller's. rd_kafka_consume_batch_queue() by itself waits until the room is full.
std::size_t take(rd_kafka_queue_s* queue, std::span<rd_kafka_message_s*> room, Milliseconds timeout);

}  // namespace engine::kafka
