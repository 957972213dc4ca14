#include "ops/import/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <span>

#include "engine/hash.h"
#include "ops/import/backfill.h"
#include "ops/import/mapping.h"
#include "ops/import/plan.h"
#include "ops/import/record_stream.h"
#include "ops/import/row.h"
#include "ops/import/row_events.h"
#include "ops/import/source_text.h"
#include "topics/codec/encode.h"
#include "topics/codec/rfc3339.h"
#include "topics/topology.h"

namespace ops {
namespace {

using engine::Action;
using engine::Result;
using topics::Field;

int year_of(engine::Instant time) {
  return static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(time)).year());
}

// One run of import_files().
class Import {
 public:
  Import(engine::Log& log, const ImportOptions& options, Mapping mapping)
      : log_(log),
        options_(options),
        mapping_(std::move(mapping)),
        essence_(mapping_.essence()),
        encoder_(mapping_),
        row_(mapping_) {}

  Result<ImportReport> run() {
    report_.source = mapping_.source;
    TRY(find_topics());
    TRY(read_files());
    const engine::Instant latest = TRY(choose(TRY(read_backfills(log_, directory_, mapping_.source))));
    plan_ = TRY(make_plan(mapping_, files_, latest, make_order(), report_));
    if (report_.events == 0) return report_;
    // Opening a writer stops an import that is running now, so look first whether there is anything to do; and look
    // again afterwards, when nobody else can write any more.
    if (TRY(check(TRY(read_backfills(log_, directory_, mapping_.source))))) return report_;
    writer_ = TRY(log_.writer("import-" + mapping_.source));
    const Backfills backfills = TRY(read_backfills(log_, directory_, mapping_.source));
    if (TRY(check(backfills))) return report_;
    TRY(open(backfills));
    TRY(write_events());
    TRY(close());
    return report_;
  }

 private:
  Result<> find_topics() {
    const auto partitions = [&](const std::string& name) -> Result<std::uint32_t> {
      const auto topic = log_.topic(name);
      if (topic) return topic->partitions;
      return engine::fail(Action::invalid, fmt::format("the log has no topic {}: create the topics first, or use the "
                                                       "prefix they were created with",
                                                       name));
    };
    directory_ = topics::topic_name(options_.prefix, topics::topic_of(topics::Family::directory));
    TRY(partitions(directory_));
    for (const EventRule& event : mapping_.events) {
      std::string name = topics::topic_name(options_.prefix, topics::topic_of(topics::spec(event.type).family));
      const std::uint32_t count = TRY(partitions(name));
      targets_.push_back({std::move(name), count});
    }
    return {};
  }

  Result<> read_files() {
    if (options_.files.empty()) return engine::fail(Action::invalid, "no files to import");
    temp_ = options_.temp;
    if (temp_.directory.empty()) {
      std::error_code none;
      temp_.directory = std::filesystem::temp_directory_path(none);
    }
    std::uint64_t memory_bytes = options_.memory_bytes;
    for (const std::string& path : options_.files) {
      SourceFile file;
      file.path = path;
      file.name = path.substr(path.rfind('/') + 1);
      file.text = TRY(read_source_text(path, mapping_.format, memory_bytes, temp_));
      if (file.text.in_memory()) memory_bytes -= file.text.size();
      RecordStream records(file.text, mapping_.format.delimiter);
      CsvRecord header;
      if (!TRY(records.next(header)))
        return engine::fail(Action::invalid, fmt::format("{}: the file is empty and has no header", path));
      if (!header.problem.empty()) {
        return engine::fail(Action::invalid,
                            fmt::format("{}:{}: cannot read the header: {}", path, header.line, header.problem));
      }
      file.places = TRY(bind_columns(mapping_, path, header.fields));
      file.digest = TRY(digest_of({&file, 1}, essence_));
      files_.push_back(std::move(file));
    }
    return refuse_twins();
  }

  std::unique_ptr<EventOrder> make_order() const {
    if (std::ranges::all_of(files_, [](const SourceFile& file) { return file.text.in_memory(); })) {
      return order_in_memory(mapping_, files_);
    }
    return order_on_disk(mapping_, files_, static_cast<std::size_t>(options_.memory_bytes / 2), temp_);
  }

  Result<> refuse_twins() const {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (files_[i].digest != files_[k].digest) continue;
        return engine::fail(Action::invalid, fmt::format("{} and {} have the same contents: leave one of them out",
                                                         files_[k].path, files_[i].path));
      }
    }
    return {};
  }

  static Result<std::string> digest_of(std::span<const SourceFile> files, const std::string& mapping_text) {
    TextDigest digest;
    digest.add(mapping_text);
    for (const SourceFile& file : files) TRY(file.text.add_to(digest));
    return engine::to_hex(digest.value());
  }
  // By what the log calls an import of these files: before comments of the mapping were left out, it counted whole.
  Result<std::string> digest_in(const Backfills& backfills, std::span<const SourceFile> files) const {
    std::string with_comments = TRY(digest_of(files, mapping_.text));
    if (backfills.imports.contains(with_comments)) return with_comments;
    return digest_of(files, essence_);
  }

  // Leaves out the files that earlier imports wrote. Returns up to which time rows count: for an import that was begun
  // before, the time when it was begun.
  Result<engine::Instant> choose(const Backfills& backfills) {
    report_.digest = TRY(digest_in(backfills, files_));
    if (!backfills.imports.contains(report_.digest)) {
      std::vector<SourceFile> left;
      std::vector<SourceFile> known;
      for (SourceFile& file : files_) {
        const bool is_known =
            backfills.has_file(file.digest) || backfills.is_closed(TRY(digest_in(backfills, {&file, 1})));
        (is_known ? known : left).push_back(std::move(file));
      }
      all_known_ = left.empty();
      if (!all_known_) {
        for (const SourceFile& file : known) report_.known_files.push_back(file.name);
      }
      files_ = std::move(all_known_ ? known : left);
      if (!all_known_) report_.digest = TRY(digest_in(backfills, files_));
    }
    for (const SourceFile& file : files_) report_.files.push_back(file.name);
    const engine::WallClock wall;
    const engine::Clock& clock = options_.clock != nullptr ? *options_.clock : wall;
    const auto begun = backfills.imports.find(report_.digest);
    return begun == backfills.imports.end() ? clock.now() : std::min(clock.now(), begun->second.first_opened);
  }

  // Whether all has been imported before; errors when this import may not begin.
  Result<bool> check(const Backfills& backfills) {
    report_.already_imported = all_known_ || backfills.is_closed(report_.digest);
    if (report_.already_imported) return true;
    if (backfills.open.empty() || options_.abandon) return false;
    const Backfills::Import& other = backfills.imports.at(backfills.open);
    if (backfills.open != report_.digest) {
      return engine::fail(
          Action::invalid,
          fmt::format("{}: another import is unfinished: {} (digest {}), {} of {} events written. Repeat that "
                      "import to finish it, or use --abandon",
                      mapping_.source, fmt::join(other.files, ", "), backfills.open, other.events_written,
                      other.events));
    }
    if (other.events != report_.events) {
      return engine::fail(
          Action::invalid,
          fmt::format(
              "{}: the interrupted import {} had {} events to write, now there would be {}: this version of the "
              "program creates different events from the rows, or the clock was changed and different rows lie "
              "in the future. Resume with the version that started the import, or start again with --abandon",
              mapping_.source, report_.digest, other.events, report_.events));
    }
    return false;
  }

  Result<> open(const Backfills& backfills) {
    const auto known = backfills.imports.find(report_.digest);
    const bool resumes = known != backfills.imports.end() && known->second.events == report_.events;
    if (resumes) {
      done_ = known->second.events_written;
      report_.resumed_at = done_;
    }
    run_ = backfills.opened;
    if (resumes && backfills.open == report_.digest) return {};
    engine::Transaction transaction;
    const auto first = *report_.first;
    if (!backfills.open.empty()) {
      report_.abandoned = backfills.open;
      add_rule(transaction, topics::Type::backfill_abandoned, mapping_.source, first, [&](topics::FieldWriter& data) {
        data.text(Field::digest, backfills.open).text(Field::reason, "abandoned for another import from the source");
      });
    }
    ++run_;
    std::vector<std::string> entries;
    for (const SourceFile& file : files_) entries.push_back(file_entry(file.name, file.digest));
    add_rule(transaction, topics::Type::backfill_opened, mapping_.source, first, [&](topics::FieldWriter& data) {
      data.text(Field::digest, report_.digest).strings(Field::files, entries);
      data.integer(Field::events, static_cast<std::int64_t>(report_.events));
    });
    const std::vector<std::string> transitions = zone_transitions();
    const std::uint64_t run = std::exchange(run_, 0);  // the same area or zone is the same event in every import
    add_rule(transaction, topics::Type::zone_published, mapping_.zone.name(), first,
             [&](topics::FieldWriter& data) { data.strings(Field::transitions, transitions); });
    for (const Area& area : plan_.areas) {
      add_rule(transaction, topics::Type::area_registered, area.id, first, [&](topics::FieldWriter& data) {
        data.text(Field::level, mapping_.levels[area.level].name).text(Field::parent, area.parent);
        data.text(Field::name, area.title);
      });
    }
    run_ = run;
    return commit(transaction);
  }

  // One year before the first time and one after the last, so that what is near them has its offset too.
  std::vector<std::string> zone_transitions() const {
    std::vector<std::string> result;
    const int first = std::max(1900, year_of(plan_.first_written) - 1);
    const int last = std::min(2199, year_of(plan_.last_written) + 1);
    for (const ZoneTransition& transition : mapping_.zone.transitions(first, last)) {
      result.push_back(fmt::format("{} {}", topics::format_rfc3339(transition.at), transition.offset_seconds));
    }
    return result;
  }

  Result<> write_events() {
    engine::Transaction transaction;
    const std::size_t batch = std::max<std::size_t>(1, options_.batch_events);
    TRY(plan_.events->skip(done_));
    while (done_ < report_.events) {
      const std::uint64_t end = std::min<std::uint64_t>(report_.events, done_ + batch);
      transaction.records.resize(end - done_);
      engine::Instant last{};
      for (engine::Outgoing& out : transaction.records) {
        const PlannedEvent event = TRY(plan_.events->next(row_));
        last = engine::instant(event.time_ms);
        const Target& target = targets_[event.rule];
        encoder_.encode(mapping_.events[event.rule], row_, out);
        out.topic = target.topic;
        out.partition = engine::partition_of(out.key, target.partitions);
      }
      add_rule(transaction, topics::Type::backfill_advanced, mapping_.source, last, [&](topics::FieldWriter& data) {
        data.text(Field::digest, report_.digest).integer(Field::events, static_cast<std::int64_t>(end));
      });
      TRY(commit(transaction));
      report_.events_written += end - done_;
      done_ = end;
      if (options_.progress) options_.progress(done_, report_.events);
    }
    return {};
  }

  Result<> close() {
    engine::Transaction transaction;
    add_rule(transaction, topics::Type::backfill_closed, mapping_.source, *report_.last + engine::Milliseconds(1),
             [&](topics::FieldWriter& data) {
               data.text(Field::digest, report_.digest).integer(Field::events, static_cast<std::int64_t>(done_));
             });
    return commit(transaction);
  }

  template <class Fill>
  void add_rule(engine::Transaction& transaction, topics::Type type, const std::string& subject, engine::Instant time,
                const Fill& fill) {
    std::string data;
    topics::FieldWriter fields(data);
    fill(fields);
    fields.finish();
    const std::string_view name = topics::spec(type).name;
    std::string id;
    make_event_id(id, subject, name, time, data, run_);
    engine::Outgoing& out = transaction.records.emplace_back();
    out.topic = directory_;
    out.key = subject;
    topics::append_event(out.value,
                         {.id = id, .source = mapping_.source, .type = name, .subject = subject, .time = time}, data);
  }

  Result<> commit(const engine::Transaction& transaction) {
    auto offsets = writer_->commit(transaction);
    if (offsets) return {};
    return engine::fail(
        offsets.error().action,
        fmt::format("{}: writing stopped after {} of {} events: {}. The written events are kept; import the "
                    "same files again to resume",
                    mapping_.source, done_, report_.events, offsets.error().message));
  }

  struct Target {
    std::string topic;
    std::uint32_t partitions;
  };

  engine::Log& log_;
  const ImportOptions& options_;
  Mapping mapping_;
  std::string essence_;  // of the mapping
  RowEvents encoder_;
  Row row_;
  std::string directory_;
  std::vector<Target> targets_;  // by rule of the mapping
  TempPlace temp_;
  std::vector<SourceFile> files_;
  bool all_known_ = false;  // each of the files was imported before
  Plan plan_;
  std::unique_ptr<engine::Writer> writer_;
  std::uint64_t run_ = 0;   // how many backfills of the source were opened, this one too
  std::uint64_t done_ = 0;  // events that the log holds
  ImportReport report_;
};

}  // namespace

Result<ImportReport> import_files(engine::Log& log, const ImportOptions& options) {
  return Import(log, options, TRY(read_mapping(options.mapping))).run();
}

}  // namespace ops
