#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/task.h"
#include "tests/engine/word_count_log.h"

namespace word_count {

using Counts = std::map<std::string, std::int64_t>;

// Tasks of the stage that counts words, one at a time.
class TaskTest : public WordCountLogTest {
 protected:
  std::unique_ptr<engine::Task> make(engine::Store& store, std::uint32_t version = 1,
                                     engine::Task::Options options = {}) {
    return std::make_unique<engine::Task>(std::make_unique<Words>(version), engine::Partition{0}, *log_, store, clock_,
                                          std::move(options));
  }

  static void drain(engine::Task& task) {
    while (true) {
      const auto progress = task.run_step();
      ASSERT_TRUE(progress) << progress.error().message;
      if (progress->idle) return;
      commit(task);
    }
  }

  static void commit(engine::Task& task) {
    while (true) {
      const auto done = task.commit_next();
      ASSERT_TRUE(done) << done.error().message;
      if (!*done) break;
    }
    while (*task.checkpoint_next()) {
    }
  }

  static std::map<std::string, std::int64_t> counts(engine::Task& task) {
    return dynamic_cast<Words&>(task.stage()).counts();
  }

  std::vector<std::string> read(const std::string& topic) {
    engine::Batch batch;
    const auto reader = *log_->reader({topic, engine::Partition{0}}, engine::Offset{0});
    EXPECT_TRUE(reader->read(batch, 1 << 20));
    std::vector<std::string> values;
    for (const engine::Record& record : batch.records()) {
      values.push_back(std::string(record.key) + "=" + std::string(record.value));
    }
    return values;
  }
};

}  // namespace word_count
