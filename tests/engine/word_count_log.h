#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "engine/log/embedded_log.h"
#include "tests/engine/word_count.h"
#include "tests/support/scratch.h"

namespace word_count {

// An embedded log in a directory of its own with the topics of the stage that counts words, of one partition, and a
// clock that stands.
class WordCountLogTest : public testing::Test {
 protected:
  WordCountLogTest() { open("log"); }

  // Goes on with an empty log.
  void open(const std::string& name) {
    log_ = *engine::EmbeddedLog::open(disk_, clock_, {.directory = directory_ + "/" + name});
    for (const auto& spec : topics(1)) EXPECT_TRUE(log_->create_topic(spec));
    producer_ = *log_->writer("producer");
  }

  void say(const std::string& line) {
    engine::Transaction transaction;
    transaction.records.push_back({kLines, engine::Partition{0}, "doc", line, {}, std::nullopt});
    EXPECT_TRUE(producer_->commit(transaction));
  }

  const support::Scratch scratch_;
  const std::string directory_ = scratch_.path("");
  engine::PosixDisk disk_;
  engine::SimulatedClock clock_{engine::instant(1'000'000)};
  std::unique_ptr<engine::EmbeddedLog> log_;
  std::unique_ptr<engine::Writer> producer_;
};

}  // namespace word_count
