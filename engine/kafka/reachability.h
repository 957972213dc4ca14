#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

namespace engine::kafka {

// What librdkafka says went wrong with a connection.
struct Complaint {
  int code = 0;  // rd_kafka_resp_err_t
  std::string reason;
};

// Whether the brokers answer, and what a person is told of it.
//
// librdkafka complains of each connection of each of its clients, again and again: hundreds of lines while a broker is
// away for some minutes. Of these one line is made when nothing has been heard for kPatience, one every kReminder while
// that lasts, and one at its end.
//
// Threads: any.
class Reachability {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr auto kPatience = std::chrono::seconds(3);
  static constexpr auto kReminder = std::chrono::minutes(10);

  // Kept as the reason for a silence, until somebody answers. A refused login or handshake is not replaced by what
  // follows from it.
  void complain(int code, std::string_view reason);
  std::optional<Complaint> complaint() const;

  // After a look at the brokers at `now`: who did not answer; nothing when all did. Returns what is to be told.
  std::optional<std::string> look(const std::optional<std::string>& silent, Time now);

 private:
  mutable std::mutex mutex_;
  std::optional<Complaint> complaint_;
  std::optional<Time> silent_since_;
  std::optional<Time> told_;
};

}  // namespace engine::kafka
