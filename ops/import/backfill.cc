#include "ops/import/backfill.h"

#include "topics/event.h"

namespace ops {
namespace {

void apply(const topics::Event& event, Backfills& backfills) {
  using topics::Field;
  const std::string digest(event.text(Field::digest).value_or(""));
  const auto events = static_cast<std::uint64_t>(event.integer(Field::events).value_or(0));
  if (event.is(topics::Type::backfill_opened)) {
    Backfills::Import& import = backfills.imports[digest];
    import.state = Backfills::State::open;
    import.events = events;
    import.files.clear();
    for (const std::string_view file : event.strings(Field::files)) import.files.emplace_back(file);
    backfills.open = digest;
    ++backfills.opened;
  } else if (event.is(topics::Type::backfill_advanced)) {
    backfills.imports[digest].events_written = events;
  } else if (event.is(topics::Type::backfill_closed)) {
    backfills.imports[digest].state = Backfills::State::closed;
    if (backfills.open == digest) backfills.open.clear();
  } else if (event.is(topics::Type::backfill_abandoned)) {
    const std::string& which = digest.empty() ? backfills.open : digest;
    const auto found = backfills.imports.find(which);
    if (found != backfills.imports.end()) found->second.state = Backfills::State::abandoned;
    if (backfills.open == which) backfills.open.clear();
  }
}

}  // namespace

engine::Result<Backfills> read_backfills(engine::Log& log, const std::string& directory_topic,
                                         const std::string& source) {
  const engine::TopicPartition at{directory_topic, {0}};
  const engine::Bounds bounds = TRY(log.bounds(at));
  const std::unique_ptr<engine::Reader> reader = TRY(log.reader(at, bounds.begin));
  constexpr std::size_t kReadBytes = 1u << 20;
  Backfills backfills;
  topics::Decoder decoder;
  topics::Event event;
  engine::Batch batch;
  while (true) {
    batch.clear();
    TRY(reader->read(batch, kReadBytes));
    if (batch.empty()) return backfills;
    for (const engine::Record& record : batch.records()) {
      // The key is the subject, which spares decoding all other rules.
      if (record.key == source && decoder.decode(record, event) && event.subject() == source) apply(event, backfills);
    }
  }
}

}  // namespace ops
