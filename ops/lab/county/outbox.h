#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ops/lab/county/calendar.h"
#include "ops/lab/county/county_options.h"
#include "ops/lab/county/random.h"
#include "topics/codec/encode.h"

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

// Who tells routine events, and writes them.
class RoutineTeller {
 public:
  virtual ~RoutineTeller() = default;
  // Tells what happens in [from, to) by Outbox::tell(Routine).
  virtual void tell_routine(engine::Instant from, engine::Instant to) = 0;
  // Sets all of `event` but `logged`, `late` and `repeated`. Threads: this and prefetch() beside tell_routine().
  virtual void write(const Routine& routine, CountyEvent& event) const = 0;
  // It will be written soon.
  virtual void prefetch(const Routine& routine) const = 0;
};

// Takes what is told in the order of telling, and gives it back in the order in which it reaches the log. Some events
// come late, some twice; each source's clock is off by some seconds.
//
//   out.tell(...);                    // all else that happens before `to`
//   out.take_routine(teller, from, to);
//   out.turn();                       // now next() gives what is logged before `to`
//
// Invariants: an event never leaves before the time at which it happened (its own clock left aside).
// Threads:    one, and another one for take_routine() while the first calls next() and nothing else.
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

  // Tells a routine event: `id` and `subject` are the numbers of its texts (text_number()). Called by
  // RoutineTeller::tell_routine() alone.
  void tell(const Routine& routine, std::uint64_t id, std::uint64_t subject);

  // Has the routine of [from, to) told, and takes what of all routine is logged before `to`. REQUIRES: the spans
  // ascend; `teller` lives until all is given.
  void take_routine(RoutineTeller& teller, engine::Instant from, engine::Instant to);
  // Has next() go on with what was taken. REQUIRES: next() gave nothing the last time.
  void turn();
  // The end of the span that next() gives.
  engine::Instant end() const { return given_span_.end; }

  // How far the clock of `source` is off.
  engine::Milliseconds skew(std::string_view source) const;
  // An instant of the story as events and the log show it: nearer to the beginning when everything goes faster.
  engine::Instant at(engine::Instant time) const {
    return options_.speed == 1 ? time : begin_ + (time - begin_) / options_.speed;
  }
  // A span of seconds of the story, one at least.
  std::int64_t seconds(std::int64_t seconds) const { return std::max<std::int64_t>(1, seconds / options_.speed); }

  // The next delivery that is logged before end(), at first before the beginning of the county; else nothing. The event
  // lives until the next call.
  const CountyEvent* next();

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

  // Routine that is logged in one span, by (logged, number).
  struct Span {
    engine::Instant end;  // of the story
    const RoutineTeller* teller = nullptr;
    std::vector<WaitingRoutine> routine;
  };

  Delivery delivery(engine::Instant time, std::uint64_t id, std::uint64_t subject) const;
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

  Span given_span_;  // what next() gives
  std::size_t next_routine_ = 0;
  CountyEvent routine_event_;  // written when it is given, as its bytes are soon copied

  Span taken_;
  std::vector<WaitingRoutine> routine_;  // that was told and not taken, by number
  std::vector<std::uint64_t> order_;
};

}  // namespace ops::simulate
