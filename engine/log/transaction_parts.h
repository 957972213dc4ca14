#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/log/journal.h"
#include "engine/log/log.h"

namespace engine::journal {

// A transaction as the journal takes it: one section for each partition that it writes to, with base offsets behind
// those of a catalogue. A batch is taken as it is; other records are encoded here.
//
// REQUIRES: the catalogue does not change, and the transaction lives, as long as this object is used.
class TransactionParts {
 public:
  TransactionParts(const Catalogue& catalogue, std::int64_t log_time_ms)
      : catalogue_(catalogue), log_time_ms_(log_time_ms) {}

  // Called once. Errors: invalid when there is no such topic or partition, when a record is too large or lacks its
  // timestamp.
  Result<> add(const Transaction& transaction);

  std::vector<Section> sections() const;
  const std::vector<Position>& positions() const { return positions_; }
  // Of the records beside the batches, in their order.
  std::vector<Offset> take_offsets() { return std::move(offsets_); }

 private:
  // What goes to one partition: a batch as it is, or bytes of its own.
  struct Part {
    Section section;
    const OutgoingBatch* batch = nullptr;
    std::size_t bytes = 0;
    std::string own;
  };

  Result<std::uint32_t> number_of(std::string_view topic);
  // The index of the part that takes `bytes` more, for records of `largest` bytes at most.
  Result<std::size_t> find_part(std::string_view topic, Partition partition, std::size_t largest, std::size_t bytes,
                                bool stamped);
  void append(Part& part, const Outgoing& record);

  const Catalogue& catalogue_;
  std::int64_t log_time_ms_;
  std::vector<std::pair<std::string_view, std::uint32_t>> numbers_;  // of the few topics of a transaction
  std::vector<Part> parts_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> part_of_;  // by topic and partition
  std::vector<Offset> offsets_;
  std::vector<Position> positions_;
};

}  // namespace engine::journal
