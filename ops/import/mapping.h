#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/result.h"
#include "ops/import/source_text.h"
#include "ops/import/text_template.h"
#include "ops/import/time_format.h"
#include "ops/import/zone.h"
#include "topics/catalogue.h"

namespace ops {

// A Mapping turns the rows of a city's file into events, so that a new city needs no code. README.md of this directory
// describes its file; mappings/boston311.toml is a complete one.

// A column that the mapping uses, and the line that first names it.
struct MappedColumn {
  std::string name;
  std::size_t line = 0;
  bool is_time = false;                // holds times in one of the mapping's formats
  bool is_optional = false;            // files may lack it; it is then blank
  std::vector<std::string> also = {};  // its other names in files; the first existing one counts
};

// The place of a column that a file lacks.
inline constexpr std::size_t kNoPlace = SIZE_MAX;

// A predicate on rows.
struct Condition {
  enum class Kind : std::uint8_t {
    present,         // the column is not blank
    absent,          // it is blank
    one_of,          // it holds one of `values`
    before,          // its time is earlier than that of `other`
    after,           // ... later
    same_time,       // ... the same
    soon_after,      // ... later, by less than `within`
    midnight,        // its time is 00:00:00 of the local clock
    contains,        // it contains one of `values`, ignoring the case of ASCII letters
    number_as_text,  // a whole number is written as a fraction: "8.0"
  };
  Kind kind = Kind::present;
  ColumnNumber column = 0;
  ColumnNumber other = 0;
  std::chrono::seconds within{};
  std::vector<std::string> values;
};

// The origin of one data field of an event.
struct FieldRule {
  enum class Origin : std::uint8_t { text, time, deepest_level, condition };
  topics::Field field{};
  Origin origin = Origin::text;
  TextTemplate text;
  bool mapped = false;                                      // `text` is looked up in `values`
  std::vector<std::pair<std::string, std::string>> values;  // sorted; an empty result leaves the field out
  std::optional<std::string> otherwise;                     // for texts that `values` lacks
  ColumnNumber time = 0;
  std::vector<Condition> when;  // of a condition: "true" if all hold, otherwise "false"
};

struct EventRule {
  topics::Type type{};
  ColumnNumber time = 0;
  std::vector<Condition> when;  // all have to hold
  std::vector<FieldRule> fields;
};

// A level of the area tree. A row has an area of the level if the ids of the area and of its parent are known.
struct LevelRule {
  std::string name;
  TextTemplate id;
  TextTemplate title;
  std::optional<std::size_t> parent;  // an earlier level
};

// Values that mean "unknown": the columns are blanked in rows that hold all of them.
struct PlaceholderRule {
  std::string name;
  std::string explanation;
  std::vector<std::pair<ColumnNumber, std::string>> values;
};

// An oddity of the data that the report counts and names.
struct QuirkRule {
  std::string name;
  std::string explanation;
  std::vector<Condition> when;  // all have to hold
};

struct Mapping {
  std::string path;
  std::string text;  // the whole file

  // `text` without comment lines, blank lines and blanks at the ends of lines: the part that counts in digests. A text
  // with multi-line strings counts whole, because such lines may lie within one.
  std::string essence() const;

  Zone zone;
  std::string source;  // CloudEvents source of all its events
  SourceFormat format;
  bool trims = false;  // ignores blanks around values
  std::vector<TimeFormat> time_formats;
  ColumnNumber subject = 0;
  std::string subject_prefix;

  std::vector<MappedColumn> columns;
  std::vector<EventRule> events;
  std::vector<LevelRule> levels;  // parents before children; the first one, "city", is the city itself
  std::vector<PlaceholderRule> placeholders;
  std::vector<QuirkRule> quirks;
};

// Reads the mapping at `path`.
// Errors: invalid, with all faults, a line for each: "mapping.toml:12: unknown key ..."; fatal if unreadable.
engine::Result<Mapping> read_mapping(const std::string& path);

// The same for the text of a mapping; `path` is for messages.
engine::Result<Mapping> parse_mapping(const std::string& path, std::string text);

// The place in `header` of each column of `mapping`, kNoPlace for a missing optional one. `file` is for messages.
// Errors: invalid if one is missing (the message names the nearest) or occurs twice.
engine::Result<std::vector<std::size_t>> bind_columns(const Mapping& mapping, const std::string& file,
                                                      const std::vector<std::string_view>& header);

// Of `names`, the one with the fewest letters to change into `name`; nothing when none is alike.
std::optional<std::string> nearest(std::string_view name, const std::vector<std::string_view>& names);

}  // namespace ops
