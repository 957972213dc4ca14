#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include <librdkafka/rdkafka.h>

#include "engine/kafka/errors.h"

// librdkafka's objects with owners, and its administrative requests as calls. Only sources of this folder include it.

namespace engine::kafka {

template <class T, void (*kDestroy)(T*)>
struct Destroy {
  void operator()(T* what) const { kDestroy(what); }
};
template <class T, void (*kDestroy)(T*)>
using Owned = std::unique_ptr<T, Destroy<T, kDestroy>>;

using Queue = Owned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using Event = Owned<rd_kafka_event_t, rd_kafka_event_destroy>;
using AdminOptions = Owned<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;

// Sends a request by `ask` and waits for the answer.
inline Result<Event> answer(rd_kafka_t* client, rd_kafka_admin_op_t operation, int timeout_ms, std::string_view what,
                            const std::function<void(rd_kafka_AdminOptions_t*, rd_kafka_queue_t*)>& ask) {
  char reason[256];
  const AdminOptions options(rd_kafka_AdminOptions_new(client, operation));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms, reason, sizeof(reason));
  const Queue queue(rd_kafka_queue_new(client));
  ask(options.get(), queue.get());
  Event event(rd_kafka_queue_poll(queue.get(), timeout_ms + 1000));
  if (!event) return std::unexpected(error_of(RD_KAFKA_RESP_ERR__TIMED_OUT, Phase::querying, what));
  if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::unexpected(error_of(code, Phase::querying, what));
  }
  return event;
}

}  // namespace engine::kafka
