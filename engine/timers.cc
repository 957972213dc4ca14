#include "engine/timers.h"

#include "engine/bytes.h"

namespace engine {
namespace {
constexpr std::size_t kChunk = 16384;    // timers loaded at once
constexpr std::size_t kNodeBytes = 112;  // of a set or map node with a key, about
}  // namespace

Timers::Timers(State& state) : TableBase("timers", state.next_number()), state_(state) {
  state.add(*this);
}

std::string Timers::key_of(const Timer& timer) {
  std::string key;
  key.reserve(timer.subject.size() + 9);
  put_sortable(key, to_ms(timer.due));
  key += timer.subject;
  key.push_back(static_cast<char>(timer.kind));
  return key;
}

Timer Timers::timer_of(std::string_view key) {
  return {instant(sortable_at(key)), std::string(key.substr(8, key.size() - 9)), static_cast<std::uint8_t>(key.back())};
}

void Timers::set(const std::string& key, bool armed) {
  changed_[key] = armed;
  // Armed and disarmed between two accounts cancel out.
  const auto [at, added] = unaccounted_.try_emplace(key, armed);
  if (!added && at->second != armed) unaccounted_.erase(at);
}

void Timers::arm(const Timer& timer) {
  std::string key = key_of(timer);
  if (key <= mark_) mark_ = key.substr(0, 8);  // due before what has fired
  set(key, true);
  if (all_loaded_ || key < horizon_) near_.insert(std::move(key));
}

void Timers::disarm(const Timer& timer) {
  const std::string key = key_of(timer);
  set(key, false);
  near_.erase(key);
}

// Loads the next chunk: the store's rows from the horizon on, overlaid with the changes that it does not have yet.
void Timers::load() {
  const std::string from = horizon_.empty() ? mark_ : horizon_;
  auto cursor = state_.store().cursor(name());
  if (!cursor) return state_.set_error(cursor.error());
  StoreCursor& stored = **cursor;
  stored.seek(from);
  std::size_t taken = 0;
  for (; stored.valid() && taken < kChunk; stored.next(), ++taken) near_.emplace(stored.key());
  const bool all = !stored.valid();
  std::string horizon = all ? std::string() : std::string(stored.key());
  if (const auto status = stored.status(); !status) return state_.set_error(status.error());
  for (const auto* overlay : {&pinned_, &changed_}) {
    for (auto at = overlay->lower_bound(from); at != overlay->end() && (all || at->first < horizon); ++at) {
      if (at->second) {
        near_.insert(at->first);
      } else {
        near_.erase(at->first);
      }
    }
  }
  horizon_ = std::move(horizon);
  all_loaded_ = all;
}

std::optional<Instant> Timers::next_due() {
  while (near_.empty() && !all_loaded_ && !state_.error()) load();
  if (near_.empty()) return std::nullopt;
  return instant(sortable_at(*near_.begin()));
}

std::optional<Timer> Timers::take(Instant now) {
  const auto due = next_due();
  if (!due || *due >= now) return std::nullopt;
  const std::string key = *near_.begin();
  near_.erase(near_.begin());
  set(key, false);
  mark_ = key;
  return timer_of(key);
}

void Timers::account(Hash128& digest) {
  for (const auto& [key, armed] : unaccounted_) {
    if (armed) {
      digest += row_hash(key, {});
    } else {
      digest -= row_hash(key, {});
    }
  }
  unaccounted_.clear();
}

void Timers::collect(TableChanges& changes) {
  for (const auto& [key, armed] : changed_) {
    changes.rows.emplace_back(key, armed ? std::optional<std::string>(std::in_place) : std::nullopt);
  }
  pinned_.merge(changed_);
  for (auto& [key, armed] : changed_) pinned_[key] = armed;
  changed_.clear();
}

std::size_t Timers::bytes() const {
  return (near_.size() + changed_.size() + pinned_.size() + unaccounted_.size()) * kNodeBytes;
}

std::size_t Timers::dirty_bytes() const {
  return changed_.size() * kNodeBytes;
}

}  // namespace engine
