#pragma once

#include <charconv>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "ops/cli/messages.h"
#include "ops/commands/commands.h"

// What the files that describe the command line share. All options live as long as the program.

namespace ops {

// An option's value has to be a whole number in [least, most].
inline CLI::Validator whole_number(std::int64_t least, std::int64_t most = INT64_MAX) {
  const auto problem = [least, most](const std::string& text) -> std::string {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && number >= least && number <= most) return {};
    return most == INT64_MAX ? fmt::format("{} is not a whole number of at least {}", text, least)
                             : fmt::format("{} is not a whole number from {} to {}", text, least, most);
  };
  return CLI::Validator(problem, "");
}

// CLI::AsSizeValue takes -1 for the largest number.
inline CLI::Validator not_negative() {
  return CLI::Validator(
      [](const std::string& text) { return text.starts_with('-') ? text + " is negative" : std::string(); }, "");
}

inline constexpr std::int64_t kMaxThreads = 1024;
inline constexpr std::int64_t kMaxPartitions = 65536;  // of a topic (engine/log/embedded_log.h)
inline constexpr std::int64_t kMaxReplicas = 1000;
inline constexpr std::int64_t kMaxStepEvents = 1'000'000;
inline constexpr std::int64_t kMaxStandbys = 16;
inline constexpr std::int64_t kMinSessionMs = 1500;  // three reports
inline constexpr std::int64_t kMaxSessionMs = 3'600'000;
inline constexpr std::int64_t kMaxCommitIntervalMs = 10'000;
inline constexpr std::int64_t kMaxWithinSeconds = 36'525LL * 86'400;  // a century

// The command line: its commands, and the one that was chosen.
struct Program {
  Program(const std::string& what, const std::string& name) : app(what, name) {}

  CLI::App app;
  std::function<engine::Result<int>()> chosen;
  std::map<CLI::App*, const CommonOptions*> places;  // of the commands that need a log

  CLI::App* command(const std::string& name, const std::string& what, const std::string& examples) {
    CLI::App* sub = app.add_subcommand(name, what);
    sub->footer("Examples:\n" + examples);
    return sub;
  }

  // An option that may be given more than once, a value at a time.
  static void repeatable(CLI::App* sub, const char* name, std::vector<std::string>& values, const char* what,
                         const char* text) {
    sub->add_option(name, values, what)->option_text(text)->allow_extra_args(false);
  }
  // The hours of work of a calendar.
  static void sessions(CLI::App* sub, std::vector<std::string>& values) {
    repeatable(
        sub, "--sessions", values,
        "Working hours (default: 08:00-12:00,14:00-18:00); repeatable, with the day from which they apply",
        "[DAY=]A-B,...");
  }

  static void on_kafka(CLI::App* sub, CommonOptions& options) {
    sub->add_option("--kafka", options.kafka.brokers, "Kafka cluster that holds the log, instead of the embedded log")
        ->option_text("HOST:PORT");
    kafka_settings(sub, options.kafka);
  }

  // How the cluster is to be reached, beside its brokers.
  static void kafka_settings(CLI::App* sub, KafkaConnection& connection) {
    sub->add_option("--kafka-config", connection.config,
                    "File of librdkafka settings, one NAME=VALUE per line. Put passwords here: other users can read a command line")
        ->option_text("FILE");
    sub->add_option("-X", connection.settings, "librdkafka setting, such as security.protocol=SASL_SSL; repeatable")
        ->option_text("NAME=VALUE")
        ->allow_extra_args(false);
  }

  void common(CLI::App* sub, CommonOptions& options, bool json = true) {
    sub->add_option("--data", options.data, "Data directory: the embedded log and the state; with --kafka, only the state")
        ->option_text("DIR");
    on_kafka(sub, options);
    places[sub] = &options;
    sub->add_option("--prefix", options.prefix, "Prefix of the topic names")->capture_default_str()->option_text("TEXT");
    if (json) sub->add_flag("--json", options.json, "Print one JSON object per line");
  }

  template <class Call>
  void runs(CLI::App* sub, Call call) {
    sub->callback([this, sub, call] {
      chosen = [this, sub, call]() -> engine::Result<int> {
        const auto place = places.find(sub);
        if (place != places.end() && place->second->data.empty() && place->second->kafka.brokers.empty()) {
          return usage_error("--data is required: the data directory, or --kafka HOST:PORT");
        }
        return call();
      };
    });
  }
};

void add_deadline(Program& program, DeadlineOptions& options);
void add_calendar(Program& program, CalendarOptions& options);

// Parses the command line, does what it says, and turns errors into messages and exit codes (exit_code.h). Returns the
// exit code of the process.
int main_program(Program& program, int argc, char** argv);

}  // namespace ops
