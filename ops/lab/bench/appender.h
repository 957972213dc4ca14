#pragma once

#include <cstdint>
#include <memory>

#include "ops/deployment/deployment.h"
#include "ops/lab/bench/city.h"
#include "ops/lab/bench/events.h"
#include "ops/lab/bench/measure.h"

namespace ops::bench {

// Appends events to the log of a deployment, in transactions of about 20,000, each event to the topic of its type and
// the partition of its subject; before them the rules of the city, and each area before the first event in it.
//
// Threads: confined to one. The deployment outlives it.
// Errors:  those of the source and of the log; invalid when an event names no grid or lies in the machine's future.
class Appender {
 public:
  // `begin`: no event is earlier.
  static engine::Result<std::unique_ptr<Appender>> open(Deployment& deployment, engine::Instant begin,
                                                        Policies policies = Policies::plain);

  // Appends at most `limit` events; returns how many, fewer when the source is exhausted.
  engine::Result<std::uint64_t> append(EventSource& source, std::uint64_t limit);

  Cost cost() const { return watch_.cost(); }  // of the commits alone, not of making or reading the events
  const std::string& city() const { return city_id_; }
  engine::Instant first() const { return first_; }  // event times
  engine::Instant last() const { return last_; }

 private:
  Appender(Deployment& deployment, engine::Instant begin, Policies policies)
      : deployment_(deployment), city_(deployment.topic("directory"), begin, policies) {}
  engine::Result<> commit();

  Deployment& deployment_;
  City city_;
  std::unique_ptr<engine::Writer> writer_;
  engine::Transaction transaction_;
  Stopwatch watch_;
  std::string city_id_;
  engine::Instant first_ = engine::kMaxInstant;
  engine::Instant last_ = engine::kMinInstant;
};

}  // namespace ops::bench
