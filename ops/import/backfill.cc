#include "ops/import/backfill.h"

#include <algorithm>
#include <optional>

#include "topics/codec/event.h"

namespace ops {
namespace {

constexpr std::size_t kDigestLetters = 32;

// The place of the blank between name and digest; nothing when the entry is a name alone.
std::optional<std::size_t> digest_begin(std::string_view entry) {
  if (entry.size() < kDigestLetters + 2) return std::nullopt;
  const std::size_t blank = entry.size() - kDigestLetters - 1;
  const bool is_digest = entry.find_first_not_of("0123456789abcdef", blank + 1) == std::string_view::npos;
  if (entry[blank] != ' ' || !is_digest) return std::nullopt;
  return blank;
}

void apply(const topics::Event& event, engine::Instant logged, Backfills& backfills) {
  using topics::Field;
  const std::string digest(event.text(Field::digest).value_or(""));
  const auto events = static_cast<std::uint64_t>(event.integer(Field::events).value_or(0));
  if (event.is(topics::Type::backfill_opened)) {
    Backfills::Import& import = backfills.imports[digest];
    import.state = Backfills::State::open;
    if (import.events != events) import.events_written = 0;  // another plan, which begins at its beginning
    import.events = events;
    import.first_opened = std::min(import.first_opened, logged);
    import.files.clear();
    import.file_digests.clear();
    for (const std::string_view entry : event.strings(Field::files)) {
      const auto blank = digest_begin(entry);
      import.files.emplace_back(entry.substr(0, blank.value_or(entry.size())));
      if (blank) import.file_digests.emplace_back(entry.substr(*blank + 1));
    }
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

bool Backfills::is_closed(const std::string& digest) const {
  const auto found = imports.find(digest);
  return found != imports.end() && found->second.state == State::closed;
}

bool Backfills::has_file(const std::string& file_digest) const {
  return std::ranges::any_of(imports, [&](const auto& import) {
    return import.second.state == State::closed &&
           std::ranges::find(import.second.file_digests, file_digest) != import.second.file_digests.end();
  });
}

std::string file_entry(const std::string& name, const std::string& file_digest) {
  return name + " " + file_digest;
}

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
      if (record.key == source && decoder.decode(record, event) && event.subject() == source) {
        apply(event, record.timestamp, backfills);
      }
    }
  }
}

}  // namespace ops
