#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "ops/lab/county/county_map.h"
#include "ops/lab/county/outbox.h"

namespace ops::simulate {

// How a contact goes on.
enum class Path : std::uint8_t {
  answered,  // at the desk
  declined,
  self_handled,  // by the grid worker who found it
  sent,          // to a unit
};

// Somebody asks for something.
struct Contact {
  std::string id;  // of the case
  engine::Instant time;
  Path path = Path::sent;
  std::string_view kind;     // enquiry, help, complaint ...
  std::string_view channel;  // hotline, app, qr ...
  std::size_t category = 0;
  std::int64_t priority = 3;
  std::uint32_t grid = 0;
  std::string area;         // as deep as it is known; empty: not at all
  std::string merged_into;  // the case that it repeats; empty: none
  bool burst = false;       // one of very many
};

// Tells a case from its report to the last rating: all at once, each event with the time at which it happens.
//
// Invariants: the times of the events of a case ascend, by the clocks of their sources too.
// Threads:    one.
class CaseStory {
 public:
  CaseStory(const CountyMap& map, const CountyOptions& options, Outbox& out, const Contact& contact);

  void tell();

 private:
  struct Speaker {
    std::string_view source;
    std::string_view actor;
    std::string_view role;
    std::string_view unit;
  };

  template <class Fill>
  void say(topics::Type type, const Speaker& speaker, const Fill& fill);
  // With the unit and `reason`, where the type has them.
  void note(topics::Type type, const Speaker& speaker, std::string_view reason);
  void wait(std::int64_t least_seconds, std::int64_t most_seconds);
  void wait_for_office();
  // A moment in the part of the way to `goal` that lies between the two thousandths; never back.
  void approach(engine::Instant goal, std::int64_t from, std::int64_t to);
  static std::string_view source_of(std::string_view channel);
  std::int64_t contentment();             // 1 to 5
  std::int64_t handling_seconds() const;  // about how long the rules give
  Speaker office() const;                 // the unit that has the case
  Speaker worker() const;
  Speaker intake() const;

  void report();
  void answer();
  void decline();
  void self_handle();
  void go_through_units();
  bool merge();     // true: the case ends here
  bool withdraw();  // the same
  void send();
  void send_once();
  void settle_owner();
  void contact();
  void work(engine::Instant handled_at);
  void whistle(engine::Instant handled_at);
  void report_in(const std::string& unit);
  void rate_units(const Speaker& whistler, const std::vector<std::string>& units);
  void suspend();
  void extend();
  void approve_extension(const std::string& limit);
  void judge_itself();
  void press(engine::Instant handled_at);
  void handle(engine::Instant begin);
  void check();
  void close();
  void call_back();
  void reopen(std::string_view reason);
  void review();

  const CountyMap& map_;
  Outbox& out_;
  const Contact& contact_;
  const bool working_;  // the rules count in working time
  Random random_;
  std::string id_;
  engine::Instant time_;       // when the next thing happens
  engine::Instant last_said_;  // by the clock of who said it
  engine::Instant due_;        // of handling
  std::string unit_;
  std::string unit_source_;
  std::string worker_;
  std::string last_judgement_;
  std::int64_t events_ = 0;
  std::int64_t hops_ = 0;
  std::int64_t pace_ = 100;  // percent of the usual time for handling
  int reopened_ = 0;
};

template <class Fill>
void CaseStory::say(topics::Type type, const Speaker& speaker, const Fill& fill) {
  const std::string event = fmt::format("{}/{}", id_, ++events_);
  last_said_ = std::max(last_said_ + std::chrono::seconds(1), time_ + out_.skew(speaker.source));
  if (topics::spec(type).family == topics::Family::judgements) last_judgement_ = event;
  out_.tell(
      {.type = type, .source = speaker.source, .subject = id_, .id = event, .time = time_, .happened = last_said_},
      [&](topics::FieldWriter& fields) {
        fill(fields);
        fields.text(topics::Field::actor, speaker.actor).text(topics::Field::role, speaker.role);
        fields.text(topics::Field::by_unit, speaker.unit);
      });
}

}  // namespace ops::simulate
