#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types.h"

namespace projections {

// One row of the table of rules, in a form that all kinds share.
//
//   u8 format (1) | varint n | n texts | varint n | n signed numbers
struct RuleRow {
  static constexpr std::uint8_t kFormat = 1;
  std::vector<std::string> texts;
  std::vector<std::int64_t> numbers;

  // Nothing and 0 for what a row of an earlier version does not have.
  std::string text(std::size_t i) const { return i < texts.size() ? texts[i] : std::string(); }
  std::int64_t number(std::size_t i) const { return i < numbers.size() ? numbers[i] : 0; }

  void encode(std::string& out) const;
  bool decode(std::string_view bytes);
};

// The key of what a rule has been since `in_force`: KIND/ID\0in-force. What is told again of one instant takes the
// place of what was told before.
std::string version_key(std::string_view kind, std::string_view id, engine::Instant in_force);

}  // namespace projections
