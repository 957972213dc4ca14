#include "engine/outputs.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace engine {
namespace {

Hash128 hash_of_record(std::string_view key, std::string_view value, std::string_view headers) {
  Hasher hasher;
  hasher.add(key);
  hasher.add(value);
  hasher.add(headers);
  return hasher.value();
}

// Calls visit(record) for each record of [from, end), until it returns false.
Result<> visit_records(Log& log, const TopicPartition& at, Offset from, Offset end,
                       const std::function<bool(const Record&)>& visit) {
  constexpr std::size_t kAtOnce = 1u << 20;
  const auto reader = TRY(log.reader(at, from));
  Batch batch;
  while (reader->position() < end) {
    batch.clear();
    TRY(reader->read(batch, kAtOnce));
    if (batch.empty()) break;  // control records took the last offsets
    for (const Record& record : batch.records()) {
      if (record.offset >= end || !visit(record)) return {};
    }
  }
  return {};
}

Result<std::uint64_t> missing_of(Log& log, const OutgoingBatch& batch) {
  std::map<Hash128, std::uint64_t> all;  // hash -> how many records
  batch.each([&](std::string_view key, std::string_view value, std::string_view headers) {
    ++all[hash_of_record(key, value, headers)];
  });
  const TopicPartition at{batch.topic, batch.partition};
  const Bounds bounds = TRY(log.bounds(at));
  constexpr std::int64_t kLeast = 64;
  constexpr std::int64_t kWider = 4;
  for (std::int64_t window = kLeast + std::int64_t{batch.records};; window *= kWider) {
    const Offset from = std::max(bounds.begin, bounds.end + -std::min(window, bounds.end.value));
    auto wanted = all;
    std::uint64_t left = batch.records;
    TRY(visit_records(log, at, from, bounds.end, [&](const Record& record) {
      const auto found = wanted.find(hash_of_record(record.key, record.value, record.headers));
      if (found == wanted.end() || found->second == 0) return true;
      --found->second;
      return --left > 0;
    }));
    if (left == 0) return 0;
    if (from == bounds.begin) return from.value == 0 ? left : 0;
  }
}

}  // namespace

Result<std::uint64_t> missing_of(Log& log, std::span<const OutgoingBatch> batches) {
  std::uint64_t missing = 0;
  for (const OutgoingBatch& batch : batches) {
    const auto topic = log.topic(batch.topic);
    if (!topic || !topic->compacted) missing += TRY(missing_of(log, batch));
  }
  return missing;
}

std::string OutputDifference::to_string() const {
  std::string text = fmt::format("topic {} partition {}: ", at.topic, at.partition.value);
  if (missing > 0) {
    text += fmt::format("{} missing, the first of step {} of task {}", missing, step.value, task);
  }
  if (extra > 0) {
    text += fmt::format("{}{} that no step wrote, the first at offset {}", missing > 0 ? "; " : "", extra,
                        first_extra.value);
  }
  return text;
}

void Outputs::add(const std::string& task, StepNumber step, const OutgoingBatch& batch) {
  if (tasks_.empty() || tasks_.back() != task) tasks_.push_back(task);
  const auto number = static_cast<std::uint32_t>(tasks_.size() - 1);
  auto& written = written_[{batch.topic, batch.partition}];
  batch.each([&](std::string_view key, std::string_view value, std::string_view headers) {
    written.push_back({hash_of_record(key, value, headers), number, step});
  });
}

Result<std::vector<OutputDifference>> Outputs::compare(Log& log, std::span<const std::string> topics) {
  std::vector<OutputDifference> found;
  compared_ = 0;
  for (const std::string& name : topics) {
    const auto topic = log.topic(name);
    if (!topic || topic->compacted) continue;
    for (std::uint32_t p = 0; p < topic->partitions; ++p) {
      const TopicPartition at{name, Partition{p}};
      const Bounds bounds = TRY(log.bounds(at));
      if (bounds.begin.value > 0) continue;
      OutputDifference difference = TRY(compare(log, at, bounds.end));
      if (difference.missing > 0 || difference.extra > 0) found.push_back(std::move(difference));
    }
  }
  return found;
}

Result<OutputDifference> Outputs::compare(Log& log, const TopicPartition& at, Offset end) {
  struct There {
    Hash128 hash;
    Offset offset;
    auto operator<=>(const There&) const = default;
  };
  std::vector<There> there;
  TRY(visit_records(log, at, Offset{0}, end, [&](const Record& record) {
    there.push_back({hash_of_record(record.key, record.value, record.headers), record.offset});
    return true;
  }));
  std::ranges::sort(there);
  std::vector<Written>& written = written_[at];
  std::ranges::sort(written);
  OutputDifference difference{.at = at};
  std::optional<std::pair<std::uint32_t, StepNumber>> first;
  const auto lacks = [&](const Written& record) {
    ++difference.missing;
    const std::pair place{record.task, record.step};
    first = first ? std::min(*first, place) : place;
  };
  const auto adds = [&](const There& record) {
    difference.first_extra = difference.extra++ == 0 ? record.offset : std::min(difference.first_extra, record.offset);
  };
  auto wrote = written.begin();
  auto lies = there.begin();
  while (wrote != written.end() || lies != there.end()) {
    if (lies == there.end() || (wrote != written.end() && wrote->hash < lies->hash)) {
      lacks(*wrote++);
    } else if (wrote == written.end() || lies->hash < wrote->hash) {
      adds(*lies++);
    } else {
      ++compared_;
      ++wrote;
      ++lies;
    }
  }
  if (first) {
    difference.task = tasks_[first->first];
    difference.step = first->second;
  }
  return difference;
}

}  // namespace engine
