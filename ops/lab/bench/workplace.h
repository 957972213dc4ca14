#pragma once

#include <memory>
#include <string>

#include "engine/result.h"
#include "ops/lab/bench/bench.h"

namespace ops::bench {

// The directory in which a benchmark works: new or empty at the beginning, and gone at the end unless it is to be kept.
class Workplace {
 public:
  // Errors: invalid when the directory is not empty; fatal when it cannot be made.
  static engine::Result<std::unique_ptr<Workplace>> make(const Place& place);
  ~Workplace();
  Workplace(const Workplace&) = delete;

  const std::string& directory() const { return directory_; }
  std::string log() const { return directory_ + "/log"; }
  std::string state() const { return directory_ + "/state"; }

 private:
  Workplace(std::string directory, bool keep) : directory_(std::move(directory)), keep_(keep) {}

  std::string directory_;
  bool keep_;
};

}  // namespace ops::bench
