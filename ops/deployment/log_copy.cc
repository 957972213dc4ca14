#include "ops/deployment/log_copy.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "engine/hash.h"
#include "engine/schedule.h"
#include "topics/topology.h"

namespace ops {

using engine::Action;
using engine::Batch;
using engine::Bounds;
using engine::fail;
using engine::KafkaLog;
using engine::Offset;
using engine::Partition;
using engine::Record;
using engine::Result;
using engine::TimestampKind;
using engine::TopicPartition;
using engine::TopicSpec;

namespace {

constexpr std::size_t kReadBytes = 8u << 20;

// A topic of the copy.
struct Copied {
  WantedTopic wanted;
  TopicSpec spec;         // while it is copied
  bool finished = false;  // it has its settings already
};

std::map<std::string, std::string> settings_while_copied(const WantedTopic& topic) {
  std::map<std::string, std::string> settings;
  for (const WantedSetting& setting : topic.settings) settings[std::string(setting.name)] = setting.value;
  settings["cleanup.policy"] = "delete";
  settings["retention.ms"] = "-1";
  settings["message.timestamp.type"] = "CreateTime";
  settings["message.timestamp.after.max.ms"] = std::to_string(INT64_MAX);
  return settings;
}

std::map<std::string, std::string> settings_at_the_end(const WantedTopic& topic) {
  std::map<std::string, std::string> settings;
  for (const WantedSetting& setting : topic.settings) settings[std::string(setting.name)] = setting.value;
  return settings;
}

bool is_being_copied(const KafkaLog::TopicState& topic) {
  const auto kind = topic.settings.find("message.timestamp.type");
  return kind != topic.settings.end() && kind->second == "CreateTime";
}

// Gives the records of a partition one by one.
class Records {
 public:
  static Result<Records> open(engine::Log& log, const TopicPartition& at, Bounds bounds) {
    Records records;
    records.reader_ = TRY(log.reader(at, bounds.begin));
    records.end_ = bounds.end;
    return records;
  }

  // The next record, nullptr at the end. It lives until the next call.
  Result<const Record*> next() {
    while (next_ == batch_->records().size()) {
      if (reader_->position() >= end_) return nullptr;
      batch_->clear();
      next_ = 0;
      TRY(reader_->read(*batch_, kReadBytes));
    }
    const Record* record = &batch_->records()[next_++];
    return record->offset < end_ ? record : nullptr;
  }

 private:
  std::unique_ptr<engine::Reader> reader_;
  std::unique_ptr<Batch> batch_ = std::make_unique<Batch>();
  std::size_t next_ = 0;
  Offset end_;
};

bool equal(const Record& a, const Record& b) {
  return a.offset == b.offset && a.timestamp == b.timestamp && a.key == b.key && a.value == b.value &&
         a.headers == b.headers;
}

void add(engine::Hasher& hasher, const Record& record) {
  hasher.add(static_cast<std::uint64_t>(record.offset.value));
  hasher.add(static_cast<std::uint64_t>(engine::to_ms(record.timestamp)));
  hasher.add(record.key);
  hasher.add(record.headers);
  hasher.add(record.value);
}

// One copy, from its preparation to its end.
class Copying {
 public:
  Copying(engine::Log& from, KafkaLog& to, TopicPlan plan,
          const std::function<void(std::uint64_t, std::uint64_t)>& watch)
      : from_(from), to_(to), plan_(std::move(plan)), watch_(watch) {}

  Result<LogCopy> run() {
    TRY(look());
    TRY(prepare());
    const auto copier = TRY(to_.copier());
    for (const Copied& topic : topics_) TRY(each_partition(topic, [&](auto at) { return copy(topic, at, *copier); }));
    for (const Copied& topic : topics_) TRY(each_partition(topic, [&](auto at) { return compare_partition(at); }));
    TRY(raise_epochs());
    for (const Copied& topic : topics_) TRY(to_.alter_topic(topic.spec.name, settings_at_the_end(topic.wanted)));
    return std::move(result_);
  }

 private:
  template <class Call>
  Result<> each_partition(const Copied& topic, const Call& call) {
    for (std::uint32_t p = 0; p < topic.spec.partitions; ++p) TRY(call(TopicPartition{topic.spec.name, Partition{p}}));
    return {};
  }

  // What is on both sides; refuses what cannot be copied, before anything is changed.
  Result<> look() {
    const auto requests = from_.topic(topics::topic_name(plan_.prefix, "requests"));
    if (!requests) {
      return fail(Action::invalid,
                  fmt::format("the log has no topic {}requests: was it created with another --prefix?", plan_.prefix));
    }
    plan_.partitions = requests->partitions;
    plan_ = TRY(complete(to_, plan_));
    writers_ = plan_.prefix + "writers";
    std::vector<std::string> names;
    for (const WantedTopic& wanted : wanted_topics(plan_)) names.push_back(wanted.name);
    const auto there = TRY(to_.describe_topics(names));
    const bool resumed = std::ranges::any_of(there, [](const auto& topic) { return is_being_copied(topic.second); });
    auto all = wanted_topics(plan_);
    for (WantedTopic& wanted : all) {
      if (wanted.name == writers_) continue;
      const auto known = there.find(wanted.name);
      std::uint64_t held = 0;
      for (std::uint32_t p = 0; known != there.end() && p < known->second.replicas.size(); ++p) {
        held += static_cast<std::uint64_t>(TRY(to_.bounds({wanted.name, Partition{p}})).end.value);
      }
      if (held > 0 && !resumed) {
        return fail(
            Action::invalid,
            fmt::format("topic {} at {} already holds records: a log can only be copied into empty topics. If a "
                        "copy has finished there, use it; otherwise use another cluster or delete the topics",
                        wanted.name, plan_.brokers));
      }
      const auto source = from_.topic(wanted.name);
      if (!source) continue;
      result_.records_before += held;
      for (std::uint32_t p = 0; p < source->partitions; ++p) {
        const Bounds bounds = TRY(from_.bounds({wanted.name, Partition{p}}));
        if (bounds.begin != Offset{0}) {
          return fail(Action::invalid, fmt::format("topic {} partition {} begins at offset {}: a trimmed log "
                                                   "cannot be copied",
                                                   wanted.name, p, bounds.begin.value));
        }
        result_.records += static_cast<std::uint64_t>(bounds.end.value);
      }
      Copied& topic = topics_.emplace_back();
      topic.spec.name = wanted.name;
      topic.spec.partitions = source->partitions;
      topic.spec.compacted = wanted.compacted;
      topic.spec.timestamps = TimestampKind::create;
      topic.finished = held > 0 && !is_being_copied(known->second);
      topic.wanted = std::move(wanted);
    }
    return {};
  }

  // Makes the topics, and lets them keep the times of the records.
  Result<> prepare() {
    TRY(make_missing(to_, plan_));
    for (const Copied& topic : topics_) {
      if (!topic.finished) TRY(to_.alter_topic(topic.spec.name, settings_while_copied(topic.wanted)));
    }
    return {};
  }

  Result<> copy(const Copied& topic, const TopicPartition& at, engine::Copier& copier) {
    const Offset end = TRY(from_.bounds(at)).end;
    const Offset begin = TRY(to_.bounds(at)).end;
    advance(static_cast<std::uint64_t>(std::min(begin, end).value));
    if (begin >= end) return {};
    const auto reader = TRY(from_.reader(at, begin));
    Batch batch;
    while (reader->position() < end) {
      batch.clear();
      TRY(reader->read(batch, kReadBytes));
      TRY(copier.append(topic.spec, at.partition, batch.records()));
      advance(batch.records().size());
    }
    return {};
  }

  Result<> compare_partition(const TopicPartition& at) {
    const Bounds source = TRY(from_.bounds(at));
    const Bounds target = TRY(to_.bounds(at));
    auto left = TRY(Records::open(from_, at, source));
    auto right = TRY(Records::open(to_, at, target));
    CopiedPartition copied{.at = at, .records = 0, .hash = {}};
    engine::Hasher hasher;
    const bool is_schedule = at.topic.starts_with(plan_.prefix + "schedule-");
    while (true) {
      const Record* a = TRY(left.next());
      const Record* b = TRY(right.next());
      if (a == nullptr && b == nullptr) break;
      if (a == nullptr || b == nullptr || !equal(*a, *b)) {
        const Offset offset = a != nullptr ? a->offset : b->offset;
        return fail(
            Action::invalid,
            fmt::format("topic {} partition {} is not a copy: it differs from offset {} on ({} records in the "
                        "log, up to offset {} at {}). Another process writes there, or the copy was started from "
                        "another log; delete the topics {}* and copy again",
                        at.topic, at.partition.value, offset.value, source.end.value, target.end.value, plan_.brokers,
                        plan_.prefix));
      }
      add(hasher, *a);
      if (is_schedule) highest_ = std::max(highest_, TRY(engine::decode_schedule_record(a->value, nullptr)).epoch);
      if (++copied.records % 65536 == 0) advance(65536);
    }
    advance(copied.records % 65536);
    copied.hash = engine::to_hex(hasher.value());
    result_.partitions.push_back(std::move(copied));
    return {};
  }

  // The epochs of a Kafka log are the offsets of its writers' topic: the next one has to lie above those in the
  // schedules.
  Result<> raise_epochs() {
    const TopicPartition at{writers_, Partition{0}};
    const std::int64_t end = TRY(to_.bounds(at)).end.value;
    constexpr std::string_view kValue = R"({"type":"writer.copied"})";
    std::vector<Record> fillers;
    for (std::int64_t offset = end; offset <= highest_.value; ++offset) {
      fillers.push_back({.offset = Offset{offset}, .timestamp = engine::instant(1), .key = "copy", .value = kValue});
    }
    if (fillers.empty()) return {};
    const auto copier = TRY(to_.copier());
    return copier->append({.name = writers_, .partitions = 1, .compacted = true}, at.partition, fillers);
  }

  void advance(std::uint64_t records) {
    done_ += records;
    if (watch_) watch_(done_, 2 * result_.records);
  }

  engine::Log& from_;
  KafkaLog& to_;
  TopicPlan plan_;
  const std::function<void(std::uint64_t, std::uint64_t)>& watch_;
  std::string writers_;
  std::vector<Copied> topics_;
  engine::Epoch highest_{-1};  // in any schedule
  std::uint64_t done_ = 0;     // copied, and compared
  LogCopy result_;
};

}  // namespace

Result<LogCopy> copy_log(engine::Log& from, KafkaLog& to, TopicPlan plan,
                         const std::function<void(std::uint64_t, std::uint64_t)>& watch) {
  return Copying(from, to, std::move(plan), watch).run();
}

}  // namespace ops
