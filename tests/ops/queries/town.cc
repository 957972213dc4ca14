#include "tests/ops/queries/town.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "ops/commands/list.h"
#include "topics/catalogue.h"
#include "topics/codec/encode.h"
#include "topics/codec/rfc3339.h"
#include "topics/topology.h"

namespace questions_test {
namespace {

template <class T>
T must(engine::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

std::string full(std::string_view time) {
  return fmt::format("2026-{}T{}:00+08:00", time.substr(0, 5), time.substr(6));
}

engine::Instant instant(std::string_view time) {
  const auto parsed = topics::parse_rfc3339(full(time));
  if (!parsed) throw std::runtime_error(fmt::format("{} is no time", time));
  return *parsed;
}

}  // namespace

Printed print(const std::function<engine::Result<int>()>& command) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const auto result = command();
  std::string err = testing::internal::GetCapturedStderr();
  if (!result) err += result.error().message;
  return {result ? *result : ops::exit_code(result.error()), testing::internal::GetCapturedStdout(), err};
}

Town::Town(std::uint32_t partitions) : partitions_(partitions), clock_(instant("01-01 00:00")) {
  log_ = must(engine::EmbeddedLog::open(disk_, clock_, {.directory = scratch_.path("log")}));
  for (const topics::TopicDoc& doc : topics::topology()) {
    if (doc.kind == topics::TopicKind::control) continue;
    must(log_->create_topic({.name = topics::topic_name(topics::kDefaultPrefix, doc.suffix),
                             .partitions = doc.partitioned ? partitions_ : 1,
                             .compacted = doc.compacted}));
  }
  writer_ = must(log_->writer("desk"));
}

void Town::tell(std::string_view time, std::string_view type, std::string_view subject, std::string_view data) {
  clock_.set(instant(time));
  const topics::TypeSpec* spec = topics::find_type(type);
  if (spec == nullptr) throw std::runtime_error(fmt::format("there is no type {}", type));
  const std::string id = std::to_string(++events_);
  std::string value;
  topics::append_event(value, {.id = id, .source = "/desk", .type = type, .subject = subject, .time = clock_.now()},
                       data);
  const std::string topic = topics::topic_name(topics::kDefaultPrefix, topics::topic_of(spec->family));
  const std::string key(subject);
  engine::Transaction transaction;
  transaction.records.push_back(
      {topic, engine::partition_of(key, log_->topic(topic)->partitions), key, value, {}, std::nullopt});
  must(writer_->commit(transaction));
}

void Town::run(std::string_view time) {
  writer_.reset();
  log_.reset();
  ops::RunOptions options;
  options.common = common();
  options.until = full(time);
  options.until_idle = true;
  options.threads = 1;
  const Printed printed = print([&] { return ops::run(options); });
  if (printed.code != ops::kOk) throw std::runtime_error(printed.err);
}

ops::CommonOptions Town::common(bool json) const {
  return {.data = scratch_.path(""), .kafka = {}, .json = json};
}

Printed Town::ask(std::vector<std::string> words) const {
  words.insert(words.begin(), "gridloop");
  words.insert(words.end(), {"--data", scratch_.path("")});
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  ops::Program program("gridloop", "A test.");
  for (const ops::Declare declare : ops::command_list()) declare(program);
  return print(
      [&]() -> engine::Result<int> { return program.main(static_cast<int>(pointers.size()), pointers.data()); });
}

Printed Town::show_case(const std::string& id, bool anomalies, bool json) const {
  return print(
      [&] { return ops::show_case({.common = common(json), .request = {.id = id, .anomalies_only = anomalies}}); });
}

Printed Town::explain(const std::string& id, bool json) const {
  return print([&] { return ops::explain({.common = common(json), .request = {.id = id}}); });
}

Printed Town::due(const std::function<void(ops::DueOptions&)>& change) const {
  ops::DueOptions options;
  options.common = common();
  change(options);
  return print([&] { return ops::due(options); });
}

}  // namespace questions_test
