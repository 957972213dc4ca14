#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace topics {

// The members of what the stages write, as documents describe them. Each comes from the function that lists the members
// of its output (members.h), from which its writer and its reader come as well.

enum class MemberKind : std::uint8_t {
  text,
  texts,  // array of texts
  integer,
  boolean,
  instant,
  reason,        // code of a Reason
  objects,       // array of objects with `members`
  offsets,       // object: topic -> offset
  counters,      // not one member but an integer for each Counter, by its name, where it is not 0
  day_counters,  // the same, for each that is counted by day
};

struct Member {
  std::string_view name;
  MemberKind kind;
  bool required;  // always written
  std::string_view doc;
  std::vector<Member> members = {};
};

struct OutputType {
  std::string_view name;
  std::string_view topic;  // suffix
  std::string_view subject;
  std::string_view doc;
  std::vector<Member> members;
};

// The types that each file of this folder writes.
std::vector<OutputType> area_delta_types();
std::vector<OutputType> sla_alert_types();
std::vector<OutputType> sla_storm_types();
std::vector<OutputType> sla_heartbeat_types();
std::vector<OutputType> row_types();
std::vector<OutputType> dead_letter_types();

}  // namespace topics
