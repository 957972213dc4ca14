#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/clock.h"
#include "engine/log/embedded_log.h"
#include "engine/log/journal_check.h"
#include "tests/support/simulated_disk.h"

namespace journal_fixture {

inline const std::string kDirectory = "log";
inline const engine::TopicPartition kFirst{"a", engine::Partition{0}};
inline const engine::TopicPartition kSecond{"b", engine::Partition{1}};

// All files of a disk, by path: a copy that can be damaged and put on another disk.
using Files = std::map<std::string, std::string>;

inline Files files_of(const support::SimulatedDisk& disk) {
  Files files;
  for (const std::string& path : disk.paths()) files[path] = disk.contents(path);
  return files;
}

inline void put(support::SimulatedDisk& disk, const Files& files) {
  for (const auto& [path, bytes] : files) disk.put(path, bytes);
}

// What can be read of a log: per partition the records as text.
using Contents = std::map<engine::TopicPartition, std::vector<std::string>>;

inline engine::Result<Contents> read_all(engine::Log& log) {
  Contents contents;
  for (const auto& spec : log.topics()) {
    for (std::uint32_t p = 0; p < spec.partitions; ++p) {
      const engine::TopicPartition at{spec.name, engine::Partition{p}};
      const engine::Offset end = TRY(log.bounds(at)).end;
      const auto reader = TRY(log.reader(at, engine::Offset{0}));
      auto& records = contents[at];
      while (reader->position() < end) {
        engine::Batch batch;
        TRY(reader->read(batch, 100));
        for (const auto& record : batch.records()) {
          records.push_back(std::to_string(record.offset.value) + "@" +
                            std::to_string(engine::to_ms(record.timestamp)) + " " + std::string(record.key) + "=" +
                            std::string(record.value) + " " + std::string(record.headers));
        }
      }
    }
  }
  return contents;
}

// A small log of two topics on a disk in memory.
class JournalTest : public testing::Test {
 protected:
  engine::Result<std::unique_ptr<engine::EmbeddedLog>> open(support::SimulatedDisk& disk, bool accept_loss = false) {
    return engine::EmbeddedLog::open(disk, clock_,
                                     {.directory = kDirectory,
                                      .sync = sync_,
                                      .read_only = false,
                                      .accept_loss = accept_loss,
                                      .segment_bytes = segment_bytes_});
  }

  void start() {
    auto opened = open(disk_);
    ASSERT_TRUE(opened) << opened.error().message;
    log_ = std::move(*opened);
    ASSERT_TRUE(log_->create_topic({kFirst.topic, 1}));
    ASSERT_TRUE(log_->create_topic({kSecond.topic, 2}));
    writer_ = *log_->writer("w");
  }

  void stop() {
    writer_.reset();
    log_.reset();
  }

  // A transaction of three records in two topics.
  engine::Transaction next_transaction() {
    clock_.advance(engine::Milliseconds(10));
    const std::string n = std::to_string(++said_);
    const auto record = [&](const engine::TopicPartition& at, std::string value) {
      return engine::Outgoing{at.topic, at.partition, "k" + n, std::move(value), engine::encode_headers({{"n", n}}),
                              {}};
    };
    return {{record(kFirst, "one " + n), record(kSecond, std::string(said_ % 7, 'x')), record(kFirst, "two " + n)},
            "group",
            {{kFirst, engine::Offset{static_cast<std::int64_t>(2 * said_)}}}};
  }
  engine::Result<std::vector<engine::Offset>> say() { return writer_->commit(next_transaction()); }
  void say(int times) {
    for (int i = 0; i < times; ++i) {
      const auto said = say();
      ASSERT_TRUE(said) << said.error().message;
    }
  }

  Contents contents() {
    auto all = read_all(*log_);
    EXPECT_TRUE(all) << all.error().message;
    return all ? *all : Contents{};
  }

  bool sync_ = false;
  std::uint64_t segment_bytes_ = 64u << 20;
  std::uint64_t said_ = 0;
  engine::SimulatedClock clock_{engine::instant(1'700'000'000'000)};
  support::SimulatedDisk disk_{1};
  std::unique_ptr<engine::EmbeddedLog> log_;
  std::unique_ptr<engine::Writer> writer_;
};

}  // namespace journal_fixture
