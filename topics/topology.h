#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "topics/catalogue.h"

namespace topics {

enum class TopicKind : std::uint8_t {
  input,     // written from outside
  inbox,     // messages from row to row; only stages write it
  output,    // for readers outside, and for other stages
  schedule,  // what each step of a stage read and when
};

std::string_view name(TopicKind kind);

struct TopicDoc {
  std::string_view suffix;  // its name without the prefix
  std::string_view key;
  std::string_view written_by;
  std::string_view holds;
  bool partitioned;  // has as many partitions as the deployment; else one
  bool compacted;
  TopicKind kind;
};

inline constexpr std::string_view kDefaultPrefix = "gridloop.";

std::span<const TopicDoc> topology();
const TopicDoc* find_topic(std::string_view suffix);  // nullptr when there is none
std::string topic_name(std::string_view prefix, std::string_view suffix);

// The suffix of the topic that holds the events of `family`.
std::string_view topic_of(Family family);

}  // namespace topics
