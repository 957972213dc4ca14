#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "engine/mutex.h"

namespace engine::kafka {

// What librdkafka says went wrong with a connection.
struct Complaint {
  int code = 0;  // rd_kafka_resp_err_t
  std::string reason;
};

// Whether the brokers answer, and which messages an operator gets about it.
//
// librdkafka complains about each connection of each of its clients repeatedly: hundreds of lines while a broker is
// unreachable for some minutes. They become one line when no broker has answered for kTimeout, one every kReminder
// while that lasts, and one at its end.
//
// Threads: any.
class Reachability {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr auto kTimeout = std::chrono::seconds(3);
  static constexpr auto kReminder = std::chrono::minutes(10);

  // Kept as the reason for a silence, until somebody answers. A refused login or handshake is not replaced by what
  // follows from it.
  void complain(int code, std::string_view reason);
  std::optional<Complaint> complaint() const;

  // Takes the result of a query of the brokers at `now`: `silent` names those that did not answer, nothing when all did.
  // Returns the message to report, if any.
  std::optional<std::string> update(const std::optional<std::string>& silent, Time now);

 private:
  mutable Mutex mutex_;
  std::optional<Complaint> complaint_ GRIDLOOP_GUARDED_BY(mutex_);
  std::optional<Time> silent_since_ GRIDLOOP_GUARDED_BY(mutex_);
  std::optional<Time> reported_ GRIDLOOP_GUARDED_BY(mutex_);
};

}  // namespace engine::kafka
