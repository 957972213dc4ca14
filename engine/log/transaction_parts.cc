#include "engine/log/transaction_parts.h"

#include <fmt/format.h>

namespace engine::journal {

Result<std::uint32_t> TransactionParts::number_of(std::string_view topic) {
  for (const auto& [known, number] : numbers_) {
    if (known == topic) return number;
  }
  std::uint32_t number = 0;
  if (catalogue_.find(topic, &number) == nullptr) {
    return fail(Action::invalid, fmt::format("there is no topic {}", topic));
  }
  numbers_.emplace_back(topic, number);
  return number;
}

Result<std::size_t> TransactionParts::find_part(std::string_view name, Partition partition, std::size_t largest,
                                                std::size_t bytes, bool stamped) {
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
  const auto [at, added] = part_of_.try_emplace({topic, partition.value}, parts_.size());
  if (added) {
    parts_.push_back({.section = {topic, partition.value, catalogue_.topics[topic].ends[partition.value], 0, {}},
                      .batch = nullptr,
                      .bytes = 0,
                      .own = {}});
  }
  Part& part = parts_[at->second];
  part.bytes += bytes;
  if (part.bytes > UINT32_MAX) {
    return fail(Action::invalid, "a transaction holds at most 4 GiB for one partition");
  }
  return at->second;
}

void TransactionParts::append(Part& part, const Outgoing& record) {
  if (part.own.empty()) {
    part.own.reserve(part.bytes);
    if (part.batch != nullptr) part.own = part.batch->bytes;
  }
  const bool stamped = catalogue_.topics[part.section.topic].spec.timestamps == TimestampKind::create;
  const std::int64_t delta = stamped ? to_ms(*record.timestamp) - log_time_ms_ : 0;
  put_record(part.own, delta, record.key, record.value, record.headers);
  offsets_.push_back(Offset{part.section.base + part.section.count});
  ++part.section.count;
}

Result<> TransactionParts::add(const Transaction& transaction) {
  for (const OutgoingBatch& batch : transaction.batches) {
    Part& part = parts_[TRY(find_part(batch.topic, batch.partition, batch.largest, batch.bytes.size(), false))];
    CHECK(part.batch == nullptr);
    part.batch = &batch;
    part.section.count = batch.records;
  }
  // First what each part will hold, so that none has to grow.
  std::vector<std::size_t> part_numbers;
  part_numbers.reserve(transaction.records.size());
  for (const Outgoing& record : transaction.records) {
    const std::size_t bytes = record.key.size() + record.value.size() + record.headers.size();
    part_numbers.push_back(TRY(
        find_part(record.topic, record.partition, bytes, bytes + kMaxRecordOverhead, record.timestamp.has_value())));
  }
  offsets_.reserve(transaction.records.size());
  for (std::size_t i = 0; i < transaction.records.size(); ++i) {
    append(parts_[part_numbers[i]], transaction.records[i]);
  }
  for (const GroupOffset& moved : transaction.positions) {
    positions_.push_back({TRY(number_of(moved.at.topic)), moved.at.partition.value, moved.next_offset.value});
  }
  return {};
}

std::vector<Section> TransactionParts::sections() const {
  std::vector<Section> sections;
  sections.reserve(parts_.size());
  for (const Part& part : parts_) {
    sections.push_back(part.section);
    sections.back().data =
        part.own.empty() && part.batch != nullptr ? std::string_view(part.batch->bytes) : std::string_view(part.own);
  }
  return sections;
}

}  // namespace engine::journal
