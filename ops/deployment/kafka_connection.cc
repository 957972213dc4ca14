#include "ops/deployment/kafka_connection.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>

#include <fmt/format.h>

#include "ops/cli/messages.h"

namespace ops {
namespace {

using engine::Action;
using engine::fail;
using engine::Result;

using Settings = std::map<std::string, std::string>;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

Result<Settings> settings_in(const std::string& path) {
  std::ifstream file(path);
  Settings settings;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    const std::string_view text = trimmed(line);
    if (text.empty() || text.starts_with('#')) continue;
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
      return fail(Action::invalid,
                  fmt::format("{}:{}: expected NAME=VALUE, such as security.protocol=SASL_SSL", path, number));
    }
    settings[std::string(trimmed(text.substr(0, equals)))] = trimmed(text.substr(equals + 1));
  }
  // A directory can be opened, but not read.
  if (!file.eof()) {
    return fail(Action::fatal, fmt::format("--kafka-config: cannot read {}: {}", path, std::strerror(errno)));
  }
  return settings;
}

}  // namespace

Result<engine::KafkaLog::Options> kafka_options(const KafkaConnection& connection, const std::string& prefix) {
  engine::KafkaLog::Options kafka;
  kafka.brokers = connection.brokers;
  kafka.prefix = prefix;
  kafka.writers_topic = prefix + "writers";
  if (!connection.config.empty()) kafka.settings = TRY(settings_in(connection.config));
  for (const std::string& setting : connection.settings) {
    const std::size_t equals = setting.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return fail(Action::invalid, "-X requires NAME=VALUE, such as security.protocol=SASL_SSL");
    }
    kafka.settings[setting.substr(0, equals)] = setting.substr(equals + 1);
  }
  kafka.notice = [](engine::KafkaLog::Severity severity, const std::string& text) {
    if (severity == engine::KafkaLog::Severity::error) say(text);
  };
  return kafka;
}

}  // namespace ops
