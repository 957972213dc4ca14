// The program `gridloop`: reads the command line, calls the sub-command, turns errors into messages and exit codes.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <functional>
#include <new>
#include <system_error>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "ops/commands.h"
#include "ops/exit_code.h"
#include "ops/messages.h"

namespace {

using ops::CommonOptions;

const char* const kFooter =
    R"(Exit codes: 0 done; 1 internal error; 2 wrong usage; 3 invalid input or configuration; 4 damaged data was found;
  5 another process uses the data directory; 6 the surroundings failed (full disk, unreadable directory).
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
constexpr std::int64_t kMostStepEvents = 1'000'000;

struct Program {
  CLI::App app{"Gridloop folds the events of grid governance into deadlines, workload and rankings.", "gridloop"};
  std::function<engine::Result<int>()> chosen;

  CLI::App* command(const std::string& name, const std::string& what, const std::string& examples) {
    CLI::App* sub = app.add_subcommand(name, what);
    sub->footer("Examples:\n" + examples);
    return sub;
  }

  static void common(CLI::App* sub, CommonOptions& options, bool json = true) {
    sub->add_option("--data", options.data, "Data directory (the embedded log and the state)")
        ->required()
        ->option_text("DIR");
    sub->add_option("--prefix", options.prefix, "Prefix of the topics")->capture_default_str()->option_text("TEXT");
    if (json) sub->add_flag("--json", options.json, "One JSON object per line, for programs");
  }

  template <class Call>
  void runs(CLI::App* sub, Call call) {
    sub->callback([this, call] { chosen = call; });
  }
};

void add_writing(Program& program, ops::RunOptions& run, ops::ImportCommand& csv, ops::SendOptions& send) {
  {
    CLI::App* sub =
        program.command("run", "Process what is in the log, and go on as it grows",
                        "  gridloop run --data data/town\n"
                        "  gridloop run --data data/boston --until 2016-02-01T00:00:00-05:00 --until-idle\n");
    Program::common(sub, run.common, false);
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
    sub->add_flag("--sync", run.sync, "Survive power loss: wait for the disk with each commit");
    sub->add_flag("--accept-log-loss", run.accept_log_loss,
                  "Go on although the end of the log was lost (a power failure without --sync)");
    program.runs(sub, [&run] { return ops::run(run); });
  }
  {
    CLI::App* sub =
        program.command("import", "Append the rows of CSV files as events of the past, by a mapping file",
                        "  gridloop import --data data/boston --mapping ops/import/mappings/boston311.toml \\\n"
                        "    ops/data/boston311_2015_slim.csv.zst\n"
                        "The same files twice add nothing; after an interruption the same command goes on.\n");
    Program::common(sub, csv.common);
    sub->add_option("--mapping", csv.mapping, "How columns become events")->required()->option_text("FILE.toml");
    sub->add_option("files", csv.files, "CSV files, plain or .zst")->required()->option_text("CSV...");
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
    Program::common(sub, send.common, false);
    sub->add_option("--topic", send.topic, "Topic for all lines")->option_text("TOPIC");
    sub->add_flag("--raw", send.raw, "Do not look into the lines; needs --topic");
    sub->add_option("--key", send.key, "Key of the records (default: the subject of the event)")->option_text("TEXT");
    sub->add_option("--partitions", send.partitions, "Partitions, when the log is made (default: 4)")
        ->check(whole_number(0, kMostPartitions))
        ->option_text("N");
    sub->add_flag("--sync", send.sync, "Survive power loss");
    program.runs(sub, [&send] { return ops::send(send); });
  }
}

struct Questions {
  ops::TailOptions tail;
  ops::RankingsOptions rankings;
  ops::WorkloadOptions workload;
  ops::AlertsOptions alerts;
  CommonOptions show_case, topics, status, verify;
  std::string id;
};

void add_reading(Program& program, Questions& q) {
  {
    CLI::App* sub = program.command("case", "One case: its facts, clocks and what was announced",
                                    "  gridloop case 101001240735 --data data/boston\n");
    Program::common(sub, q.show_case);
    sub->add_option("id", q.id, "Subject of its events")->required()->option_text("ID");
    program.runs(sub, [&q] { return ops::show_case(q.show_case, q.id); });
  }
  {
    CLI::App* sub = program.command("rankings", "The areas of a level, ranked by cases closed on time",
                                    "  gridloop rankings --data data/boston --period 2015-06 --level district\n");
    Program::common(sub, q.rankings.common);
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
    Program::common(sub, q.workload.common);
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
                        "  gridloop alerts --data data/boston --net --json    one line per case and clock\n");
    Program::common(sub, q.alerts.common);
    sub->add_flag("--net", q.alerts.net, "What stands after all retractions: the verdict of each clock");
    sub->add_option("--case", q.alerts.subject, "Of this case alone")->option_text("ID");
    sub->add_option("--last", q.alerts.last, "The last so many")->check(whole_number(0))->option_text("N");
    program.runs(sub, [&q] { return ops::alerts(q.alerts); });
  }
  {
    CLI::App* sub = program.command("tail", "The records of a topic",
                                    "  gridloop tail requests --data data/town --last 5\n"
                                    "  gridloop tail gridloop.dead-letters --data data/town --json\n");
    Program::common(sub, q.tail.common);
    sub->add_option("topic", q.tail.topic, "Name of the topic, with or without the prefix")
        ->required()
        ->option_text("TOPIC");
    sub->add_option("--last", q.tail.last, "The last so many of each partition")
        ->check(whole_number(0))
        ->option_text("N");
    program.runs(sub, [&q] { return ops::tail(q.tail); });
  }
  {
    CLI::App* topics = program.command("topics", "The topics", "  gridloop topics list --data data/town\n");
    topics->require_subcommand(1);
    CLI::App* sub = topics->add_subcommand("list", "All topics: what they hold, who writes them, how full they are");
    sub->footer("Examples:\n  gridloop topics list\n  gridloop topics list --data data/town --json\n");
    sub->add_option("--data", q.topics.data, "Data directory: shows partitions and records too")->option_text("DIR");
    sub->add_option("--prefix", q.topics.prefix, "Prefix of the topics")->capture_default_str()->option_text("TEXT");
    sub->add_flag("--json", q.topics.json, "One JSON object per line, for programs");
    program.runs(sub, [&q] { return ops::list_topics(q.topics); });
  }
  {
    CLI::App* sub = program.command("status", "How far each task is, totals, backfills and dead letters",
                                    "  gridloop status --data data/boston\n");
    Program::common(sub, q.status);
    program.runs(sub, [&q] { return ops::status(q.status); });
  }
  {
    CLI::App* sub = program.command(
        "verify", "Check every byte of the log, rebuild all state from it, and compare",
        "  gridloop verify --data data/boston     exits with 4 when anything is damaged, and names it\n");
    Program::common(sub, q.verify);
    program.runs(sub, [&q] { return ops::verify(q.verify); });
  }
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
  Questions questions;
  add_writing(program, run, csv, send);
  add_reading(program, questions);
  try {
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
