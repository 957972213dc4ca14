#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/bytes.h"
#include "engine/log/disk.h"
#include "engine/log/log.h"
#include "engine/result.h"

// The journal is the file format of the embedded log: one sequence of frames over numbered segment files. A frame is
// one atomic event: the creation of a topic, the opening of a writer, or the append of a transaction to several
// partitions.
//
//   segment   00000000.journal, 00000001.journal, ...: frames back to back, nothing between them
//   frame     header (40 bytes) | table | data
//   header    u32 magic "GLJ1" | u32 table bytes | u64 data bytes | u64 sequence, from 1 | u64 chain | u64 check
//             chain = xxh3(table, seed = chain of the frame before; 0 at first)
//             check = xxh3 of the 32 bytes before it
//   table     u8 kind, then
//             1 topic:        name | varint partitions | u8 compacted | u8 timestamp kind; number: creation order
//             2 writer:       transactional id | varint epoch
//             3 transaction:  transactional id | varint epoch | signed log time in ms
//                             | varint n | n sections | group | varint m | m x (topic, partition, next offset)
//             section:        varint topic | varint partition | varint base offset | varint records | varint bytes
//                             | u64 xxh3 of the bytes
//   data      the sections' bytes in the order of the table
//   record    signed (timestamp - log time) | key | value | headers
//
// A frame counts if its header, its table and all its sections are whole. The chain exposes a lost, swapped or
// resurrected frame. Each read of a section checks the hash of the section.
//
//   acknowledged   two slots of 64 bytes, written alternately after each append: the acknowledged end of the journal.
//                  A missing frame below that end was lost; a broken frame above it is a torn, unacknowledged tail.
//                  slot = u64 generation | u32 segment | u32 0 | u64 bytes | u64 sequence | u64 chain | 16 x 0
//                         | u64 check
//   NNN.index      written when segment NNN is full, so that opening reads no old segment:
//                  u64 magic | u64 check of the rest | Catalogue after the segment | blocks by topic and partition

namespace engine::journal {

inline constexpr std::size_t kHeaderBytes = 40;
inline constexpr std::size_t kSlotBytes = 64;

enum class Kind : std::uint8_t { topic = 1, writer = 2, transaction = 3 };

// The location of the records [base, base + count) of a partition.
struct Block {
  std::int64_t base = 0;
  std::uint32_t count = 0;
  std::uint32_t bytes = 0;
  std::uint64_t position = 0;  // in the segment file
  std::uint64_t hash = 0;
  std::uint64_t sequence = 0;  // of the frame
  std::int64_t log_time_ms = 0;
};

// Blocks of one segment, by topic number and partition, in offset order.
using Blocks = std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<Block>>;

// The state of the log after the frames up to some point.
struct Catalogue {
  struct Topic {
    TopicSpec spec;
    std::vector<std::int64_t> ends;  // by partition
  };
  std::vector<Topic> topics;
  std::map<std::string, std::int64_t, std::less<>> writers;  // transactional id -> epoch
  std::map<std::string, std::map<std::pair<std::uint32_t, std::uint32_t>, std::int64_t>, std::less<>> groups;
  std::uint64_t sequence = 0;  // of the last frame
  std::uint64_t chain = 0;     // of the last frame
  std::int64_t log_time_ms = 0;

  void encode(std::string& out) const;
  bool decode(ByteReader& in);
  const Topic* find(std::string_view name, std::uint32_t* number = nullptr) const;
};

struct Section {
  std::uint32_t topic = 0;
  std::uint32_t partition = 0;
  std::int64_t base = 0;
  std::uint32_t count = 0;
  std::string_view data;
};

struct Position {
  std::uint32_t topic = 0;
  std::uint32_t partition = 0;
  std::int64_t next_offset = 0;
};

// Builds the frame that follows `last` (sequence and chain) and returns its bytes. transaction_head() returns the bytes
// up to the data; the data is the concatenation of the sections.
std::string topic_frame(const Catalogue& last, const TopicSpec& spec);
std::string writer_frame(const Catalogue& last, std::string_view id, std::int64_t epoch);
std::string transaction_head(const Catalogue& last, std::string_view id, std::int64_t epoch, std::int64_t log_time_ms,
                             const std::vector<Section>& sections, std::string_view group,
                             const std::vector<Position>& positions);

// The most bytes that a record takes besides its key, value and headers.
inline constexpr std::size_t kMaxRecordOverhead = 10 + 3 * 5;

void put_record(std::string& out, std::int64_t timestamp_delta, std::string_view key, std::string_view value,
                std::string_view headers);

// Adds the records of a block, whose bytes are `bytes`, from offset `from` on. Returns false if they are malformed.
// REQUIRES: `bytes` outlives the records.
bool add_records(const Block& block, std::string_view bytes, std::int64_t from, Batch& batch);

// Applies the frame at `position` of `segment` to `catalogue` and `blocks`, which a scan has built up so far. Returns
// the size of the frame in bytes; 0 at the end of the segment.
// Errors: corrupt, with a message that names the damage and its place; nothing is applied then.
Result<std::uint64_t> apply_frame(const File& segment, const std::string& path, std::uint64_t position, bool check_data,
                                  Catalogue& catalogue, Blocks& blocks);

// A slot of the file `acknowledged`.
struct Acknowledged {
  std::uint64_t generation = 0;
  std::uint32_t segment = 0;
  std::uint64_t bytes = 0;
  std::uint64_t sequence = 0;
  std::uint64_t chain = 0;
};
std::string encode_slot(const Acknowledged& acknowledged);
bool decode_slot(std::string_view bytes, Acknowledged& out);

std::string encode_index(const Catalogue& catalogue, const Blocks& blocks);
bool decode_index(std::string_view bytes, Catalogue& catalogue, Blocks* blocks);

}  // namespace engine::journal
