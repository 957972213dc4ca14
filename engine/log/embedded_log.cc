#include "engine/log/embedded_log.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/hash.h"
#include "engine/log/segment_files.h"
#include "engine/log/transaction_parts.h"

namespace engine {
namespace {

using journal::Acknowledged;
using journal::Block;
using journal::ends_of;
using journal::index_name;
using journal::kSlotBytes;
using journal::read_all;
using journal::segment_name;

constexpr std::size_t kBulk = 1u << 20;  // outputs of a step that reads a backlog

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
            "with transaction {}; restore the file from a copy; `verify_journal` finds all that is damaged",
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
  {
    const MutexLock lock(log->mutex_);
    TRY(log->recover());
  }
  return log;
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
  if (options_.read_only) return fail(Action::invalid, options_.directory + " was opened for reading only");
  if (failure_) return std::unexpected(*failure_);
  const auto failed = [&](const Error& error) GRIDLOOP_REQUIRES(mutex_) {
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

// Clang does not know that `lock` holds mutex_.
Result<> EmbeddedLog::acknowledge(MutexLock& lock) GRIDLOOP_THREAD_ATTRIBUTE(no_thread_safety_analysis) {
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
  MutexLock lock(mutex_);
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
  const MutexLock lock(mutex_);
  const auto* found = catalogue_.find(name);
  if (found == nullptr) return std::nullopt;
  return found->spec;
}

std::vector<TopicSpec> EmbeddedLog::topics() const {
  const MutexLock lock(mutex_);
  std::vector<TopicSpec> specs;
  for (const auto& topic : catalogue_.topics) specs.push_back(topic.spec);
  std::ranges::sort(specs, {}, &TopicSpec::name);
  return specs;
}

Result<Bounds> EmbeddedLog::bounds(const TopicPartition& at) const {
  const MutexLock lock(mutex_);
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
  const MutexLock lock(mutex_);
  std::uint32_t number = 0;
  catalogue_.find(at.topic, &number);
  if (readers_.size() <= number) readers_.resize(number + 1);
  std::shared_ptr<void> open = readers_[number].lock();
  if (open == nullptr) readers_[number] = open = std::make_shared<int>();
  return std::make_unique<EmbeddedReader>(*this, at, number, from, std::move(open));
}

Result<std::unique_ptr<Writer>> EmbeddedLog::writer(const std::string& transactional_id) {
  MutexLock lock(mutex_);
  const auto known = catalogue_.writers.find(transactional_id);
  const std::int64_t epoch = known == catalogue_.writers.end() ? 1 : known->second + 1;
  TRY(append(journal::writer_frame(catalogue_, transactional_id, epoch), {}, false));
  TRY(acknowledge(lock));
  return std::make_unique<EmbeddedWriter>(*this, transactional_id, Epoch{epoch});
}

Result<std::optional<Offset>> EmbeddedLog::group_offset(const std::string& group, const TopicPartition& at) const {
  const MutexLock lock(mutex_);
  std::uint32_t number = 0;
  if (catalogue_.find(at.topic, &number) == nullptr) return std::nullopt;
  const auto positions = catalogue_.groups.find(group);
  if (positions == catalogue_.groups.end()) return std::nullopt;
  const auto found = positions->second.find({number, at.partition.value});
  if (found == positions->second.end()) return std::nullopt;
  return Offset{found->second};
}

Result<std::vector<Offset>> EmbeddedLog::commit(const std::string& id, Epoch epoch, const Transaction& transaction) {
  MutexLock lock(mutex_);
  const auto owner = catalogue_.writers.find(id);
  if (owner == catalogue_.writers.end() || owner->second != epoch.value) {
    return fail(Action::fenced, fmt::format("writer {} of epoch {} was replaced by a newer one", id, epoch.value));
  }
  const std::int64_t log_time = std::max(to_ms(clock_.now()), catalogue_.log_time_ms);
  journal::TransactionParts parts(catalogue_, log_time);
  TRY(parts.add(transaction));
  const std::vector<journal::Section> sections = parts.sections();
  std::size_t outputs = 0;
  for (const OutgoingBatch& batch : transaction.batches) outputs += batch.bytes.size();
  TRY(append(
      journal::transaction_head(catalogue_, id, epoch.value, log_time, sections, transaction.group, parts.positions()),
      sections, outputs >= kBulk));
  Visible visible{catalogue_.sequence, {}};
  for (const auto& section : sections) {
    visible.ends.push_back({{section.topic, section.partition}, section.base + section.count});
  }
  unpublished_.push_back(std::move(visible));
  TRY(acknowledge(lock));
  return parts.take_offsets();
}

Result<std::optional<std::pair<Block, std::shared_ptr<File>>>> EmbeddedLog::find(std::uint32_t topic,
                                                                                 std::uint32_t partition,
                                                                                 std::int64_t offset) {
  const MutexLock lock(mutex_);
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
  const MutexLock lock(mutex_);
  return changes_;
}

void EmbeddedLog::wait(std::uint64_t seen, Milliseconds timeout) {
  MutexLock lock(mutex_);
  changed_.wait_for(lock, timeout, [&]() GRIDLOOP_REQUIRES(mutex_) { return changes_ != seen; });
}

}  // namespace engine
