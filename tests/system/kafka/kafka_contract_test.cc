#include "tests/contract/log_contract.h"
#include "tests/system/kafka/broker.h"

namespace contract {
namespace {

class KafkaFactory final : public LogFactory {
 public:
  KafkaFactory() : log_(kafka_tests::open_log()) {}
  engine::Log& log() override { return *log_; }
  engine::Log& reopen() override {
    log_.reset();
    log_ = kafka_tests::open_log();
    return *log_;
  }
  bool has_offset_gaps() const override { return true; }

 private:
  std::unique_ptr<engine::KafkaLog> log_;
};

std::unique_ptr<LogFactory> make_kafka() {
  if (kafka_tests::broker().empty()) return nullptr;
  return std::make_unique<KafkaFactory>();
}

INSTANTIATE_TEST_SUITE_P(Kafka, LogContract, testing::Values(make_kafka));

}  // namespace
}  // namespace contract
