#include "ops/deployment/kafka_topics.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace ops {
namespace {

using engine::Action;
using engine::fail;
using engine::KafkaLog;
using engine::Partition;
using engine::Result;
using TopicStates = std::map<std::string, KafkaLog::TopicState>;

constexpr std::uint32_t kDefaultPartitions = 4;
constexpr std::uint32_t kDefaultReplication = 3;
constexpr std::string_view kCopiesInSync = "min.insync.replicas";

constexpr topics::TopicDoc kWriters{
    .suffix = "writers",
    .key = "transactional id",
    .written_by = "stages, importers",
    .holds = "which process opened each writer; the offsets are the epochs",
    .partitioned = false,
    .compacted = true,
    .kind = topics::TopicKind::schedule,
    .kept_because = "the last opener of each writer must stay known for ever",
};

std::vector<WantedSetting> settings_of(const topics::TopicDoc& doc, std::uint32_t replication) {
  std::vector<WantedSetting> settings;
  const auto wants = [&](std::string_view name, std::string value, std::string_view why, bool or_more = false) {
    settings.push_back({name, std::move(value), or_more, why});
  };
  if (doc.compacted) {
    wants("cleanup.policy", "compact", doc.kept_because);
  } else {
    wants("cleanup.policy", "delete",
          "compaction removes all but the newest record of a key, but every record counts here");
    wants("retention.ms", std::to_string(topics::retention_ms(doc)), doc.kept_because);
    wants("retention.bytes", "-1", "a size limit deletes records too early");
    if (doc.kind == topics::TopicKind::control) {
      wants("segment.ms", "3600000", "records are deleted by segment, and these arrive twice a second");
    }
  }
  const bool append = doc.timestamps == engine::TimestampKind::log_append;
  wants("message.timestamp.type", append ? "LogAppendTime" : "CreateTime",
        "lateness is judged by the time in the log; the clock of a producer may be wrong");
  wants("max.message.bytes", std::to_string(engine::kKafkaMessageBytes),
        "a large record is rejected and its task stops", true);
  wants("unclean.leader.election.enable", "false",
        "a lagging broker may become the leader, and acknowledged records are lost");
  if (replication >= 3) {
    wants(kCopiesInSync, "2", "an acknowledged record may exist on one broker only, and be lost with it", true);
  }
  return settings;
}

WantedTopic wanted_topic(const topics::TopicDoc& doc, const TopicPlan& plan) {
  return {.name = topics::topic_name(plan.prefix, doc.suffix),
          .partitions = doc.partitioned ? plan.partitions : 1,
          .compacted = doc.compacted,
          .settings = settings_of(doc, plan.replication)};
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool fits(const WantedSetting& wanted, const std::string& is) {
  if (is == wanted.value) return true;
  if (!wanted.or_more) return false;
  const auto left = number(is);
  return left && *left >= *number(wanted.value);
}

// "604800000 (7 days)"
std::string in_words(std::string_view name, const std::string& value) {
  if (value.empty()) return "unknown";
  if (!name.starts_with("retention.")) return value;
  if (value == "-1") return "-1 (no limit)";
  constexpr std::int64_t kHour = 3'600'000;
  const std::int64_t ms = number(value).value_or(0);
  if (!name.ends_with(".ms") || ms < kHour) return value;
  return ms % (24 * kHour) == 0 ? fmt::format("{} ({} days)", value, ms / (24 * kHour))
                                : fmt::format("{} ({} hours)", value, ms / kHour);
}

std::string create_command(const TopicPlan& plan) {
  std::string command = fmt::format("gridloop topics create --kafka {} --partitions {} --replication {}", plan.brokers,
                                    plan.partitions, plan.replication);
  if (plan.prefix != topics::kDefaultPrefix) command += " --prefix " + plan.prefix;
  return command;
}

// The replicas that partition `number` has, and more on the next brokers in turn, as many as wanted.
std::vector<std::int32_t> with_more(std::vector<std::int32_t> replicas, std::size_t number, std::uint32_t wanted,
                                    std::span<const std::int32_t> brokers) {
  for (std::size_t i = 0; i < brokers.size() && replicas.size() < wanted; ++i) {
    const std::int32_t next = brokers[(number + i) % brokers.size()];
    if (std::ranges::find(replicas, next) == replicas.end()) replicas.push_back(next);
  }
  return replicas;
}

std::string reassign_command(const std::string& topic, const KafkaLog::TopicState& found, const TopicPlan& plan,
                             std::span<const std::int32_t> brokers) {
  std::string partitions;
  for (std::size_t p = 0; p < found.replicas.size(); ++p) {
    partitions += fmt::format(R"({}{{"topic":"{}","partition":{},"replicas":[{}]}})", p == 0 ? "" : ",", topic, p,
                              fmt::join(with_more(found.replicas[p], p, plan.replication, brokers), ","));
  }
  return fmt::format(
      "kafka-reassign-partitions.sh --bootstrap-server {} --execute --reassignment-json-file "
      R"(<(echo '{{"version":1,"partitions":[{}]}}'))",
      plan.brokers, partitions);
}

std::vector<std::string> names_of(const std::vector<WantedTopic>& wanted) {
  std::vector<std::string> names;
  for (const WantedTopic& topic : wanted) names.push_back(topic.name);
  return names;
}

Result<bool> is_empty(const KafkaLog& log, const std::string& topic, const KafkaLog::TopicState& found) {
  for (std::uint32_t p = 0; p < found.replicas.size(); ++p) {
    const engine::Bounds bounds = TRY(log.bounds({topic, Partition{p}}));
    if (bounds.begin != bounds.end) return false;
  }
  return true;
}

Deviation missing(const WantedTopic& wanted, const TopicPlan& plan) {
  return {.topic = wanted.name,
          .what = "topic",
          .is = "missing",
          .should_be = "there",
          .why = "no records can be appended or read",
          .command = create_command(plan)};
}

}  // namespace

std::vector<WantedTopic> wanted_topics(const TopicPlan& plan) {
  std::vector<WantedTopic> wanted;
  for (const topics::TopicDoc& doc : topics::topology()) wanted.push_back(wanted_topic(doc, plan));
  wanted.push_back(wanted_topic(kWriters, plan));
  return wanted;
}

std::string sentence(const Deviation& deviation) {
  const std::string_view what = deviation.what == "partitions"    ? "the number of partitions"
                                : deviation.what == "replication" ? "the number of replicas of a partition"
                                                                  : std::string_view(deviation.what);
  std::string text =
      fmt::format("{}: {} is {}, should be {}: {}", deviation.topic, what, in_words(deviation.what, deviation.is),
                  in_words(deviation.what, deviation.should_be), deviation.why);
  if (!deviation.command.empty()) text += "; fix: " + deviation.command;
  if (!deviation.advice.empty()) text += "; " + deviation.advice;
  return text;
}

std::vector<Deviation> compare(const WantedTopic& wanted, const KafkaLog::TopicState& found, const TopicPlan& plan,
                               bool empty, std::span<const std::int32_t> brokers) {
  std::vector<Deviation> all;
  if (found.replicas.size() != wanted.partitions) {
    Deviation& resized = all.emplace_back(Deviation{
        .topic = wanted.name,
        .what = "partitions",
        .is = std::to_string(found.replicas.size()),
        .should_be = std::to_string(wanted.partitions),
        .why = "it decides the partition of each key, and a task reads the same partition of several topics"});
    if (empty && found.replicas.size() < wanted.partitions) {
      resized.command = fmt::format("kafka-topics.sh --bootstrap-server {} --alter --topic {} --partitions {}",
                                    plan.brokers, wanted.name, wanted.partitions);
    } else if (empty) {
      resized.command =
          fmt::format("kafka-topics.sh --bootstrap-server {} --delete --topic {}", plan.brokers, wanted.name);
      resized.advice = fmt::format("after deleting all such topics: {}", create_command(plan));
      return all;  // it is made anew, with all its settings
    } else {
      resized.advice =
          "the topic holds records: create all topics again under another --prefix and append the records there";
    }
  }
  std::size_t copies = found.replicas.empty() ? 0 : found.replicas.front().size();
  for (const auto& replicas : found.replicas) copies = std::min(copies, replicas.size());
  if (copies < plan.replication) {
    Deviation& thin =
        all.emplace_back(Deviation{.topic = wanted.name,
                                   .what = "replication",
                                   .is = std::to_string(copies),
                                   .should_be = std::to_string(plan.replication),
                                   .why = "the records are lost when all brokers that hold the replicas are lost"});
    if (brokers.size() >= plan.replication) {
      thin.command = reassign_command(wanted.name, found, plan, brokers);
    } else {
      thin.advice = fmt::format("start more brokers ({} respond now), then check again", brokers.size());
    }
  }
  for (const WantedSetting& setting : wanted.settings) {
    const auto known = found.settings.find(std::string(setting.name));
    const std::string is = known == found.settings.end() ? "" : known->second;
    if (fits(setting, is)) continue;
    Deviation& differs = all.emplace_back(Deviation{.topic = wanted.name,
                                                    .what = std::string(setting.name),
                                                    .is = is,
                                                    .should_be = setting.value,
                                                    .why = std::string(setting.why)});
    // With fewer copies than this asks for, nothing could be appended any more.
    if (setting.name == kCopiesInSync && copies < plan.replication) {
      differs.advice = "add the missing replicas first, then check again";
      continue;
    }
    differs.command = fmt::format(
        "kafka-configs.sh --bootstrap-server {} --alter --entity-type topics --entity-name {} --add-config {}={}",
        plan.brokers, wanted.name, setting.name, setting.value);
  }
  return all;
}

Result<TopicPlan> complete(const KafkaLog& log, TopicPlan plan) {
  if (plan.replication == 0) {
    const auto brokers = TRY(log.brokers());
    plan.replication = std::min(kDefaultReplication, static_cast<std::uint32_t>(brokers.size()));
  }
  if (plan.partitions != 0) return plan;
  plan.partitions = kDefaultPartitions;
  const TopicStates found = TRY(log.describe_topics(names_of(wanted_topics(plan))));
  for (const topics::TopicDoc& doc : topics::topology()) {
    const auto known = found.find(topics::topic_name(plan.prefix, doc.suffix));
    if (!doc.partitioned || known == found.end()) continue;
    plan.partitions = static_cast<std::uint32_t>(known->second.replicas.size());
    break;
  }
  return plan;
}

Result<std::vector<Deviation>> deviations(const KafkaLog& log, const TopicPlan& plan) {
  const std::vector<WantedTopic> wanted = wanted_topics(plan);
  const TopicStates found = TRY(log.describe_topics(names_of(wanted)));
  const std::vector<std::int32_t> brokers = TRY(log.brokers());
  std::vector<Deviation> all;
  for (const WantedTopic& topic : wanted) {
    const auto known = found.find(topic.name);
    if (known == found.end()) {
      all.push_back(missing(topic, plan));
      continue;
    }
    const bool resized = known->second.replicas.size() != topic.partitions;
    const bool empty = resized && TRY(is_empty(log, topic.name, known->second));
    std::ranges::move(compare(topic, known->second, plan, empty, brokers), std::back_inserter(all));
  }
  return all;
}

Result<std::vector<MadeTopic>> make_missing(KafkaLog& log, const TopicPlan& plan) {
  const std::vector<WantedTopic> wanted = wanted_topics(plan);
  const TopicStates found = TRY(log.describe_topics(names_of(wanted)));
  for (const WantedTopic& topic : wanted) {
    const auto known = found.find(topic.name);
    if (known == found.end() || known->second.replicas.size() == topic.partitions) continue;
    return fail(
        Action::invalid,
        fmt::format("topic {} exists with {} partitions, not {}; no topics were created. Use the existing number as "
                    "--partitions, or another --prefix; `gridloop topics check --partitions {}` lists all "
                    "such topics",
                    topic.name, known->second.replicas.size(), topic.partitions, plan.partitions));
  }
  std::vector<MadeTopic> all;
  for (const WantedTopic& topic : wanted) {
    const bool there = found.contains(topic.name);
    all.push_back({topic, !there});
    if (there) continue;
    KafkaLog::Placed placed{.settings = {}, .replication = static_cast<int>(plan.replication)};
    for (const WantedSetting& setting : topic.settings) placed.settings[std::string(setting.name)] = setting.value;
    TRY(log.create_topic({.name = topic.name, .partitions = topic.partitions, .compacted = topic.compacted}, placed));
  }
  return all;
}

}  // namespace ops
