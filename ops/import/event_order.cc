#include "ops/import/event_order.h"

#include <algorithm>

namespace ops {

void EventOrder::count(std::span<const PlannedEvent> events) {
  ++rows_;
  events_ += events.size();
  for (const PlannedEvent& event : events) {
    first_ms_ = std::min(first_ms_, event.time_ms);
    last_ms_ = std::max(last_ms_, event.time_ms);
  }
}

namespace {

class MemoryOrder final : public EventOrder {
 public:
  MemoryOrder(const Mapping& mapping, const std::vector<SourceFile>& files) : files_(files) {
    for (const SourceFile& file : files) readers_.emplace_back(file.text.text(), mapping.format.delimiter);
  }

  engine::Result<> add(std::uint32_t file, const CsvRecord& record, std::span<const PlannedEvent> events) override {
    count(events);
    places_.push_back({file, record.position});
    planned_.insert(planned_.end(), events.begin(), events.end());
    return {};
  }

  engine::Result<> sort() override {
    std::ranges::sort(planned_);
    return {};
  }

  engine::Result<> skip(std::uint64_t events) override {
    next_ += events;
    return {};
  }

  engine::Result<PlannedEvent> next(Row& row) override {
    const PlannedEvent& event = planned_[next_++];
    if (event.row != loaded_) {
      const Place& place = places_[event.row];
      readers_[place.file].read_at(place.position, record_);
      CHECK(row.load(record_, files_[place.file].places));
      loaded_ = event.row;
    }
    return event;
  }

 private:
  struct Place {
    std::uint32_t file = 0;
    std::uint64_t position = 0;  // of the record in the file's text
  };

  const std::vector<SourceFile>& files_;
  std::vector<CsvReader> readers_;  // by file
  std::vector<Place> places_;       // by row
  std::vector<PlannedEvent> planned_;
  std::size_t next_ = 0;
  std::uint32_t loaded_ = UINT32_MAX;
  CsvRecord record_;
};

}  // namespace

std::unique_ptr<EventOrder> order_in_memory(const Mapping& mapping, const std::vector<SourceFile>& files) {
  return std::make_unique<MemoryOrder>(mapping, files);
}

}  // namespace ops
