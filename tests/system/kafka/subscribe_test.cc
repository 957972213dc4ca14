#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "tests/system/kafka/bare_producer.h"
#include "tests/system/kafka/broker.h"

namespace {

// A process whose output is read line by line; killed at the end.
class Child {
 public:
  explicit Child(std::vector<std::string> words) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    output_ = ends[0];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);  // a group of its own: a pipeline ends as a whole
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    EXPECT_EQ(posix_spawnp(&pid_, arguments[0], &actions, &attributes, arguments.data(), environ), 0) << words[0];
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
  }
  ~Child() {
    if (pid_ > 0) {
      kill(-pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(output_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // The lines up to the first that contains `last`, or all when the output ends or a minute passes before.
  std::vector<std::string> lines_until(const std::string& last) {
    std::vector<std::string> lines;
    std::string text;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (true) {
      for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
        lines.push_back(text.substr(0, end));
        text.erase(0, end + 1);
        if (lines.back().find(last) != std::string::npos) return lines;
      }
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      pollfd wanted{.fd = output_, .events = POLLIN, .revents = 0};
      if (left.count() <= 0 || poll(&wanted, 1, static_cast<int>(left.count())) <= 0) return lines;
      char bytes[4096];
      const ssize_t got = read(output_, bytes, sizeof(bytes));
      if (got <= 0) return lines;
      text.append(bytes, static_cast<std::size_t>(got));
    }
  }

 private:
  pid_t pid_ = -1;
  int output_ = -1;
};

std::string event(const std::string& source, const std::string& id) {
  return R"({"specversion":"1.0","id":")" + id + R"(","source":")" + source +
         R"(","type":"sla.breached","subject":"C-1","time":"2026-03-02T11:00:00+08:00","data":{}})";
}

std::string snippet(const std::string& file) {
  return GRIDLOOP_SOURCE_DIR "/ops/kafka/subscribe/" + file;
}

bool is_there(const std::string& program) {
  return std::system(("command -v '" + program + "' >/dev/null").c_str()) == 0;
}

// The lines of a text without their indentation, after an empty one.
std::string flat(std::istream&& text, const std::string& from = "", const std::string& to = "") {
  std::string lines;
  bool inside = from.empty();
  for (std::string line; std::getline(text, line);) {
    if (inside && !to.empty() && line == to) break;
    if (inside) lines += "\n" + line.substr(std::min(line.find_first_not_of(' '), line.size()));
    inside = inside || line == from;
  }
  return lines;
}

TEST(Readme, ShowsTheSubscribersThatAreTested) {
  for (const auto& [language, file] : {std::pair("python", "subscribe.py"), std::pair("java", "Subscribe.java")}) {
    const std::string shown =
        flat(std::ifstream(GRIDLOOP_SOURCE_DIR "/ops/docs/subscribe.md"), std::string("```") + language, "```");
    ASSERT_NE(shown, "") << language;
    EXPECT_NE(flat(std::ifstream(snippet(file))).find(shown), std::string::npos) << language << shown;
  }
}

// Each snippet of ops/docs/subscribe.md shows what was committed, once by source and id.
class KafkaSubscribeTest : public kafka_tests::KafkaTest {
 protected:
  void SetUp() override {
    KafkaTest::SetUp();
    if (log_ == nullptr) return;
    topic_ = kafka_tests::named("t");
    ASSERT_TRUE(log_->create_topic({topic_, 1}));
    const std::map<std::string, std::string> settings{{"transactional.id", kafka_tests::named("id")}};
    kafka_tests::BareProducer producer(settings);
    const auto send = [&](const std::string& value) { producer.produce(topic_, "C-1", value, 0); };
    producer.begin();
    send(event("one", "a"));
    send(event("one", "b"));
    send(event("one", "a"));
    send(event("two", "a"));
    producer.commit();
    producer.begin();
    send(event("one", "aborted"));
    producer.flush();
    producer.abort();
    producer.begin();
    send(event("one", "b"));
    send(event("one", "last"));
    producer.commit();
  }

  void expect_each_once(std::vector<std::string> words) {
    Child child(std::move(words));
    std::vector<std::string> seen;
    for (std::string line : child.lines_until("last")) {
      std::erase(line, ' ');
      seen.push_back(line);
    }
    EXPECT_EQ(seen, (std::vector<std::string>{event("one", "a"), event("one", "b"), event("two", "a"),
                                              event("one", "last")}));
  }

  std::string topic_;
};

TEST_F(KafkaSubscribeTest, WithKcatAndJq) {
  if (!is_there("kcat") || !is_there("jq")) GTEST_SKIP() << "needs kcat and jq";
  expect_each_once({snippet("subscribe.sh"), kafka_tests::broker(), topic_});
}

TEST_F(KafkaSubscribeTest, WithJava) {
  const char* jars = std::getenv("GRIDLOOP_KAFKA_JARS");
  if (jars == nullptr) GTEST_SKIP() << "needs Kafka's jars: set GRIDLOOP_KAFKA_JARS=$(ops/kafka/start.sh fetch)";
  expect_each_once({"java", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "--class-path",
                    std::string(jars) + "/*", snippet("Subscribe.java"), kafka_tests::broker(), topic_, topic_});
}

TEST_F(KafkaSubscribeTest, WithPython) {
  const char* python = std::getenv("GRIDLOOP_KAFKA_PYTHON");
  if (python == nullptr) {
    GTEST_SKIP() << "set GRIDLOOP_KAFKA_PYTHON to a Python with ops/kafka/subscribe/requirements.txt";
  }
  std::string directory = (std::filesystem::temp_directory_path() / "gridloop-subscribe-XXXXXX").string();
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  expect_each_once(
      {python, snippet("subscribe.py"), kafka_tests::broker(), topic_, topic_, directory + "/seen.sqlite"});
  std::filesystem::remove_all(directory);
}

}  // namespace
