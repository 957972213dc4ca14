#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "projections/cases/case_row.h"

namespace projections {

// A CaseRow as it is encoded, read no further than is needed to put a fact behind the others: a row is folded once a step,
// or once at the end of a backlog, and not with each event.
//
// Ownership: views the bytes that it was parsed from.
class EncodedCase {
 public:
  // The row without facts.
  EncodedCase() = default;
  // Nothing when the bytes are malformed, as far as they are looked at.
  static std::optional<EncodedCase> parse(std::string_view bytes);

  std::optional<std::uint64_t> owed() const { return owed_; }
  std::size_t facts() const { return count_; }
  bool has_fact(const engine::Hash128& id) const;

  // Writes the row with `fact` behind the others, its version counted up, and its announcements waiting in `queue`
  // (nothing: in none). Facts then need not ascend: decoding sorts them. REQUIRES: no fact has its id; 1000 facts at most.
  void write_with(const Fact& fact, std::optional<std::uint64_t> queue, std::string& out) const;

 private:
  std::optional<std::uint64_t> owed_;
  std::uint16_t count_ = 0;
  std::uint64_t version_ = 0;
  std::string_view rest_;   // what was done because of the facts
  std::string_view facts_;  // each with its length
};

}  // namespace projections
