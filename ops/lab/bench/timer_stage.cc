#include "ops/lab/bench/timer_stage.h"

#include <fmt/format.h>

#include "engine/bytes.h"

namespace ops::bench {

void TimerCount::encode(std::string& out) const {
  engine::put_signed(out, n);
}

bool TimerCount::decode(std::string_view bytes) {
  engine::ByteReader in(bytes);
  n = in.integer();
  return in.complete();
}

std::string TimerStage::encode(const Batch& batch) {
  std::string out;
  engine::put_varint(out, batch.first);
  engine::put_varint(out, batch.count);
  engine::put_signed(out, engine::to_ms(batch.due));
  engine::put_signed(out, batch.spread.count());
  return out;
}

TimerStage::TimerStage() {
  spec_.name = "timers";
  spec_.inputs = {{std::string(kTopic), engine::InputSpec::Kind::partitioned}};
  spec_.schedule_topic = kSchedule;
}

void TimerStage::open(engine::State& state) {
  counts_ = std::make_unique<engine::Table<TimerCount, engine::Access::ordered>>(state, "counts");
}

void TimerStage::apply(const engine::Message& message, engine::Context& context) {
  engine::ByteReader in(message.record.value);
  const std::uint64_t first = in.varint();
  const std::uint64_t count = in.varint();
  const std::int64_t due = in.integer();
  const std::int64_t spread = in.integer();
  CHECK(in.complete() && spread > 0);
  for (std::uint64_t number = first; number < first + count; ++number) {
    const std::int64_t later = static_cast<std::int64_t>(number) % spread;
    context.timers().arm({engine::instant(due + later), fmt::format("case-{:09}", number), 0});
  }
  armed_ += static_cast<std::int64_t>(count);
  if (count == 0) ++notes_;
}

void TimerStage::fire(const engine::Timer&, engine::Context&) {
  ++fired_;
}

void TimerStage::end_step(engine::Context&) {
  if (armed_ > 0) counts_->upsert("armed").n += armed_;
  if (fired_ > 0) counts_->upsert("fired").n += fired_;
  if (notes_ > 0) counts_->upsert("notes").n += notes_;
  armed_ = fired_ = notes_ = 0;
}

std::int64_t TimerStage::total(std::string_view what) {
  const TimerCount* count = counts_->find(what);
  return count == nullptr ? 0 : count->n;
}

}  // namespace ops::bench
