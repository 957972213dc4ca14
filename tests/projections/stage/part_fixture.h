// What the tests of a stage's parts run them in: a state in memory and a context that keeps what is sent.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stage.h"
#include "engine/state/memory_store.h"
#include "engine/state/state.h"

namespace projections_test {

// A state on a store in memory. restart() forgets whatever no checkpoint holds.
class PartState {
 public:
  PartState() { restart(); }
  void restart() { state_ = std::make_unique<engine::State>(store_); }
  void checkpoint() {
    if (!store_.checkpoint({"position", state_->freeze()})) throw std::runtime_error("the store in memory failed");
    state_->unfreeze();
  }
  engine::State& operator*() { return *state_; }

 private:
  engine::MemoryStore store_{std::make_shared<engine::MemoryStore::Contents>()};
  std::unique_ptr<engine::State> state_;
};

// Every member may be set between calls.
class PartContext final : public engine::Context {
 public:
  struct Sent {
    std::size_t output = 0;
    std::string key;
    std::string value;
  };

  explicit PartContext(engine::Timers* armed = nullptr) : armed_(armed) {}

  engine::Instant now() const override { return clock; }
  engine::Instant reached() const override { return clock; }
  bool behind() const override { return is_behind; }
  engine::StepNumber step() const override { return {7}; }
  engine::Partition partition() const override { return {0}; }
  std::uint32_t partitions() const override { return 1; }
  engine::Timers& timers() override { return *armed_; }
  bool full() const override { return room-- == 0; }
  void expect_outputs(std::int64_t bytes) override { expected += bytes; }
  void send(std::size_t output, std::string_view key, std::string_view value, std::string_view) override {
    sent.push_back({output, std::string(key), std::string(value)});
  }
  const std::vector<engine::Offset>& positions() const override { return offsets; }

  engine::Instant clock = engine::instant(1'772'416'800'000);
  bool is_behind = false;
  mutable std::int64_t room = -1;  // looks at full() until it is; < 0 = never
  std::int64_t expected = 0;
  std::vector<Sent> sent;
  std::vector<engine::Offset> offsets;

 private:
  engine::Timers* armed_;
};

}  // namespace projections_test
