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

// A Mapping says how the rows of a city's file become events, so that a new city needs no code. README.md of this
// directory describes its file, mappings/boston311.toml is a whole one.

// A column that the mapping uses, and where it is first named.
struct MappedColumn {
  std::string name;
  std::size_t line = 0;
  bool is_time = false;                // holds times in one of the mapping's formats
  bool is_optional = false;            // files may lack it; it is blank then
  std::vector<std::string> also = {};  // other names that it has in files; the first that is there counts
};

// The place of a column that a file lacks.
inline constexpr std::size_t kNoPlace = SIZE_MAX;

// Something that is true of a row or not.
struct Condition {
  enum class Kind : std::uint8_t {
    present,         // the column holds something
    absent,          // it is blank
    one_of,          // it holds one of `values`
    before,          // its time is earlier than that of `other`
    after,           // ... later
    same_time,       // ... the same
    soon_after,      // ... later, by less than `within`
    midnight,        // its time is 00:00:00 of the local clock
    contains,        // it has one of `values` in it; ASCII letters count alike in both cases
    number_as_text,  // a whole number is written as a fraction: "8.0"
  };
  Kind kind = Kind::present;
  ColumnNumber column = 0;
  ColumnNumber other = 0;
  std::chrono::seconds within{};
  std::vector<std::string> values;
};

// Where one data field of an event comes from.
struct FieldRule {
  enum class Origin : std::uint8_t { text, time, deepest_level, condition };
  topics::Field field{};
  Origin origin = Origin::text;
  TextTemplate text;
  bool mapped = false;                                      // `text` is looked up in `values`
  std::vector<std::pair<std::string, std::string>> values;  // sorted; an empty result leaves the field out
  std::optional<std::string> otherwise;                     // for texts that `values` lacks
  ColumnNumber time = 0;
  std::vector<Condition> when;  // of a condition: "true" when all hold, else "false"
};

struct EventRule {
  topics::Type type{};
  ColumnNumber time = 0;
  std::vector<Condition> when;  // all have to hold
  std::vector<FieldRule> fields;
};

// A level of the area tree. A row has an area of the level when its id is known and that of its parent too.
struct LevelRule {
  std::string name;
  TextTemplate id;
  TextTemplate title;
  std::optional<std::size_t> parent;  // an earlier level
};

// Values that stand for "not known": the columns are blanked in rows that hold all of them.
struct PlaceholderRule {
  std::string name;
  std::string explanation;
  std::vector<std::pair<ColumnNumber, std::string>> values;
};

// Something to be counted and named.
struct QuirkRule {
  std::string name;
  std::string explanation;
  std::vector<Condition> when;  // all have to hold
};

struct Mapping {
  std::string path;
  std::string text;  // the file, whole

  // `text` without comment lines, blank lines and blanks at the ends of lines: what of it counts in digests. A text
  // that has strings of several lines counts whole, as such lines may lie within one.
  std::string essence() const;

  Zone zone;
  std::string source;  // CloudEvents source of all its events
  SourceFormat format;
  bool trims = false;  // blanks around values do not count
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
// Errors: invalid, with all that is wrong, a line for each: "mapping.toml:12: unknown key ..."; fatal when unreadable.
engine::Result<Mapping> read_mapping(const std::string& path);

// The same for the text of a mapping; `path` is for messages.
engine::Result<Mapping> parse_mapping(const std::string& path, std::string text);

// For each column of `mapping` its place in `header`, kNoPlace for an optional one that is not there. `file` is for
// messages.
// Errors: invalid when one is missing (the message names the nearest) or there twice.
engine::Result<std::vector<std::size_t>> bind_columns(const Mapping& mapping, const std::string& file,
                                                      const std::vector<std::string_view>& header);

}  // namespace ops
