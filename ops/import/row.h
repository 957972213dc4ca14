#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ops/import/csv.h"
#include "ops/import/mapping.h"

namespace ops {

// One record of a file in terms of a mapping: its columns by number, times in UTC, placeholders blanked.
//
// Ownership: values() point into the record of the last load().
// Threads:   confined to one thread.
class Row {
 public:
  explicit Row(const Mapping& mapping);

  // Loads `record`, whose columns lie at `places` (bind_columns()). False if it is unusable: problem() then gives the
  // reason, and the other members are unspecified.
  bool load(const CsvRecord& record, std::span<const std::size_t> places);
  const std::string& problem() const { return problem_; }

  std::span<const std::string_view> values() const { return values_; }
  const std::optional<ZonedTime>& time(ColumnNumber column) const { return times_[column]; }
  std::string_view subject() const { return subject_; }
  bool has_placeholder(std::size_t rule) const { return placeholders_[rule]; }

  bool holds(const Condition& condition) const;
  bool holds(const std::vector<Condition>& conditions) const;  // all of them

 private:
  bool refuse(std::string problem);
  bool load_times();

  const Mapping& mapping_;
  std::vector<std::string_view> values_;
  std::vector<std::optional<ZonedTime>> times_;  // of non-blank time columns
  std::vector<bool> placeholders_;
  std::string subject_;
  std::string problem_;
};

// The longest subject, in bytes; an id derived from it stays within topics::Limits.
inline constexpr std::size_t kMaxSubjectBytes = 128;

// Whether `text` can be the subject of an event: not empty, not too long, without control characters.
bool is_subject(std::string_view text);

}  // namespace ops
