#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/log/log.h"
#include "topics/catalogue.h"

namespace topics {

enum class TopicKind : std::uint8_t {
  input,     // written from outside
  inbox,     // messages from row to row; only stages write it
  output,    // for readers outside, and for other stages
  schedule,  // what each step of a stage read and when
  control,   // which process runs which task
};

std::string_view name(TopicKind kind);

struct TopicDoc {
  std::string_view suffix;  // its name without the prefix
  std::string_view key;
  std::string_view written_by;
  std::string_view holds;
  bool partitioned;  // has as many partitions as the deployment; else one
  bool compacted;    // only the newest record of each key has to be kept
  TopicKind kind;
  std::string_view kept_because;                                         // why its records are kept so long
  std::optional<std::chrono::days> retention = std::nullopt;             // nothing = for ever
  engine::TimestampKind timestamps = engine::TimestampKind::log_append;  // what is late is judged by the log's own time
};

inline constexpr std::string_view kDefaultPrefix = "gridloop.";

std::span<const TopicDoc> topology();
const TopicDoc* find_topic(std::string_view suffix);  // nullptr when there is none

// How long records are kept, in words.
std::string kept(const TopicDoc& topic);
// For how long, in milliseconds as Kafka counts: -1 = for ever.
std::int64_t retention_ms(const TopicDoc& topic);

std::string topic_name(std::string_view prefix, std::string_view suffix);

// The suffix of the topic that holds the events of `family`.
std::string_view topic_of(Family family);

}  // namespace topics
