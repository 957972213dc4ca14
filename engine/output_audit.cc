#include "engine/output_audit.h"

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

// Calls visit(record) for each record that `reader` has before `end`, until it returns false.
Result<> visit_records(Reader& reader, Offset end, const std::function<bool(const Record&)>& visit) {
  constexpr std::size_t kAtOnce = 1u << 20;
  Batch batch;
  while (reader.position() < end) {
    batch.clear();
    TRY(reader.read(batch, kAtOnce));
    if (batch.empty()) break;  // control records took the last offsets
    for (const Record& record : batch.records()) {
      if (record.offset >= end || !visit(record)) return {};
    }
  }
  return {};
}

// A look for the records of a batch at the end of their partition, wider each time until they are found.
class Look {
 public:
  static Result<Look> begin(Log& log, const OutgoingBatch& batch) {
    Look look(batch);
    look.bounds_ = TRY(log.bounds(look.at()));
    TRY(look.open(log, kMin + std::int64_t{batch.records}));
    return look;
  }

  Result<std::uint64_t> missing(Log& log) {
    std::map<Hash128, std::uint64_t> all;  // hash -> how many records
    batch_->each([&](std::string_view key, std::string_view value, std::string_view headers) {
      ++all[hash_of_record(key, value, headers)];
    });
    while (true) {
      auto wanted = all;
      std::uint64_t left = batch_->records;
      TRY(visit_records(*reader_, bounds_.end, [&](const Record& record) {
        const auto found = wanted.find(hash_of_record(record.key, record.value, record.headers));
        if (found == wanted.end() || found->second == 0) return true;
        --found->second;
        return --left > 0;
      }));
      if (left == 0) return 0;
      if (from_ == bounds_.begin) return from_.value == 0 ? left : 0;
      TRY(open(log, window_ * kWider));
    }
  }

 private:
  static constexpr std::int64_t kMin = 64;
  static constexpr std::int64_t kWider = 4;

  explicit Look(const OutgoingBatch& batch) : batch_(&batch) {}
  TopicPartition at() const { return {batch_->topic, batch_->partition}; }
  Result<> open(Log& log, std::int64_t window) {
    window_ = window;
    from_ = std::max(bounds_.begin, bounds_.end + -std::min(window, bounds_.end.value));
    reader_ = TRY(log.reader(at(), from_));
    return {};
  }

  const OutgoingBatch* batch_;
  Bounds bounds_;
  std::int64_t window_ = 0;
  Offset from_;
  std::unique_ptr<Reader> reader_;
};

}  // namespace

Result<std::uint64_t> count_missing(Log& log, std::span<const OutgoingBatch> batches) {
  // All are asked for before the first is waited for: on Kafka each takes about a tenth of a second.
  std::vector<Look> looks;
  for (const OutgoingBatch& batch : batches) {
    const auto topic = log.topic(batch.topic);
    if (!topic || !topic->compacted) looks.push_back(TRY(Look::begin(log, batch)));
  }
  std::uint64_t missing = 0;
  for (Look& look : looks) missing += TRY(look.missing(log));
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

void OutputAudit::add(const std::string& task, StepNumber step, const OutgoingBatch& batch) {
  if (tasks_.empty() || tasks_.back() != task) tasks_.push_back(task);
  const auto number = static_cast<std::uint32_t>(tasks_.size() - 1);
  auto& written = written_[{batch.topic, batch.partition}];
  batch.each([&](std::string_view key, std::string_view value, std::string_view headers) {
    written.push_back({hash_of_record(key, value, headers), number, step});
  });
}

Result<std::vector<OutputDifference>> OutputAudit::compare(Log& log, std::span<const std::string> topics) {
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

Result<OutputDifference> OutputAudit::compare(Log& log, const TopicPartition& at, Offset end) {
  struct There {
    Hash128 hash;
    Offset offset;
    auto operator<=>(const There&) const = default;
  };
  std::vector<There> there;
  const auto reader = TRY(log.reader(at, Offset{0}));
  TRY(visit_records(*reader, end, [&](const Record& record) {
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
