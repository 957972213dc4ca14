#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "ops/bench/bench.h"
#include "ops/deployment.h"

namespace ops::bench {

// What a program outside hears of topics of a deployment: each record of a committed transaction, once, from the
// beginning on. On Kafka by a consumer that has nothing of the engine's in it.
//
// Threads: confined to one.
class Ear {
 public:
  virtual ~Ear() = default;
  using OnRecord = std::function<void(std::string_view key, std::string_view value)>;
  // Hands over what has come, or comes within `patience`.
  virtual engine::Result<> hear(const OnRecord& on_record, engine::Milliseconds patience) = 0;

  // Hands over nothing of what there is by now.
  engine::Result<> skip();

  // Topics by their suffixes. `kafka` is that of the deployment, which outlives the ear.
  static engine::Result<std::unique_ptr<Ear>> open(Deployment& deployment, const KafkaPlace& kafka,
                                                   const std::vector<std::string>& topics);
};

}  // namespace ops::bench
