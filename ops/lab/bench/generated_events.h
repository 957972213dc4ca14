#pragma once

#include <queue>
#include <string>
#include <vector>

#include "ops/lab/bench/events.h"
#include "ops/lab/random.h"

namespace ops::bench {

// Events of a city that does not exist: 1,844 grids in 12 districts, cases that are opened at a steady pace. The grid
// is skewed, a case is assigned 15 minutes after its opening on average, completed a day after that and called back 12
// hours later (all exponential). The same seed gives the same bytes on every machine.
//
// Memory: the events to come of the cases that are open, about 100 bytes a case.
class GeneratedEvents final : public EventSource {
 public:
  struct Options {
    std::uint64_t cases = 0;
    std::uint64_t seed = 1;
    engine::Instant begin = kBegin;
    engine::Milliseconds span = std::chrono::days(30);  // in which all cases are opened
    bool conditions = false;                            // three of four cases have one of catalogue.h
  };
  static constexpr engine::Instant kBegin = engine::instant(1772294400000);  // 2026-03-01T00:00:00+08:00

  explicit GeneratedEvents(const Options& options);

  engine::Result<bool> next(SourceEvent& event) override;
  const Totals& totals() const override { return totals_; }

 private:
  enum class Kind : std::uint8_t { assigned, completed, called_back };
  struct Later {
    engine::Instant time;
    std::uint64_t number = 0;
    Kind kind = Kind::assigned;
    std::uint16_t grid = 0;
    bool operator>(const Later& other) const {
      if (time != other.time) return time > other.time;
      return number != other.number ? number > other.number : kind > other.kind;
    }
  };

  void open_case(SourceEvent& event, engine::Instant time);
  void follow(const Later& later, SourceEvent& event);
  void begin_event(SourceEvent& event, std::string_view type, std::uint64_t number, engine::Instant time,
                   std::uint16_t grid);

  Options options_;
  Random random_;
  std::vector<std::string> grids_;
  std::uint64_t opened_ = 0;
  std::priority_queue<Later, std::vector<Later>, std::greater<>> later_;
  Totals totals_;
};

}  // namespace ops::bench
