#include "tests/ops/lab/bench/input.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "ops/lab/bench/city.h"
#include "ops/lab/bench/generated_events.h"
#include "topics/codec/event.h"

namespace bench_test {

using ops::bench::GeneratedEvents;

namespace {
constexpr std::size_t kReadable = 64;  // bytes behind a value, see engine::Batch
constexpr engine::Instant kLogged = GeneratedEvents::kBegin + std::chrono::days(90);
}  // namespace

void must(const engine::Result<>& result) {
  if (result) return;
  fmt::print(stderr, "{}\n", result.error().message);
  std::exit(1);
}

void Records::add(std::string key, std::string value) {
  const std::size_t size = value.size();
  bytes_ += size;
  value.resize(size + kReadable);
  const std::string& held_key = batch_.hold(std::move(key));
  const std::string& held = batch_.hold(std::move(value));
  batch_.add({.offset = engine::Offset{static_cast<std::int64_t>(batch_.records().size())},
              .timestamp = kLogged,
              .key = held_key,
              .value = std::string_view(held).substr(0, size)});
}

Records generated_events(std::uint64_t cases) {
  Records records;
  GeneratedEvents source({.cases = cases});
  ops::bench::SourceEvent event;
  while (must(source.next(event))) records.add(event.subject, event.value);
  return records;
}

Records sample_events() {
  Records records;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(GRIDLOOP_SOURCE_DIR "/topics/contract/samples")) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    records.add("sample", std::string(std::istreambuf_iterator<char>(in), {}));
  }
  return records;
}

Rules::Rules() {
  std::vector<engine::Outgoing> published;
  ops::bench::City city("directory", GeneratedEvents::kBegin - std::chrono::days(1));
  city.publish(published);
  topics::Decoder decoder;
  topics::Event event;
  for (const engine::Outgoing& record : published) {
    CHECK(decoder.decode(record.value, kLogged, event));
    CHECK(!directory_.apply(event, kLogged).refused);
  }
}

std::vector<std::vector<projections::Fact>> case_facts(std::uint64_t cases) {
  std::map<std::string, std::vector<projections::Fact>, std::less<>> facts;
  const Records records = generated_events(cases);
  topics::Decoder decoder;
  topics::Event event;
  for (const engine::Record& record : records.all()) {
    CHECK(decoder.decode(record, event));
    facts[std::string(record.key)].push_back(projections::fact_of(event, record.timestamp, 2, 0, record.offset.value));
  }
  std::vector<std::vector<projections::Fact>> result;
  for (auto& [subject, of_case] : facts) {
    std::ranges::sort(of_case, projections::before);
    result.push_back(std::move(of_case));
  }
  return result;
}

}  // namespace bench_test
