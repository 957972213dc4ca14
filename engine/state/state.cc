#include "engine/state/state.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "engine/bytes.h"

namespace engine {
namespace {
constexpr std::uint8_t kFormat = 1;
}

bool Position::follows(const Position& before) const {
  if (stage != before.stage || partition != before.partition || partitions != before.partitions) return false;
  if (logic_version != before.logic_version || step <= before.step || clock < before.clock) return false;
  if (next_schedule_offset <= before.next_schedule_offset) return false;
  return std::ranges::equal(next_offsets, before.next_offsets, std::greater_equal<>());
}

std::string Position::encode() const {
  std::string out(1, static_cast<char>(kFormat));
  put_string(out, stage);
  put_varint(out, partition.value);
  put_varint(out, partitions);
  put_varint(out, logic_version);
  put_varint(out, static_cast<std::uint64_t>(step.value));
  put_fixed(out, chain.high);
  put_fixed(out, chain.low);
  put_fixed(out, digest.high);
  put_fixed(out, digest.low);
  put_signed(out, to_ms(clock));
  put_string(out, timers_mark);
  put_varint(out, next_offsets.size());
  for (const Offset offset : next_offsets) put_varint(out, static_cast<std::uint64_t>(offset.value));
  put_varint(out, static_cast<std::uint64_t>(next_schedule_offset.value));
  return out;
}

Result<Position> Position::decode(std::string_view bytes) {
  ByteReader in(bytes);
  const auto format = in.fixed<std::uint8_t>();
  if (format > kFormat) {
    return fail(Action::invalid, fmt::format("a checkpoint has format {}; this program knows 1 to {}: a newer version "
                                             "of the program wrote it, use that one",
                                             format, kFormat));
  }
  Position position;
  position.stage = in.string();
  position.partition = Partition{static_cast<std::uint32_t>(in.varint())};
  position.partitions = static_cast<std::uint32_t>(in.varint());
  position.logic_version = static_cast<std::uint32_t>(in.varint());
  position.step = StepNumber{static_cast<std::int64_t>(in.varint())};
  position.chain.high = in.fixed<std::uint64_t>();
  position.chain.low = in.fixed<std::uint64_t>();
  position.digest.high = in.fixed<std::uint64_t>();
  position.digest.low = in.fixed<std::uint64_t>();
  position.clock = instant(in.integer());
  position.timers_mark = in.string();
  for (std::uint64_t n = in.varint(); n > 0 && !in.failed(); --n) {
    position.next_offsets.push_back(Offset{static_cast<std::int64_t>(in.varint())});
  }
  position.next_schedule_offset = Offset{static_cast<std::int64_t>(in.varint())};
  if (format == 0 || !in.complete()) return fail(Action::corrupt, "the position of a checkpoint is malformed");
  return position;
}

Hash128 TableBase::row_hash(std::string_view key, std::string_view value) const {
  return hash_of({hash64(key), number_}, hash128(value));
}

std::vector<std::string> State::table_names() const {
  std::vector<std::string> names;
  for (const TableBase* table : tables_) names.push_back(table->name());
  return names;
}

Result<Hash128> State::stored_digest() {
  Hash128 digest;
  for (const TableBase* table : tables_) {
    const auto cursor = TRY(store_.cursor(table->name()));
    for (cursor->seek(""); cursor->valid(); cursor->next()) digest += table->row_hash(cursor->key(), cursor->value());
    TRY(cursor->status());
  }
  return digest;
}

const Hash128& State::digest() {
  for (TableBase* table : tables_) table->update_digest(digest_);
  return digest_;
}

std::vector<TableChanges> State::freeze() {
  std::vector<TableChanges> all;
  for (TableBase* table : tables_) {
    TableChanges changes(table->name());
    table->freeze(changes);
    if (!changes.rows.empty()) all.push_back(std::move(changes));
  }
  return all;
}

void State::unfreeze() {
  anything_stored_ = true;
  for (TableBase* table : tables_) table->unfreeze();
}

void State::evict_to(std::size_t bytes) {
  for (TableBase* table : tables_) {
    const std::size_t now = this->bytes();
    if (now <= bytes) return;
    table->evict(now - bytes);
  }
}

std::size_t State::bytes() const {
  std::size_t total = 0;
  for (const TableBase* table : tables_) total += table->bytes();
  return total;
}

std::size_t State::dirty_bytes() const {
  std::size_t total = 0;
  for (const TableBase* table : tables_) total += table->dirty_bytes();
  return total;
}

}  // namespace engine
