#include "engine/log/embedded_log.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "engine/hash.h"

namespace engine {
namespace {

using journal::Acknowledged;
using journal::Block;
using journal::kSlotBytes;

constexpr std::size_t kBulk = 1u << 20;  // outputs of a step that reads a backlog

std::string segment_name(std::uint32_t number) {
  return fmt::format("{:08}.journal", number);
}
std::string index_name(std::uint32_t number) {
  return fmt::format("{:08}.index", number);
}

// Numbers of the segment files in `directory`, ascending.
Result<std::vector<std::uint32_t>> segment_numbers(const Disk& disk, const std::string& directory) {
  std::vector<std::uint32_t> numbers;
  for (const std::string& name : TRY(disk.list(directory))) {
    if (!name.ends_with(".journal") || name.size() != 16) continue;
    numbers.push_back(static_cast<std::uint32_t>(std::strtoul(name.c_str(), nullptr, 10)));
  }
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] == i) continue;
    return fail(Action::corrupt, fmt::format("{}/{} is missing: restore it from a copy", directory,
                                             segment_name(static_cast<std::uint32_t>(i))));
  }
  return numbers;
}

Result<std::string> read_all(const File& file) {
  std::string bytes(TRY(file.size()), '\0');
  bytes.resize(TRY(file.read(0, bytes.data(), bytes.size())));
  return bytes;
}

// What the two slots say. Sets `damaged` when a slot holds something else.
Result<Acknowledged> read_acknowledged(const File& file, bool& damaged) {
  const std::string bytes = TRY(read_all(file));
  Acknowledged newest;
  damaged = false;
  for (std::size_t at = 0; at < bytes.size(); at += kSlotBytes) {
    const std::string_view slot = std::string_view(bytes).substr(at, kSlotBytes);
    if (slot.find_first_not_of('\0') == std::string_view::npos) continue;
    Acknowledged found;
    if (!journal::decode_slot(slot, found)) {
      damaged = true;
    } else if (found.generation >= newest.generation) {
      newest = found;
    }
  }
  return newest;
}

// How far a segment must reach for the blocks of its index.
std::uint64_t bytes_needed(const journal::Blocks& blocks) {
  std::uint64_t bytes = 0;
  for (const auto& [at, list] : blocks) {
    for (const Block& block : list) bytes = std::max(bytes, block.position + block.bytes);
  }
  return bytes;
}

std::vector<std::vector<std::int64_t>> ends_of(const journal::Catalogue& catalogue) {
  std::vector<std::vector<std::int64_t>> ends;
  ends.reserve(catalogue.topics.size());
  for (const auto& topic : catalogue.topics) ends.push_back(topic.ends);
  return ends;
}

}  // namespace

class EmbeddedReader final : public Reader {
 public:
  EmbeddedReader(EmbeddedLog& log, TopicPartition at, std::uint32_t topic, Offset from, std::shared_ptr<void> open)
      : log_(log), at_(std::move(at)), topic_(topic), position_(from), open_(std::move(open)) {}

  Result<> read(Batch& batch, std::size_t max_bytes) override {
    std::size_t taken = 0;
    while (taken < max_bytes) {
      const auto found = TRY(log_.find(topic_, at_.partition.value, position_.value));
      if (!found) return {};
      const auto& [block, file] = *found;
      std::string bytes;
      bytes.reserve(block.bytes + 64);
      bytes.resize(block.bytes);
      const std::size_t got = TRY(file->read(block.position, bytes.data(), bytes.size()));
      const auto damaged = [&] {
        return fail_in_log(fmt::format(
            "the log is damaged: topic {} partition {}, offsets [{}, {}), at byte {} of the segment "
            "with transaction {}; run `gridloop verify` and restore the file from a copy",
            at_.topic, at_.partition.value, block.base, block.base + block.count, block.position, block.sequence));
      };
      if (got != bytes.size() || hash64(bytes) != block.hash) return damaged();
      if (!journal::add_records(block, batch.hold(std::move(bytes)), position_.value, batch)) return damaged();
      position_ = Offset{block.base + block.count};
      taken += block.bytes;
    }
    return {};
  }

  Offset position() const override { return position_; }

  std::optional<Offset> end() override {
    const auto bounds = log_.bounds(at_);
    if (!bounds) return std::nullopt;
    return bounds->end;
  }

 private:
  EmbeddedLog& log_;
  TopicPartition at_;
  std::uint32_t topic_;
  Offset position_;
  std::shared_ptr<void> open_;  // see readers_
};

class EmbeddedWriter final : public Writer {
 public:
  EmbeddedWriter(EmbeddedLog& log, std::string id, Epoch epoch) : log_(log), id_(std::move(id)), epoch_(epoch) {}
  Epoch epoch() const override { return epoch_; }
  Result<std::vector<Offset>> commit(const Transaction& transaction) override {
    return log_.commit(id_, epoch_, transaction);
  }

 private:
  EmbeddedLog& log_;
  std::string id_;
  Epoch epoch_;
};

EmbeddedLog::EmbeddedLog(Disk& disk, const Clock& clock, Options options)
    : disk_(disk), clock_(clock), options_(std::move(options)) {}

EmbeddedLog::~EmbeddedLog() = default;

Result<std::unique_ptr<EmbeddedLog>> EmbeddedLog::open(Disk& disk, const Clock& clock, Options options) {
  std::unique_ptr<EmbeddedLog> log(new EmbeddedLog(disk, clock, std::move(options)));
  if (!log->options_.read_only) TRY(disk.make_directories(log->options_.directory));
  TRY(log->recover());
  return log;
}

Result<> EmbeddedLog::recover() {
  const std::vector<std::uint32_t> numbers = TRY(segment_numbers(disk_, options_.directory));
  Acknowledged acknowledged;
  if (!options_.read_only || TRY(disk_.exists(path("acknowledged")))) {
    acknowledged_file_ = TRY(disk_.open(path("acknowledged"), mode()));
    bool damaged = false;
    acknowledged = TRY(read_acknowledged(*acknowledged_file_, damaged));
  }
  generation_ = acknowledged.generation;
  for (const std::uint32_t number : numbers) {
    TRY(recover_segment(number, number + 1 == numbers.size(), acknowledged));
  }
  if (numbers.empty()) {
    if (acknowledged.sequence > 0 && !options_.accept_loss) {
      return fail(Action::corrupt, fmt::format("{} holds no journal, but {} transactions were acknowledged: restore "
                                               "it from a copy",
                                               options_.directory, acknowledged.sequence));
    }
    if (!options_.read_only) {
      TRY(add_segment(0));
      // From here on the file always holds one slot that is whole, whatever is lost of the later ones.
      TRY(write_acknowledged());
      TRY(acknowledged_file_->sync());
    }
  } else if (generation_ == 0 && catalogue_.sequence > 0 && !options_.sync && !options_.read_only &&
             !options_.accept_loss) {
    // With sync a power failure may tear both slots, but then what is torn of the journal was not acknowledged.
    return fail(Action::corrupt,
                fmt::format("{} is missing or damaged: whether the end of the journal is whole cannot be "
                            "told. Restore it from a copy, or go on with the {} transactions that are "
                            "there: gridloop run --accept-log-loss",
                            path("acknowledged"), catalogue_.sequence));
  }
  if (catalogue_.sequence < acknowledged.sequence) {
    recovery_note_ =
        fmt::format("went on without {} lost transactions{}{}", acknowledged.sequence - catalogue_.sequence,
                    recovery_note_.empty() ? "" : "; ", recovery_note_);
  }
  // A process that died, or one that ran without `sync`, may have left files and entries that power loss takes away.
  if (options_.sync && !options_.read_only) {
    for (const Segment& segment : segments_) TRY(segment.file->sync());
    TRY(disk_.sync_directory(options_.directory));
  }
  visible_ = ends_of(catalogue_);
  synced_sequence_ = catalogue_.sequence;
  if (catalogue_.sequence != acknowledged.sequence && !options_.read_only) TRY(write_acknowledged());
  return {};
}

Result<> EmbeddedLog::recover_segment(std::uint32_t number, bool last, const Acknowledged& acknowledged) {
  if (!last && TRY(disk_.exists(path(index_name(number))))) {
    const auto file = TRY(disk_.open(path(index_name(number)), Disk::Mode::read));
    journal::Catalogue after;
    journal::Blocks blocks;
    if (journal::decode_index(TRY(read_all(*file)), after, &blocks)) {
      Segment segment{number, TRY(disk_.open(path(segment_name(number)), Disk::Mode::read)), ends_of(catalogue_), {}};
      if (TRY(segment.file->size()) < bytes_needed(blocks)) {
        return fail(Action::corrupt,
                    fmt::format("{} was cut off: it has {} bytes, its index needs {}; restore it from a "
                                "copy",
                                path(segment_name(number)), TRY(segment.file->size()), bytes_needed(blocks)));
      }
      segments_.push_back(std::move(segment));
      catalogue_ = std::move(after);
      return {};
    }
  }
  Segment segment{number, TRY(disk_.open(path(segment_name(number)), mode())), ends_of(catalogue_), {}};
  journal::Blocks blocks;
  std::uint64_t position = 0;
  while (true) {
    const auto bytes =
        journal::apply_frame(*segment.file, path(segment_name(number)), position, last, catalogue_, blocks);
    if (!bytes) {
      if (bytes.error().action != Action::corrupt || !last) return std::unexpected(bytes.error());
      if (catalogue_.sequence < acknowledged.sequence && !options_.accept_loss) {
        return fail(
            Action::corrupt,
            fmt::format("{}; it and what follows was acknowledged up to transaction {}. Restore it from a copy, "
                        "or go on without these transactions: gridloop run --accept-log-loss",
                        bytes.error().message, acknowledged.sequence));
      }
      TRY(cut(segment, position, bytes.error().message));
      break;
    }
    if (*bytes == 0) break;
    position += *bytes;
    if (catalogue_.sequence == acknowledged.sequence && catalogue_.chain != acknowledged.chain) {
      return fail(Action::corrupt, fmt::format("{}: transaction {} is not the one that was acknowledged: the journal "
                                               "or the file `acknowledged` belongs to another log",
                                               path(segment_name(number)), catalogue_.sequence));
    }
  }
  if (last && catalogue_.sequence < acknowledged.sequence && !options_.accept_loss) {
    return fail(Action::corrupt,
                fmt::format("{} ends at transaction {}, but {} were acknowledged: {} are lost (a power failure without "
                            "--sync, or a damaged file). Restore it from a copy, or go on without them: "
                            "gridloop run --accept-log-loss",
                            path(segment_name(number)), catalogue_.sequence, acknowledged.sequence,
                            acknowledged.sequence - catalogue_.sequence));
  }
  if (last) {
    active_ = std::move(blocks);
    active_bytes_ = position;
  } else if (options_.read_only) {
    segment.blocks = std::make_shared<journal::Blocks>(std::move(blocks));
  } else {
    TRY(write_index(number, blocks));
  }
  segments_.push_back(std::move(segment));
  return {};
}

// The index is written under another name first, so that a crash leaves a whole one or none.
Result<> EmbeddedLog::write_index(std::uint32_t number, const journal::Blocks& blocks) {
  const std::string name = path(index_name(number));
  {
    const auto file = TRY(disk_.open(name + ".new", Disk::Mode::write));
    TRY(file->truncate(0));
    TRY(file->write(0, journal::encode_index(catalogue_, blocks)));
    TRY(file->sync());
  }
  return disk_.rename(name + ".new", name);
}

Result<> EmbeddedLog::cut(Segment& segment, std::uint64_t bytes, std::string note) {
  recovery_note_ = fmt::format("{} a torn tail of the log ({})", options_.read_only ? "passed over" : "cut off", note);
  if (options_.read_only) return {};
  TRY(segment.file->truncate(bytes));
  return segment.file->sync();
}

Result<> EmbeddedLog::add_segment(std::uint32_t number) {
  Segment segment{number, TRY(disk_.open(path(segment_name(number)), Disk::Mode::write)), ends_of(catalogue_), {}};
  if (options_.sync) TRY(disk_.sync_directory(options_.directory));
  segments_.push_back(std::move(segment));
  active_.clear();
  active_bytes_ = 0;
  return {};
}

// Closes the full segment: its index makes opening and reading it cheap.
Result<> EmbeddedLog::seal() {
  Segment& full = segments_.back();
  TRY(full.file->sync());  // the index vouches for it
  TRY(write_index(full.number, active_));
  full.blocks = std::make_shared<journal::Blocks>(std::move(active_));
  return add_segment(full.number + 1);
}

// Of the outputs of a backlog, those that nobody here reads are for others, and for later.
Result<> EmbeddedLog::write_frame(std::string_view head, const std::vector<journal::Section>& sections, bool bulk) {
  File& file = *segments_.back().file;
  std::vector<std::string_view> pieces{head};
  File::Reread reread = File::Reread::soon;
  std::uint64_t position = active_bytes_;
  const auto write = [&]() -> Result<> {
    TRY(file.write_all(position, pieces, reread));
    for (const std::string_view piece : pieces) position += piece.size();
    pieces.clear();
    return {};
  };
  for (const journal::Section& section : sections) {
    const bool read_here = section.topic < readers_.size() && !readers_[section.topic].expired();
    const File::Reread next = bulk && !read_here ? File::Reread::seldom : File::Reread::soon;
    if (next != reread) TRY(write());
    reread = next;
    pieces.emplace_back(section.data);
  }
  return write();
}

Result<> EmbeddedLog::append(std::string_view head, const std::vector<journal::Section>& sections, bool bulk) {
  if (options_.read_only) return fail(Action::invalid, options_.directory + " was opened for reading alone");
  if (failure_) return std::unexpected(*failure_);
  const auto failed = [&](const Error& error) {
    failure_ = error;
    return std::unexpected(error);
  };
  if (active_bytes_ >= options_.segment_bytes) {
    if (const auto sealed = seal(); !sealed) return failed(sealed.error());
  }
  File& file = *segments_.back().file;
  std::uint64_t frame_bytes = head.size();
  for (const journal::Section& section : sections) frame_bytes += section.data.size();
  if (const auto written = write_frame(head, sections, bulk); !written) {
    (void)file.truncate(active_bytes_);  // what is left of the frame is a torn tail in any case
    return failed(written.error());
  }
  const auto bytes = journal::apply_frame(file, path(segment_name(segments_.back().number)), active_bytes_, false,
                                          catalogue_, active_);
  if (!bytes) return failed(bytes.error());
  CHECK(*bytes == frame_bytes);
  active_bytes_ += frame_bytes;
  return {};
}

Result<> EmbeddedLog::acknowledge(std::unique_lock<std::mutex>& lock) {
  const std::uint64_t sequence = catalogue_.sequence;
  while (options_.sync && synced_sequence_ < sequence) {
    if (syncing_) {
      synced_.wait(lock);
      if (failure_) return std::unexpected(*failure_);
      continue;
    }
    syncing_ = true;
    const std::uint64_t reached = catalogue_.sequence;
    const std::shared_ptr<File> file = segments_.back().file;  // seal() syncs the ones before
    lock.unlock();
    const auto synced = file->sync();
    lock.lock();
    syncing_ = false;
    if (synced) synced_sequence_ = std::max(synced_sequence_, reached);
    if (!synced) failure_ = synced.error();
    synced_.notify_all();
    if (!synced) return std::unexpected(synced.error());
  }
  if (!options_.sync) synced_sequence_ = sequence;
  // While a later frame is being synced, its own acknowledgement will cover this one.
  if (synced_sequence_ == catalogue_.sequence) {
    if (const auto written = write_acknowledged(); !written) {
      failure_ = written.error();
      return written;
    }
  }
  publish();
  return {};
}

Result<> EmbeddedLog::write_acknowledged() {
  const Acknowledged now{++generation_, segments_.back().number, active_bytes_, catalogue_.sequence, catalogue_.chain};
  return acknowledged_file_->write((now.generation % 2) * kSlotBytes, journal::encode_slot(now));
}

void EmbeddedLog::publish() {
  while (!unpublished_.empty() && unpublished_.front().sequence <= synced_sequence_) {
    for (const auto& [at, end] : unpublished_.front().ends) visible_[at.first][at.second] = end;
    unpublished_.pop_front();
  }
  ++changes_;
  changed_.notify_all();
}

Result<> EmbeddedLog::create_topic(const TopicSpec& spec) {
  std::unique_lock lock(mutex_);
  if (const auto* known = catalogue_.find(spec.name)) {
    if (known->spec.partitions == spec.partitions) return {};
    return fail(Action::invalid, fmt::format("topic {} has {} partitions, not {}: the number of partitions is chosen "
                                             "when the log is made",
                                             spec.name, known->spec.partitions, spec.partitions));
  }
  if (spec.name.empty() || spec.partitions == 0 || spec.partitions > 65536) {
    return fail(Action::invalid, fmt::format("topic '{}' cannot have {} partitions", spec.name, spec.partitions));
  }
  TRY(append(journal::topic_frame(catalogue_, spec), {}, false));
  visible_.emplace_back(spec.partitions);
  return acknowledge(lock);
}

std::optional<TopicSpec> EmbeddedLog::topic(std::string_view name) const {
  const std::scoped_lock lock(mutex_);
  const auto* found = catalogue_.find(name);
  if (found == nullptr) return std::nullopt;
  return found->spec;
}

std::vector<TopicSpec> EmbeddedLog::topics() const {
  const std::scoped_lock lock(mutex_);
  std::vector<TopicSpec> specs;
  for (const auto& topic : catalogue_.topics) specs.push_back(topic.spec);
  std::ranges::sort(specs, {}, &TopicSpec::name);
  return specs;
}

Result<Bounds> EmbeddedLog::bounds(const TopicPartition& at) const {
  const std::scoped_lock lock(mutex_);
  std::uint32_t number = 0;
  const auto* found = catalogue_.find(at.topic, &number);
  if (found == nullptr || at.partition.value >= found->spec.partitions) {
    return fail(Action::invalid, fmt::format("there is no topic {} with a partition {}", at.topic, at.partition.value));
  }
  return Bounds{Offset{0}, Offset{visible_[number][at.partition.value]}};
}

Result<std::unique_ptr<Reader>> EmbeddedLog::reader(const TopicPartition& at, Offset from) {
  const Bounds range = TRY(bounds(at));
  if (from < range.begin || from > range.end) {
    return fail(Action::invalid, fmt::format("topic {} partition {} holds offsets [{}, {}), not {}", at.topic,
                                             at.partition.value, range.begin.value, range.end.value, from.value));
  }
  const std::scoped_lock lock(mutex_);
  std::uint32_t number = 0;
  catalogue_.find(at.topic, &number);
  if (readers_.size() <= number) readers_.resize(number + 1);
  std::shared_ptr<void> open = readers_[number].lock();
  if (open == nullptr) readers_[number] = open = std::make_shared<int>();
  return std::make_unique<EmbeddedReader>(*this, at, number, from, std::move(open));
}

Result<std::unique_ptr<Writer>> EmbeddedLog::writer(const std::string& transactional_id) {
  std::unique_lock lock(mutex_);
  const auto known = catalogue_.writers.find(transactional_id);
  const std::int64_t epoch = known == catalogue_.writers.end() ? 1 : known->second + 1;
  TRY(append(journal::writer_frame(catalogue_, transactional_id, epoch), {}, false));
  TRY(acknowledge(lock));
  return std::make_unique<EmbeddedWriter>(*this, transactional_id, Epoch{epoch});
}

Result<std::optional<Offset>> EmbeddedLog::group_offset(const std::string& group, const TopicPartition& at) const {
  const std::scoped_lock lock(mutex_);
  std::uint32_t number = 0;
  if (catalogue_.find(at.topic, &number) == nullptr) return std::nullopt;
  const auto positions = catalogue_.groups.find(group);
  if (positions == catalogue_.groups.end()) return std::nullopt;
  const auto found = positions->second.find({number, at.partition.value});
  if (found == positions->second.end()) return std::nullopt;
  return Offset{found->second};
}

Result<std::vector<Offset>> EmbeddedLog::commit(const std::string& id, Epoch epoch, const Transaction& transaction) {
  std::unique_lock lock(mutex_);
  const auto owner = catalogue_.writers.find(id);
  if (owner == catalogue_.writers.end() || owner->second != epoch.value) {
    return fail(Action::fenced, fmt::format("writer {} of epoch {} was replaced by a newer one", id, epoch.value));
  }
  const std::int64_t log_time = std::max(to_ms(clock_.now()), catalogue_.log_time_ms);
  std::vector<std::pair<std::string_view, std::uint32_t>> numbers;  // of the few topics of a transaction
  const auto number_of = [&](std::string_view name) -> Result<std::uint32_t> {
    for (const auto& [known, number] : numbers) {
      if (known == name) return number;
    }
    std::uint32_t number = 0;
    if (catalogue_.find(name, &number) == nullptr) {
      return fail(Action::invalid, fmt::format("there is no topic {}", name));
    }
    numbers.emplace_back(name, number);
    return number;
  };
  // What goes to one partition: a batch as it is, or bytes of its own.
  struct Part {
    journal::Section section;
    const OutgoingBatch* batch = nullptr;
    std::size_t bytes = 0;
    std::string own;
  };
  std::vector<Part> parts;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> part_of;
  // The number of the part that takes so many bytes more; for records of `largest` bytes at most.
  const auto find_part = [&](std::string_view name, Partition partition, std::size_t largest, std::size_t bytes,
                             bool stamped) -> Result<std::size_t> {
    const std::uint32_t topic = TRY(number_of(name));
    const auto& spec = catalogue_.topics[topic].spec;
    if (partition.value >= spec.partitions) {
      return fail(Action::invalid, fmt::format("topic {} has no partition {}", name, partition.value));
    }
    if (largest > kMaxRecordBytes) {
      return fail(Action::invalid, fmt::format("a record of {} bytes for topic {} is too large (at most {})", largest,
                                               name, kMaxRecordBytes));
    }
    if (spec.timestamps == TimestampKind::create && !stamped) {
      return fail(Action::invalid, fmt::format("topic {} needs a timestamp", name));
    }
    const auto [at, added] = part_of.try_emplace({topic, partition.value}, parts.size());
    if (added) {
      parts.push_back({.section = {topic, partition.value, catalogue_.topics[topic].ends[partition.value], 0, {}}});
    }
    Part& part = parts[at->second];
    part.bytes += bytes;
    if (part.bytes > UINT32_MAX) {
      return fail(Action::invalid, "a transaction holds at most 4 GiB for one partition");
    }
    return at->second;
  };
  for (const OutgoingBatch& batch : transaction.batches) {
    Part& part = parts[TRY(find_part(batch.topic, batch.partition, batch.largest, batch.bytes.size(), false))];
    CHECK(part.batch == nullptr);
    part.batch = &batch;
    part.section.count = batch.records;
  }
  // First what each part will hold, so that none has to grow.
  std::vector<std::size_t> part_numbers;
  part_numbers.reserve(transaction.records.size());
  for (const Outgoing& record : transaction.records) {
    const std::size_t bytes = record.key.size() + record.value.size() + record.headers.size();
    part_numbers.push_back(TRY(find_part(record.topic, record.partition, bytes, bytes + journal::kMaxRecordOverhead,
                                         record.timestamp.has_value())));
  }
  std::vector<Offset> offsets;
  offsets.reserve(transaction.records.size());
  for (std::size_t i = 0; i < transaction.records.size(); ++i) {
    const Outgoing& record = transaction.records[i];
    Part& part = parts[part_numbers[i]];
    if (part.own.empty()) {
      part.own.reserve(part.bytes);
      if (part.batch != nullptr) part.own = part.batch->bytes;
    }
    const bool stamped = catalogue_.topics[part.section.topic].spec.timestamps == TimestampKind::create;
    const std::int64_t delta = stamped ? to_ms(*record.timestamp) - log_time : 0;
    journal::put_record(part.own, delta, record.key, record.value, record.headers);
    offsets.push_back(Offset{part.section.base + part.section.count});
    ++part.section.count;
  }
  std::vector<journal::Section> sections;
  for (Part& part : parts) {
    part.section.data = part.own.empty() && part.batch != nullptr ? std::string_view(part.batch->bytes) : part.own;
    sections.push_back(part.section);
  }
  std::vector<journal::Position> positions;
  for (const GroupOffset& moved : transaction.positions) {
    positions.push_back({TRY(number_of(moved.at.topic)), moved.at.partition.value, moved.next_offset.value});
  }
  std::size_t outputs = 0;
  for (const OutgoingBatch& batch : transaction.batches) outputs += batch.bytes.size();
  TRY(append(journal::transaction_head(catalogue_, id, epoch.value, log_time, sections, transaction.group, positions),
             sections, outputs >= kBulk));
  Visible visible{catalogue_.sequence, {}};
  for (const auto& section : sections) {
    visible.ends.push_back({{section.topic, section.partition}, section.base + section.count});
  }
  unpublished_.push_back(std::move(visible));
  TRY(acknowledge(lock));
  return offsets;
}

Result<std::optional<std::pair<Block, std::shared_ptr<File>>>> EmbeddedLog::find(std::uint32_t topic,
                                                                                 std::uint32_t partition,
                                                                                 std::int64_t offset) {
  const std::scoped_lock lock(mutex_);
  if (offset >= visible_[topic][partition]) return std::nullopt;
  // The last segment whose first offset of this partition is not after the one sought.
  auto segment = std::ranges::upper_bound(segments_, offset, {}, [&](const Segment& candidate) {
    return topic < candidate.bases.size() ? candidate.bases[topic][partition] : std::int64_t{0};
  });
  CHECK(segment != segments_.begin());
  --segment;
  const journal::Blocks* blocks = &active_;
  if (&*segment != &segments_.back()) {
    if (segment->blocks == nullptr) {
      const std::string name = path(index_name(segment->number));
      const auto file = TRY(disk_.open(name, Disk::Mode::read));
      journal::Catalogue after;
      auto loaded = std::make_shared<journal::Blocks>();
      if (!journal::decode_index(TRY(read_all(*file)), after, loaded.get())) {
        return fail_in_log(fmt::format("{} is damaged: remove it, it is made again from the journal", name));
      }
      // Readers move forward: the blocks of other full segments are not needed in memory any more.
      if (!options_.read_only) {
        for (Segment& other : segments_) other.blocks = nullptr;
      }
      segment->blocks = std::move(loaded);
    }
    blocks = segment->blocks.get();
  }
  const auto list = blocks->find({topic, partition});
  CHECK(list != blocks->end());
  auto block = std::ranges::upper_bound(list->second, offset, {}, &Block::base);
  CHECK(block != list->second.begin());
  --block;
  return std::pair{*block, segment->file};
}

std::uint64_t EmbeddedLog::changes() const {
  const std::scoped_lock lock(mutex_);
  return changes_;
}

void EmbeddedLog::wait(std::uint64_t seen, Milliseconds timeout) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [&] { return changes_ != seen; });
}

Result<JournalCheck> verify_journal(Disk& disk, const std::string& directory) {
  JournalCheck check;
  const auto path = [&](std::string_view name) { return directory + "/" + std::string(name); };
  const auto damage = [&](std::string what) { check.damages.push_back({std::move(what)}); };
  const auto numbers = segment_numbers(disk, directory);
  if (!numbers) {
    if (numbers.error().action != Action::corrupt) return std::unexpected(numbers.error());
    damage(numbers.error().message);
    return check;
  }
  Acknowledged acknowledged;
  if (TRY(disk.exists(path("acknowledged")))) {
    const auto file = TRY(disk.open(path("acknowledged"), Disk::Mode::read));
    bool damaged = false;
    acknowledged = TRY(read_acknowledged(*file, damaged));
    if (damaged) damage(path("acknowledged") + ": a slot is damaged; the next append writes it anew");
  } else if (!numbers->empty()) {
    damage(path("acknowledged") + " is missing: whether the end of the journal is whole cannot be told");
  }
  journal::Catalogue catalogue;
  for (const std::uint32_t number : *numbers) {
    const std::string name = path(segment_name(number));
    const auto file = TRY(disk.open(name, Disk::Mode::read));
    journal::Blocks blocks;
    std::uint64_t position = 0;
    while (true) {
      const auto bytes = journal::apply_frame(*file, name, position, true, catalogue, blocks);
      if (!bytes) {
        if (bytes.error().action != Action::corrupt) return std::unexpected(bytes.error());
        const bool last = number + 1 == numbers->size();
        if (last && catalogue.sequence >= acknowledged.sequence) {
          check.note = fmt::format("a torn tail that was never acknowledged ({})", bytes.error().message);
        } else {
          damage(bytes.error().message);
        }
        break;
      }
      if (*bytes == 0) break;
      position += *bytes;
      ++check.transactions;
      if (catalogue.sequence == acknowledged.sequence && catalogue.chain != acknowledged.chain) {
        damage(fmt::format("{}: transaction {} is not the one that was acknowledged", name, catalogue.sequence));
      }
    }
    check.bytes += position;
    if (!check.damages.empty()) return check;  // what follows cannot fit the chain
    for (const auto& [at, list] : blocks) {
      for (const Block& block : list) check.records += block.count;
    }
    if (number + 1 < numbers->size() && TRY(disk.exists(path(index_name(number))))) {
      const auto index = TRY(disk.open(path(index_name(number)), Disk::Mode::read));
      if (TRY(read_all(*index)) != journal::encode_index(catalogue, blocks)) {
        damage(path(index_name(number)) + " does not fit its journal: remove it, it is made again");
      }
    }
  }
  if (catalogue.sequence < acknowledged.sequence) {
    damage(fmt::format("{} ends at transaction {}, but {} were acknowledged", directory, catalogue.sequence,
                       acknowledged.sequence));
  }
  return check;
}

}  // namespace engine
