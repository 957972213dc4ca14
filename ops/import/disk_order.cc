// order_on_disk(): an entry of a run is a row at one of its times. Its bytes: the number of rules that make an event of
// it then, their numbers, and the length and bytes of each of the mapping's columns.

#include <algorithm>
#include <cstring>
#include <numeric>

#include "ops/import/event_order.h"
#include "ops/import/sorted_runs.h"

namespace ops {
namespace {

void append_number(std::string& out, std::size_t number) {
  const auto value = static_cast<std::uint32_t>(number);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::uint32_t take_number(std::string_view& from) {
  std::uint32_t value = 0;
  std::memcpy(&value, from.data(), sizeof value);
  from.remove_prefix(sizeof value);
  return value;
}

class DiskOrder final : public EventOrder {
 public:
  DiskOrder(const Mapping& mapping, const std::vector<SourceFile>& files, std::size_t memory_bytes,
            const TempPlace& temp)
      : files_(files), runs_(memory_bytes, temp), places_(mapping.columns.size()) {
    std::iota(places_.begin(), places_.end(), std::size_t{0});
  }

  engine::Result<> add(std::uint32_t file, const CsvRecord& record, std::span<const PlannedEvent> events) override {
    count(events);
    values_.clear();
    for (const std::size_t place : files_[file].places) {
      const std::string_view value = place == kNoPlace ? std::string_view() : record.fields[place];
      append_number(values_, value.size());
      values_ += value;
    }
    for (std::size_t i = 0; i < events.size(); ++i) {
      const auto same_time = [&](const PlannedEvent& event) { return event.time_ms == events[i].time_ms; };
      if (std::ranges::any_of(events.first(i), same_time)) continue;
      entry_.clear();
      append_number(entry_, static_cast<std::size_t>(std::ranges::count_if(events, same_time)));
      for (const PlannedEvent& event : events) {
        if (same_time(event)) append_number(entry_, event.rule);
      }
      entry_ += values_;
      TRY(runs_.add({events[i].time_ms, events[i].row}, entry_));
    }
    return {};
  }

  engine::Result<> sort() override { return runs_.sort(); }

  engine::Result<> skip(std::uint64_t events) override {
    for (; events > 0; --events) {
      if (rules_left_ == 0) TRY(take_entry());
      --rules_left_;
      take_number(bytes_);
      must_load_ = true;
    }
    return {};
  }

  engine::Result<PlannedEvent> next(Row& row) override {
    if (rules_left_ == 0) TRY(take_entry());
    --rules_left_;
    const PlannedEvent event{key_.time_ms, key_.row, take_number(bytes_)};
    if (must_load_) load(row);
    return event;
  }

 private:
  engine::Result<> take_entry() {
    CHECK(TRY(runs_.next(key_, bytes_)));
    rules_left_ = take_number(bytes_);
    must_load_ = true;
    return {};
  }

  void load(Row& row) {
    std::string_view values = bytes_.substr(rules_left_ * sizeof(std::uint32_t));
    record_.fields.clear();
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const std::uint32_t size = take_number(values);
      record_.fields.push_back(values.substr(0, size));
      values.remove_prefix(size);
    }
    CHECK(row.load(record_, places_));
    must_load_ = false;
  }

  const std::vector<SourceFile>& files_;
  SortedRuns runs_;
  std::vector<std::size_t> places_;  // of the columns in an entry: one after the other
  std::string values_;
  std::string entry_;
  RunKey key_;              // of the entry at hand
  std::string_view bytes_;  // what was not taken of it: rules, then values
  std::uint32_t rules_left_ = 0;
  bool must_load_ = false;
  CsvRecord record_;
};

}  // namespace

std::unique_ptr<EventOrder> order_on_disk(const Mapping& mapping, const std::vector<SourceFile>& files,
                                          std::size_t memory_bytes, const TempPlace& temp) {
  return std::make_unique<DiskOrder>(mapping, files, memory_bytes, temp);
}

}  // namespace ops
