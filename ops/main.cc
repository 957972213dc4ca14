// The program `gridloop`: the commands of a city.

#include <map>

#include "ops/cli/program.h"

namespace ops {
namespace {

void add_writing(Program& program, RunOptions& run, ImportCommand& csv, SendOptions& send) {
  {
    CLI::App* sub =
        program.command("run", "Process the events in the log and keep processing new ones",
                        "  gridloop run --data data/town\n"
                        "  gridloop run --data data/boston --until 2016-02-01T00:00:00-05:00 --until-idle\n"
                        "  gridloop run --kafka broker1:9092 --data data/node1 --standbys 1\n"
                        "Processes on the same Kafka cluster share the tasks; each needs its own --data directory.\n");
    program.common(sub, run.common, false);
    sub->add_flag("--until-idle", run.until_idle, "Exit when there is nothing left to do");
    sub->add_option(
           "--until", run.until,
           "Stop the clock at this time, to replay the past. Events logged later still advance it")
        ->option_text("TIME");
    sub->add_option("--threads", run.threads, "Number of worker threads (default: one per core)")
        ->check(whole_number(0, kMaxThreads))
        ->option_text("N");
    sub->add_option("--memory", run.memory_bytes, "Memory budget for state, such as 256MiB; checkpoints keep the state within it (default: 1GiB)")
        ->transform(CLI::AsSizeValue(false))
        ->check(not_negative())
        ->option_text("SIZE");
    sub->add_option("--step-events", run.step_events, "Approximate number of events per step; does not affect the results (default: 32768)")
        ->check(whole_number(1, kMaxStepEvents))
        ->option_text("N");
    sub->add_option("--partitions", run.partitions, "Number of partitions if the log has to be created (default: 4)")
        ->check(whole_number(0, kMaxPartitions))
        ->option_text("N");
    sub->add_option("--standbys", run.standbys,
                    "Number of standby copies of each task on other processes (Kafka only; default: 0)")
        ->check(whole_number(0, kMaxStandbys))
        ->option_text("N");
    sub->add_option("--session-timeout", run.session_timeout_ms,
                    "Reassign the tasks of a process that sends no heartbeat for this long (Kafka only; default: 5s)")
        ->transform(CLI::AsNumberWithUnit(std::map<std::string, std::uint64_t>{{"ms", 1}, {"s", 1000}}))
        ->check(whole_number(kMinSessionMs, kMaxSessionMs))
        ->option_text("TIME");
    sub->add_option("--commit-interval", run.commit_interval_ms,
                    "Minimum time between two commits of a task (default: 50ms on Kafka, otherwise 0)")
        ->transform(CLI::AsNumberWithUnit(std::map<std::string, std::uint64_t>{{"ms", 1}, {"s", 1000}}))
        ->check(whole_number(0, kMaxCommitIntervalMs))
        ->option_text("TIME");
    sub->add_flag("--sync", run.sync, "Wait for the disk at each commit, to survive power loss");
    sub->add_flag("--accept-log-loss", run.accept_log_loss,
                  "Continue even if the end of the log was lost (after a power failure without --sync)");
    program.runs(sub, [&run] { return ops::run(run); });
  }
  {
    CLI::App* sub = program.command(
        "import", "Import CSV files and spreadsheets as historical events, using a mapping file",
        "  gridloop import --data data/boston --mapping ops/import/mappings/boston311.toml \\\n"
        "    ops/data/boston311_2015_slim.csv.zst\n"
        "Importing the same files again adds nothing. To resume an interrupted import, repeat the command.\n");
    program.common(sub, csv.common);
    sub->add_option("--mapping", csv.mapping, "Mapping file: how columns become events")->required()->option_text("FILE.toml");
    sub->add_option("files", csv.files, "CSV files (plain or .zst) and .xlsx workbooks")
        ->required()
        ->option_text("FILE...");
    sub->add_option("--temp", csv.temp, "Directory for temporary files (default: the data directory)")
        ->option_text("DIR");
    sub->add_option("--partitions", csv.partitions, "Number of partitions if the log has to be created (default: 4)")
        ->check(whole_number(0, kMaxPartitions))
        ->option_text("N");
    sub->add_flag("--abandon", csv.abandon, "Abandon an unfinished import of other files from the same source");
    sub->add_flag("--sync", csv.sync, "Wait for the disk at each commit, to survive power loss");
    program.runs(sub, [&csv] { return import_csv(csv); });
  }
  {
    CLI::App* sub = program.command(
        "send", "Append events from standard input, one JSON object per line",
        "  gridloop send --data data/town < events.jsonl          each event to the topic of its type\n"
        "  gridloop send --data data/town --topic requests --raw   each line unchanged and unchecked\n"
        "Only one process at a time can append to a data directory. While `gridloop run` uses it, this command exits "
        "with code 5.\n");
    program.common(sub, send.common, false);
    sub->add_option("--topic", send.topic, "Topic for all lines (default: the topic of each event's type)")->option_text("TOPIC");
    sub->add_flag("--raw", send.raw, "Send the lines unchecked; requires --topic");
    sub->add_flag("--binary", send.binary, "Write CloudEvents in binary mode: attributes as headers, data as value");
    sub->add_option("--key", send.key, "Key of the records (default: the subject of each event)")->option_text("TEXT");
    sub->add_option("--partitions", send.partitions, "Number of partitions if the log has to be created (default: 4)")
        ->check(whole_number(0, kMaxPartitions))
        ->option_text("N");
    sub->add_flag("--sync", send.sync, "Wait for the disk at each commit, to survive power loss");
    program.runs(sub, [&send] { return ops::send(send); });
  }
}

void add_copying(Program& program, CopyOptions& options) {
  CLI::App* sub = program.command(
      "copy", "Copy an embedded log to a Kafka cluster, keep the offsets, and compare both",
      "  gridloop copy --from embedded:data/town --to kafka:127.0.0.1:9092\n"
      "The topics on the cluster must be missing or empty. To resume an interrupted copy, repeat the command.\n");
  sub->add_option("--from", options.from, "Data directory that holds the embedded log")
      ->required()
      ->option_text("embedded:DIR");
  sub->add_option("--to", options.to, "One or more brokers, separated by commas")->required()->option_text("kafka:HOST:PORT");
  Program::kafka_settings(sub, options.kafka);
  sub->add_option("--prefix", options.prefix, "Prefix of the topic names, in the log and on the cluster")
      ->capture_default_str()
      ->option_text("TEXT");
  sub->add_option("--replication", options.replication,
                  "Replicas of each partition (default: 3, or the number of brokers if lower)")
      ->check(whole_number(1, kMaxReplicas))
      ->option_text("N");
  sub->add_flag("--json", options.json, "Print one JSON object per line");
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
  CLI::App* schema = topics.add_subcommand("schema", "Print the JSON Schema of an event type, or write the schemas of all types");
  schema->footer(
      "Examples:\n  gridloop topics schema request.reported\n  gridloop topics schema --all --out schemas\n");
  schema->add_option("type", q.schema.type, "Event type, such as request.reported or sla.breached")->option_text("TYPE");
  schema->add_flag("--all", q.schema.all, "Write all types, one file each; requires --out");
  schema->add_option("--out", q.schema.out, "Output directory; created if missing")->option_text("DIR");
  program.runs(schema, [&q] { return print_schema(q.schema); });

  CLI::App* asyncapi = topics.add_subcommand("asyncapi", "Print the topics and events as an AsyncAPI 3.0 document");
  asyncapi->footer("Examples:\n  gridloop topics asyncapi > asyncapi.json\n");
  asyncapi->add_option("--prefix", q.asyncapi.prefix, "Prefix of the topic names")
      ->capture_default_str()
      ->option_text("TEXT");
  program.runs(asyncapi, [&q] { return print_asyncapi(q.asyncapi.prefix); });
}

CLI::App* add_kafka_topics(CLI::App& topics, const std::string& name, const std::string& what,
                           KafkaTopicsOptions& options) {
  CLI::App* sub = topics.add_subcommand(name, what);
  Program::on_kafka(sub, options.common);
  sub->get_option("--kafka")->required()->description("One or more brokers of the cluster, separated by commas");
  sub->add_option("--prefix", options.common.prefix, "Prefix of the topic names")
      ->capture_default_str()
      ->option_text("TEXT");
  sub->add_option("--partitions", options.partitions,
                  "Number of partitions of the partitioned topics (default: the existing number, otherwise 4)")
      ->check(whole_number(1, kMaxPartitions))
      ->option_text("N");
  sub->add_option("--replication", options.replication,
                  "Replicas of each partition (default: 3, or the number of brokers if lower)")
      ->check(whole_number(1, kMaxReplicas))
      ->option_text("N");
  sub->add_flag("--json", options.common.json, "Print one JSON object per line");
  return sub;
}

void add_kafka_topics(Program& program, CLI::App& topics, Questions& q) {
  CLI::App* create = add_kafka_topics(
      topics, "create", "Create the missing topics on Kafka; existing ones are left unchanged", q.create_topics);
  create->footer("Examples:\n  gridloop topics create --kafka 127.0.0.1:9092 --partitions 16\n");
  program.runs(create, [&q] { return create_topics(q.create_topics); });
  CLI::App* check =
      add_kafka_topics(topics, "check", "Check that the topics on Kafka have the required settings", q.check_topics);
  check->footer(
      "Examples:\n"
      "  gridloop topics check --kafka 127.0.0.1:9092     exits with code 3 if a topic deviates, and prints "
      "how to fix it\n");
  program.runs(check, [&q] { return check_topics(q.check_topics); });
}

void add_reading(Program& program, Questions& q) {
  {
    CLI::App* sub = program.command("case", "Show one case: its facts, clocks and anomalies",
                                    "  gridloop case 101001240735 --data data/boston\n"
                                    "  gridloop case c1 --anomalies --data data/town\n");
    program.common(sub, q.show_case.common);
    sub->add_option("id", q.show_case.id, "Case ID (the subject of its events)")->required()->option_text("ID");
    sub->add_flag("--anomalies", q.show_case.anomalies, "Show only the anomalies of the case and its clocks");
    program.runs(sub, [&q] { return show_case(q.show_case); });
  }
  {
    CLI::App* sub = program.command("explain", "Explain how the deadlines of a case were computed",
                                    "  gridloop explain c1 --data data/town\n"
                                    "  gridloop explain c1 --data data/town --json\n");
    program.common(sub, q.explain.common);
    sub->add_option("id", q.explain.id, "Case ID (the subject of its events)")->required()->option_text("ID");
    program.runs(sub, [&q] { return explain(q.explain); });
  }
  {
    CLI::App* sub = program.command("due", "List the deadlines that fall due next, over all cases",
                                    "  gridloop due --within 2h --data data/town\n"
                                    "  gridloop due --within 1d --overdue --area g7 --clock handle --data data/town\n"
                                    "  gridloop due --unit street-office --limit 20 --data data/town --json\n"
                                    "Paused clocks are listed last.\n");
    program.common(sub, q.due.common);
    const std::map<std::string, std::int64_t> units{{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};
    sub->add_option("--within", q.due.within_seconds, "Show clocks due within this time, such as 30min, 2h or 3d (default: 1d)")
        ->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED))
        ->check(whole_number(0, kMaxWithinSeconds))
        ->option_text("TIME");
    sub->add_option("--area", q.due.area, "Only cases in this area or an area below it")->option_text("AREA");
    sub->add_option("--unit", q.due.unit, "Only clocks that wait for this unit")->option_text("UNIT");
    sub->add_option("--clock", q.due.clock, "Only clocks of this kind: sign, handle, close ...")->option_text("KIND");
    sub->add_flag("--overdue", q.due.overdue, "Include clocks that are already overdue");
    sub->add_option("--limit", q.due.limit, "Show at most N")
        ->check(whole_number(0))
        ->capture_default_str()
        ->option_text("N");
    program.runs(sub, [&q] { return due(q.due); });
  }
  {
    CLI::App* sub = program.command("rankings", "Rank the areas of a level by cases closed on time",
                                    "  gridloop rankings --data data/boston --period 2015-06 --level district\n");
    program.common(sub, q.rankings.common);
    sub->add_option("--period", q.rankings.period, "Month in which the cases were due")
        ->required()
        ->option_text("YYYY-MM");
    sub->add_option("--level", q.rankings.level, "Level of the area hierarchy")->capture_default_str()->option_text("LEVEL");
    program.runs(sub, [&q] { return rankings(q.rankings); });
  }
  {
    CLI::App* sub = program.command(
        "workload", "Show the workload of an area by day or month, or the busiest areas of a level",
        "  gridloop workload 8 --data data/boston --from 2015-06-01 --to 2015-06-30\n"
        "  gridloop workload 8 --data data/boston --months\n"
        "  gridloop workload --level neighborhood --top 5 --data data/boston --from 2015-01-01 --to 2015-12-31\n");
    program.common(sub, q.workload.common);
    sub->add_option("area", q.workload.area, "Area ID")->option_text("AREA");
    sub->add_option("--from", q.workload.from, "First day (default: the first with data)")->option_text("YYYY-MM-DD");
    sub->add_option("--to", q.workload.to, "Last day (default: the last with data)")->option_text("YYYY-MM-DD");
    sub->add_flag("--months", q.workload.months, "By month: cases opened in the month, and how many of them have been closed");
    sub->add_option("--level", q.workload.level, "Compare the areas of this level, busiest first")->option_text("LEVEL");
    sub->add_option("--top", q.workload.top, "With --level: show at most N areas")
        ->check(whole_number(0))
        ->capture_default_str()
        ->option_text("N");
    program.runs(sub, [&q] { return workload(q.workload); });
  }
  {
    CLI::App* sub =
        program.command("alerts", "List the deadline alerts that were published",
                        "  gridloop alerts --data data/town --last 20\n"
                        "  gridloop alerts --data data/town --case C-1 --course\n"
                        "  gridloop alerts --data data/boston --net --json    one line for each clock\n");
    program.common(sub, q.alerts.common);
    sub->add_flag("--net", q.alerts.net, "Show the current verdict of each clock, after all retractions");
    sub->add_flag("--course", q.alerts.course,
                  "Include the course of each clock: started, paused, resumed, due changed, cancelled");
    sub->add_option("--case", q.alerts.subject, "Only this case")->option_text("ID");
    sub->add_option("--last", q.alerts.last, "Show only the last N")->check(whole_number(0))->option_text("N");
    program.runs(sub, [&q] { return alerts(q.alerts); });
  }
  {
    CLI::App* sub = program.command("tail", "Print the records of a topic",
                                    "  gridloop tail requests --data data/town --last 5\n"
                                    "  gridloop tail gridloop.dead-letters --data data/town --json\n");
    program.common(sub, q.tail.common);
    sub->add_option("topic", q.tail.topic, "Topic name, with or without the prefix")
        ->required()
        ->option_text("TOPIC");
    sub->add_option("--last", q.tail.last, "Show only the last N of each partition")
        ->check(whole_number(0))
        ->option_text("N");
    program.runs(sub, [&q] { return tail(q.tail); });
  }
  {
    CLI::App* topics = program.command("topics", "List and check the topics, and print the schemas of their events",
                                       "  gridloop topics list --data data/town\n"
                                       "  gridloop topics schema request.reported\n");
    topics->require_subcommand(1);
    CLI::App* sub = topics->add_subcommand("list", "List all topics with their contents, writers and record counts");
    sub->footer("Examples:\n  gridloop topics list\n  gridloop topics list --data data/town --json\n");
    sub->add_option("--data", q.topics.data, "Data directory; adds the numbers of partitions and records")->option_text("DIR");
    Program::on_kafka(sub, q.topics);
    sub->add_option("--prefix", q.topics.prefix, "Prefix of the topic names")->capture_default_str()->option_text("TEXT");
    sub->add_flag("--json", q.topics.json, "Print one JSON object per line");
    program.runs(sub, [&q] { return list_topics(q.topics); });
    add_contract(program, *topics, q);
    add_kafka_topics(program, *topics, q);
  }
  {
    CLI::App* sub = program.command("status", "Show the progress of each task, totals, backfills and dead letters",
                                    "  gridloop status --data data/boston\n");
    program.common(sub, q.status);
    program.runs(sub, [&q] { return status(q.status); });
  }
  {
    CLI::App* sub = program.command(
        "verify", "Check every byte of the log, rebuild all state from it, and compare the two",
        "  gridloop verify --data data/boston     exits with code 4 if anything is damaged, and names it\n");
    program.common(sub, q.verify);
    program.runs(sub, [&q] { return verify(q.verify); });
  }
}

}  // namespace
}  // namespace ops

int main(int argc, char** argv) {
  ops::Program program("Gridloop turns the events of grid-based governance into deadlines, workloads and rankings.",
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
