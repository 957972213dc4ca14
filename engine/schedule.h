#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/hash.h"
#include "engine/result.h"
#include "engine/types.h"

// The schedule topic of a stage holds, in partition p, one record for each committed step of task p. It says what the
// step read and when, so that anybody can do the step again and get the same state and the same outputs, to the bit.
//
//   record    u8 format (2) | header | string content | chain (u64 high, u64 low)
//   header    varint epoch | string owner | varint attempt         who committed it; not hashed
//   content   varint step | varint logic version | u8 behind
//             | varint n | n x (varint from | varint to | varint records)     one range per input, in input order
//             | read hash (u64, u64)         keys, values, headers and log times of the records, in the order applied
//             | u8 has tick | [signed tick, ms]  | varint fired | varint drained
//             | varint outputs | output hash (u64, u64)             see OutputHasher
//             | varint m | m x (varint kind | string)               marks
//   chain     xxh3-128 of (chain of the step before, 16 bytes) + content; all zero before step 1
//   marks     1 checkpoint: every replica computes its digest here: u64 high, u64 low of the state digest
//             2 sweep: cursor of a rule that touches many rows      3 freeze: number of the period cut
//             4 upgraded: the logic version before                  unknown kinds are kept and refused by replay
//
// Worked example: step 1 that read records [0, 3) of its only input and sent two records carries
//   02 | 01 00 00 | (01 01 00 | 01 00 03 03 | read hash | 00 | 00 | 00 | 02 | output hash | 00) | chain
// with epoch 1, no owner address, attempt 0.

namespace engine {

struct OutgoingBatch;

struct StepRange {
  Offset from;
  Offset to;
  std::uint64_t records = 0;  // control records of a Kafka transaction take offsets as well: to - from may be larger
};

enum class MarkKind : std::uint8_t { checkpoint = 1, sweep = 2, freeze = 3, upgraded = 4 };

struct Mark {
  MarkKind kind;
  std::string content;
};

// What a step did; the same for whoever does it.
struct Step {
  StepNumber number;
  std::uint32_t logic_version = 0;
  bool behind = false;  // taken while catching up: nothing was announced
  std::vector<StepRange> ranges;
  Hash128 read_hash;
  std::optional<Instant> tick;  // the task clock was moved to here after the last record
  std::uint64_t fired = 0;      // timers, in all
  std::uint64_t drained = 0;    // subjects whose deferred announcements were made
  std::uint64_t outputs = 0;
  Hash128 output_hash;
  std::vector<Mark> marks;

  const Mark* mark(MarkKind kind) const;

  // Whether this is the step after number `before`, which had read each input up to `read_to`: the next number, ranges
  // that begin where those ended and do not go back, and no more records than offsets.
  bool follows(StepNumber before, std::span<const Offset> read_to) const;
};

struct ScheduleRecord {
  Epoch epoch;
  std::string owner;  // address of the process that committed it
  std::uint32_t attempt = 0;
  Step step;
  Hash128 chain;
};

// The hash of all that a step writes: XXH3 (128 bits) of
//
//   for each partition written to, by name of the topic and number of the partition:
//     string topic | varint partition | varint records | for each record: string key | string value | string headers
//
// with headers as encode_headers() writes them. It does not depend on how a log stores records.
class OutputHasher {
 public:
  // REQUIRES: ascending by topic and partition; not empty.
  void add(const OutgoingBatch& batch);
  Hash128 value() const { return stream_.value(); }

 private:
  StreamHasher stream_;
  std::string head_;
};

std::string encode_step(const Step& step);
Hash128 chain_after(const Hash128& before, std::string_view step_content);

std::string encode_schedule_record(Epoch epoch, std::string_view owner, std::uint32_t attempt,
                                   std::string_view step_content, const Hash128& chain);

// Errors: corrupt when the bytes are malformed; invalid when a program with another format wrote them.
// Also sets `content` to the bytes that the chain covers.
Result<ScheduleRecord> decode_schedule_record(std::string_view bytes, std::string_view* content);

Mark checkpoint_mark(const Hash128& digest);
Hash128 digest_of(const Mark& mark);

// The first thing in which two steps differ, in words; empty when they are equal.
std::string difference(const Step& recorded, const Step& replayed);

}  // namespace engine
