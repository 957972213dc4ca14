#include "ops/import/report.h"

#include <fmt/format.h>

#include "engine/json.h"
#include "ops/cli/text_table.h"
#include "topics/codec/rfc3339.h"

namespace ops {
namespace {

std::string grouped(std::uint64_t number) {
  return with_commas(static_cast<std::int64_t>(number));
}

std::string headline(const ImportReport& report) {
  if (report.already_imported) return "already imported: nothing was written";
  if (report.resumed_at) {
    return fmt::format("resumed after {} events: {} written", grouped(*report.resumed_at),
                       grouped(report.events_written));
  }
  return fmt::format("{} events written", grouped(report.events_written));
}

}  // namespace

void QuirkCount::add(const std::string& file, std::size_t line) {
  if (count++ == 0) example = fmt::format("{}:{}", file, line);
}

std::string to_text(const ImportReport& report) {
  std::string text;
  const auto line = [&]<class... Args>(fmt::format_string<Args...> format, Args&&... args) {
    text += printable(fmt::format(format, std::forward<Args>(args)...)) + '\n';
  };
  line("{}: {}", report.source, headline(report));
  line("  files    {}", fmt::join(report.files, ", "));
  for (const std::string& file : report.known_files) line("  left out {}: already imported", file);
  line("  digest   {}", report.digest);
  if (report.abandoned) line("  abandoned the open backfill {}", *report.abandoned);
  if (report.first && report.last) {
    line("  from     {}", topics::format_rfc3339(*report.first));
    line("  to       {}", topics::format_rfc3339(*report.last));
  }
  line("");
  line("{:>12}  rows", grouped(report.rows));
  line("{:>12}  rows skipped", grouped(report.skipped_rows));
  line("{:>12}  events", grouped(report.events));
  for (const auto& [type, count] : report.events_by_type) line("{:>12}    {}", grouped(count), type);
  for (const auto& [level, count] : report.areas_by_level) line("{:>12}  areas of level {}", grouped(count), level);
  if (!report.quirks.empty()) {
    line("");
    line("quirks of the data");
    for (const QuirkCount& quirk : report.quirks) {
      line("{:>12}  {}: {}{}", grouped(quirk.count), quirk.name, quirk.explanation,
           quirk.example.empty() ? std::string() : fmt::format(" (first: {})", quirk.example));
    }
  }
  if (!report.skipped.empty()) {
    line("");
    line("skipped rows{}", report.skipped_rows > report.skipped.size()
                               ? fmt::format(" (the first {})", report.skipped.size())
                               : std::string());
    for (const std::string& row : report.skipped) line("  {}", row);
  }
  return text;
}

std::string to_json_lines(const ImportReport& report) {
  std::string text;
  const auto object = [&](std::string_view kind, const auto& fill) {
    engine::JsonWriter json(text);
    json.begin_object().key("kind").string(kind);
    fill(json);
    json.end_object();
    text += '\n';
  };
  const auto count = [](std::uint64_t number) { return static_cast<std::int64_t>(number); };
  object("import", [&](engine::JsonWriter& json) {
    json.key("source").string(report.source).key("digest").string(report.digest).key("files").begin_array();
    for (const std::string& file : report.files) json.string(file);
    json.end_array();
    if (!report.known_files.empty()) {
      json.key("known_files").begin_array();
      for (const std::string& file : report.known_files) json.string(file);
      json.end_array();
    }
    json.key("rows").integer(count(report.rows)).key("skipped_rows").integer(count(report.skipped_rows));
    json.key("events").integer(count(report.events)).key("events_written").integer(count(report.events_written));
    if (report.first) json.key("first").string(topics::format_rfc3339(*report.first));
    if (report.last) json.key("last").string(topics::format_rfc3339(*report.last));
    json.key("already_imported").boolean(report.already_imported);
    if (report.resumed_at) json.key("resumed_at").integer(count(*report.resumed_at));
    if (report.abandoned) json.key("abandoned").string(*report.abandoned);
  });
  for (const auto& [type, number] : report.events_by_type) {
    object("events",
           [&](engine::JsonWriter& json) { json.key("type").string(type).key("count").integer(count(number)); });
  }
  for (const auto& [level, number] : report.areas_by_level) {
    object("areas",
           [&](engine::JsonWriter& json) { json.key("level").string(level).key("count").integer(count(number)); });
  }
  for (const QuirkCount& quirk : report.quirks) {
    object("quirk", [&](engine::JsonWriter& json) {
      json.key("name").string(quirk.name).key("explanation").string(quirk.explanation);
      json.key("count").integer(count(quirk.count));
      if (!quirk.example.empty()) json.key("example").string(quirk.example);
    });
  }
  for (const std::string& row : report.skipped) {
    object("skipped_row", [&](engine::JsonWriter& json) { json.key("why").string(row); });
  }
  return text;
}

}  // namespace ops
