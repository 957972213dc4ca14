#include "ops/simulate/outbox.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace ops::simulate {
namespace {

using engine::Instant;
using engine::Milliseconds;

constexpr Milliseconds kLate = std::chrono::minutes(5);

// Quantiles of delays, in seconds.
constexpr std::array<std::int64_t, 5> kUsualDelay = {0, 1, 2, 5, 20};
constexpr std::array<std::int64_t, 7> kLateDelay = {301, 600, 1'800, 7'200, 28'800, 86'400, 259'200};
constexpr std::array<std::int64_t, 6> kSecondDelay = {1, 5, 30, 300, 3'600, 43'200};

}  // namespace

Outbox::Outbox(const CountyOptions& options) : options_(options), begin_(options.begin()) {}

Milliseconds Outbox::skew(std::string_view source) const {
  constexpr std::int64_t kSlow = -90;
  constexpr std::int64_t kFast = 45;
  return std::chrono::seconds(Random(text_number(source), Stream::delivery).between(kSlow, kFast));
}

Outbox::Delivery Outbox::delivery(Instant time, std::uint64_t id, std::uint64_t subject) const {
  Random random(options_.seed, Stream::delivery, id, subject);
  Delivery delivery{.first = time, .late = random.per_mille(options_.late_per_mille), .second = {}};
  delivery.first += std::chrono::seconds(delivery.late ? random.spread(kLateDelay) : random.spread(kUsualDelay));
  delivery.first += Milliseconds(random.below(1000));
  if (random.per_mille(options_.repeat_per_mille)) {
    delivery.second = delivery.first + std::chrono::seconds(random.spread(kSecondDelay));
  }
  return delivery;
}

bool Outbox::Delivery::second_late(Instant time) const {
  return *second - time >= kLate;
}

void Outbox::add(const Head& head) {
  if (head.in_order) {
    deliver(head, head.time);
    return;
  }
  const Delivery delivery = this->delivery(head.time, text_number(head.id), text_number(head.subject));
  deliver(head, delivery.first).late = delivery.late;
  if (!delivery.second) return;
  CountyEvent& again = deliver(head, *delivery.second);
  again.late = delivery.second_late(head.time);
  again.repeated = true;
}

void Outbox::tell(const Routine& routine, std::uint64_t id, std::uint64_t subject) {
  told_ = true;
  const Delivery delivery = this->delivery(routine.time, id, subject);
  routine_.push_back({delivery.first, delivered_++, routine, delivery.late, false});
  if (!delivery.second) return;
  routine_.push_back({*delivery.second, delivered_++, routine, delivery.second_late(routine.time), true});
}

CountyEvent& Outbox::deliver(const Head& head, Instant logged) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(events_.size()));
    events_.emplace_back();
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  CountyEvent& event = events_[slot];
  const topics::TypeSpec& spec = topics::spec(head.type);
  event.type = head.type;
  event.family = spec.family;
  event.subject = head.subject;
  event.happened = at(head.happened);
  event.logged = at(logged);
  event.late = false;
  event.repeated = false;
  event.value.clear();
  topics::append_event(event.value,
                       {.id = head.id,
                        .source = head.source,
                        .type = spec.name,
                        .subject = head.subject,
                        .time = event.happened,
                        .zone_seconds = kZoneSeconds,
                        .correlation = head.correlation},
                       data_);
  heap_.push_back({logged, delivered_++, slot});
  std::ranges::push_heap(heap_, std::greater());
  return event;
}

void Outbox::take_due(Instant end) {
  if (due_end_ == end && !told_) return;
  due_end_ = end;
  told_ = false;
  if (writing_.valid()) writing_.get();
  routine_.insert(routine_.end(), due_.begin() + static_cast<std::ptrdiff_t>(next_due_), due_.end());
  next_due_ = 0;
  due_.clear();
  const auto later = std::ranges::partition(routine_, [&](const WaitingRoutine& one) { return one.logged >= end; });
  due_.assign(later.begin(), later.end());
  routine_.erase(later.begin(), later.end());
  std::ranges::sort(due_, {}, [](const WaitingRoutine& one) { return std::pair(one.logged, one.number); });
  if (written_.size() < due_.size()) written_.resize(due_.size());
  constexpr std::size_t kMany = 512;  // worth a thread, which writes most, while this one does what else there is to do
  written_here_ = due_.size() < kMany ? due_.size() : due_.size() / 4;
  if (written_here_ < due_.size()) {
    writing_ = std::async(std::launch::async, [this, from = written_here_, to = due_.size()] { write_due(from, to); });
  }
  write_due(0, written_here_);
}

void Outbox::write_due(std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    CountyEvent& event = written_[i];
    teller_->write(due_[i].routine, event);
    event.logged = at(due_[i].logged);
    event.late = due_[i].late;
    event.repeated = due_[i].repeated;
  }
}

const CountyEvent* Outbox::next(Instant end) {
  if (any_given_) free_.push_back(given_);
  any_given_ = false;
  take_due(end);
  const bool waits = !heap_.empty() && heap_.front().logged < end;
  if (next_due_ < due_.size()) {
    const WaitingRoutine& one = due_[next_due_];
    if (!waits || std::pair(one.logged, one.number) < std::pair(heap_.front().logged, heap_.front().number)) {
      if (next_due_ >= written_here_ && writing_.valid()) writing_.get();
      return &written_[next_due_++];
    }
  }
  if (!waits) return nullptr;
  std::ranges::pop_heap(heap_, std::greater());
  given_ = heap_.back().slot;
  any_given_ = true;
  heap_.pop_back();
  return &events_[given_];
}

}  // namespace ops::simulate
