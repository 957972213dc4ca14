// PORT: the log.
//
// Takes: transactions of records, each with a topic, a key and a value. Gives: the records of a partition in the order of
// their offsets, with their log times, and only those of committed transactions.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/bytes.h"
#include "engine/result.h"
#include "engine/types.h"

namespace engine {

// One record of a partition. The views live as long as the Batch that holds them.
struct Record {
  Offset offset;
  Instant timestamp;  // when it was logged
  std::string_view key;
  std::string_view value;
  std::string_view headers;  // as encode_headers() writes them; empty if there are none
};

using Headers = std::vector<std::pair<std::string, std::string>>;

// Headers as one string: for each, varint length and bytes of the name, then of the value.
std::string encode_headers(const Headers& headers);

// The headers in `encoded`; empty if it is damaged or empty.
Headers decode_headers(std::string_view encoded);

// Records of one partition, in offset order, with the bytes that they point to.
//
// Invariants: at least 64 readable bytes follow every value (JSON parsers read past the end).
// Threads:    confined to one thread at a time.
class Batch {
 public:
  std::span<const Record> records() const { return records_; }
  bool empty() const { return records_.empty(); }
  void clear();

  // Takes ownership of `bytes`, into which later records may point. The returned reference stays valid until clear().
  const std::string& hold(std::string bytes);
  void add(const Record& record) { records_.push_back(record); }

 private:
  std::vector<Record> records_;
  std::vector<std::unique_ptr<std::string>> held_;
};

enum class TimestampKind : std::uint8_t {
  log_append,  // the log stamps records when they are appended
  create,      // the writer stamps them (copies of another log)
};

struct TopicSpec {
  std::string name;
  std::uint32_t partitions = 1;
  bool compacted = false;  // only the newest record of a key has to be kept
  TimestampKind timestamps = TimestampKind::log_append;
};

// The readable offsets of a partition: [begin, end).
struct Bounds {
  Offset begin;
  Offset end;
};

// A record to append.
struct Outgoing {
  std::string topic;
  Partition partition;
  std::string key;
  std::string value;
  std::string headers;               // encode_headers()
  std::optional<Instant> timestamp;  // REQUIRED for topics with TimestampKind::create, otherwise ignored
};

// Many records to append to one partition, in one block of memory. The log stamps them.
//
//   bytes     for each record: u8 0 | content
//   content   string key | string value | string headers      each a varint length and the bytes
//
// The byte before a content is the difference to the log's time, so that the journal takes `bytes` as they are. What is
// hashed are contents only.
struct OutgoingBatch {
  std::string topic;
  Partition partition;
  std::uint32_t records = 0;
  std::size_t largest = 0;  // key + value + headers of the largest record
  std::string bytes;

  void add(std::string_view key, std::string_view value, std::string_view headers);
  // Calls visit(content) for each record, in order.
  template <class Visit>
  void each_content(Visit&& visit) const {
    ByteReader in(bytes);
    while (!in.done()) {
      in.fixed<std::uint8_t>();
      const std::string_view rest = in.rest();
      for (int part = 0; part < 3; ++part) in.string();
      visit(rest.substr(0, rest.size() - in.rest().size()));
    }
  }
  // Calls visit(key, value, headers) for each record, in order.
  template <class Visit>
  void each(Visit&& visit) const {
    ByteReader in(bytes);
    while (!in.done()) {
      in.fixed<std::uint8_t>();
      const std::string_view key = in.string();
      const std::string_view value = in.string();
      visit(key, value, in.string());
    }
  }
};

// The position of a group of readers, kept in the log for lag tools and for resumption.
struct GroupOffset {
  TopicPartition at;
  Offset next_offset;
};

// REQUIRES: no two batches of one partition. In a partition with a batch and records, the records follow the batch.
struct Transaction {
  std::vector<Outgoing> records;
  std::string group;  // of `positions`
  std::vector<GroupOffset> positions;
  std::vector<OutgoingBatch> batches = {};
};

// Reads one partition from an offset on, in order. It sees only records of committed transactions.
//
// Threads: confined to one thread at a time.
class Reader {
 public:
  virtual ~Reader() = default;

  // Adds the next records to `batch`: whole records, about `max_bytes` at most, but at least one if there is one. Adds
  // nothing at the end. Never blocks for new records.
  // Errors: corrupt (a damaged record), retry, fatal; invalid if the position lies before the partition's begin.
  virtual Result<> read(Batch& batch, std::size_t max_bytes) = 0;

  // The offset of the next record that read() would return.
  virtual Offset position() const = 0;

  // The end as last known: records below it can be read. Nothing if it is unknown (no leader).
  virtual std::optional<Offset> end() = 0;
};

// Appends transactions. The opening of a Writer fences all older Writers of the same transactional id.
//
// Threads: one at a time.
class Writer {
 public:
  virtual ~Writer() = default;
  virtual Epoch epoch() const = 0;

  // Appends the whole `transaction` or nothing. Returns the offset of each of its `records`, in order. On success the
  // transaction is readable and survives a crash of the process.
  // Errors: abort (none was appended), unknown, fenced, invalid (topic or partition missing, record too large), fatal.
  virtual Result<std::vector<Offset>> commit(const Transaction& transaction) = 0;
};

// PORT: a log of topics with partitions, appended in transactions.
//
// Threads: any.
class Log {
 public:
  virtual ~Log() = default;

  // Creates the topic. Does nothing if it exists with the same number of partitions; invalid if with another number.
  virtual Result<> create_topic(const TopicSpec& spec) = 0;
  virtual std::optional<TopicSpec> topic(std::string_view name) const = 0;
  virtual std::vector<TopicSpec> topics() const = 0;  // sorted by name

  virtual Result<Bounds> bounds(const TopicPartition& at) const = 0;
  virtual Result<std::unique_ptr<Reader>> reader(const TopicPartition& at, Offset from) = 0;
  virtual Result<std::unique_ptr<Writer>> writer(const std::string& transactional_id) = 0;

  // The position that `group` last committed for a partition; nothing if it never committed one.
  virtual Result<std::optional<Offset>> group_offset(const std::string& group, const TopicPartition& at) const = 0;

  // The longest time for which committed records can stay unreadable behind open transactions of other writers.
  virtual Milliseconds visibility_delay() const { return Milliseconds(0); }

  // A number that grows whenever something becomes readable.
  virtual std::uint64_t changes() const = 0;
  // Waits until changes() differs from `seen`, at most `timeout`.
  virtual void wait(std::uint64_t seen, Milliseconds timeout) = 0;
};

// The largest record (key + value + headers) that a log takes, in bytes.
inline constexpr std::size_t kMaxRecordBytes = 16u << 20;

// Partition of a key, as Kafka's Java client computes it: murmur2 of the bytes, made positive, modulo `partitions`.
// Source: org.apache.kafka.common.utils.Utils.murmur2 and BuiltInPartitioner.partitionForKey.
Partition partition_of(std::string_view key, std::uint32_t partitions);

}  // namespace engine
