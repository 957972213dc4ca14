#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <csignal>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/system/kafka/broker.h"

namespace {

using namespace engine;

// A broker of the test's own, to be killed.
class KafkaOutageTest : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("GRIDLOOP_KAFKA_JARS") == nullptr) {
      GTEST_SKIP() << "needs Kafka's jars: set GRIDLOOP_KAFKA_JARS=$(ops/kafka/start.sh fetch)";
    }
    data_ = testing::TempDir() + kafka_tests::named("broker");
    port_ = free_port();
    start();
  }
  void TearDown() override {
    if (data_.empty()) return;
    script("stop --data " + data_);
    std::filesystem::remove_all(data_);
  }

  static bool is_free(int port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    const bool free = ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    ::close(socket);
    return free;
  }
  // For the broker and, behind it, its controller. Not of those that the system gives to whoever connects (from 32768
  // on): a client that tries to reach the broker while it is away would take its port.
  static int free_port() {
    int port = 15'000 + ::getpid() % 4'000;
    while (!is_free(port) || !is_free(port + 1)) port += 2;
    return port;
  }
  static void script(const std::string& arguments) {
    const std::string command = "bash " GRIDLOOP_SOURCE_DIR "/ops/kafka/start.sh " + arguments + " >/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
  void start() { script("--data " + data_ + " --port " + std::to_string(port_)); }
  void kill_broker() const {
    pid_t pid = 0;
    std::ifstream(data_ + "/broker-1/pid") >> pid;
    ASSERT_GT(pid, 1);
    ASSERT_EQ(::kill(pid, SIGKILL), 0);
  }

  std::unique_ptr<KafkaLog> open() const {
    auto opened = KafkaLog::open({.brokers = "127.0.0.1:" + std::to_string(port_),
                                  .transaction_timeout = Milliseconds(2000),
                                  .timeout = Milliseconds(2000)});
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }

  static void until(Log& log, const std::string& what, const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(40);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << what;
      log.wait(log.changes(), Milliseconds(20));
    }
  }

  std::string data_;
  int port_ = 0;
};

TEST_F(KafkaOutageTest, ABrokerThatIsKilledAndComesBackLosesAndDoublesNothing) {
  const auto log = open();
  ASSERT_NE(log, nullptr);
  ASSERT_TRUE(log->create_topic({"t", 1}));
  const TopicPartition at{"t", Partition{0}};
  const auto transaction = [](const std::string& value) {
    return Transaction{{{"t", Partition{0}, "k", value, {}, std::nullopt}}, "group", {}};
  };
  auto writer = *log->writer("w");
  ASSERT_TRUE(writer->commit(transaction("before")));
  const auto reader = *log->reader(at, Offset{0});
  std::vector<std::string> values;
  const auto read = [&] {
    Batch batch;
    const auto done = reader->read(batch, 1000);
    for (const Record& record : batch.records()) values.emplace_back(record.value);
    return done;
  };
  until(*log, "the record arrives", [&] { return read() && !values.empty(); });

  kill_broker();
  until(*log, "the end gets unknown", [&] { return !reader->end(); });
  const auto bounds = log->bounds(at);
  ASSERT_FALSE(bounds);
  EXPECT_EQ(bounds.error().action, Action::retry) << bounds.error().message;
  const auto lost = writer->commit(transaction("during"));
  ASSERT_FALSE(lost);
  EXPECT_TRUE(lost.error().action == Action::abort || lost.error().action == Action::unknown ||
              lost.error().action == Action::fenced)
      << lost.error().message;
  const auto unopened = log->writer("w");
  ASSERT_FALSE(unopened);
  EXPECT_EQ(unopened.error().action, Action::retry) << unopened.error().message;

  start();
  until(*log, "the end is known again", [&] { return reader->end().has_value(); });
  until(*log, "a writer can be opened", [&] {
    auto opened = log->writer("w");
    if (opened) writer = std::move(*opened);
    return opened.has_value();
  });
  ASSERT_TRUE(writer->commit(transaction("after")));
  until(*log, "the reader goes on", [&] { return read() && values.back() == "after"; });
  EXPECT_EQ(values, (std::vector<std::string>{"before", "after"}));
}

}  // namespace
