#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "ops/simulate/calendar.h"
#include "ops/simulate/county_options.h"
#include "ops/simulate/random.h"
#include "topics/encode.h"

namespace ops::simulate {

// One delivery of an event to the log.
struct CountyEvent {
  topics::Type type{};
  topics::Family family{};
  std::string subject;       // the record's key
  std::string value;         // the event as one line of JSON
  engine::Instant happened;  // what its `time` says
  engine::Instant logged;
  bool late = false;      // logged five minutes after it happened, or more
  bool repeated = false;  // the second delivery
};

// Takes what is told in the order of telling, and gives it back in the order in which it reaches the log. Some events
// come late, some twice; each source's clock is off by some seconds.
//
// Invariants: an event never leaves before the time at which it happened (its own clock left aside).
// Threads:    one.
class Outbox {
 public:
  explicit Outbox(const CountyOptions& options);

  struct Head {
    topics::Type type;
    std::string_view source;
    std::string_view subject;
    std::string_view id;
    engine::Instant time;      // when it really happened
    engine::Instant happened;  // by the clock of the source
    std::string_view correlation = {};
    bool in_order = false;  // rules: neither late nor twice, but in the order of telling
  };

  // Tells an event; `fill(fields)` writes its data. Instants of the data go through at().
  template <class Fill>
  void tell(const Head& head, const Fill& fill) {
    data_.clear();
    topics::FieldWriter fields(data_, kZoneSeconds);
    fill(fields);
    fields.finish();
    add(head);
  }

  // How far the clock of `source` is off.
  engine::Milliseconds skew(std::string_view source) const;
  // An instant of the story as events and the log show it: nearer to the beginning when everything goes faster.
  engine::Instant at(engine::Instant time) const {
    return options_.speed == 1 ? time : begin_ + (time - begin_) / options_.speed;
  }
  // A span of seconds of the story, one at least.
  std::int64_t seconds(std::int64_t seconds) const { return std::max<std::int64_t>(1, seconds / options_.speed); }

  // The next delivery if it is logged before `end` (an instant of the story), else nothing. The event lives until the
  // next call.
  const CountyEvent* next(engine::Instant end);
  std::size_t waiting() const { return heap_.size(); }

 private:
  struct Waiting {
    engine::Instant logged;  // of the story
    std::uint64_t number;
    std::uint32_t slot;
    bool operator>(const Waiting& other) const {
      return logged != other.logged ? logged > other.logged : number > other.number;
    }
  };

  void add(const Head& head);
  CountyEvent& deliver(const Head& head, engine::Instant logged);

  const CountyOptions options_;
  engine::Instant begin_;
  std::string data_;
  std::uint64_t delivered_ = 0;
  std::vector<Waiting> heap_;
  std::deque<CountyEvent> events_;  // by slot
  std::vector<std::uint32_t> free_;
  std::uint32_t given_ = 0;  // the slot that next() gave last
  bool any_given_ = false;
};

}  // namespace ops::simulate
