#include <gtest/gtest.h>

#include "ops/deployment/kafka_connection.h"
#include "tests/support/scratch.h"

namespace {

using engine::Action;
using ops::kafka_options;

class KafkaConnectionTest : public testing::Test {
 protected:
  auto options(const std::string& file, std::vector<std::string> settings = {}) {
    scratch_.write("client.properties", file);
    return kafka_options({.brokers = "b:1", .settings = std::move(settings), .config = path_}, "p.");
  }
  const support::Scratch scratch_;
  const std::string path_ = scratch_.path("client.properties");
};

TEST_F(KafkaConnectionTest, AFileHasASettingALine) {
  const auto read = options("# login\n\n security.protocol = SASL_SSL\r\nsasl.password=a=b #c \n");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->settings,
            (std::map<std::string, std::string>{{"security.protocol", "SASL_SSL"}, {"sasl.password", "a=b #c"}}));
}

TEST_F(KafkaConnectionTest, TheCommandLineWins) {
  const auto read = options("client.id=file\n", {"client.id=line"});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->settings.at("client.id"), "line");
}

TEST_F(KafkaConnectionTest, ALineThatIsNoSettingIsNamedAndNotShown) {
  for (const char* line : {"hunter2", "=hunter2"}) {
    const auto read = options(std::string("a=b\n") + line);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().action, Action::invalid);
    EXPECT_NE(read.error().message.find(path_ + ":2"), std::string::npos) << read.error().message;
    EXPECT_EQ(read.error().message.find("hunter2"), std::string::npos) << read.error().message;
    const auto option = options("", {line});
    ASSERT_FALSE(option);
    EXPECT_EQ(option.error().message.find("hunter2"), std::string::npos) << option.error().message;
  }
}

TEST_F(KafkaConnectionTest, AFileThatCannotBeReadIsNamed) {
  for (const std::string& path : {scratch_.path(""), scratch_.path("no-such-file")}) {
    const auto read = kafka_options({.brokers = "b:1", .settings = {}, .config = path}, "p.");
    ASSERT_FALSE(read) << path;
    EXPECT_EQ(read.error().action, Action::fatal);
    EXPECT_NE(read.error().message.find(path), std::string::npos) << read.error().message;
  }
}

}  // namespace
