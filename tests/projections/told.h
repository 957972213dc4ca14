#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "engine/types.h"

namespace projections_test {

// An event as a producer tells it, and the record in which it does so.
struct Told {
  engine::Instant time;  // when it happened
  std::string type;
  std::string subject;
  std::string data = "{}";
  std::string source = "/desk";
  std::string id;
  std::string topic;                       // suffix; empty = the topic of its type, `requests` for unknown types
  std::string key;                         // empty = its subject
  std::optional<std::uint32_t> partition;  // nothing = that of its key

  std::string topic_suffix() const;
  const std::string& record_key() const { return key.empty() ? subject : key; }
  // The CloudEvent as one line of JSON.
  std::string value() const;
};

// Writes `told` as a line of a scenario.
std::ostream& operator<<(std::ostream& out, const Told& told);

}  // namespace projections_test
