// The program `gridloop`: the commands of a city.

#include <map>

#include "ops/cli/program.h"

namespace ops {
namespace {

void add_writing(Program& program, RunOptions& run, ImportCommand& csv, SendOptions& send) {
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
        ->check(whole_number(0, kMaxThreads))
        ->option_text("N");
    sub->add_option("--memory", run.memory_bytes, "Memory for rows, such as 256MiB; a checkpoint is made in time")
        ->transform(CLI::AsSizeValue(false))
        ->check(not_negative())
        ->option_text("SIZE");
    sub->add_option("--step-events", run.step_events, "Events in a step, about; any value gives the same results")
        ->check(whole_number(1, kMaxStepEvents))
        ->option_text("N");
    sub->add_option("--partitions", run.partitions, "Partitions, when the log is made (default: 4)")
        ->check(whole_number(0, kMaxPartitions))
        ->option_text("N");
    sub->add_option("--standbys", run.standbys,
                    "Other processes that keep a warm copy of each task (on Kafka; default: none)")
        ->check(whole_number(0, kMaxStandbys))
        ->option_text("N");
    sub->add_option("--session-timeout", run.session_timeout_ms,
                    "A process that is silent for so long loses its tasks to others (on Kafka; default: 5s)")
        ->transform(CLI::AsNumberWithUnit(std::map<std::string, std::uint64_t>{{"ms", 1}, {"s", 1000}}))
        ->check(whole_number(kMinSessionMs, kMaxSessionMs))
        ->option_text("TIME");
    sub->add_option("--commit-interval", run.commit_interval_ms,
                    "A task that keeps up commits so often at most (default: 50ms on Kafka, at once otherwise)")
        ->transform(CLI::AsNumberWithUnit(std::map<std::string, std::uint64_t>{{"ms", 1}, {"s", 1000}}))
        ->check(whole_number(0, kMaxCommitIntervalMs))
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
        ->check(whole_number(0, kMaxPartitions))
        ->option_text("N");
    sub->add_flag("--abandon", csv.abandon, "Give up an unfinished import of other files from the same source");
    sub->add_flag("--sync", csv.sync, "Survive power loss");
    program.runs(sub, [&csv] { return import_csv(csv); });
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
        ->check(whole_number(0, kMaxPartitions))
        ->option_text("N");
    sub->add_flag("--sync", send.sync, "Survive power loss");
    program.runs(sub, [&send] { return ops::send(send); });
  }
}

void add_copying(Program& program, CopyOptions& options) {
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
      ->check(whole_number(1, kMaxReplicas))
      ->option_text("N");
  sub->add_flag("--json", options.json, "One JSON object per line, for programs");
  program.runs(sub, [&options] { return ops::copy(options); });
}

struct Questions {
  TailOptions tail;
  RankingsOptions rankings;
  WorkloadOptions workload;
  AlertsOptions alerts;
  SchemaOptions schema;
  KafkaTopicsOptions create_topics, check_topics;
  CaseOptions show_case;
  ExplainOptions explain;
  DueOptions due;
  CommonOptions topics, asyncapi, status, verify;
};

void add_contract(Program& program, CLI::App& topics, Questions& q) {
  CLI::App* schema = topics.add_subcommand("schema", "The JSON Schema of a type of event, or of all");
  schema->footer(
      "Examples:\n  gridloop topics schema request.reported\n  gridloop topics schema --all --out schemas\n");
  schema->add_option("type", q.schema.type, "Type of event: request.reported, sla.breached ...")->option_text("TYPE");
  schema->add_flag("--all", q.schema.all, "All types, a file each; needs --out");
  schema->add_option("--out", q.schema.out, "Directory for the files; made when it is missing")->option_text("DIR");
  program.runs(schema, [&q] { return print_schema(q.schema); });

  CLI::App* asyncapi = topics.add_subcommand("asyncapi", "Topics and events as an AsyncAPI 3.0 document");
  asyncapi->footer("Examples:\n  gridloop topics asyncapi > asyncapi.json\n");
  asyncapi->add_option("--prefix", q.asyncapi.prefix, "Prefix of the topics")
      ->capture_default_str()
      ->option_text("TEXT");
  program.runs(asyncapi, [&q] { return print_asyncapi(q.asyncapi.prefix); });
}

CLI::App* add_kafka_topics(CLI::App& topics, const std::string& name, const std::string& what,
                           KafkaTopicsOptions& options) {
  CLI::App* sub = topics.add_subcommand(name, what);
  Program::on_kafka(sub, options.common);
  sub->get_option("--kafka")->required()->description("A broker of the cluster, or several with commas");
  sub->add_option("--prefix", options.common.prefix, "Prefix of the topics")
      ->capture_default_str()
      ->option_text("TEXT");
  sub->add_option("--partitions", options.partitions,
                  "Partitions of the topics that have many (default: as many as there are, else 4)")
      ->check(whole_number(1, kMaxPartitions))
      ->option_text("N");
  sub->add_option("--replication", options.replication,
                  "Copies of each partition (default: 3, or as many as there are brokers)")
      ->check(whole_number(1, kMaxReplicas))
      ->option_text("N");
  sub->add_flag("--json", options.common.json, "One JSON object per line, for programs");
  return sub;
}

void add_kafka_topics(Program& program, CLI::App& topics, Questions& q) {
  CLI::App* create = add_kafka_topics(
      topics, "create", "Make the topics on Kafka; those that are there are left as they are", q.create_topics);
  create->footer("Examples:\n  gridloop topics create --kafka 127.0.0.1:9092 --partitions 16\n");
  program.runs(create, [&q] { return create_topics(q.create_topics); });
  CLI::App* check =
      add_kafka_topics(topics, "check", "Compare the topics on Kafka with what they should be", q.check_topics);
  check->footer(
      "Examples:\n"
      "  gridloop topics check --kafka 127.0.0.1:9092     exits with 3 when anything deviates, and says how to "
      "mend it\n");
  program.runs(check, [&q] { return check_topics(q.check_topics); });
}

void add_reading(Program& program, Questions& q) {
  {
    CLI::App* sub = program.command("case", "One case: its facts, clocks and what was announced",
                                    "  gridloop case 101001240735 --data data/boston\n"
                                    "  gridloop case c1 --anomalies --data data/town\n");
    program.common(sub, q.show_case.common);
    sub->add_option("id", q.show_case.id, "Subject of its events")->required()->option_text("ID");
    sub->add_flag("--anomalies", q.show_case.anomalies, "What is odd about it and its clocks alone");
    program.runs(sub, [&q] { return show_case(q.show_case); });
  }
  {
    CLI::App* sub = program.command("explain", "Why the clocks of a case stand where they do",
                                    "  gridloop explain c1 --data data/town\n"
                                    "  gridloop explain c1 --data data/town --json\n");
    program.common(sub, q.explain.common);
    sub->add_option("id", q.explain.id, "Subject of its events")->required()->option_text("ID");
    program.runs(sub, [&q] { return explain(q.explain); });
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
        ->check(whole_number(0, kMaxWithinSeconds))
        ->option_text("TIME");
    sub->add_option("--area", q.due.area, "Of this area and all below it")->option_text("AREA");
    sub->add_option("--unit", q.due.unit, "That wait for this unit")->option_text("UNIT");
    sub->add_option("--clock", q.due.clock, "Of this kind: sign, handle, close ...")->option_text("KIND");
    sub->add_flag("--overdue", q.due.overdue, "What is overdue already, too");
    sub->add_option("--limit", q.due.limit, "The first so many")
        ->check(whole_number(0))
        ->capture_default_str()
        ->option_text("N");
    program.runs(sub, [&q] { return due(q.due); });
  }
  {
    CLI::App* sub = program.command("rankings", "The areas of a level, ranked by cases closed on time",
                                    "  gridloop rankings --data data/boston --period 2015-06 --level district\n");
    program.common(sub, q.rankings.common);
    sub->add_option("--period", q.rankings.period, "Month in which the cases were due")
        ->required()
        ->option_text("YYYY-MM");
    sub->add_option("--level", q.rankings.level, "Level of the area tree")->capture_default_str()->option_text("LEVEL");
    program.runs(sub, [&q] { return rankings(q.rankings); });
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
    program.runs(sub, [&q] { return workload(q.workload); });
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
    program.runs(sub, [&q] { return alerts(q.alerts); });
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
    program.runs(sub, [&q] { return tail(q.tail); });
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
    program.runs(sub, [&q] { return list_topics(q.topics); });
    add_contract(program, *topics, q);
    add_kafka_topics(program, *topics, q);
  }
  {
    CLI::App* sub = program.command("status", "How far each task is, totals, backfills and dead letters",
                                    "  gridloop status --data data/boston\n");
    program.common(sub, q.status);
    program.runs(sub, [&q] { return status(q.status); });
  }
  {
    CLI::App* sub = program.command(
        "verify", "Check every byte of the log, rebuild all state from it, and compare",
        "  gridloop verify --data data/boston     exits with 4 when anything is damaged, and names it\n");
    program.common(sub, q.verify);
    program.runs(sub, [&q] { return verify(q.verify); });
  }
}

}  // namespace
}  // namespace ops

int main(int argc, char** argv) {
  ops::Program program("Gridloop folds the events of grid governance into deadlines, workload and rankings.",
                       "gridloop");
  ops::RunOptions run;
  ops::ImportCommand csv;
  ops::SendOptions send;
  ops::CopyOptions copy;
  ops::Questions questions;
  ops::DeadlineOptions deadline;
  ops::CalendarOptions calendar;
  ops::add_writing(program, run, csv, send);
  ops::add_copying(program, copy);
  ops::add_reading(program, questions);
  ops::add_deadline(program, deadline);
  ops::add_calendar(program, calendar);
  return ops::main_program(program, argc, argv);
}
