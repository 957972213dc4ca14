#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <future>
#include <optional>
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

// An event of which there are millions, and which is written when it reaches the log.
struct Routine {
  std::uint32_t subject;  // what it is about, by a number of the teller's
  engine::Instant time;   // when it really happened
};

// Who told routine events, and writes them.
class RoutineTeller {
 public:
  virtual ~RoutineTeller() = default;
  // Sets all of `event` but `logged`, `late` and `repeated`. Threads: several at once.
  virtual void write(const Routine& routine, CountyEvent& event) const = 0;
};

// Takes what is told in the order of telling, and gives it back in the order in which it reaches the log. Some events
// come late, some twice; each source's clock is off by some seconds.
//
// Invariants: an event never leaves before the time at which it happened (its own clock left aside).
// Threads:    one; it has a second one write routine events, meanwhile.
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

  // Tells a routine event: `id` and `subject` are the numbers of its texts (text_number()).
  void tell(const Routine& routine, std::uint64_t id, std::uint64_t subject);
  // By whom routine events are written. REQUIRES: it lives until another one is, or nullptr, and nothing that it told
  // is wanted any more then.
  void write_routine_by(const RoutineTeller* teller) {
    if (writing_.valid()) writing_.get();
    teller_ = teller;
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
  std::size_t waiting() const { return heap_.size() + routine_.size() + (due_.size() - next_due_); }

 private:
  struct Waiting {
    engine::Instant logged;  // of the story
    std::uint64_t number;
    std::uint32_t slot;
    bool operator>(const Waiting& other) const {
      return logged != other.logged ? logged > other.logged : number > other.number;
    }
  };

  struct WaitingRoutine {
    engine::Instant logged;  // of the story
    std::uint64_t number;
    Routine routine;
    bool late;
    bool repeated;
  };
  // When an event is delivered, of the story; the second time only if there is one.
  struct Delivery {
    engine::Instant first;
    bool late;
    std::optional<engine::Instant> second;
    bool second_late(engine::Instant happened) const;
  };

  Delivery delivery(engine::Instant time, std::uint64_t id, std::uint64_t subject) const;
  void add(const Head& head);
  CountyEvent& deliver(const Head& head, engine::Instant logged);
  void take_due(engine::Instant end);
  void write_due(std::size_t from, std::size_t to);

  const CountyOptions options_;
  engine::Instant begin_;
  std::string data_;
  std::uint64_t delivered_ = 0;
  std::vector<Waiting> heap_;
  std::deque<CountyEvent> events_;  // by slot
  std::vector<std::uint32_t> free_;
  std::uint32_t given_ = 0;  // the slot that next() gave last
  bool any_given_ = false;

  const RoutineTeller* teller_ = nullptr;
  std::vector<WaitingRoutine> routine_;  // in any order
  std::vector<WaitingRoutine> due_;      // those that are logged before due_end_, by (logged, number)
  std::vector<CountyEvent> written_;     // the events of due_, and more
  std::size_t written_here_ = 0;         // how many of them this thread writes
  std::future<void> writing_;            // the others
  std::size_t next_due_ = 0;
  engine::Instant due_end_ = engine::kMinInstant;
  bool told_ = false;  // a routine event, since they were taken
};

}  // namespace ops::simulate
