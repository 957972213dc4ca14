#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/bytes.h"
#include "engine/stage.h"
#include "engine/table.h"

// A stage of another domain, to prove that the engine knows nothing of grids: it counts words.
//
//   lines        key = document, value = words parted by blanks       partitioned
//   words-inbox  key = word, value = "<n>"                            from the stage to itself: n more of the word
//   word-counts  key = word, value = "<count>"                        ten seconds after the first unannounced one
//
// Event time is the header "time" (ms), when there is one.
namespace word_count {

inline const std::string kLines = "lines";
inline const std::string kInbox = "words-inbox";
inline const std::string kCounts = "word-counts";
inline const std::string kSchedule = "schedule-words";

struct WordRow {
  std::int64_t count = 0;
  std::int64_t announced = 0;
  std::int64_t timer_ms = 0;  // 0 = none is armed

  void encode(std::string& out) const {
    engine::put_signed(out, count);
    engine::put_signed(out, announced);
    engine::put_signed(out, timer_ms);
  }
  bool decode(std::string_view bytes) {
    engine::ByteReader in(bytes);
    count = in.integer();
    announced = in.integer();
    timer_ms = in.integer();
    return in.complete();
  }
};

class Words final : public engine::Stage {
 public:
  explicit Words(std::uint32_t logic_version = 1) {
    spec_.name = "words";
    spec_.logic_version = logic_version;
    spec_.inputs = {{kInbox, engine::InputSpec::Kind::partitioned}, {kLines, engine::InputSpec::Kind::partitioned}};
    spec_.outputs = {kInbox, kCounts};
    spec_.schedule_topic = kSchedule;
  }

  const engine::StageSpec& spec() const override { return spec_; }

  void open(engine::State& state) override {
    words_ = std::make_unique<engine::Table<WordRow, engine::Access::ordered>>(state, "words");
  }

  void decode(engine::Message& message) override {
    for (const auto& [name, value] : engine::decode_headers(message.record.headers)) {
      if (name == "time") message.event_time = engine::instant(std::stoll(value));
    }
  }

  void apply(const engine::Message& message, engine::Context& context) override {
    if (message.input == 0) {
      const std::string word(message.record.key);
      WordRow& row = words_->upsert(word);
      row.count += std::stoll(std::string(message.record.value));
      if (row.timer_ms == 0) {
        row.timer_ms = engine::to_ms(context.now()) + 10000;
        context.timers().arm({engine::instant(row.timer_ms), word, 0});
      }
      return;
    }
    std::map<std::string, int> counts;
    std::string word;
    for (const char c : std::string(message.record.value) + " ") {
      if (c != ' ') {
        word.push_back(c);
      } else if (!word.empty()) {
        ++counts[word];
        word.clear();
      }
    }
    for (const auto& [w, n] : counts) context.send(0, w, std::to_string(n));
  }

  void fire(const engine::Timer& timer, engine::Context& context) override {
    WordRow* row = words_->edit(timer.subject);
    if (row == nullptr) return;
    row->timer_ms = 0;
    row->announced = row->count;
    context.send(1, timer.subject, std::to_string(row->count));
  }

  std::map<std::string, std::int64_t> counts() {
    std::map<std::string, std::int64_t> all;
    words_->scan("", "", [&](std::string_view word, const WordRow& row) {
      all[std::string(word)] = row.count;
      return true;
    });
    return all;
  }

 private:
  engine::StageSpec spec_;
  std::unique_ptr<engine::Table<WordRow, engine::Access::ordered>> words_;
};

inline std::vector<engine::TopicSpec> topics(std::uint32_t partitions) {
  return {{kLines, partitions}, {kInbox, partitions}, {kCounts, partitions, true}, {kSchedule, partitions}};
}

}  // namespace word_count
