#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "ops/deployment/deployment.h"
#include "ops/lab/bench/bench.h"

namespace ops::bench {

// What a program outside hears of topics of a deployment: each record of a committed transaction, once, from the
// beginning on. On Kafka by a consumer that has nothing of the engine's in it.
//
// Threads: confined to one.
class Subscriber {
 public:
  virtual ~Subscriber() = default;
  using OnRecord = std::function<void(std::string_view key, std::string_view value)>;
  // Hands over what has come, or comes within `timeout`.
  virtual engine::Result<> poll(const OnRecord& on_record, engine::Milliseconds timeout) = 0;

  // Hands over nothing of what there is by now.
  engine::Result<> skip();

  // Topics by their suffixes. `kafka` is that of the deployment, which outlives the ear.
  static engine::Result<std::unique_ptr<Subscriber>> open(Deployment& deployment, const KafkaPlace& kafka,
                                                          const std::vector<std::string>& topics);
};

}  // namespace ops::bench
