#include "tests/sim/city_world.h"

#include <array>
#include <map>
#include <set>
#include <stdexcept>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "projections/areas/areas.h"
#include "projections/cases/cases.h"
#include "tests/projections/net.h"
#include "tests/sim/final_checks.h"
#include "topics/codec/encode.h"
#include "topics/topology.h"

namespace sim {
namespace {

using engine::Instant;
using engine::Milliseconds;
using engine::Outgoing;
using engine::Partition;
using projections::Areas;
using projections::Cases;
using projections_test::Announced;
using projections_test::ClockName;
using topics::Field;
using topics::Type;

const std::string kPrefix = "gridloop.";
constexpr std::int64_t kHour = 3'600'000;

class CityWorld final : public World {
 public:
  explicit CityWorld(Random& random)
      : partitions_(random.per_mille(100) ? 16 : static_cast<std::uint32_t>(random.between(1, 4))),
        cases_(random.between(1, 30)) {}

  std::vector<engine::TopicSpec> topics() const override {
    std::vector<engine::TopicSpec> all;
    for (const topics::TopicDoc& doc : topics::topology()) {
      all.push_back({topics::topic_name(kPrefix, doc.suffix), doc.partitioned ? partitions_ : 1, doc.compacted});
    }
    return all;
  }

  std::vector<MakeStage> stages() const override {
    return {[] { return std::make_unique<Cases>(kPrefix); }, [] { return std::make_unique<Areas>(kPrefix); }};
  }

  std::vector<Outgoing> produce(Random& random, Instant now) override {
    std::vector<Outgoing> records;
    if (turn_++ == 0) {
      first_rules(now, records);
      return records;
    }
    if (random.per_mille(150)) area_rule(random, now, records);
    if (random.per_mille(60)) clock_rule(random, now, records);
    if (archive_began_ && random.per_mille(60)) backfill_rule(random, now, records);
    for (auto n = random.between(1, 6); n > 0; --n) case_event(random, now, records);
    return records;
  }

  // Past every deadline that an event or a policy gives, and past what the clock of the log may be ahead.
  Milliseconds settle_time() const override { return Milliseconds(40 * kHour); }

  std::string dump(engine::Stage& stage) const override {
    std::string text;
    if (auto* cases = dynamic_cast<Cases*>(&stage)) {
      for (const auto& [what, n] : cases->tallies()) text += fmt::format("{}={} ", what, n);
      const auto [owed, held] = cases->pending();
      text += fmt::format("owed={} held={}", owed, held);
    } else if (auto* areas = dynamic_cast<Areas*>(&stage)) {
      for (const auto& [what, n] : areas->tallies()) text += fmt::format("{}={} ", what, n);
      for (const auto& [id, area] : areas->directory().areas()) {
        text += fmt::format("{}<{}:{} ", id, area.parent, areas->now(id)[topics::Counter::open_now]);
      }
    }
    return text;
  }

  std::string check(engine::Log& log, const std::vector<engine::Task*>& tasks) override {
    Expected expected;
    Areas* areas = nullptr;
    for (engine::Task* task : tasks) {
      if (auto* stage = dynamic_cast<Areas*>(&task->stage())) areas = stage;
    }
    auto said = net_alerts(log);
    if (!said) return said.error();
    for (engine::Task* task : tasks) {
      auto* stage = dynamic_cast<Cases*>(&task->stage());
      if (stage == nullptr) continue;
      if (stage->pending().ready != 0) return task->name() + " still owes announcements";
      std::string wrong;
      stage->each_row([&](std::string_view subject, const projections::CaseRow& row) {
        // A case that was merged into one that nobody reported has told that one, and it has no event yet.
        if (!row.facts.empty()) expected.facts[std::string(subject)] = row.facts.size();
        for (const projections::Term& term : row.counted.terms) {
          for (const std::string& area : areas->directory().chain(row.counted.area)) {
            expected.counters[{area, term.bucket, term.counter}] += term.n;
          }
        }
        if (wrong.empty()) wrong = check_alerts(*stage, std::string(subject), task->now(), *said);
      });
      if (!wrong.empty()) return wrong;
    }
    for (const auto& [which, announced] : *said) {
      if (announced.verdict == "running" && !goes_on(announced)) continue;
      return fmt::format("{}: alerts tell of a {} clock that it does not have", which.subject, which.clock);
    }
    if (std::string wrong = check_facts(log, expected.facts); !wrong.empty()) return wrong;
    return check_counters(*areas, expected.counters);
  }

 private:
  using CounterKey = std::tuple<std::string, topics::Bucket, topics::Counter>;
  struct Expected {
    std::map<std::string, std::size_t> facts;
    std::map<CounterKey, std::int64_t> counters;
  };

  void append(std::string_view suffix, std::string key, std::string value, std::vector<Outgoing>& records) const {
    const auto* doc = topics::find_topic(suffix);
    const Partition to = engine::partition_of(key, doc->partitioned ? partitions_ : 1);
    records.push_back({topics::topic_name(kPrefix, suffix), to, std::move(key), std::move(value), {}, std::nullopt});
  }

  template <class Fill>
  std::string event(Type type, const std::string& subject, std::string_view source, Instant time, Fill&& fill) {
    std::string data;
    topics::FieldWriter fields(data);
    fill(fields);
    fields.finish();
    std::string out;
    const std::string id = fmt::format("e{}", ++events_);
    topics::append_event(
        out, {.id = id, .source = source, .type = topics::spec(type).name, .subject = subject, .time = time}, data);
    return out;
  }

  template <class Fill>
  void rule(Type type, const std::string& subject, Instant time, std::vector<Outgoing>& records, Fill&& fill) {
    append("directory", subject, event(type, subject, "admin", time, fill), records);
  }

  void first_rules(Instant now, std::vector<Outgoing>& records) {
    rule(Type::source_trusted, "trusted", now, records,
         [](auto& fields) { fields.text(Field::judged_by, "event_time"); });
    const auto policy = [&](const std::string& id, std::string_view clock, std::int64_t limit, std::int64_t warn,
                            std::string_view start, std::string_view category) {
      rule(Type::policy_published, id, now, records, [&](auto& fields) {
        fields.text(Field::clock, clock).integer(Field::limit_seconds, limit).text(Field::start, start);
        if (warn > 0) fields.integer(Field::warn_seconds, warn);
        fields.text(Field::category, category);
      });
    };
    policy("sign", "sign", 900, 0, "sent", "");
    policy("handle", "handle", 7200, 600, "opened", "");
    policy("handle-noise", "handle", 3600, 0, "sent", "noise");
    policy("close", "close", 14400, 3600, "opened", "");
    for (const auto& [id, parent, level] :
         {std::tuple("city", "", "city"), std::tuple("d1", "city", "district"), std::tuple("d2", "city", "district"),
          std::tuple("g1", "d1", "grid"), std::tuple("g2", "d1", "grid")}) {
      rule(Type::area_registered, id, now, records,
           [&](auto& fields) { fields.text(Field::level, level).text(Field::parent, parent); });
    }
    hours("08:00-20:00", now, records);
    work_policy("3 work_hour", now, records);
    policy("report-in", "report_in", 1800, 0, "", "");
    policy("supervise", "supervise", 3600, 0, "", "");
    policy("urge", "urge", 1200, 0, "", "");
    policy("check", "check", 3600, 0, "", "");
  }

  void area_rule(Random& random, Instant now, std::vector<Outgoing>& records) {
    const std::string area = fmt::format("g{}", random.between(1, 5));
    const std::string parent = random.per_mille(100) ? area : fmt::format("d{}", random.between(1, 2));
    const Type type = random.coin() ? Type::area_registered : Type::area_moved;
    rule(type, area, now, records, [&](auto& fields) {
      if (type == Type::area_registered) fields.text(Field::level, "grid");
      fields.text(Field::parent, parent);
    });
  }

  // Deadlines and hours of work change while cases run.
  void clock_rule(Random& random, Instant now, std::vector<Outgoing>& records) {
    switch (random.below(4)) {
      case 0:
        return hours(random.coin() ? "08:00-20:00" : "00:00-24:00", now, records);
      case 1:
        return rule(Type::policy_retired, random.coin() ? "work" : "sign", now, records, [](auto&) {});
      case 2:
        return work_policy(random.coin() ? "1 work_hour" : "5 work_hour", now, records);
      default:
        return rule(Type::policy_published, "sign", now, records, [](auto& fields) {
          fields.text(Field::clock, "sign").text(Field::limit, "20 minute").boolean(Field::rebase, true);
        });
    }
  }

  void hours(const std::string& session, Instant now, std::vector<Outgoing>& records) {
    rule(Type::calendar_published, "hours", now, records,
         [&](auto& fields) { fields.strings(Field::sessions, std::array<std::string, 1>{session}); });
  }

  void work_policy(std::string_view limit, Instant now, std::vector<Outgoing>& records) {
    rule(Type::policy_published, "work", now, records, [&](auto& fields) {
      fields.text(Field::clock, "handle").text(Field::category, "water").text(Field::limit, limit);
      fields.text(Field::calendar, "hours").boolean(Field::rebase, true);
      fields.strings(Field::warn, std::array<std::string, 2>{"40%", "80%"});
      fields.strings(Field::escalate, std::array<std::string, 1>{"1 work_hour district leader"});
    });
  }

  void backfill_rule(Random& random, Instant now, std::vector<Outgoing>& records) {
    const bool open = random.coin();
    rule(open ? Type::backfill_opened : Type::backfill_closed, "archive", now, records, [&](auto& fields) {
      fields.text(Field::digest, "d");
      if (open) fields.integer(Field::events, 10);
    });
  }

  void case_event(Random& random, Instant now, std::vector<Outgoing>& records) {
    if (!sent_.empty() && random.per_mille(150)) {  // a copy of an earlier event
      records.push_back(sent_[random.below(sent_.size())]);
      return;
    }
    const auto number = random.below(static_cast<std::uint64_t>(cases_));
    const std::string subject = fmt::format("c{}", number);
    // The cases of the archive have no other source: so a whole row can be held. Its backfill is opened together with
    // its first event, and before it by event time.
    const std::string_view source = number % 5 == 0 ? "archive" : random.coin() ? "trusted" : "desk";
    if (source == "archive" && !std::exchange(archive_began_, true)) {
      rule(Type::backfill_opened, "archive", now - Milliseconds(6 * kHour), records,
           [&](auto& fields) { fields.text(Field::digest, "d").integer(Field::events, 10); });
    }
    const Instant time =
        now - Milliseconds(random.coin() ? random.between(0, 60'000) : random.between(-100, 5 * kHour));
    struct Kind {
      Type type;
      unsigned weight;
    };
    static constexpr Kind kKinds[] = {
        {Type::request_reported, 20},  {Type::request_registered, 8},   {Type::dispatch_sent, 12},
        {Type::dispatch_signed, 7},    {Type::dispatch_returned, 4},    {Type::dispatch_handled, 9},
        {Type::dispatch_closed, 7},    {Type::dispatch_reopened, 3},    {Type::dispatch_extended, 3},
        {Type::request_merged, 2},     {Type::request_unmerged, 2},     {Type::request_withdrawn, 1},
        {Type::request_classified, 2}, {Type::judgement_rated, 1},      {Type::request_located, 2},
        {Type::dispatch_suspended, 4}, {Type::dispatch_resumed, 2},     {Type::judgement_extension_approved, 2},
        {Type::dispatch_whistled, 2},  {Type::dispatch_reported_in, 2}, {Type::judgement_supervised, 1},
        {Type::judgement_urged, 1},    {Type::dispatch_raised, 1},      {Type::judgement_checked, 2}};
    auto draw = random.below(100);
    Type type = Type::request_reported;
    for (const Kind& kind : kKinds) {
      type = kind.type;
      if (draw < kind.weight) break;
      draw -= kind.weight;
    }
    const std::string area = fmt::format("g{}", random.between(1, 6));
    std::string value = event(type, subject, source, time, [&](topics::FieldWriter& fields) {
      const topics::TypeSpec& spec = topics::spec(type);
      const auto may = [&](Field field) { return topics::find(spec, field) != nullptr; };
      if (may(Field::area)) fields.text(Field::area, area);
      if (may(Field::category)) fields.text(Field::category, random.coin() ? "noise" : "water");
      if (may(Field::due) && (type == Type::dispatch_extended || random.per_mille(300))) {
        fields.instant(Field::due, time + Milliseconds(random.between(1, 8 * kHour)));
      }
      if (may(Field::unit)) fields.text(Field::unit, fmt::format("u{}", random.between(1, 3)));
      if (may(Field::parent)) fields.text(Field::parent, random.coin() ? "c0" : fmt::format("c{}", random.below(40)));
      if (may(Field::until)) fields.instant(Field::until, time + Milliseconds(random.between(1, 8 * kHour)));
      if (may(Field::units)) fields.strings(Field::units, std::array<std::string, 2>{"u1", "u2"});
      if (may(Field::level)) fields.text(Field::level, "district");
      if (may(Field::passed)) fields.boolean(Field::passed, random.coin());
      if (may(Field::lead) && random.per_mille(200)) fields.boolean(Field::lead, false);
      if (may(Field::satisfaction)) fields.integer(Field::satisfaction, random.between(1, 5));
      if (may(Field::reason)) fields.text(Field::reason, "so");
      if (may(Field::if_version) && random.per_mille(50)) fields.integer(Field::if_version, random.between(0, 6));
      if (may(Field::result)) fields.text(Field::result, "done");
    });
    std::string key = subject;
    if (random.per_mille(60)) key = fmt::format("wrong{}", random.below(9));
    if (random.per_mille(30)) value.resize(value.size() / 2);
    append(topics::topic_of(topics::spec(type).family), std::move(key), std::move(value), records);
    sent_.push_back(records.back());
  }

  // Takes out of `said` what is said of the case.
  static std::string check_alerts(Cases& stage, const std::string& subject, Instant now,
                                  std::map<ClockName, Announced>& said) {
    const auto answer = stage.find(subject, now);
    // What was said before a backfill was opened again stands until it is closed.
    const bool held = std::ranges::all_of(
        answer->row.facts, [&](const projections::Fact& fact) { return stage.directory().backfilling(fact.source); });
    if (held) {
      std::erase_if(said, [&](const auto& entry) { return entry.first.subject == subject; });
      return {};
    }
    std::string wrong;
    for (const projections::Clock& clock : answer->clocks) {
      const ClockName which{subject, std::string(projections::name(clock.kind)), clock.cycle};
      wrong += disagreement(which, said[which], clock, true);
      said.erase(which);
    }
    return wrong;
  }

  std::expected<std::map<ClockName, Announced>, std::string> net_alerts(engine::Log& log) const {
    std::vector<topics::SlaAlert> all;
    for (std::uint32_t p = 0; p < partitions_; ++p) {
      engine::Batch batch;
      CHECK(read_all(log, {topics::topic_name(kPrefix, "sla-alerts"), Partition{p}}, batch));
      for (const engine::Record& record : batch.records()) {
        auto read = topics::decode_if_sla_alert(record.value);
        if (!read) return std::unexpected("an alert cannot be read: " + read.error().detail);
        if (*read) all.push_back(std::move(**read));
      }
    }
    try {
      return projections_test::net(all);
    } catch (const std::runtime_error& error) {
      return std::unexpected(error.what());
    }
  }

  // Counts the distinct events in the logs by code of its own, and compares the rows with them.
  std::string check_facts(engine::Log& log, const std::map<std::string, std::size_t>& found) const {
    std::map<std::string, std::set<std::string>> expected;
    topics::Decoder decoder;
    topics::Event event;
    for (const std::string_view suffix : {"requests", "dispatches", "visits", "judgements"}) {
      for (std::uint32_t p = 0; p < partitions_; ++p) {
        engine::Batch batch;
        CHECK(read_all(log, {topics::topic_name(kPrefix, suffix), Partition{p}}, batch));
        for (const engine::Record& record : batch.records()) {
          if (!decoder.decode(record.value, record.timestamp, event)) continue;
          expected[std::string(event.subject())].insert(fmt::format("{} {}", event.source(), event.id()));
        }
      }
    }
    for (const auto& [subject, events] : expected) {
      const auto row = found.find(subject);
      const std::size_t facts = row == found.end() ? 0 : row->second;
      if (facts != events.size()) return fmt::format("{} has {} facts of {} events", subject, facts, events.size());
    }
    return found.size() == expected.size() ? "" : "there are rows without events";
  }

  static std::string check_counters(Areas& areas, const std::map<CounterKey, std::int64_t>& expected) {
    std::set<std::string> ids;
    for (const auto& [key, n] : expected) ids.insert(std::get<0>(key));
    for (const auto& [id, area] : areas.directory().areas()) ids.insert(id);
    std::map<CounterKey, std::int64_t> found;
    const auto add = [&](const std::string& id, topics::Bucket bucket, const projections::CounterRow& row) {
      for (std::size_t i = 0; i < row.n.size(); ++i) {
        if (row.n[i] != 0) found[{id, bucket, static_cast<topics::Counter>(i)}] = row.n[i];
      }
    };
    for (const std::string& id : ids) {
      for (const auto& day : areas.days(id, INT32_MIN / 2, INT32_MAX / 2)) {
        add(id, {topics::BucketKind::day, day.day}, day.counters);
      }
      for (const auto& month : areas.months(id)) add(id, {topics::BucketKind::month, month.month}, month.counters);
      add(id, {topics::BucketKind::now, 0}, areas.now(id));
    }
    std::map<CounterKey, std::int64_t> wanted = expected;
    std::erase_if(wanted, [](const auto& entry) { return entry.second == 0; });
    if (found == wanted) return {};
    for (const auto& [key, n] : wanted) {
      const auto at = found.find(key);
      if (at != found.end() && at->second == n) continue;
      return fmt::format("area {} {} {}: {} in the counters, {} in the rows", std::get<0>(key),
                         topics::to_string(std::get<1>(key)), topics::name(std::get<2>(key)),
                         at == found.end() ? 0 : at->second, n);
    }
    return "an area has counters that no row accounts for";
  }

  std::uint32_t partitions_;
  std::int64_t cases_;
  std::uint64_t turn_ = 0;
  std::uint64_t events_ = 0;
  bool archive_began_ = false;
  std::vector<Outgoing> sent_;
};

}  // namespace

std::unique_ptr<World> make_city_world(Random& random) {
  return std::make_unique<CityWorld>(random);
}

}  // namespace sim
