#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/json.h"
#include "projections/cases/cases.h"
#include "projections/clocks/clock_trace.h"

// How a case and its clocks are written, for people and for programs.

namespace ops {

// Something odd: about a clock of the case or the case itself, and the fact that made it so, by its index.
struct Oddity {
  projections::Anomaly anomaly;
  const projections::Clock* clock = nullptr;
  std::optional<std::size_t> fact;
};

// Those of the case by its facts, then those of its clocks. The clocks are those of `traces`.
std::vector<Oddity> oddities(const projections::Case& subject, const std::vector<projections::ClockTrace>& traces);

// What an anomaly means, in a line.
std::string_view meaning(projections::Anomaly anomaly);

// Writes what one task tells of its cases. Times are in the zone of the city.
// Ownership: refers to the stage.
class CaseText {
 public:
  explicit CaseText(projections::Cases& cases) : rules_(cases.directory()), spec_(cases.spec()) {}

  std::string time(engine::Instant time) const;
  // A due time at 24:00 stands with the day that ends then: "2026-03-02 24:00".
  std::string due(const projections::Clock& clock) const;
  std::string area(const projections::Case& subject) const;  // with its name, and the named one where that is another
  std::string_view topic(const projections::Fact& fact) const { return spec_.inputs[fact.topic].topic; }
  // topic/partition/offset
  std::string place(const projections::Fact& fact) const;

  // "sign", and from the second on "sign/2".
  static std::string name(const projections::Clock& clock);
  // Its id and version, or that an event gave the due time.
  static std::string policy(const projections::Clock& clock);
  // "running", "paused until … (reason)", "stopped …", "cancelled …".
  std::string state(const projections::Clock& clock) const;

  std::string anomalies_text(const projections::CaseRow& row, const std::vector<Oddity>& all) const;
  void put_anomalies(engine::JsonWriter& json, const projections::CaseRow& row, const std::vector<Oddity>& all) const;
  // Members of an object that stands open.
  void put_clock(engine::JsonWriter& json, const projections::Clock& clock) const;
  // The fields of a fact but for its unit: "category road, due 2026-03-02T18:00:00+08:00".
  std::string fields(const projections::Fact& fact) const;
  void put_fields(engine::JsonWriter& json, const projections::Fact& fact) const;

 private:
  const projections::Directory& rules_;
  const engine::StageSpec& spec_;
};

}  // namespace ops
