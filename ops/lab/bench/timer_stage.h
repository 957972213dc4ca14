#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stage.h"
#include "engine/state/table.h"

namespace ops::bench {

// How often something happened.
struct TimerCount {
  std::int64_t n = 0;
  void encode(std::string& out) const;
  bool decode(std::string_view bytes);
};

// A stage that arms timers by the thousand and counts them as they fire: timers alone, without a domain.
//
//   timer-batches   varint first | varint count | signed due, ms | signed spread, ms    one partition
//
// The record arms the timers first .. first + count - 1 of the subjects "case-<number>"; each is due `number` modulo
// `spread` after `due`. A record with count 0 is counted as a note.
class TimerStage final : public engine::Stage {
 public:
  static constexpr std::string_view kTopic = "timer-batches";
  static constexpr std::string_view kSchedule = "schedule-timers";

  struct Batch {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    engine::Instant due;
    engine::Milliseconds spread{1};  // > 0
  };
  static std::string encode(const Batch& batch);
  static std::vector<std::string> tables() { return {"timers", "counts"}; }

  TimerStage();

  const engine::StageSpec& spec() const override { return spec_; }
  void open(engine::State& state) override;
  void decode(engine::Message&) override {}
  void apply(const engine::Message& message, engine::Context& context) override;
  void fire(const engine::Timer& timer, engine::Context& context) override;
  void end_step(engine::Context& context) override;

  std::int64_t armed() { return total("armed"); }
  std::int64_t fired() { return total("fired"); }
  std::int64_t notes() { return total("notes"); }

 private:
  std::int64_t total(std::string_view what);

  engine::StageSpec spec_;
  std::unique_ptr<engine::Table<TimerCount, engine::Access::ordered>> counts_;
  // Of the step in hand.
  std::int64_t armed_ = 0;
  std::int64_t fired_ = 0;
  std::int64_t notes_ = 0;
};

}  // namespace ops::bench
