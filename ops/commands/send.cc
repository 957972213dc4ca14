// `gridloop send`: appends events from stdin.

#include <expected>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/cli/program.h"
#include "ops/commands/common_options.h"
#include "ops/deployment/deployment.h"
#include "topics/codec/content_mode.h"
#include "topics/codec/event.h"
#include "topics/topology.h"

namespace ops {
namespace {

using engine::Action;
using engine::fail;
using engine::Result;

struct SendOptions {
  CommonOptions common;
  std::string topic;  // name with or without the prefix; empty = by type
  bool raw = false;
  bool binary = false;  // attributes as headers, the data as value
  std::optional<std::string> key;
  std::uint32_t partitions = 0;
  bool sync = false;
};

constexpr std::size_t kSendBytes = 4u << 20;  // in one transaction, about

// Sets value and headers of `record` to the event in `line`, in the mode that the options ask for.
std::expected<void, topics::Rejection> put_event(const std::string& line, const SendOptions& options,
                                                 engine::Outgoing& record) {
  if (!options.binary) {
    record.value = line;
    if (!options.raw) {
      record.headers = engine::encode_headers(
          {{std::string(topics::kContentTypeHeader), std::string(topics::kStructuredContentType)}});
    }
    return {};
  }
  auto binary = topics::to_binary(line);
  if (!binary) return std::unexpected(std::move(binary.error()));
  record.value = std::move(binary->value);
  record.headers = engine::encode_headers(binary->headers);
  return {};
}

// The topic for all lines; empty = by type.
Result<std::string> only_topic_of(const Deployment& deployment, const SendOptions& options) {
  const std::string& prefix = options.common.prefix;
  if (options.topic.empty()) return std::string();
  std::string topic = options.topic.starts_with(prefix) ? options.topic : deployment.topic(options.topic);
  const topics::TopicDoc* doc = topics::find_topic(std::string_view(topic).substr(prefix.size()));
  if (doc == nullptr || doc->kind != topics::TopicKind::input) {
    return fail(Action::invalid,
                fmt::format("cannot send to {}: `gridloop topics list` shows the topics of kind input", topic));
  }
  return topic;
}

// Sends lines in transactions. A line that cannot be sent is reported on stderr and left out.
class Sender {
 public:
  Sender(Deployment& deployment, const SendOptions& options, std::string only_topic,
         std::unique_ptr<engine::Writer> writer)
      : deployment_(deployment),
        options_(options),
        only_topic_(std::move(only_topic)),
        writer_(std::move(writer)),
        decoder_(limits()) {}

  Result<> send(const std::string& line, std::uint64_t number) {
    auto record = record_of(line);
    if (!record) {
      say(fmt::format("line {}: {}", number, record.error()));
      ++refused_;
      return {};
    }
    constexpr std::size_t kOverhead = 64;
    bytes_ += size_of(*record) + kOverhead;
    transaction_.records.push_back(std::move(*record));
    return bytes_ >= kSendBytes ? flush() : Result<>();
  }

  Result<> flush() {
    if (transaction_.records.empty()) return {};
    TRY(writer_->commit(transaction_));
    sent_ += transaction_.records.size();
    transaction_.records.clear();
    bytes_ = 0;
    return {};
  }

  std::uint64_t refused() const { return refused_; }
  std::string summary() const {
    return fmt::format("{} sent{}", sent_, refused_ > 0 ? fmt::format(", {} refused", refused_) : std::string());
  }

 private:
  static topics::Limits limits() {
    topics::Limits limits;
    limits.max_ahead = std::chrono::hours(24 * 365 * 100);  // that is judged when the record is read
    return limits;
  }
  static std::size_t size_of(const engine::Outgoing& record) {
    return record.key.size() + record.value.size() + record.headers.size();
  }

  // The record of a line, or why there is none.
  std::expected<engine::Outgoing, std::string> record_of(const std::string& line) {
    const auto problem = [](const topics::Rejection& rejection) {
      return std::unexpected(fmt::format("{}: {}", topics::code(rejection.reason), rejection.detail));
    };
    engine::Outgoing record;
    record.topic = only_topic_;
    const auto decoded = decoder_.decode(line, deployment_.clock().now(), event_);
    if (!options_.raw && !decoded) return problem(decoded.error());
    if (only_topic_.empty()) {
      if (event_.spec() == nullptr) {
        return std::unexpected(fmt::format("unknown type {}; name its topic with --topic", event_.type_name()));
      }
      record.topic = deployment_.topic(topics::topic_of(event_.spec()->family));
    }
    record.key = options_.key ? *options_.key : decoded ? std::string(event_.subject()) : std::string();
    record.partition = engine::partition_of(record.key, deployment_.log().topic(record.topic)->partitions);
    if (auto done = put_event(line, options_, record); !done) return problem(done.error());
    if (size_of(record) > engine::kMaxRecordBytes) {
      return std::unexpected(
          fmt::format("{} bytes; a record can have at most {}", size_of(record), engine::kMaxRecordBytes));
    }
    return record;
  }

  Deployment& deployment_;
  const SendOptions& options_;
  std::string only_topic_;
  std::unique_ptr<engine::Writer> writer_;
  engine::Transaction transaction_;
  std::size_t bytes_ = 0;  // of the transaction, about
  std::uint64_t sent_ = 0;
  std::uint64_t refused_ = 0;
  topics::Decoder decoder_;
  topics::Event event_;
};

Result<int> send(const SendOptions& options) {
  if (options.raw && options.topic.empty()) return usage_error("--raw requires --topic");
  if (options.raw && options.binary) return usage_error("--raw and --binary cannot be combined");
  const auto deployment = TRY(Deployment::open({.directory = options.common.data,
                                                .kafka = options.common.kafka,
                                                .prefix = options.common.prefix,
                                                .partitions = options.partitions,
                                                .sync = options.sync}));
  const std::string only_topic = TRY(only_topic_of(*deployment, options));
  Sender sender(*deployment, options, only_topic, TRY(deployment->log().writer(options.common.prefix + "send")));
  std::string line;
  for (std::uint64_t number = 1; std::getline(std::cin, line); ++number) {
    if (!line.empty()) TRY(sender.send(line, number));
  }
  TRY(sender.flush());
  say(sender.summary());
  return sender.refused() > 0 ? kInvalid : kOk;
}

}  // namespace

void declare_send(Program& program) {
  Command command = program.command(
      "send", "Append events from standard input, one JSON object per line",
      "  gridloop send --data data/town < events.jsonl          each event to the topic of its type\n"
      "  gridloop send --data data/town --topic requests --raw   each line unchanged and unchecked\n"
      "Only one process at a time can append to a data directory. While `gridloop run` uses it, this command exits "
      "with code 5.\n");
  auto& options = command.settings<SendOptions>();
  add_log(command, options.common);
  command.text("--topic", options.topic, "TOPIC", "Topic for all lines (default: the topic of each event's type)");
  command.flag("--raw", options.raw, "Send the lines unchecked; requires --topic");
  command.flag("--binary", options.binary, "Write CloudEvents in binary mode: attributes as headers, data as value");
  command.text("--key", options.key, "TEXT", "Key of the records (default: the subject of each event)");
  add_partitions(command, options.partitions);
  add_sync(command, options.sync);
  command.runs(on_log(options.common, [&options] { return send(options); }));
}

}  // namespace ops
