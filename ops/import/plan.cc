#include "ops/import/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "ops/import/record_stream.h"
#include "ops/import/row.h"
#include "ops/import/row_events.h"
#include "topics/codec/rfc3339.h"

namespace ops {
namespace {

class Planner {
 public:
  Planner(const Mapping& mapping, engine::Instant latest, std::unique_ptr<EventOrder> order, ImportReport& report)
      : mapping_(mapping), latest_(latest), report_(report), row_(mapping), encoder_(mapping), areas_(mapping) {
    plan_.events = std::move(order);
    for (const QuirkRule& quirk : mapping.quirks) quirks_.push_back({quirk.name, quirk.explanation, 0, {}});
    for (const PlaceholderRule& rule : mapping.placeholders) {
      placeholders_.push_back({rule.name, rule.explanation + "; treated as unknown", 0, {}});
    }
    for (const EventRule& event : mapping.events) {
      auto& quirks = field_quirks_.emplace_back();
      for (const FieldRule& field : event.fields) quirks.push_back(field_quirks(event, field));
    }
    event_counts_.resize(mapping.events.size());
  }

  engine::Result<> read(std::uint32_t number, const SourceFile& file) {
    RecordStream records(file.text, mapping_.format.delimiter);
    CsvRecord record;
    TRY(records.next(record));  // the header
    while (TRY(records.next(record))) {
      if (plan_.events->rows() == UINT32_MAX) {
        return engine::fail(engine::Action::invalid,
                            fmt::format("{}:{}: more than {} rows in one import; import the files one by one",
                                        file.name, record.line, UINT32_MAX));
      }
      ++report_.rows;
      std::string problem;
      if (!row_.load(record, file.places)) {
        problem = row_.problem();
      } else {
        problem = take_events();
      }
      if (!problem.empty()) {
        if (report_.skipped_rows++ < ImportReport::kListedRows) {
          report_.skipped.push_back(fmt::format("{}:{}: {}", file.name, record.line, problem));
        }
        continue;
      }
      TRY(plan_.events->add(number, record, events_));
      for (const PlannedEvent& event : events_) ++event_counts_[event.rule];
      count_quirks(file.name, record.line);
    }
    const Undecodable& undecodable = file.text.undecodable();
    if (undecodable.bytes > 0) {
      undecodable_.add(file.name, undecodable.first_line);
      undecodable_.count += undecodable.bytes - 1;
    }
    return {};
  }

  engine::Result<Plan> finish() {
    TRY(plan_.events->sort());
    plan_.areas = areas_.list();
    report_.events = plan_.events->events();
    for (std::size_t i = 0; i < mapping_.events.size(); ++i)
      add_count(topics::spec(mapping_.events[i].type).name, event_counts_[i]);
    for (std::size_t i = 0; i < mapping_.levels.size(); ++i) {
      const auto count = std::ranges::count(plan_.areas, i, &Area::level);
      report_.areas_by_level.emplace_back(mapping_.levels[i].name, static_cast<std::uint64_t>(count));
    }
    if (report_.events > 0) {
      report_.first = engine::instant(plan_.events->first_ms());
      report_.last = engine::instant(plan_.events->last_ms());
    }
    report_.quirks = std::move(quirks_);
    report_.quirks.insert(report_.quirks.end(), placeholders_.begin(), placeholders_.end());
    for (QuirkCount* quirk : {&ambiguous_, &skipped_time_, &contradicting_area_, &undecodable_}) {
      if (quirk->count > 0) report_.quirks.push_back(std::move(*quirk));
    }
    for (auto& event : field_quirks_) {
      for (FieldQuirks& field : event) {
        for (QuirkCount* quirk : {&field.unmapped, &field.unreadable}) {
          if (quirk->count > 0) report_.quirks.push_back(std::move(*quirk));
        }
      }
    }
    return std::move(plan_);
  }

 private:
  struct FieldQuirks {
    bool checked = false;  // the outcome can be other than absent or present, or has to be present
    bool required = false;
    FieldOutcome outcome = FieldOutcome::present;  // in the row at hand
    QuirkCount unmapped;
    QuirkCount unreadable;
  };

  static FieldQuirks field_quirks(const EventRule& event, const FieldRule& field) {
    const topics::TypeSpec& spec = topics::spec(event.type);
    const topics::FieldMeaning& meaning = topics::meaning(field.field);
    FieldQuirks quirks;
    quirks.required = topics::find(spec, field.field)->required;
    const bool typed = meaning.kind != topics::FieldKind::string && meaning.kind != topics::FieldKind::instant;
    quirks.checked = quirks.required || field.mapped || typed;
    const std::string name = fmt::format("{}.{}", spec.name, meaning.name);
    quirks.unmapped.name = "value_unmapped:" + name;
    quirks.unmapped.explanation = "the mapping does not cover the value; the field was left out";
    quirks.unreadable.name = "value_unreadable:" + name;
    quirks.unreadable.explanation =
        fmt::format("the value is not a {}; the field was left out", topics::name(meaning.kind));
    return quirks;
  }

  // Puts the events of row_ into events_; why not, when one of them cannot be made.
  std::string take_events() {
    if (!areas_.locate(row_)) {
      return fmt::format("the id of an area is longer than {} bytes or has control characters", kMaxSubjectBytes);
    }
    events_.clear();
    std::string problem;
    for (std::size_t i = 0; i < mapping_.events.size() && problem.empty(); ++i) {
      const EventRule& event = mapping_.events[i];
      for (FieldQuirks& field : field_quirks_[i]) field.outcome = FieldOutcome::absent;
      if (row_.holds(event.when)) problem = take_event(static_cast<std::uint32_t>(i), event);
    }
    return problem;
  }

  std::string take_event(std::uint32_t number, const EventRule& event) {
    const auto& time = row_.time(event.time);
    const std::string_view type = topics::spec(event.type).name;
    if (!time) return fmt::format("{} is blank, the time of {}", mapping_.columns[event.time].name, type);
    if (time->time > latest_) {
      return fmt::format("{} lies in the future: {}", mapping_.columns[event.time].name,
                         topics::format_rfc3339(time->time));
    }
    for (std::size_t i = 0; i < event.fields.size(); ++i) {
      FieldQuirks& quirks = field_quirks_[number][i];
      if (!quirks.checked) continue;
      quirks.outcome = encoder_.find(event.fields[i], row_, text_);
      if (quirks.required && quirks.outcome != FieldOutcome::present) {
        return fmt::format("{} requires \"{}\", which is missing", type, topics::name(event.fields[i].field));
      }
    }
    events_.push_back({engine::to_ms(time->time), static_cast<std::uint32_t>(plan_.events->rows()), number});
    return {};
  }

  void count_quirks(const std::string& file, std::size_t line) {
    for (std::size_t i = 0; i < quirks_.size(); ++i) {
      if (row_.holds(mapping_.quirks[i].when)) quirks_[i].add(file, line);
    }
    for (std::size_t i = 0; i < placeholders_.size(); ++i) {
      if (row_.has_placeholder(i)) placeholders_[i].add(file, line);
    }
    for (std::size_t i = 0; i < mapping_.columns.size(); ++i) {
      if (!mapping_.columns[i].is_time) continue;
      const auto& time = row_.time(static_cast<ColumnNumber>(i));
      if (!time) continue;
      if (time->kind == ZonedTime::Kind::ambiguous) ambiguous_.add(file, line);
      if (time->kind == ZonedTime::Kind::skipped) skipped_time_.add(file, line);
      plan_.first_written = std::min(plan_.first_written, time->time);
      plan_.last_written = std::max(plan_.last_written, time->time);
    }
    for (auto& event : field_quirks_) {
      for (FieldQuirks& field : event) {
        if (field.outcome == FieldOutcome::unmapped) field.unmapped.add(file, line);
        if (field.outcome == FieldOutcome::unreadable) field.unreadable.add(file, line);
      }
    }
    if (!areas_.add(row_)) contradicting_area_.add(file, line);
  }

  // Two rules of one type count together.
  void add_count(std::string_view type, std::uint64_t count) {
    for (auto& [name, total] : report_.events_by_type) {
      if (name != type) continue;
      total += count;
      return;
    }
    report_.events_by_type.emplace_back(type, count);
  }

  const Mapping& mapping_;
  engine::Instant latest_;
  ImportReport& report_;
  Row row_;
  RowEvents encoder_;
  Areas areas_;
  Plan plan_;
  std::vector<PlannedEvent> events_;  // of the row at hand
  std::string text_;
  std::vector<QuirkCount> quirks_;
  std::vector<QuirkCount> placeholders_;
  std::vector<std::vector<FieldQuirks>> field_quirks_;  // by rule and its fields
  std::vector<std::uint64_t> event_counts_;             // by rule
  QuirkCount ambiguous_{
      "local_time_ambiguous", "the time occurred twice when clocks were set back; the first one was used", 0, {}};
  QuirkCount skipped_time_{"local_time_skipped",
                           "the time was skipped when clocks were set forward; it was moved forward by the same amount",
                           0,
                           {}};
  QuirkCount contradicting_area_{
      "area_contradicts", "the name, level or parent of an area differs from an earlier row, which was kept", 0, {}};
  QuirkCount undecodable_{"undecodable_bytes",
                          "the text is not in the encoding of the mapping; each such byte was replaced by U+FFFD",
                          0,
                          {}};
};

}  // namespace

engine::Result<Plan> make_plan(const Mapping& mapping, const std::vector<SourceFile>& files, engine::Instant latest,
                               std::unique_ptr<EventOrder> order, ImportReport& report) {
  Planner planner(mapping, latest, std::move(order), report);
  for (std::size_t i = 0; i < files.size(); ++i) TRY(planner.read(static_cast<std::uint32_t>(i), files[i]));
  if (report.skipped_rows * 2 > report.rows) {
    return engine::fail(
        engine::Action::invalid,
        fmt::format("{}: {} of {} rows cannot be used, so the mapping does not match the file; nothing was "
                    "written. The first: {}",
                    mapping.path, report.skipped_rows, report.rows, report.skipped.front()));
  }
  return planner.finish();
}

}  // namespace ops
