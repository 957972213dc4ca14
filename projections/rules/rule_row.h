#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types.h"

namespace projections {

// One row of the table of rules, in a format that all kinds of rules share.
//
//   u8 format (1) | varint n | n texts | varint n | n signed numbers
struct RuleRow {
  static constexpr std::uint8_t kFormat = 1;
  std::vector<std::string> texts;
  std::vector<std::int64_t> numbers;

  // Empty and 0 for members that a row of an earlier version lacks.
  std::string text(std::size_t i) const { return i < texts.size() ? texts[i] : std::string(); }
  std::int64_t number(std::size_t i) const { return i < numbers.size() ? numbers[i] : 0; }

  void encode(std::string& out) const;
  bool decode(std::string_view bytes);
};

// The key of the version of a rule that is in force since `in_force`: KIND/ID\0in-force. A later event for the same
// instant replaces the version.
std::string version_key(std::string_view kind, std::string_view id, engine::Instant in_force);

}  // namespace projections
