#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/state/state.h"
#include "engine/state/timer_set.h"

namespace engine {

// Timers of one task: they fire in the order (due, subject, kind), once the task clock has passed their due time.
//
// In the store a timer is a row without value: key = sortable due (8 bytes) | subject | kind (1 byte). In memory there
// are all timers below horizon_, and of the later ones those that the store does not have yet; the others are loaded
// in chunks when the horizon is reached. Everything up to mark_ has fired, so a seek starts behind it and meets no row
// that was deleted by firing.
//
// Threads: confined to one thread at a time. Errors: see State.
class Timers final : public TableBase {
 public:
  explicit Timers(State& state);

  void arm(const TimerRef& timer);     // REQUIRES: it is not armed
  void disarm(const TimerRef& timer);  // REQUIRES: it is armed

  // The due time of the first timer; nothing when there is none.
  std::optional<Instant> next_due();
  // Takes the first timer, if it is due before `now` (deadlines are inclusive).
  std::optional<Timer> take(Instant now);

  const std::string& mark() const { return mark_; }
  void set_mark(std::string mark) { mark_ = std::move(mark); }

  void update_digest(Hash128& digest) override;
  void freeze(TableChanges& changes) override;
  void unfreeze() override;
  void evict(std::size_t bytes) override;
  std::size_t bytes() const override { return armed_.bytes() + gone_.bytes() + going_.bytes(); }
  std::size_t dirty_bytes() const override;

 private:
  void encode_key(const TimerRef& timer);  // into key_
  void forget(const TimerRef& timer, TimerSet::Marks marks);
  bool within_horizon(const TimerRef& timer) const { return all_loaded_ || (horizon_ && timer < *horizon_); }
  void load();

  State& state_;
  TimerSet armed_;
  TimerSet gone_;                 // armed no more, but the store has them, or will have them with the next checkpoint
  TimerSet going_;                // the same, in a checkpoint that is not in the store yet
  std::optional<Timer> horizon_;  // the first timer that may be missing from armed_; nothing = none was loaded
  bool all_loaded_ = false;       // armed_ holds every timer
  std::size_t fresh_ = 0;         // timers in armed_ that no checkpoint holds
  std::string mark_;
  std::string key_;
  Hash128 undigested_;  // what the digest has to be moved by
};

}  // namespace engine
