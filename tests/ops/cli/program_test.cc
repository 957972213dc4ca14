// The command line of `gridloop`: which command runs with which values, and how mistakes are named.

#include "ops/cli/program.h"

#include <gtest/gtest.h>

#include "ops/cli/exit_code.h"
#include "ops/commands/list.h"

namespace {

struct Ended {
  int code = 0;
  std::string out;
  std::string err;
};

Ended run(ops::Program& program, std::vector<std::string> words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code = program.main(static_cast<int>(pointers.size()), pointers.data());
  const std::string err = testing::internal::GetCapturedStderr();
  return {code, testing::internal::GetCapturedStdout(), err};
}

Ended gridloop(std::vector<std::string> words) {
  ops::Program program("gridloop", "A test.");
  for (const ops::Declare declare : ops::command_list()) declare(program);
  words.insert(words.begin(), "gridloop");
  return run(program, std::move(words));
}

TEST(Program, NamesAnUnknownCommandAndTheNearestOne) {
  constexpr const char* kMore = "\nRun with --help for more information.\n";
  const Ended near = gridloop({"ranking"});
  EXPECT_EQ(near.code, ops::kUsage);
  EXPECT_EQ(near.err, std::string("gridloop: unknown command 'ranking'; did you mean 'rankings'?") + kMore);
  EXPECT_EQ(near.out, "");
  EXPECT_EQ(gridloop({"frobnicate"}).err, std::string("gridloop: unknown command 'frobnicate'") + kMore);
  EXPECT_EQ(gridloop({"topics", "lst"}).err,
            std::string("gridloop: unknown command 'topics lst'; did you mean 'topics list'?") + kMore);
  EXPECT_EQ(gridloop({"rankings", "--perod=2026-01"}).err,
            std::string("gridloop: unknown option '--perod'; did you mean '--period'?") + kMore);
  EXPECT_EQ(gridloop({"rankings", "--period"}).code, ops::kUsage);
  EXPECT_EQ(gridloop({}).code, ops::kUsage);
}

TEST(Program, ACommandThatNeedsALogSaysSo) {
  const Ended ended = gridloop({"status"});
  EXPECT_EQ(ended.code, ops::kUsage);
  EXPECT_TRUE(ended.err.starts_with("gridloop: --data is required: the data directory, or --kafka HOST:PORT\n"));
}

TEST(Program, HelpListsEachCommandAndTheDefaultsOfItsOptions) {
  const Ended all = gridloop({"--help"});
  EXPECT_EQ(all.code, ops::kOk);
  for (const char* name : {"run", "import", "send", "rankings", "topics", "calendar"}) {
    EXPECT_NE(all.out.find(std::string("\n  ") + name + " "), std::string::npos) << all.out;
  }
  const Ended one = gridloop({"run", "--help"});
  for (const char* part : {"(default: gridloop.)", "(default: 1GiB)", "(default: 32768)"}) {
    EXPECT_NE(one.out.find(part), std::string::npos) << one.out;
  }
  EXPECT_NE(gridloop({"due", "--help"}).out.find("(default: 1d)"), std::string::npos);
}

// The values of the options of one command, after `words`.
struct Values {
  bool flag = false;
  std::string text = "usual";
  std::optional<std::string> maybe;
  std::vector<std::string> repeated, files;
  std::uint32_t number = 0;
  std::optional<std::uint64_t> maybe_number;
  std::uint64_t bytes = 0, milliseconds = 0;
  std::int64_t span = 0;
  std::chrono::milliseconds seconds{0};
  char choice = 'a';
};

Ended parse(Values& values, std::vector<std::string> words) {
  ops::Program program("p", "A test.");
  ops::Command command = program.command("c", "A command.", "  p c\n");
  command.flag("--flag", values.flag, "A flag");
  command.text("--text", values.text, "TEXT", "A text");
  command.text("--maybe", values.maybe, "TEXT", "A text");
  command.repeated("--repeated", values.repeated, "TEXT", "Texts");
  command.list("files", values.files, "FILE...", "Files");
  command.number("--number", values.number, {1, 9}, "N", "A number");
  command.number("--maybe-number", values.maybe_number, {}, "N", "A number");
  command.bytes("--bytes", values.bytes, "A size");
  command.milliseconds("--ms", values.milliseconds, {0, 5000}, "A time");
  command.time_span("--span", values.span, {0, 100'000}, "A time");
  command.seconds("--seconds", values.seconds, 60, "A time");
  command.choice("--choice", values.choice, {{"first", 'a'}, {"second", 'b'}}, "One of two");
  command.runs([] { return 42; });
  words.insert(words.begin(), {"p", "c"});
  return run(program, std::move(words));
}

TEST(Command, TakesTheValuesOfItsOptions) {
  Values values;
  const Ended ended = parse(
      values, {"--flag", "--text",         "t",  "--maybe", "",   "--repeated", "x",  "--repeated", "y",    "--number",
               "9",      "--ms",           "5s", "--span",  "2h", "--seconds",  "60", "--bytes",    "1KiB", "--choice",
               "second", "--maybe-number", "0",  "a",       "b"});
  EXPECT_EQ(ended.code, 42) << ended.err;
  EXPECT_TRUE(values.flag);
  EXPECT_EQ(values.text, "t");
  EXPECT_EQ(values.maybe, "");
  EXPECT_EQ(values.repeated, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(values.files, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(values.number, 9u);
  EXPECT_EQ(values.maybe_number, 0u);
  EXPECT_EQ(values.bytes, 1024u);
  EXPECT_EQ(values.milliseconds, 5000u);
  EXPECT_EQ(values.span, 7200);
  EXPECT_EQ(values.seconds, std::chrono::seconds(60));
  EXPECT_EQ(values.choice, 'b');
}

TEST(Command, LeavesTheDefaultsOfOptionsThatAreNotGiven) {
  Values values;
  EXPECT_EQ(parse(values, {}).code, 42);
  EXPECT_EQ(values.text, "usual");
  EXPECT_FALSE(values.maybe);
  EXPECT_FALSE(values.maybe_number);
}

TEST(Command, RefusesValuesThatAreOutOfRange) {
  Values values;
  const std::vector<std::vector<std::string>> all = {
      {"--number", "0"}, {"--number", "10"}, {"--number", "1.5"}, {"--maybe-number", "-1"}, {"--ms", "6s"},
      {"--span", "2"},   {"--bytes", "-1"},  {"--seconds", "61"}, {"--choice", "third"},
  };
  for (const std::vector<std::string>& wrong : all) {
    const Ended ended = parse(values, wrong);
    EXPECT_EQ(ended.code, ops::kUsage) << wrong[0] << " " << wrong[1];
    EXPECT_NE(ended.err.find(wrong[0]), std::string::npos) << ended.err;
  }
}

}  // namespace
