#include "tests/sim/word_count_world.h"

#include <map>
#include <sstream>

#include <fmt/format.h>

#include "tests/engine/word_count.h"
#include "tests/sim/final_checks.h"

namespace sim {
namespace {

using engine::Batch;
using engine::Partition;
using engine::Record;

class WordCountWorld final : public World {
 public:
  explicit WordCountWorld(Random& random)
      : partitions_(static_cast<std::uint32_t>(random.between(1, 4))), vocabulary_(random.between(2, 40)) {}

  std::vector<engine::TopicSpec> topics() const override { return word_count::topics(partitions_); }
  std::vector<MakeStage> stages() const override {
    return {[] { return std::make_unique<word_count::Words>(); }};
  }

  std::vector<engine::Outgoing> produce(Random& random, engine::Instant now) override {
    std::vector<engine::Outgoing> lines;
    for (auto n = random.between(1, 5); n > 0; --n) {
      std::string line;
      for (auto words = random.between(0, 8); words > 0; --words) {
        if (random.per_mille(100)) line += '!';
        line += fmt::format("w{} ", random.between(1, vocabulary_));
      }
      const std::string document = fmt::format("doc{}", random.below(20));
      std::string headers;
      if (random.per_mille(700)) {
        const std::int64_t late_ms = random.coin() ? random.between(-5000, 5000) : random.between(-1000, 120000);
        headers = engine::encode_headers({{"time", std::to_string(engine::to_ms(now) - late_ms)}});
      }
      const Partition to = engine::partition_of(document, partitions_);
      lines.push_back({word_count::kLines, to, document, std::move(line), std::move(headers), std::nullopt});
    }
    return lines;
  }

  engine::Milliseconds settle_time() const override { return word_count::kDelay + engine::Milliseconds(1); }

  std::string dump(engine::Stage& stage) const override {
    std::string text;
    for (const auto& [word, count] : counts_of(stage)) text += fmt::format("{}={} ", word, count);
    return text;
  }

  std::string check(engine::Log& log, const std::vector<engine::Task*>& tasks) override {
    const auto expected = expected_counts(log);
    std::map<std::string, std::int64_t> counted;
    for (engine::Task* task : tasks) {
      for (const auto& [word, count] : counts_of(task->stage())) {
        if (engine::partition_of(word, partitions_) != task->partition()) return word + " is in the wrong partition";
        counted[word] = count;
      }
    }
    if (counted != expected) {
      for (const auto& [word, count] : expected) {
        if (counted[word] != count) return fmt::format("{} was counted {} times, not {}", word, counted[word], count);
      }
      return "words were counted that are in no line";
    }
    return check_announcements(log, expected);
  }

 private:
  static std::map<std::string, std::int64_t> counts_of(engine::Stage& stage) {
    return dynamic_cast<word_count::Words&>(stage).counts();
  }

  std::map<std::string, std::int64_t> expected_counts(engine::Log& log) const {
    std::map<std::string, std::int64_t> counts;
    for (std::uint32_t p = 0; p < partitions_; ++p) {
      Batch batch;
      CHECK(read_all(log, {word_count::kLines, Partition{p}}, batch));
      for (const Record& record : batch.records()) {
        std::istringstream line{std::string(record.value)};
        for (std::string word; line >> word;) {
          if (word.front() != '!') ++counts[word];
        }
      }
    }
    return counts;
  }

  std::string check_announcements(engine::Log& log, const std::map<std::string, std::int64_t>& expected) const {
    struct Announced {
      std::int64_t count = 0;
      std::int64_t step = 0;
    };
    std::map<std::string, Announced> last;
    for (std::uint32_t p = 0; p < partitions_; ++p) {
      Batch batch;
      CHECK(read_all(log, {word_count::kCounts, Partition{p}}, batch));
      for (const Record& record : batch.records()) {
        const std::string word(record.key);
        const std::int64_t count = std::stoll(std::string(record.value));
        const std::int64_t step = std::stoll(engine::decode_headers(record.headers).at(0).second);
        Announced& before = last[word];
        if (step < before.step || count <= before.count) {
          return fmt::format("{} was announced as {} by step {} after {} by step {}", word, count, step, before.count,
                             before.step);
        }
        before = {count, step};
      }
    }
    for (const auto& [word, count] : expected) {
      if (last[word].count != count) return fmt::format("{} is {}, announced was {}", word, count, last[word].count);
    }
    return {};
  }

  std::uint32_t partitions_;
  std::int64_t vocabulary_;
};

}  // namespace

std::unique_ptr<World> make_word_count_world(Random& random) {
  return std::make_unique<WordCountWorld>(random);
}

}  // namespace sim
