#include "ops/lab/bench/preloaded_cases.h"

#include <charconv>

#include <fmt/format.h>

#include "topics/codec/encode.h"

namespace ops::bench {

using engine::Milliseconds;
using engine::Outgoing;
using engine::Partition;
using engine::Result;

namespace {

constexpr std::string_view kSource = "bench/standing";  // trusted: events count by their own times
constexpr std::string_view kOpen = "S-";
constexpr std::string_view kClosed = "Z-";
constexpr std::uint64_t kOpenPerClosed = 4;
constexpr std::chrono::hours kReported{30};  // before now
constexpr std::chrono::hours kDone{6};

// Local dates of so many days from `from` on.
std::string days(engine::Instant from, int count) {
  constexpr std::chrono::hours kZone{8};
  std::string text;
  for (int i = 0; i < count; ++i) {
    const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(from + kZone) + std::chrono::days(i));
    text += fmt::format(R"({}"{:04}-{:02}-{:02} notice")", i == 0 ? "" : ",", static_cast<int>(day.year()),
                        static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  }
  return text;
}

}  // namespace

Outgoing PreloadedCases::event(std::string_view topic, std::string_view type, std::string_view subject,
                               Milliseconds before, std::string_view data) const {
  Outgoing record;
  record.topic = deployment_.topic(topic);
  record.key = subject;
  record.partition = topic == "directory" ? Partition{0} : engine::partition_of(record.key, deployment_.partitions());
  const std::string id = fmt::format("{}/{}", type, subject);
  topics::append_event(record.value,
                       {.id = id, .source = kSource, .type = type, .subject = subject, .time = now_ - before}, data);
  return record;
}

Result<> PreloadedCases::append(engine::Writer& writer) const {
  if (open_ == 0) return {};
  constexpr std::size_t kAtOnce = 10'000;
  constexpr std::chrono::hours kRules{4 * 24};
  const auto rule = [&](std::string_view type, std::string_view subject, std::string_view data) {
    return event("directory", type, subject, kRules, data);
  };
  engine::Transaction transaction;
  std::vector<Outgoing>& out = transaction.records;
  out.push_back(rule("source.trusted", kSource, R"({"judged_by":"event_time"})"));
  out.push_back(rule("calendar.published", "standing", R"({"sessions":["08:00-12:00","14:00-18:00"]})"));
  out.push_back(rule("policy.published", "standing-handle",
                     R"({"clock":"handle","category":"standing","limit":"20 work_day","calendar":"standing"})"));
  const std::string reported = fmt::format(R"({{"grid":"{}","category":"standing"}})", kGrid);
  for (std::uint64_t i = 0; i < open_; ++i) {
    out.push_back(event("requests", "request.reported", fmt::format("{}{:08}", kOpen, i), kReported, reported));
    if (i % kOpenPerClosed == 0) {
      const std::string closed = fmt::format("{}{:08}", kClosed, i);
      out.push_back(event("requests", "request.reported", closed, kReported, reported));
      out.push_back(event("dispatches", "dispatch.handled", closed, kDone, R"({"unit":"u"})"));
      out.push_back(event("dispatches", "dispatch.closed", closed, kDone, "{}"));
    }
    if (out.size() >= kAtOnce || i + 1 == open_) {
      TRY(writer.commit(transaction));
      out.clear();
    }
  }
  return {};
}

Outgoing PreloadedCases::notice() const {
  return event("directory", "calendar.published", "standing", Milliseconds(0),
               fmt::format(R"({{"sessions":["08:00-12:00","14:00-18:00"],"days_off":[{}],"version":"notice"}})",
                           days(now_ + std::chrono::days(2), 5)));
}

bool PreloadedCases::receive(std::string_view key, std::string_view value) {
  if (key.starts_with(kOpen)) {
    std::size_t number = 0;
    std::from_chars(key.data() + kOpen.size(), key.data() + key.size(), number);
    told_.resize(open_);
    if (number >= open_ || told_[number] || !value.contains(R"("type":"sla.due_changed")")) {
      ++afterthoughts_;
    } else {
      told_[number] = true;
      moved_.push_back(Steady::now());
    }
    return true;
  }
  if (!key.starts_with(kClosed)) return false;
  ++afterthoughts_;
  return true;
}

}  // namespace ops::bench
