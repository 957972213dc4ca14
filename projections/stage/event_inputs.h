// Records of a stage's inputs → decoded events; and what becomes of those that cannot be applied where they lie.
//
// Takes: records in either content mode. Gives: pooled events with the place at which each record was written first, dead
// letters, records forwarded to the inbox, and tallies of what was done.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stage.h"
#include "engine/state/table.h"
#include "topics/codec/event.h"

namespace projections {

// A number that only grows; for what is counted per task: applied, duplicates, dead letters by reason.
struct Tally {
  static constexpr std::uint8_t kFormat = 1;  // u8 format | signed n
  std::int64_t n = 0;
  void encode(std::string& out) const;
  bool decode(std::string_view bytes);
};

// Counts kept in the state, combined per step.
class Tallies {
 public:
  explicit Tallies(engine::State& state) : rows_(state, "tallies") {}
  void add(std::string_view what, std::int64_t n = 1);
  void end_step();
  std::map<std::string, std::int64_t> all();

 private:
  engine::Table<Tally, engine::Access::ordered> rows_;
  std::map<std::string, std::int64_t, std::less<>> step_;
};

// The place and log time of a record before it was forwarded: they count for what it says.
struct Origin {
  std::string topic;
  std::uint32_t partition = 0;
  std::int64_t offset = 0;
  engine::Instant logged;
};

// Decodes records into pooled events, and deals with those that cannot be applied.
//
// A record whose key is not its subject, or that lies in another partition, is forwarded whole, once, to the stage's
// inbox with its headers; there its origin is in the headers gl-topic, gl-partition, gl-offset and gl-logged-ms.
//
// Threads: confined to one thread at a time.
class EventInputs {
 public:
  struct Item {
    topics::Event event;
    std::optional<topics::Rejection> rejected;
    Origin origin;
    bool forwarded = false;
  };

  // `inbox_input` is the index of the inbox among the inputs; < 0 = the stage has none.
  EventInputs(const engine::StageSpec& spec, int inbox_input) : spec_(spec), inbox_input_(inbox_input) {}

  // Stage::decode(): fills the message's event time and slot.
  void decode(engine::Message& message);
  Item& item(const engine::Message& message) { return *pool_[message.slot]; }
  void release(const engine::Message& message) { free_.push_back(message.slot); }

  // Sends the record to the dead letters.
  void reject(const engine::Message& message, const topics::Rejection& rejection, std::size_t output,
              engine::Context& context);
  // Sends the record to the inbox of its subject.
  void forward(const engine::Message& message, std::size_t output, engine::Context& context);

 private:
  const engine::StageSpec& spec_;
  int inbox_input_;
  topics::Decoder decoder_;
  std::vector<std::unique_ptr<Item>> pool_;
  std::vector<std::uint32_t> free_;
};

}  // namespace projections
