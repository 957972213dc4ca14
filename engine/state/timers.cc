#include "engine/state/timers.h"

#include "engine/bytes.h"

namespace engine {
namespace {

constexpr std::size_t kLoad = 16384;     // timers loaded at once
constexpr std::size_t kKeepChunks = 64;  // near ones that are never evict
constexpr std::size_t kTimerBytes = 48;  // of a timer in memory, about
constexpr TimerSet::Marks kFresh = 1;    // the store does not have it
constexpr TimerSet::Marks kFrozen = 2;   // the store will have it when the checkpoint in hand is written

TimerRef timer_at(std::string_view key) {
  return {instant(sortable_at(key)), key.substr(8, key.size() - 9), static_cast<std::uint8_t>(key.back())};
}

}  // namespace

Timers::Timers(State& state) : TableBase("timers", state.next_number()), state_(state) {
  state.add(*this);
}

void Timers::encode_key(const TimerRef& timer) {
  key_.clear();
  put_sortable(key_, to_ms(timer.due));
  key_ += timer.subject;
  key_.push_back(static_cast<char>(timer.kind));
}

void Timers::arm(const TimerRef& timer) {
  encode_key(timer);
  if (key_ <= mark_) mark_ = key_.substr(0, 8);  // due before what has fired
  undigested_ += row_hash(key_, {});
  if (gone_.erase(timer)) {  // the store has it still, or will have it
    armed_.insert(timer, kFrozen);
    return;
  }
  armed_.insert(timer, kFresh);
  ++fresh_;
}

void Timers::disarm(const TimerRef& timer) {
  encode_key(timer);
  undigested_ -= row_hash(key_, {});
  TimerSet::Marks marks = 0;
  armed_.erase(timer, &marks);
  forget(timer, marks);
}

// It has left armed_, where it had `marks`, or was not there because only the store has it.
void Timers::forget(const TimerRef& timer, TimerSet::Marks marks) {
  if ((marks & kFresh) != 0) {
    --fresh_;
  } else {
    gone_.insert(timer, 0);
  }
}

// Loads the next chunk: the store's timers from the horizon on, but for those that are armed no more.
void Timers::load() {
  if (!state_.anything_stored()) {
    all_loaded_ = true;
    return;
  }
  auto cursor = state_.store().cursor(name());
  if (!cursor) return state_.set_error(cursor.error());
  StoreCursor& stored = **cursor;
  if (horizon_) {
    encode_key(*horizon_);
    stored.seek(key_);
  } else {
    stored.seek(mark_);
  }
  for (std::size_t taken = 0; stored.valid() && taken < kLoad; stored.next(), ++taken) {
    const TimerRef timer = timer_at(stored.key());
    if (!gone_.contains(timer) && !going_.contains(timer)) armed_.insert(timer, 0);
  }
  if (const auto status = stored.status(); !status) return state_.set_error(status.error());
  all_loaded_ = !stored.valid();
  if (all_loaded_) return;
  const TimerRef next = timer_at(stored.key());
  horizon_ = Timer{next.due, std::string(next.subject), next.kind};
}

std::optional<Instant> Timers::next_due() {
  while ((armed_.empty() || !within_horizon(armed_.front())) && !all_loaded_ && !state_.error()) load();
  if (armed_.empty()) return std::nullopt;
  return armed_.front().due;
}

std::optional<Timer> Timers::take(Instant now) {
  const auto due = next_due();
  if (!due || *due >= now) return std::nullopt;
  const TimerRef first = armed_.front();
  encode_key(first);
  undigested_ -= row_hash(key_, {});
  mark_ = key_;
  Timer timer{first.due, std::string(first.subject), first.kind};
  const TimerSet::Marks marks = armed_.front_marks();
  armed_.pop_front();
  forget(timer, marks);
  return timer;
}

void Timers::update_digest(Hash128& digest) {
  digest += undigested_;
  undigested_ = {};
}

void Timers::freeze(TableChanges& changes) {
  armed_.visit_marked(kFresh, [&](const TimerRef& timer, TimerSet::Marks& marks) {
    encode_key(timer);
    changes.put(key_, std::string_view());
    marks = kFrozen;
  });
  while (!gone_.empty()) {
    const TimerRef timer = gone_.front();
    encode_key(timer);
    changes.put(key_, std::nullopt);
    going_.insert(timer, 0);
    gone_.pop_front();
  }
  fresh_ = 0;
}

void Timers::unfreeze() {
  armed_.visit_marked(kFrozen, [](const TimerRef&, TimerSet::Marks& marks) { marks = 0; });
  going_.clear();
}

void Timers::evict(std::size_t bytes) {
  if (const auto first = armed_.drop_unmarked_from_end(bytes, kKeepChunks)) {
    if (all_loaded_ || (horizon_ && *first < *horizon_)) horizon_ = *first;
    all_loaded_ = false;
  }
}

std::size_t Timers::dirty_bytes() const {
  return fresh_ * kTimerBytes + gone_.bytes();
}

}  // namespace engine
