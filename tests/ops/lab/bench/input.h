#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/log/log.h"
#include "engine/state/memory_store.h"
#include "engine/state/state.h"
#include "ops/lab/bench/events.h"
#include "projections/cases/case_row.h"
#include "projections/rules/directory.h"

namespace bench_test {

// The value of `result`; ends the program with its message when it is an error.
void must(const engine::Result<>& result);
template <class T>
T must(engine::Result<T> result) {
  if (!result) must(engine::Result<>(std::unexpected(result.error())));
  return std::move(*result);
}

// Records with room behind their values, as a log would read them.
class Records {
 public:
  void add(std::string key, std::string value);
  std::span<const engine::Record> all() const { return batch_.records(); }
  std::size_t bytes() const { return bytes_; }

 private:
  engine::Batch batch_;
  std::size_t bytes_ = 0;
};

// The first events of the benchmark's city, as ops/lab/bench generates them.
Records generated_events(std::uint64_t cases);
// One event of each type: topics/contract/samples.
Records sample_events();

// The rules of the benchmark's city, in force.
class Rules {
 public:
  Rules();
  const projections::Directory& directory() const { return directory_; }

 private:
  engine::MemoryStore store_{std::make_shared<engine::MemoryStore::Contents>()};
  engine::State state_{store_};
  projections::Directory directory_{state_};
};

// The facts of whole cases, ascending by before().
std::vector<std::vector<projections::Fact>> case_facts(std::uint64_t cases);

}  // namespace bench_test
