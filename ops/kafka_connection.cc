#include "ops/kafka_connection.h"

#include "ops/messages.h"

namespace ops {

engine::Result<engine::KafkaLog::Options> kafka_options(const KafkaConnection& connection, const std::string& prefix) {
  engine::KafkaLog::Options kafka;
  kafka.brokers = connection.brokers;
  kafka.prefix = prefix;
  kafka.writers_topic = prefix + "writers";
  for (const std::string& setting : connection.settings) {
    const std::size_t equals = setting.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return engine::fail(engine::Action::invalid, "-X takes NAME=VALUE, such as security.protocol=SASL_SSL");
    }
    kafka.settings[setting.substr(0, equals)] = setting.substr(equals + 1);
  }
  kafka.notice = [](engine::KafkaLog::Severity severity, const std::string& text) {
    if (severity == engine::KafkaLog::Severity::error) say(text);
  };
  return kafka;
}

}  // namespace ops
