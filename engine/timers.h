#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "engine/state.h"

namespace engine {

struct Timer {
  Instant due;
  std::string subject;
  std::uint8_t kind = 0;
};

// Timers of one task: they fire in the order (due, subject, kind), once the task clock has passed their due time.
//
// A timer is a row without value: key = sortable due (8 bytes) | subject | kind (1 byte). All timers below horizon_
// are in near_; later ones are loaded from the store in chunks. Everything up to mark_ has fired, so a seek starts
// behind it and meets no row that was deleted by firing.
//
// Threads: confined to the task's thread. Errors: see State.
class Timers final : public TableBase {
 public:
  explicit Timers(State& state);

  void arm(const Timer& timer);     // REQUIRES: it is not armed
  void disarm(const Timer& timer);  // REQUIRES: it is armed

  // The due time of the first timer; nothing when there is none.
  std::optional<Instant> next_due();
  // Takes the first timer, if it is due before `now` (deadlines are inclusive).
  std::optional<Timer> take(Instant now);

  const std::string& mark() const { return mark_; }
  void set_mark(std::string mark) { mark_ = std::move(mark); }

  void account(Hash128& digest) override;
  void collect(TableChanges& changes) override;
  void release() override { pinned_.clear(); }
  void shed() override {}
  std::size_t bytes() const override;
  std::size_t dirty_bytes() const override;

 private:
  static std::string key_of(const Timer& timer);
  static Timer timer_of(std::string_view key);
  void set(const std::string& key, bool armed);
  void load();

  State& state_;
  std::set<std::string, std::less<>> near_;
  std::string horizon_;                      // first key that may be missing from near_; empty = nothing was loaded
  bool all_loaded_ = false;                  // near_ holds every timer
  std::map<std::string, bool> changed_;      // since collect(): armed or not
  std::map<std::string, bool> pinned_;       // collected, but not in the store yet
  std::map<std::string, bool> unaccounted_;  // differs from the digest: now armed or not
  std::string mark_;
};

}  // namespace engine
