// The program `gridloop`: reads the command line, calls the sub-command, turns errors into messages and exit codes.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <new>
#include <system_error>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "ops/bench/bench.h"
#include "ops/commands.h"
#include "ops/exit_code.h"
#include "ops/memory.h"
#include "ops/messages.h"

namespace {

using ops::CommonOptions;

const char* const kFooter =
    R"(Exit codes: 0 done; 1 internal error; 2 wrong usage; 3 invalid input or configuration; 4 damaged data was found;
  5 another process uses the data directory, or has taken over; 6 the surroundings failed (full disk, unreadable
  directory, a Kafka cluster that does not answer).
Results go to stdout, all else to stderr. `gridloop COMMAND --help` shows options and examples.)";

// An option's value has to be a whole number in [least, most].
CLI::Validator whole_number(std::int64_t least, std::int64_t most = INT64_MAX) {
  const auto problem = [least, most](const std::string& text) -> std::string {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && number >= least && number <= most) return {};
    return most == INT64_MAX ? fmt::format("{} is not a whole number from {} on", text, least)
                             : fmt::format("{} is not a whole number from {} to {}", text, least, most);
  };
  return CLI::Validator(problem, "");
}

// CLI::AsSizeValue takes -1 for the largest number.
CLI::Validator not_negative() {
  return CLI::Validator(
      [](const std::string& text) { return text.starts_with('-') ? text + " is negative" : std::string(); }, "");
}

constexpr std::int64_t kMostThreads = 1024;
constexpr std::int64_t kMostPartitions = 65536;  // of a topic (engine/embedded_log.h)
constexpr std::int64_t kMostReplicas = 1000;
constexpr std::int64_t kMostStepEvents = 1'000'000;
constexpr std::int64_t kMostStandbys = 16;
constexpr std::int64_t kLeastSessionMs = 1500;  // three reports
constexpr std::int64_t kMostSessionMs = 3'600'000;
constexpr std::int64_t kMostCommitIntervalMs = 10'000;
constexpr std::int64_t kMostWithinSeconds = 36'525LL * 86'400;  // a century

struct Program {
  CLI::App app{"Gridloop folds the events of grid governance into deadlines, workload and rankings.", "gridloop"};
  std::function<engine::Result<int>()> chosen;
  std::map<CLI::App*, const CommonOptions*> places;  // of the commands that need a log

  CLI::App* command(const std::string& name, const std::string& what, const std::string& examples) {
    CLI::App* sub = app.add_subcommand(name, what);
    sub->footer("Examples:\n" + examples);
    return sub;
  }

  static void on_kafka(CLI::App* sub, CommonOptions& options) {
    sub->add_option("--kafka", options.kafka.brokers, "Kafka cluster that has the log, instead of an embedded one")
        ->option_text("HOST:PORT");
    kafka_settings(sub, options.kafka);
  }

  // How the cluster is to be reached, beside its brokers.
  static void kafka_settings(CLI::App* sub, ops::KafkaConnection& connection) {
    sub->add_option("--kafka-config", connection.config,
                    "File of such settings, NAME=VALUE a line; for passwords, which the command line shows to all")
        ->option_text("FILE");
    sub->add_option("-X", connection.settings, "Setting of librdkafka: security.protocol=SASL_SSL ...; repeatable")
        ->option_text("NAME=VALUE")
        ->allow_extra_args(false);
  }

  void common(CLI::App* sub, CommonOptions& options, bool json = true) {
    sub->add_option("--data", options.data, "Data directory (the embedded log and the state; with --kafka the state)")
        ->option_text("DIR");
    on_kafka(sub, options);
    places[sub] = &options;
    sub->add_option("--prefix", options.prefix, "Prefix of the topics")->capture_default_str()->option_text("TEXT");
    if (json) sub->add_flag("--json", options.json, "One JSON object per line, for programs");
  }

  template <class Call>
  void runs(CLI::App* sub, Call call) {
    sub->callback([this, sub, call] {
      chosen = [this, sub, call]() -> engine::Result<int> {
        const auto place = places.find(sub);
        if (place != places.end() && place->second->data.empty() && place->second->kafka.brokers.empty()) {
          return ops::usage_error("--data is required: the data directory, or --kafka HOST:PORT");
        }
        return call();
      };
    });
  }
};

void add_writing(Program& program, ops::RunOptions& run, ops::ImportCommand& csv, ops::SendOptions& send) {
  {
    CLI::App* sub =
        program.command("run", "Process what is in the log, and go on as it grows",
                        "  gridloop run --data data/town\n"
                        "  gridloop run --data data/boston --until 2016-02-01T00:00:00-05:00 --until-idle\n"
                        "  gridloop run --kafka broker1:9092 --data data/node1 --standbys 1\n"
                        "Processes on the same Kafka log share its tasks; each has a directory of its own.\n");
    program.common(sub, run.common, false);
    sub->add_flag("--until-idle", run.until_idle, "Stop when nothing is left to do");
    sub->add_option(
           "--until", run.until,
           "Let the clock show at most this time; for the past. Events that were logged later still move it on")
        ->option_text("TIME");
    sub->add_option("--threads", run.threads, "Threads for the tasks (default: one per core)")
        ->check(whole_number(0, kMostThreads))
        ->option_text("N");
    sub->add_option("--memory", run.memory_bytes, "Memory for rows, such as 256MiB; a checkpoint is made in time")
        ->transform(CLI::AsSizeValue(false))
        ->check(not_negative())
        ->option_text("SIZE");
    sub->add_option("--step-events", run.step_events, "Events in a step, about; any value gives the same results")
        ->check(whole_number(1, kMostStepEvents))
        ->option_text("N");
    sub->add_option("--partitions", run.partitions, "Partitions, when the log is made (default: 4)")
        ->check(whole_number(0, kMostPartitions))
        ->option_text("N");
    sub->add_option("--standbys", run.standbys,
                    "Other processes that keep a warm copy of each task (on Kafka; default: none)")
        ->check(whole_number(0, kMostStandbys))
        ->option_text("N");
    sub->add_option("--session-timeout", run.session_timeout_ms,
                    "A process that is silent for so long loses its tasks to others (on Kafka; default: 5s)")
        ->transform(CLI::AsNumberWithUnit(std::map<std::string, std::uint64_t>{{"ms", 1}, {"s", 1000}}))
        ->check(whole_number(kLeastSessionMs, kMostSessionMs))
        ->option_text("TIME");
    sub->add_option("--commit-interval", run.commit_interval_ms,
                    "A task that keeps up commits so often at most (default: 50ms on Kafka, at once otherwise)")
        ->transform(CLI::AsNumberWithUnit(std::map<std::string, std::uint64_t>{{"ms", 1}, {"s", 1000}}))
        ->check(whole_number(0, kMostCommitIntervalMs))
        ->option_text("TIME");
    sub->add_flag("--sync", run.sync, "Survive power loss: wait for the disk with each commit");
    sub->add_flag("--accept-log-loss", run.accept_log_loss,
                  "Go on although the end of the log was lost (a power failure without --sync)");
    program.runs(sub, [&run] { return ops::run(run); });
  }
  {
    CLI::App* sub = program.command(
        "import", "Append the rows of CSV files and spreadsheets as events of the past, by a mapping file",
        "  gridloop import --data data/boston --mapping ops/import/mappings/boston311.toml \\\n"
        "    ops/data/boston311_2015_slim.csv.zst\n"
        "The same files twice add nothing; after an interruption the same command goes on.\n");
    program.common(sub, csv.common);
    sub->add_option("--mapping", csv.mapping, "How columns become events")->required()->option_text("FILE.toml");
    sub->add_option("files", csv.files, "CSV files, plain or .zst, and .xlsx workbooks")
        ->required()
        ->option_text("FILE...");
    sub->add_option("--temp", csv.temp, "Directory for what does not fit into memory (default: the data directory)")
        ->option_text("DIR");
    sub->add_option("--partitions", csv.partitions, "Partitions, when the log is made (default: 4)")
        ->check(whole_number(0, kMostPartitions))
        ->option_text("N");
    sub->add_flag("--abandon", csv.abandon, "Give up an unfinished import of other files from the same source");
    sub->add_flag("--sync", csv.sync, "Survive power loss");
    program.runs(sub, [&csv] { return ops::import_csv(csv); });
  }
  {
    CLI::App* sub = program.command(
        "send", "Append events, one JSON object per line of stdin",
        "  gridloop send --data data/town < events.jsonl          each to the topic of its type\n"
        "  gridloop send --data data/town --topic requests --raw   lines as they are, whatever they hold\n"
        "One process alone appends to a data directory: while `gridloop run` works on it, this exits with 5 and says "
        "so.\n");
    program.common(sub, send.common, false);
    sub->add_option("--topic", send.topic, "Topic for all lines")->option_text("TOPIC");
    sub->add_flag("--raw", send.raw, "Do not look into the lines; needs --topic");
    sub->add_flag("--binary", send.binary, "Write in binary mode: attributes as headers, the data as value");
    sub->add_option("--key", send.key, "Key of the records (default: the subject of the event)")->option_text("TEXT");
    sub->add_option("--partitions", send.partitions, "Partitions, when the log is made (default: 4)")
        ->check(whole_number(0, kMostPartitions))
        ->option_text("N");
    sub->add_flag("--sync", send.sync, "Survive power loss");
    program.runs(sub, [&send] { return ops::send(send); });
  }
}

void add_copying(Program& program, ops::CopyOptions& options) {
  CLI::App* sub = program.command(
      "copy", "Move a township to a Kafka cluster: the whole log, each record at its offset, compared",
      "  gridloop copy --from embedded:data/town --to kafka:127.0.0.1:9092\n"
      "The topics there have to be missing or empty; after an interruption the same command goes on.\n");
  sub->add_option("--from", options.from, "Data directory with the embedded log")
      ->required()
      ->option_text("embedded:DIR");
  sub->add_option("--to", options.to, "A broker, or several with commas")->required()->option_text("kafka:HOST:PORT");
  Program::kafka_settings(sub, options.kafka);
  sub->add_option("--prefix", options.prefix, "Prefix of the topics, on both sides")
      ->capture_default_str()
      ->option_text("TEXT");
  sub->add_option("--replication", options.replication,
                  "Copies of each partition (default: 3, or as many as there are brokers)")
      ->check(whole_number(1, kMostReplicas))
      ->option_text("N");
  sub->add_flag("--json", options.json, "One JSON object per line, for programs");
  program.runs(sub, [&options] { return ops::copy(options); });
}

void add_county(CLI::App* sub, ops::simulate::CountyOptions& county) {
  const auto number = [&](const char* name, auto& value, const char* what, std::int64_t least, std::int64_t most,
                          const char* unit) {
    sub->add_option(name, value, what)->check(whole_number(least, most))->option_text(unit);
  };
  number("--grids", county.grids, "Grids (default: 349)", 1, ops::simulate::kMostGrids, "N");
  number("--days", county.days, "Days (default: 30)", 1, ops::simulate::kMostDays, "N");
  number("--seed", county.seed, "Another seed, another county (default: 1)", 0, INT64_MAX, "N");
  number("--rate", county.rate_percent, "Contacts, in percent of 300 a day at 349 grids (default: 100)", 0, 100'000,
         "PERCENT");
  number("--households-per-grid", county.households_per_grid, "Households that are looked after (default: 12)", 0,
         ops::simulate::kMostHouseholdsPerGrid, "N");
  number("--devices", county.devices, "Devices in all (default: 30 a grid); 0 leaves most of the volume out", 0,
         ops::simulate::kMostDevices, "N");
  number("--sensor-interval", county.sensor_interval_seconds, "How often a device reports (default: 3600)", 1, 86'400,
         "SECONDS");
  number("--late", county.late_per_mille, "Events logged minutes to days late, per mille (default: 25)", 0, 1000, "N");
  number("--repeated", county.repeat_per_mille, "Events delivered twice, per mille (default: 15)", 0, 1000, "N");
  sub->add_option_function<std::string>(
         "--policies",
         [&county](const std::string& name) {
           using ops::simulate::CountyPolicies;
           county.policies = name == "working" ? CountyPolicies::working : CountyPolicies::seconds;
         },
         "seconds: sign, handle and close on the wall clock (the default); working: every clock, most of them in "
         "working time, and who may judge")
      ->check(CLI::IsMember({"seconds", "working"}))
      ->option_text("NAME");
}

void add_simulating(Program& program, ops::SimulateCountyOptions& options) {
  CLI::App* simulate = program.command("simulate", "Events of an invented place",
                                       "  gridloop simulate county --grids 12 --days 6 --devices 0\n");
  simulate->require_subcommand(1);
  CLI::App* sub = simulate->add_subcommand(
      "county", "An invented county: cases, field work and devices, the same for the same options");
  sub->footer(
      "Examples:\n"
      "  gridloop simulate county --seed 7 --devices 0 > county.jsonl\n"
      "  gridloop simulate county --days 365 --devices 0 --data data/county\n"
      "  gridloop simulate county --devices 0 --policies working --data data/working\n"
      "  gridloop simulate county --grids 30 --live 60 --data data/township    until ctrl-C\n");
  sub->add_option("--data", options.common.data, "Data directory to append to (default: one event per line on stdout)")
      ->option_text("DIR");
  Program::on_kafka(sub, options.common);
  sub->add_option("--prefix", options.common.prefix, "Prefix of the topics")
      ->capture_default_str()
      ->option_text("TEXT");
  add_county(sub, options.county);
  sub->add_option("--from", options.from, "First day (default: so that it ends before 2026-03-01)")
      ->option_text("YYYY-MM-DD");
  sub->add_option("--live", options.live, "From now on, as time passes; 60 = a minute a second, deadlines too")
      ->check(whole_number(1, 86'400))
      ->option_text("SPEED");
  sub->add_option("--summary-json", options.summary_json, "File for the counts of what was made")->option_text("FILE");
  sub->add_option("--partitions", options.partitions, "Partitions, when the log is made (default: 4)")
      ->check(whole_number(0, kMostPartitions))
      ->option_text("N");
  sub->add_flag("--sync", options.sync, "Survive power loss");
  program.runs(sub, [&options] { return ops::simulate_county(options); });
}

struct Questions {
  ops::TailOptions tail;
  ops::RankingsOptions rankings;
  ops::WorkloadOptions workload;
  ops::AlertsOptions alerts;
  ops::SchemaOptions schema;
  ops::KafkaTopicsOptions create_topics, check_topics;
  ops::CaseOptions show_case;
  ops::ExplainOptions explain;
  ops::DueOptions due;
  CommonOptions topics, asyncapi, status, verify;
};

void add_contract(Program& program, CLI::App& topics, Questions& q) {
  CLI::App* schema = topics.add_subcommand("schema", "The JSON Schema of a type of event, or of all");
  schema->footer(
      "Examples:\n  gridloop topics schema request.reported\n  gridloop topics schema --all --out schemas\n");
  schema->add_option("type", q.schema.type, "Type of event: request.reported, sla.breached ...")->option_text("TYPE");
  schema->add_flag("--all", q.schema.all, "All types, a file each; needs --out");
  schema->add_option("--out", q.schema.out, "Directory for the files; made when it is missing")->option_text("DIR");
  program.runs(schema, [&q] { return ops::print_schema(q.schema); });

  CLI::App* asyncapi = topics.add_subcommand("asyncapi", "Topics and events as an AsyncAPI 3.0 document");
  asyncapi->footer("Examples:\n  gridloop topics asyncapi > asyncapi.json\n");
  asyncapi->add_option("--prefix", q.asyncapi.prefix, "Prefix of the topics")
      ->capture_default_str()
      ->option_text("TEXT");
  program.runs(asyncapi, [&q] { return ops::print_asyncapi(q.asyncapi.prefix); });
}

CLI::App* add_kafka_topics(CLI::App& topics, const std::string& name, const std::string& what,
                           ops::KafkaTopicsOptions& options) {
  CLI::App* sub = topics.add_subcommand(name, what);
  Program::on_kafka(sub, options.common);
  sub->get_option("--kafka")->required()->description("A broker of the cluster, or several with commas");
  sub->add_option("--prefix", options.common.prefix, "Prefix of the topics")
      ->capture_default_str()
      ->option_text("TEXT");
  sub->add_option("--partitions", options.partitions,
                  "Partitions of the topics that have many (default: as many as there are, else 4)")
      ->check(whole_number(1, kMostPartitions))
      ->option_text("N");
  sub->add_option("--replication", options.replication,
                  "Copies of each partition (default: 3, or as many as there are brokers)")
      ->check(whole_number(1, kMostReplicas))
      ->option_text("N");
  sub->add_flag("--json", options.common.json, "One JSON object per line, for programs");
  return sub;
}

void add_kafka_topics(Program& program, CLI::App& topics, Questions& q) {
  CLI::App* create = add_kafka_topics(
      topics, "create", "Make the topics on Kafka; those that are there are left as they are", q.create_topics);
  create->footer("Examples:\n  gridloop topics create --kafka 127.0.0.1:9092 --partitions 16\n");
  program.runs(create, [&q] { return ops::create_topics(q.create_topics); });
  CLI::App* check =
      add_kafka_topics(topics, "check", "Compare the topics on Kafka with what they should be", q.check_topics);
  check->footer(
      "Examples:\n"
      "  gridloop topics check --kafka 127.0.0.1:9092     exits with 3 when anything deviates, and says how to "
      "mend it\n");
  program.runs(check, [&q] { return ops::check_topics(q.check_topics); });
}

void add_reading(Program& program, Questions& q) {
  {
    CLI::App* sub = program.command("case", "One case: its facts, clocks and what was announced",
                                    "  gridloop case 101001240735 --data data/boston\n"
                                    "  gridloop case c1 --anomalies --data data/town\n");
    program.common(sub, q.show_case.common);
    sub->add_option("id", q.show_case.id, "Subject of its events")->required()->option_text("ID");
    sub->add_flag("--anomalies", q.show_case.anomalies, "What is odd about it and its clocks alone");
    program.runs(sub, [&q] { return ops::show_case(q.show_case); });
  }
  {
    CLI::App* sub = program.command("explain", "Why the clocks of a case stand where they do",
                                    "  gridloop explain c1 --data data/town\n"
                                    "  gridloop explain c1 --data data/town --json\n");
    program.common(sub, q.explain.common);
    sub->add_option("id", q.explain.id, "Subject of its events")->required()->option_text("ID");
    program.runs(sub, [&q] { return ops::explain(q.explain); });
  }
  {
    CLI::App* sub = program.command("due", "What falls due next, of all cases, in order",
                                    "  gridloop due --within 2h --data data/town\n"
                                    "  gridloop due --within 1d --overdue --area g7 --clock handle --data data/town\n"
                                    "  gridloop due --unit street-office --limit 20 --data data/town --json\n"
                                    "Clocks that are paused come last.\n");
    program.common(sub, q.due.common);
    const std::map<std::string, std::int64_t> units{{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};
    sub->add_option("--within", q.due.within_seconds, "Due in so long, such as 30min, 2h or 3d (default: 1d)")
        ->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED))
        ->check(whole_number(0, kMostWithinSeconds))
        ->option_text("TIME");
    sub->add_option("--area", q.due.area, "Of this area and all below it")->option_text("AREA");
    sub->add_option("--unit", q.due.unit, "That wait for this unit")->option_text("UNIT");
    sub->add_option("--clock", q.due.clock, "Of this kind: sign, handle, close ...")->option_text("KIND");
    sub->add_flag("--overdue", q.due.overdue, "What is overdue already, too");
    sub->add_option("--limit", q.due.limit, "The first so many")
        ->check(whole_number(0))
        ->capture_default_str()
        ->option_text("N");
    program.runs(sub, [&q] { return ops::due(q.due); });
  }
  {
    CLI::App* sub = program.command("rankings", "The areas of a level, ranked by cases closed on time",
                                    "  gridloop rankings --data data/boston --period 2015-06 --level district\n");
    program.common(sub, q.rankings.common);
    sub->add_option("--period", q.rankings.period, "Month in which the cases were due")
        ->required()
        ->option_text("YYYY-MM");
    sub->add_option("--level", q.rankings.level, "Level of the area tree")->capture_default_str()->option_text("LEVEL");
    program.runs(sub, [&q] { return ops::rankings(q.rankings); });
  }
  {
    CLI::App* sub = program.command(
        "workload", "What an area had to do, by day or by month; or the busiest areas of a level",
        "  gridloop workload 8 --data data/boston --from 2015-06-01 --to 2015-06-30\n"
        "  gridloop workload 8 --data data/boston --months\n"
        "  gridloop workload --level neighborhood --top 5 --data data/boston --from 2015-01-01 --to 2015-12-31\n");
    program.common(sub, q.workload.common);
    sub->add_option("area", q.workload.area, "Id of the area")->option_text("AREA");
    sub->add_option("--from", q.workload.from, "First day")->option_text("YYYY-MM-DD");
    sub->add_option("--to", q.workload.to, "Last day")->option_text("YYYY-MM-DD");
    sub->add_flag("--months", q.workload.months, "By month: opened in it, and how many of them have ended");
    sub->add_option("--level", q.workload.level, "Compare the areas of this level")->option_text("LEVEL");
    sub->add_option("--top", q.workload.top, "With --level: so many areas")
        ->check(whole_number(0))
        ->capture_default_str()
        ->option_text("N");
    program.runs(sub, [&q] { return ops::workload(q.workload); });
  }
  {
    CLI::App* sub =
        program.command("alerts", "What was announced about deadlines",
                        "  gridloop alerts --data data/town --last 20\n"
                        "  gridloop alerts --data data/town --case C-1 --course\n"
                        "  gridloop alerts --data data/boston --net --json    one line per case and clock\n");
    program.common(sub, q.alerts.common);
    sub->add_flag("--net", q.alerts.net, "What stands after all retractions: the verdict of each clock");
    sub->add_flag("--course", q.alerts.course,
                  "Also how clocks went: started, paused, resumed, due changed, cancelled");
    sub->add_option("--case", q.alerts.subject, "Of this case alone")->option_text("ID");
    sub->add_option("--last", q.alerts.last, "The last so many")->check(whole_number(0))->option_text("N");
    program.runs(sub, [&q] { return ops::alerts(q.alerts); });
  }
  {
    CLI::App* sub = program.command("tail", "The records of a topic",
                                    "  gridloop tail requests --data data/town --last 5\n"
                                    "  gridloop tail gridloop.dead-letters --data data/town --json\n");
    program.common(sub, q.tail.common);
    sub->add_option("topic", q.tail.topic, "Name of the topic, with or without the prefix")
        ->required()
        ->option_text("TOPIC");
    sub->add_option("--last", q.tail.last, "The last so many of each partition")
        ->check(whole_number(0))
        ->option_text("N");
    program.runs(sub, [&q] { return ops::tail(q.tail); });
  }
  {
    CLI::App* topics = program.command("topics", "The topics, and the events on them",
                                       "  gridloop topics list --data data/town\n"
                                       "  gridloop topics schema request.reported\n");
    topics->require_subcommand(1);
    CLI::App* sub = topics->add_subcommand("list", "All topics: what they hold, who writes them, how full they are");
    sub->footer("Examples:\n  gridloop topics list\n  gridloop topics list --data data/town --json\n");
    sub->add_option("--data", q.topics.data, "Data directory: shows partitions and records too")->option_text("DIR");
    Program::on_kafka(sub, q.topics);
    sub->add_option("--prefix", q.topics.prefix, "Prefix of the topics")->capture_default_str()->option_text("TEXT");
    sub->add_flag("--json", q.topics.json, "One JSON object per line, for programs");
    program.runs(sub, [&q] { return ops::list_topics(q.topics); });
    add_contract(program, *topics, q);
    add_kafka_topics(program, *topics, q);
  }
  {
    CLI::App* sub = program.command("status", "How far each task is, totals, backfills and dead letters",
                                    "  gridloop status --data data/boston\n");
    program.common(sub, q.status);
    program.runs(sub, [&q] { return ops::status(q.status); });
  }
  {
    CLI::App* sub = program.command(
        "verify", "Check every byte of the log, rebuild all state from it, and compare",
        "  gridloop verify --data data/boston     exits with 4 when anything is damaged, and names it\n");
    program.common(sub, q.verify);
    program.runs(sub, [&q] { return ops::verify(q.verify); });
  }
}

struct Benchmarks {
  ops::bench::ProjectOptions project, memory;
  ops::bench::TimersOptions timers;
  ops::bench::HistoryOptions history;
  ops::bench::RestartOptions restart;
  ops::bench::KafkaOptions kafka;
  ops::bench::LatencyOptions latency;
};

CLI::App* add_benchmark(CLI::App* bench, const std::string& name, const std::string& what, ops::bench::Place& place,
                        ops::bench::Settings& settings) {
  CLI::App* sub = bench->add_subcommand(name, what);
  sub->add_option("--data", place.directory, "Directory to work in, new or empty (default: a temporary one)")
      ->option_text("DIR");
  sub->add_flag("--keep", place.keep, "Leave the directory there");
  sub->add_flag("--json", place.json, "One JSON object per line, for programs");
  sub->add_option("--memory", settings.memory_bytes, "Memory for rows, as of `gridloop run` (default: 1GiB)")
      ->transform(CLI::AsSizeValue(false))
      ->check(not_negative())
      ->option_text("SIZE");
  return sub;
}

void add_running(CLI::App* sub, ops::bench::Settings& settings) {
  sub->add_option("--partitions", settings.partitions, "Partitions of the topics")
      ->check(whole_number(1, kMostPartitions))
      ->capture_default_str()
      ->option_text("N");
  sub->add_option("--threads", settings.threads, "Threads for the tasks (default: one per core)")
      ->check(whole_number(0, kMostThreads))
      ->option_text("N");
  sub->add_option_function<std::int64_t>(
         "--checkpoint-seconds",
         [&settings](std::int64_t seconds) { settings.checkpoint_interval = std::chrono::seconds(seconds); },
         "A checkpoint so often (default: 60)")
      ->check(whole_number(1, 86400))
      ->option_text("N");
}

void add_cases(CLI::App* sub, ops::bench::ProjectOptions& options) {
  sub->add_option("--cases", options.cases, "Cases to generate, four events each")
      ->check(whole_number(1, 1'000'000'000))
      ->capture_default_str()
      ->option_text("N");
  sub->add_option("--seed", options.seed, "Another seed, other events")->capture_default_str()->option_text("N");
  sub->add_option_function<std::string>(
         "--policies",
         [&options](const std::string& name) {
           using ops::bench::Policies;
           options.policies = name == "plain"  ? Policies::plain
                              : name == "full" ? Policies::full
                                               : Policies::unanswered;
         },
         "plain: in seconds (the default); full: in working time, as a municipality has them; unanswered: the same, "
         "with clocks that nothing stops")
      ->check(CLI::IsMember({"plain", "full", "unanswered"}))
      ->option_text("NAME");
}

void add_files(CLI::App* sub, ops::bench::ProjectOptions& options) {
  sub->add_option("--events", options.files, "Files of events instead, lines `case TAB JSON`, each file by time")
      ->option_text("FILE...");
}

void add_kafka_place(CLI::App* sub, ops::bench::KafkaPlace& place, bool required) {
  sub->add_option("--kafka", place.connection.brokers,
                  required ? "A broker of the cluster, or several with commas"
                           : "A broker of the cluster, or several with commas (default: the embedded log)")
      ->required(required)
      ->option_text("HOST:PORT");
  Program::kafka_settings(sub, place.connection);
  sub->add_flag("--keep-topics", place.keep_topics, "Leave the topics there, and say what they are called");
}

void add_steps(CLI::App* sub, ops::bench::Settings& settings) {
  sub->add_option_function<std::uint64_t>(
         "--commit-interval", [&settings](std::uint64_t ms) { settings.commit_interval = engine::Milliseconds(ms); },
         "As of `gridloop run` (default: 50ms)")
      ->transform(CLI::AsNumberWithUnit(std::map<std::string, std::uint64_t>{{"ms", 1}, {"s", 1000}}))
      ->check(whole_number(0, kMostCommitIntervalMs))
      ->option_text("TIME");
  sub->add_option("--step-events", settings.step_records, "Events in a step, about")
      ->check(whole_number(1, kMostStepEvents))
      ->capture_default_str()
      ->option_text("N");
}

void add_kafka_benchmarks(Program& program, CLI::App* bench, Benchmarks& b) {
  CLI::App* sub = add_benchmark(bench, "kafka", "Append to a Kafka cluster and project; and read by a bare consumer",
                                b.kafka.project.place, b.kafka.project.settings);
  sub->footer("Examples:\n  gridloop bench kafka --kafka 127.0.0.1:9092 --cases 100000\n");
  add_kafka_place(sub, b.kafka.kafka, true);
  add_cases(sub, b.kafka.project);
  add_files(sub, b.kafka.project);
  add_running(sub, b.kafka.project.settings);
  add_steps(sub, b.kafka.project.settings);
  program.runs(sub, [&b] { return ops::bench::kafka(b.kafka); });

  CLI::App* live =
      add_benchmark(bench, "latency", "From an event's append, or a due time, to what follows from it, live",
                    b.latency.place, b.latency.settings);
  live->footer(
      "Examples:\n  gridloop bench latency --rate 10000\n  gridloop bench latency --kafka 127.0.0.1:9092 --rate 2000\n"
      "  gridloop bench latency --rate 1000 --open-cases 400000\n");
  add_kafka_place(live, b.latency.kafka, false);
  live->add_option("--rate", b.latency.rate, "Events a second")
      ->check(whole_number(1, 100'000))
      ->capture_default_str()
      ->option_text("N");
  live->add_option("--open-cases", b.latency.open_cases,
                   "Cases that are open before; halfway a notice of a holiday moves their deadlines")
      ->check(whole_number(0, 100'000'000))
      ->option_text("N");
  live->add_option_function<std::int64_t>(
          "--seconds", [&b](std::int64_t seconds) { b.latency.time = std::chrono::seconds(seconds); },
          "Measure so long (default: 30)")
      ->check(whole_number(1, 3600))
      ->option_text("N");
  add_running(live, b.latency.settings);
  add_steps(live, b.latency.settings);
  program.runs(live, [&b] { return ops::bench::latency(b.latency); });
}

void add_benchmarks(Program& program, Benchmarks& b) {
  CLI::App* bench = program.command("bench", "Benchmarks: figures to print, after their results were checked",
                                    "  gridloop bench project --cases 100000\n"
                                    "  gridloop bench project --cases 100000 --policies full\n"
                                    "  gridloop bench project --events requests.tsv dispatches.tsv visits.tsv\n"
                                    "  gridloop bench memory --cases 2000000 --memory 128MiB\n");
  bench->require_subcommand(1);
  {
    CLI::App* sub = add_benchmark(bench, "project", "Append, project, rebuild and restart, each measured",
                                  b.project.place, b.project.settings);
    add_cases(sub, b.project);
    add_files(sub, b.project);
    add_running(sub, b.project.settings);
    program.runs(sub, [&b] { return ops::bench::project(b.project); });
  }
  {
    CLI::App* sub =
        add_benchmark(bench, "memory", "Append and project within a budget", b.memory.place, b.memory.settings);
    add_cases(sub, b.memory);
    add_running(sub, b.memory.settings);
    program.runs(sub, [&b] { return ops::bench::memory(b.memory); });
  }
  {
    CLI::App* sub = add_benchmark(bench, "timers", "Arm many timers, and let many fire at one instant", b.timers.place,
                                  b.timers.settings);
    sub->add_option("--timers", b.timers.timers, "Timers in all")
        ->check(whole_number(1, 1'000'000'000))
        ->capture_default_str()
        ->option_text("N");
    sub->add_option("--due-at-once", b.timers.due_at_once, "Of them due at one instant")
        ->check(whole_number(1, 1'000'000'000))
        ->capture_default_str()
        ->option_text("N");
    program.runs(sub, [&b] { return ops::bench::timers(b.timers); });
  }
  {
    CLI::App* sub =
        add_benchmark(bench, "history", "What an event costs, million by million", b.history.place, b.history.settings);
    sub->add_option("--events", b.history.events, "Events to generate, four a case")
        ->check(whole_number(4, 4'000'000'000))
        ->capture_default_str()
        ->option_text("N");
    sub->add_option("--seed", b.history.seed, "Another seed, other events")->capture_default_str()->option_text("N");
    add_running(sub, b.history.settings);
    program.runs(sub, [&b] { return ops::bench::history(b.history); });
  }
  {
    CLI::App* sub = add_benchmark(bench, "restart", "Kill a process with a large state, and start again",
                                  b.restart.place, b.restart.settings);
    sub->add_option("--state", b.restart.state_bytes, "Grow the state to this size on disk (default: 1GiB)")
        ->transform(CLI::AsSizeValue(false))
        ->check(not_negative())
        ->option_text("SIZE");
    sub->add_option_function<std::int64_t>(
           "--work-seconds", [&b](std::int64_t seconds) { b.restart.work = std::chrono::seconds(seconds); },
           "Kill it after so long (default: 10)")
        ->check(whole_number(1, 86400))
        ->option_text("N");
    add_running(sub, b.restart.settings);
    program.runs(sub, [&b] { return ops::bench::restart(b.restart); });
  }
  add_kafka_benchmarks(program, bench, b);
}

void add_deadline(Program& program, ops::DeadlineOptions& options) {
  CLI::App* sub = program.command(
      "deadline", "When a limit is due: on working calendars, with holidays, pauses and extensions",
      "  gridloop deadline --start '2026-02-13 17:30' --limit '4 work_hour'\n"
      "  gridloop deadline --start 2026-02-12T09:00:00+08:00 --limit '5 work_day' \\\n"
      "    --pause 2026-02-13T10:00..2026-02-24T09:00 --extend '1 work_day' --json\n"
      "  gridloop deadline --start '2026-07-01 10:00' --limit '5 work_day' --end-of-day --count-from next_day \\\n"
      "    --calendar holidays/ --calendar notice.json \\\n"
      "    --sessions 08:00-12:00,14:00-18:00 --sessions 2026-06-01=08:00-12:00,15:00-18:00\n"
      "Times without a zone are +08:00. Needs no data directory.\n");
  const auto repeatable = [&](const char* name, std::vector<std::string>& values, const char* what, const char* text) {
    sub->add_option(name, values, what)->option_text(text)->allow_extra_args(false);
  };
  sub->add_option("--start", options.start, "When the clock starts")->required()->option_text("TIME");
  sub->add_option(
         "--limit", options.limit,
         "How long it may run, in second, minute, urgent_hour, natural_day (wall clock), work_hour or work_day")
      ->required()
      ->option_text("'N UNIT'");
  repeatable("--extend", options.extensions, "Adds to the limit; repeatable", "'N UNIT'");
  repeatable("--pause", options.pauses, "The clock stands still from A until B, or A.. without an end; repeatable",
             "A..B");
  repeatable(
      "--calendar", options.calendars,
      "Holiday file of holiday-cn or a folder of them; repeatable, a later file wins day by day; one with papers "
      "is the notice of its year and takes the place of an earlier one; 'shipped' (the default) are those of "
      "2024 to 2026, 'none' are weekends alone",
      "PATH");
  repeatable(
      "--sessions", options.sessions,
      "Hours of work (default: 08:00-12:00,14:00-18:00); repeatable with the day from which they hold before them",
      "[DAY=]A-B,...");
  sub->add_option("--days-off", options.days_off, "Days off by the week (default: sat,sun)")->option_text("DAYS");
  sub->add_option("--hours-per-day", options.hours_per_day,
                  "Hours of a work_day (default: the sessions, when counting begins)")
      ->option_text("H[:MM]");
  sub->add_option("--count-from", options.count_from, "instant, next_day or next_work_day")
      ->capture_default_str()
      ->option_text("WHEN");
  sub->add_flag("--end-of-day", options.end_of_day,
                "Due at the end of the last day: of work, or 24:00 of natural_day; pauses count by whole days");
  sub->add_option("--at", options.at, "What is consumed and left at this time (default: when it is due)")
      ->option_text("TIME");
  sub->add_flag("--json", options.json, "One JSON object, for programs");
  program.runs(sub, [&options] { return ops::deadline(options); });
}

void add_calendar(Program& program, ops::CalendarOptions& options) {
  CLI::App* calendar = program.command("calendar", "Working calendars, by which cases' clocks count",
                                       "  gridloop calendar publish --id cn --data data/town\n");
  calendar->require_subcommand(1);
  CLI::App* sub =
      calendar->add_subcommand("publish", "Publish a calendar, or a later version of it, from holiday files");
  sub->footer(
      "Examples:\n"
      "  gridloop calendar publish --id cn --data data/town\n"
      "  gridloop calendar publish --id cn --holidays shipped --holidays 2027.json --version 2027 --data data/town\n"
      "  gridloop calendar publish --id cn --sessions 08:00-12:00,14:00-18:00 \\\n"
      "    --sessions 2026-06-01=08:00-12:00,15:00-18:00 --valid-from 2026-06-01 --print\n"
      "A version takes the place of the whole one before it, so name all files each time. What was published last is "
      "not published again.\n");
  const auto repeatable = [&](const char* name, std::vector<std::string>& values, const char* what, const char* text) {
    sub->add_option(name, values, what)->option_text(text)->allow_extra_args(false);
  };
  sub->add_option("--id", options.id, "Its name, as policies give it")->required()->option_text("ID");
  repeatable("--holidays", options.holidays,
             "Holiday file of holiday-cn or a folder of them, as --calendar of `gridloop deadline`; repeatable; "
             "'shipped' (the default) are those of 2024 to 2026, 'none' are weekends alone",
             "PATH");
  repeatable(
      "--sessions", options.sessions,
      "Hours of work (default: 08:00-12:00,14:00-18:00); repeatable with the day from which they hold before them",
      "[DAY=]A-B,...");
  sub->add_option("--days-off", options.days_off, "Days off by the week (default: sat,sun)")->option_text("DAYS");
  sub->add_option("--version", options.version, "What you call this version; alerts tell it")->option_text("TEXT");
  sub->add_option("--valid-from", options.valid_from, "It counts from then on (default: at once)")->option_text("TIME");
  sub->add_flag("--print", options.print, "Print the event for `gridloop send`, and append nothing");
  sub->add_option("--data", options.common.data, "Data directory to append to")->option_text("DIR");
  Program::on_kafka(sub, options.common);
  sub->add_option("--prefix", options.common.prefix, "Prefix of the topics")
      ->capture_default_str()
      ->option_text("TEXT");
  sub->add_option("--partitions", options.partitions, "Partitions, when the log is made (default: 4)")
      ->check(whole_number(0, kMostPartitions))
      ->option_text("N");
  sub->add_flag("--sync", options.sync, "Survive power loss");
  program.runs(sub, [&options] { return ops::publish_calendar(options); });
}

// A descriptor of 0, 1 or 2 that is closed would be taken by the next file that is opened, such as the journal, and
// what is printed would go there. This takes them first, so that printing fails instead.
void keep_standard_descriptors() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) < 0) (void)open("/dev/null", O_RDONLY);
  }
}

int cannot_write(int reason) {
  // Whoever closed the pipe has read what they wanted.
  if (reason != EPIPE) ops::say(fmt::format("gridloop: cannot write the result: {}", std::strerror(reason)));
  return ops::kSurroundings;
}

// Parses the command line and does what it says; the exit code.
int run_program(Program& program, int argc, char** argv) {
  try {
    program.app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.app.exit(error) == 0 ? ops::kOk : ops::kUsage;
  }
  const auto code = program.chosen();
  if (code) return *code;
  ops::say("gridloop: " + code.error().message);
  return ops::exit_code(code.error());
}

}  // namespace

int main(int argc, char** argv) {
  keep_standard_descriptors();
  Program program;
  program.app.require_subcommand(1);
  program.app.footer(kFooter);
  program.app.set_version_flag("--version", "gridloop " GRIDLOOP_VERSION);
  ops::RunOptions run;
  ops::ImportCommand csv;
  ops::SendOptions send;
  ops::SimulateCountyOptions simulation;
  ops::CopyOptions copy;
  Questions questions;
  ops::DeadlineOptions deadline;
  ops::CalendarOptions calendar;
  Benchmarks benchmarks;
  add_writing(program, run, csv, send);
  add_simulating(program, simulation);
  add_copying(program, copy);
  add_reading(program, questions);
  add_deadline(program, deadline);
  add_calendar(program, calendar);
  add_benchmarks(program, benchmarks);
  try {
    ops::keep_to_memory(0);  // until a command has a budget
    const int code = run_program(program, argc, argv);
    // What is left in the buffer is written here, where a failure can still be told.
    errno = 0;
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) return cannot_write(errno != 0 ? errno : EIO);
    return code;
  } catch (const std::system_error& error) {
    if (std::ferror(stdout) != 0) return cannot_write(error.code().value());
    ops::say(fmt::format("gridloop: the system refused: {}", error.what()));
    return ops::kSurroundings;
  } catch (const std::bad_alloc&) {
    ops::say("gridloop: there is not enough memory");
    return ops::kSurroundings;
  } catch (const std::exception& error) {
    ops::say(fmt::format("gridloop: internal error: {}", error.what()));
    return ops::kInternal;
  }
}
