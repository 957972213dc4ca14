#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/bytes.h"
#include "engine/stage.h"
#include "engine/state/table.h"

// A stage of another domain, to prove that the engine knows nothing of grids: it counts words.
//
//   lines        key = document, value = words parted by blanks       partitioned
//   words-inbox  key = word, value = "<n>"                            from the stage to itself: n more of the word
//   word-counts  key = word, value = "<count>"                        ten seconds after the first unannounced one
//
// Event time is the header "time" (ms), when there is one. An announcement carries its step in the header "step". The
// word "!w" asks for the announcement of w at once, if one is due later. While behind nothing is announced: the words
// wait in the table "held".
namespace word_count {

inline const std::string kLines = "lines";
inline const std::string kInbox = "words-inbox";
inline const std::string kCounts = "word-counts";
inline const std::string kSchedule = "schedule-words";
inline constexpr engine::Milliseconds kDelay{10000};

inline std::vector<std::string> tables() {
  return {"timers", "words", "held"};
}

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

struct HeldRow {
  void encode(std::string& out) const { out.push_back('h'); }
  bool decode(std::string_view bytes) { return bytes == "h"; }
};

// How often each word is in `line`.
inline std::map<std::string, std::int64_t> words_of(std::string_view line) {
  std::map<std::string, std::int64_t> counts;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end > 0) ++counts[std::string(line.substr(0, end))];
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return counts;
}

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
    held_ = std::make_unique<engine::Table<HeldRow, engine::Access::ordered>>(state, "held");
  }

  void restore() override {
    held_rows_ = 0;
    held_->scan("", "", [&](std::string_view, const HeldRow&) { return ++held_rows_ > 0; });
  }

  void decode(engine::Message& message) override {
    for (const auto& [name, value] : engine::decode_headers(message.record.headers)) {
      if (name == "time") message.event_time = engine::instant(std::stoll(value));
    }
  }

  void apply(const engine::Message& message, engine::Context& context) override {
    if (message.input == 1) {
      for (const auto& [word, n] : words_of(message.record.value)) {
        context.send(0, word.front() == '!' ? word.substr(1) : word, word.front() == '!' ? "0" : std::to_string(n));
      }
      return;
    }
    const std::string word(message.record.key);
    const std::int64_t more = std::stoll(std::string(message.record.value));
    if (more == 0) return announce_now(word, context);
    WordRow& row = words_->upsert(word);
    row.count += more;
    if (row.timer_ms != 0) return;
    row.timer_ms = engine::to_ms(context.now() + kDelay);
    context.timers().arm({engine::instant(row.timer_ms), word, 0});
  }

  void fire(const engine::Timer& timer, engine::Context& context) override {
    WordRow* row = words_->edit(timer.subject);
    if (row == nullptr) return;
    row->timer_ms = 0;
    announce(timer.subject, *row, context);
  }

  std::uint64_t drain_deferred(std::uint64_t limit, engine::Context& context) override {
    std::vector<std::string> chosen;
    held_->scan("", "", [&](std::string_view word, const HeldRow&) {
      chosen.emplace_back(word);
      return chosen.size() < limit;
    });
    for (const std::string& word : chosen) {
      held_->erase(word);
      --held_rows_;
      WordRow* row = words_->edit(word);
      if (row != nullptr) announce(word, *row, context);
    }
    return chosen.size();
  }
  bool has_deferred() override { return held_rows_ > 0; }

  std::map<std::string, std::int64_t> counts() {
    std::map<std::string, std::int64_t> all;
    words_->scan("", "", [&](std::string_view word, const WordRow& row) {
      all[std::string(word)] = row.count;
      return true;
    });
    return all;
  }

 private:
  void announce_now(const std::string& word, engine::Context& context) {
    WordRow* row = words_->edit(word);
    if (row == nullptr || row->timer_ms == 0) return;
    context.timers().disarm({engine::instant(row->timer_ms), word, 0});
    row->timer_ms = 0;
    announce(word, *row, context);
  }

  void announce(const std::string& word, WordRow& row, engine::Context& context) {
    if (row.count == row.announced) return;
    if (context.behind()) {
      if (held_->find(word) == nullptr) {
        held_->upsert(word);
        ++held_rows_;
      }
      return;
    }
    row.announced = row.count;
    context.send(1, word, std::to_string(row.count),
                 engine::encode_headers({{"step", std::to_string(context.step().value)}}));
  }

  engine::StageSpec spec_;
  std::unique_ptr<engine::Table<WordRow, engine::Access::ordered>> words_;
  std::unique_ptr<engine::Table<HeldRow, engine::Access::ordered>> held_;
  std::int64_t held_rows_ = 0;  // derived from held_
};

inline std::vector<engine::TopicSpec> topics(std::uint32_t partitions) {
  return {{kLines, partitions}, {kInbox, partitions}, {kCounts, partitions, true}, {kSchedule, partitions}};
}

}  // namespace word_count
