#include "engine/kafka/reachability.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

namespace engine::kafka {

namespace {

// How much a complaint explains: "brokers are down" explains nothing, a refused login is the cause of all that follows it.
int weight(int code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      return 0;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
      return 3;
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR__RESOLVE:
      return 2;
    default:
      return 1;
  }
}

std::string in_words(std::chrono::steady_clock::duration time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
  if (seconds < 120) return fmt::format("{} s", seconds);
  return fmt::format("{} min", seconds / 60);
}

}  // namespace

void Reachability::complain(int code, std::string_view reason) {
  // How long the connection lasted, and how often the same was said before.
  if (const auto end = reason.rfind(" (after "); end != std::string_view::npos) reason = reason.substr(0, end);
  const MutexLock lock(mutex_);
  if (complaint_ && weight(complaint_->code) > weight(code)) return;
  complaint_ = {code, std::string(reason)};
}

std::optional<Complaint> Reachability::complaint() const {
  const MutexLock lock(mutex_);
  return complaint_;
}

std::optional<std::string> Reachability::update(const std::optional<std::string>& silent, Time now) {
  const MutexLock lock(mutex_);
  if (!silent) {
    std::optional<std::string> message;
    if (reported_) message = fmt::format("Kafka: all answer again, after {}", in_words(now - *silent_since_));
    complaint_.reset();
    silent_since_.reset();
    reported_.reset();
    return message;
  }
  if (!silent_since_) silent_since_ = now;
  const bool due = reported_ ? now - *reported_ >= kReminder : now - *silent_since_ >= kTimeout;
  if (!due) return std::nullopt;
  reported_ = now;
  return fmt::format("Kafka: no answer from {} for {}{}; nothing is lost, and the work goes on when it comes", *silent,
                     in_words(now - *silent_since_), complaint_ ? ": " + complaint_->reason : "");
}

}  // namespace engine::kafka
