#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "engine/state/memory_store.h"
#include "tests/engine/task_fixture.h"

namespace {

using namespace engine;
using word_count::TaskTest;

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += fmt::format("{}{:02x}", text.empty() ? "" : " ", static_cast<unsigned char>(byte));
  }
  return text;
}

// engine/README.md shows these bytes. When they change, the format of the schedule has changed, or a hash of the engine:
// raise the number of the format.
TEST_F(TaskTest, TheScheduleRecordInTheReadmeIsWritten) {
  MemoryStore store(std::make_shared<MemoryStore::Contents>());
  const auto task = make(store);
  ASSERT_TRUE(task->open(Task::Mode::live));
  say("a b a");
  ASSERT_TRUE(task->run_step());
  ASSERT_TRUE(task->commit_next());
  Batch batch;
  const auto reader = *log_->reader({word_count::kSchedule, Partition{0}}, Offset{0});
  ASSERT_TRUE(reader->read(batch, 1 << 20));
  ASSERT_EQ(batch.records().size(), 1u);
  EXPECT_EQ(
      hex(batch.records().front().value),
      "02 01 00 00 2f 01 01 00 02 00 00 00 00 01 01 e1 86 e0 c7 17 7b 9f b1 25 48 58 18 80 79 88 d8 00 00 00 02 dc "
      "a5 29 54 6d f7 4a 5b e7 bf 56 f1 9c c8 33 ba 00 5a d8 dd 1d 45 c7 9d 23 15 00 48 c4 14 07 1e bc");
}

}  // namespace
