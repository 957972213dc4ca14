#include "ops/lab/bench/subscriber.h"

#include "engine/kafka/bare_consumer.h"

namespace ops::bench {

using engine::Milliseconds;
using engine::Offset;
using engine::Partition;
using engine::Result;

namespace {

class KafkaSubscriber final : public Subscriber {
 public:
  explicit KafkaSubscriber(std::unique_ptr<engine::KafkaBareConsumer> consumer) : consumer_(std::move(consumer)) {}
  Result<> poll(const OnRecord& on_record, Milliseconds timeout) override {
    TRY(consumer_->poll([&](std::string_view, std::string_view key, std::string_view value) { on_record(key, value); },
                        timeout));
    return {};
  }

 private:
  std::unique_ptr<engine::KafkaBareConsumer> consumer_;
};

class EmbeddedSubscriber final : public Subscriber {
 public:
  EmbeddedSubscriber(engine::Log& log, std::vector<std::unique_ptr<engine::Reader>> readers)
      : log_(log), readers_(std::move(readers)) {}

  Result<> poll(const OnRecord& on_record, Milliseconds timeout) override {
    constexpr std::size_t kAtOnce = 1u << 20;
    const std::uint64_t changes = log_.changes();
    bool any = false;
    for (const auto& reader : readers_) {
      batch_.clear();
      TRY(reader->read(batch_, kAtOnce));
      for (const engine::Record& record : batch_.records()) on_record(record.key, record.value);
      any = any || !batch_.empty();
    }
    if (!any) log_.wait(changes, timeout);
    return {};
  }

 private:
  engine::Log& log_;
  std::vector<std::unique_ptr<engine::Reader>> readers_;
  engine::Batch batch_;
};

}  // namespace

Result<> Subscriber::skip() {
  constexpr std::chrono::seconds kQuiet{2};  // a consumer needs a moment to begin
  auto last = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - last < kQuiet) {
    TRY(poll([&](std::string_view, std::string_view) { last = std::chrono::steady_clock::now(); }, Milliseconds(100)));
  }
  return {};
}

Result<std::unique_ptr<Subscriber>> Subscriber::open(Deployment& deployment, const KafkaPlace& kafka,
                                                     const std::vector<std::string>& topics) {
  std::vector<std::string> names;
  for (const std::string& topic : topics) names.push_back(deployment.topic(topic));
  if (deployment.on_kafka()) {
    auto settings = TRY(kafka_options(kafka.connection, deployment.prefix())).settings;
    return std::make_unique<KafkaSubscriber>(TRY(engine::KafkaBareConsumer::open(
        {.brokers = kafka.connection.brokers, .settings = std::move(settings), .topics = std::move(names)})));
  }
  std::vector<std::unique_ptr<engine::Reader>> readers;
  for (const std::string& name : names) {
    const auto spec = deployment.log().topic(name);
    for (std::uint32_t p = 0; spec && p < spec->partitions; ++p) {
      readers.push_back(TRY(deployment.log().reader({name, Partition{p}}, Offset{0})));
    }
  }
  return std::make_unique<EmbeddedSubscriber>(deployment.log(), std::move(readers));
}

}  // namespace ops::bench
