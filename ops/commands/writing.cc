// `gridloop import` and `gridloop send`: what appends to the log.

#include <fcntl.h>

#include <filesystem>
#include <iostream>

#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/cli/progress.h"
#include "ops/commands/commands.h"
#include "ops/deployment/deployment.h"
#include "ops/import/import.h"
#include "topics/codec/content_mode.h"
#include "topics/codec/event.h"
#include "topics/topology.h"

namespace ops {
namespace {

using engine::Action;
using engine::fail;
using engine::Result;

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

}  // namespace

Result<int> import_csv(const ImportCommand& command) {
  const auto deployment = TRY(Deployment::open({.directory = command.common.data,
                                                .kafka = command.common.kafka,
                                                .prefix = command.common.prefix,
                                                .partitions = command.partitions,
                                                .sync = command.sync}));
  Progress progress("events", "no new events");
  ImportOptions options;
  options.prefix = command.common.prefix;
  options.mapping = command.mapping;
  options.files = command.files;
  options.abandon = command.abandon;
  options.temp.directory = !command.temp.empty()          ? command.temp
                           : !command.common.data.empty() ? command.common.data
                                                          : std::filesystem::temp_directory_path().string();
  options.clock = &deployment->clock();
  options.progress = [&](std::uint64_t done, std::uint64_t total) { progress.show(done, total); };
  const ImportReport report = TRY(import_files(deployment->log(), options));
  progress.done(report.events_written, true);
  fmt::print("{}", command.common.json ? to_json_lines(report) : to_text(report));
  return kOk;
}

Result<int> send(const SendOptions& options) {
  if (options.raw && options.topic.empty()) return usage_error("--raw requires --topic");
  if (options.raw && options.binary) return usage_error("--raw and --binary cannot be combined");
  const auto deployment = TRY(Deployment::open({.directory = options.common.data,
                                                .kafka = options.common.kafka,
                                                .prefix = options.common.prefix,
                                                .partitions = options.partitions,
                                                .sync = options.sync}));
  engine::Log& log = deployment->log();
  const auto full_name = [&](std::string_view name) {
    return name.starts_with(options.common.prefix) ? std::string(name) : deployment->topic(name);
  };
  std::string only_topic;
  if (!options.topic.empty()) {
    only_topic = full_name(options.topic);
    const topics::TopicDoc* doc = topics::find_topic(std::string_view(only_topic).substr(options.common.prefix.size()));
    if (doc == nullptr || doc->kind != topics::TopicKind::input) {
      return fail(Action::invalid, fmt::format("cannot send to {}: `gridloop topics list` shows the topics of kind "
                                               "input",
                                               only_topic));
    }
  }
  const auto writer = TRY(log.writer(options.common.prefix + "send"));
  engine::Transaction transaction;
  std::size_t bytes = 0;
  std::uint64_t sent = 0;
  std::uint64_t refused = 0;
  const auto flush = [&]() -> Result<> {
    if (transaction.records.empty()) return {};
    TRY(writer->commit(transaction));
    sent += transaction.records.size();
    transaction.records.clear();
    bytes = 0;
    return {};
  };
  topics::Limits limits;
  limits.max_ahead = std::chrono::hours(24 * 365 * 100);  // that is judged when the record is read
  topics::Decoder decoder(limits);
  topics::Event event;
  std::string line;
  for (std::uint64_t number = 1; std::getline(std::cin, line); ++number) {
    if (line.empty()) continue;
    engine::Outgoing record;
    record.topic = only_topic;
    const auto decoded = decoder.decode(line, deployment->clock().now(), event);
    if (!options.raw && !decoded) {
      say(fmt::format("line {}: {}: {}", number, topics::code(decoded.error().reason), decoded.error().detail));
      ++refused;
      continue;
    }
    if (only_topic.empty()) {
      if (event.spec() == nullptr) {
        say(fmt::format("line {}: unknown type {}; name its topic with --topic", number, event.type_name()));
        ++refused;
        continue;
      }
      record.topic = deployment->topic(topics::topic_of(event.spec()->family));
    }
    record.key = options.key ? *options.key : decoded ? std::string(event.subject()) : std::string();
    record.partition = engine::partition_of(record.key, log.topic(record.topic)->partitions);
    if (auto done = put_event(line, options, record); !done) {
      say(fmt::format("line {}: {}: {}", number, topics::code(done.error().reason), done.error().detail));
      ++refused;
      continue;
    }
    const std::size_t size = record.key.size() + record.value.size() + record.headers.size();
    if (size > engine::kMaxRecordBytes) {
      say(fmt::format("line {}: {} bytes; a record can have at most {}", number, size, engine::kMaxRecordBytes));
      ++refused;
      continue;
    }
    bytes += size + 64;
    transaction.records.push_back(std::move(record));
    if (bytes >= kSendBytes) TRY(flush());
  }
  TRY(flush());
  say(fmt::format("{} sent{}", sent, refused > 0 ? fmt::format(", {} refused", refused) : std::string()));
  return refused > 0 ? kInvalid : kOk;
}

}  // namespace ops
