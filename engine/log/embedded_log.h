#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/clock.h"
#include "engine/log/disk.h"
#include "engine/log/journal.h"
#include "engine/log/log.h"

namespace engine {

// The log of one machine: topics, partitions and transactions in a journal of checksummed frames.
//
// Invariants: a transaction is readable in all its partitions or in none; offsets of a partition have no gaps;
//             log times never go back.
// Threads:    any. A Reader or a Writer belongs to one thread at a time.
// Ownership:  one EmbeddedLog per directory (DirectoryLock keeps other processes out).
// Durability: what commit() returned survives the death of the process; with `sync` it survives power loss too.
// Errors:     corrupt if acknowledged data is damaged or missing: the message names the file, the byte and, for
//             records, topic, partition and offsets. fatal if the disk fails; every later commit is then refused.
// Format:     engine/log/journal.h
class EmbeddedLog final : public Log {
 public:
  struct Options {
    std::string directory;
    bool sync = false;         // fsync before acknowledging; concurrent commits share one call
    bool read_only = false;    // changes nothing on disk; appending is refused
    bool accept_loss = false;  // continue from the last whole frame if acknowledged ones are lost
    std::uint64_t segment_bytes = 64u << 20;
  };

  // Opens the log in `options.directory`, and creates the directory if it is missing. Cuts off a torn tail that was
  // never acknowledged.
  static Result<std::unique_ptr<EmbeddedLog>> open(Disk& disk, const Clock& clock, Options options);
  ~EmbeddedLog() override;

  Result<> create_topic(const TopicSpec& spec) override;
  std::optional<TopicSpec> topic(std::string_view name) const override;
  std::vector<TopicSpec> topics() const override;
  Result<Bounds> bounds(const TopicPartition& at) const override;
  Result<std::unique_ptr<Reader>> reader(const TopicPartition& at, Offset from) override;
  Result<std::unique_ptr<Writer>> writer(const std::string& transactional_id) override;
  Result<std::optional<Offset>> group_offset(const std::string& group, const TopicPartition& at) const override;
  std::uint64_t changes() const override;
  void wait(std::uint64_t seen, Milliseconds timeout) override;

  // The repair of the tail by open(); empty if none was needed.
  const std::string& recovery_note() const { return recovery_note_; }

 private:
  friend class EmbeddedReader;
  friend class EmbeddedWriter;

  struct Segment {
    std::uint32_t number = 0;
    std::shared_ptr<File> file;
    std::vector<std::vector<std::int64_t>> bases;   // by topic and partition: the first offset that may lie here
    std::shared_ptr<const journal::Blocks> blocks;  // of a full segment, when loaded
  };
  struct Visible {
    std::uint64_t sequence;
    std::vector<std::pair<std::pair<std::uint32_t, std::uint32_t>, std::int64_t>> ends;
  };

  EmbeddedLog(Disk& disk, const Clock& clock, Options options);
  std::string path(std::string_view name) const { return options_.directory + "/" + std::string(name); }
  Disk::Mode mode() const { return options_.read_only ? Disk::Mode::read : Disk::Mode::write; }
  Result<> recover();
  Result<> recover_segment(std::uint32_t number, bool last, const journal::Acknowledged& acknowledged);
  Result<> cut(Segment& segment, std::uint64_t bytes, std::string note);
  Result<> add_segment(std::uint32_t number);
  Result<> seal();
  Result<> write_index(std::uint32_t number, const journal::Blocks& blocks);
  Result<> write_acknowledged();  // under mutex_
  // Under mutex_. `bulk`: the outputs of a backlog.
  Result<> append(std::string_view head, const std::vector<journal::Section>& sections, bool bulk);
  Result<> write_frame(std::string_view head, const std::vector<journal::Section>& sections, bool bulk);
  Result<> acknowledge(std::unique_lock<std::mutex>& lock);  // under mutex_; waits for the disk with `sync`
  void publish();                                            // under mutex_
  Result<std::vector<Offset>> commit(const std::string& id, Epoch epoch, const Transaction& transaction);
  // The block that holds `offset`, or the first one after it; nothing when it is not readable yet.
  Result<std::optional<std::pair<journal::Block, std::shared_ptr<File>>>> find(std::uint32_t topic,
                                                                               std::uint32_t partition,
                                                                               std::int64_t offset);

  Disk& disk_;
  const Clock& clock_;
  Options options_;
  std::string recovery_note_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable synced_;
  journal::Catalogue catalogue_;                    // with everything that was written
  std::vector<std::vector<std::int64_t>> visible_;  // ends that readers see, by topic and partition
  std::deque<Visible> unpublished_;
  std::vector<std::weak_ptr<void>> readers_;  // by topic: held by each Reader that is open, which may outlive the log
  std::vector<Segment> segments_;
  journal::Blocks active_;  // blocks of the last segment
  std::uint64_t active_bytes_ = 0;
  std::unique_ptr<File> acknowledged_file_;
  std::uint64_t generation_ = 0;
  std::uint64_t synced_sequence_ = 0;
  bool syncing_ = false;
  std::uint64_t changes_ = 0;
  std::optional<Error> failure_;
};

// One finding of verify_journal().
struct Damage {
  std::string what;
};

struct JournalCheck {
  std::uint64_t transactions = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::string note;  // a torn tail that was never acknowledged
  std::vector<Damage> damages;
};

// Reads the whole journal in `directory` and compares every hash, the chain, the indexes and what was acknowledged.
// Changes nothing. Errors: fatal when a file cannot be read.
Result<JournalCheck> verify_journal(Disk& disk, const std::string& directory);

}  // namespace engine
