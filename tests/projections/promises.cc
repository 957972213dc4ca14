#include "tests/projections/promises.h"

#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/projections/json_match.h"
#include "tests/projections/net.h"
#include "topics/codec/rfc3339.h"

namespace projections_test {
namespace {

using projections::CaseAnswer;
using projections::CounterRow;
using topics::Bucket;
using topics::BucketKind;
using topics::Counter;

// What is wrong so far.
class Findings {
 public:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    text_ += fmt::format(format, std::forward<Args>(args)...);
    text_ += '\n';
  }
  void add_lines(std::string_view lines) { text_ += lines; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

using Counters = std::map<Bucket, CounterRow>;

std::vector<Counter> day_counters() {
  std::vector<Counter> all;
  for (const topics::CounterSpec& counter : topics::counters()) {
    if (counter.counts_by(BucketKind::day)) all.push_back(counter.counter);
  }
  return all;
}

bool is_zero(const CounterRow& row) {
  for (const std::int64_t n : row.n) {
    if (n != 0) return false;
  }
  return true;
}

// Whether the announcements of the case wait for a backfill to close.
bool held(const CaseAnswer& answer, const projections::Directory& rules) {
  for (const auto& fact : answer.row.facts) {
    if (!rules.backfilling(fact.source)) return false;
  }
  return true;
}

void check_cases(World& world, std::map<std::string, Counters>& recount, Counters& total, Findings& wrong) {
  std::map<ClockName, Announced> announced = net(world.alerts());
  for (projections::Cases* cases : world.all_cases()) {
    const projections::Directory& rules = cases->directory();
    if (cases->pending().ready != 0) wrong.add("alerts: {} cases wait for their announcements", cases->pending().ready);
    cases->each(world.clock().now(), [&](std::string_view subject, const CaseAnswer& answer) {
      const bool waits = held(answer, rules);
      for (const projections::Clock& clock : answer.clocks) {
        const ClockName which{std::string(subject), std::string(name(clock.kind)), clock.cycle};
        const Announced said = announced[which];
        announced.erase(which);
        wrong.add_lines(disagreement(which, said, clock, !waits));
      }
      if (projections::contribution(answer.subject, answer.clocks, rules) != answer.row.counted) {
        wrong.add("counted: what {} has added to the counters is not what it should add now", subject);
      }
      for (const projections::Term& term : answer.row.counted.terms) {
        total[term.bucket][term.counter] += term.n;
        for (const std::string& area : world.areas().directory().chain(answer.row.counted.area)) {
          recount[area][term.bucket][term.counter] += term.n;
        }
      }
    });
  }
  for (projections::Cases* cases : world.all_cases()) {
    const auto count = [&](const std::string& named, Bucket bucket, Counter counter, std::int64_t n) {
      total[bucket][counter] += n;
      for (const std::string& area : world.areas().directory().chain(named)) recount[area][bucket][counter] += n;
    };
    cases->each_row([&](std::string_view subject, const projections::CaseRow& row) {
      const projections::Case folded = fold(row.facts, cases->directory());
      if (field_counts(row.facts, !folded.opened, cases->directory()) != row.visits) {
        wrong.add("counted: what visits of {} have added to the counters is not what they should add now", subject);
      }
      for (const topics::CounterDelta& delta : row.visits) count(delta.area, delta.bucket, delta.counter, delta.n);
    });
    cases->each_evicted([&](std::string_view key, const projections::EvictedRow& row) {
      const Bucket day{BucketKind::day, projections::EvictedRow::day(key)};
      if (cases->directory().attributed(projections::EvictedRow::named_area(key)) != row.area) {
        wrong.add("counted: what was evicted in {} is counted in {}", projections::EvictedRow::named_area(key),
                  row.area);
      }
      for (std::size_t i = 0; i < row.n.size(); ++i) {
        count(row.area, day, projections::EvictedRow::kCounters[i], row.n[i]);
      }
    });
  }
  if (world.areas().recalculating()) wrong.add("sweep: the areas stage waits for one, and all tasks are at rest");
  for (const auto& [which, said] : announced) {
    if (said.verdict == "running" && !goes_on(said)) continue;
    wrong.add("alerts: {} {} {} is no clock, its alerts say {}", which.subject, which.clock, which.cycle, said.verdict);
  }
}

Counters counters_of(projections::Areas& areas, const std::string& area) {
  Counters all;
  const auto limits = std::numeric_limits<std::int32_t>();
  for (const auto& day : areas.days(area, limits.min(), limits.max())) {
    all[{BucketKind::day, day.day}] = day.counters;
  }
  for (const auto& month : areas.months(area)) all[{BucketKind::month, month.month}] = month.counters;
  all[{BucketKind::now, 0}] = areas.now(area);
  return all;
}

void check_counters(projections::Areas& areas, const std::map<std::string, Counters>& recount, const Counters& total,
                    Findings& wrong) {
  std::set<std::string> ids;
  for (const auto& [area, counters] : recount) ids.insert(area);
  for (const auto& [area, row] : areas.directory().areas()) ids.insert(area);
  for (const std::string& area : ids) {
    Counters actual = counters_of(areas, area);
    Counters expected;
    if (const auto found = recount.find(area); found != recount.end()) expected = found->second;
    std::set<Bucket> buckets;
    for (const auto& [bucket, row] : actual) buckets.insert(bucket);
    for (const auto& [bucket, row] : expected) buckets.insert(bucket);
    for (const Bucket bucket : buckets) {
      if (actual[bucket].n == expected[bucket].n) continue;
      wrong.add("counters: {} in {} has {}, the cases add up to {}", area, to_string(bucket), actual[bucket].n,
                expected[bucket].n);
    }
    std::int64_t opened = 0;
    std::int64_t by_month = 0;
    std::int64_t ended = 0;
    for (const auto& [bucket, row] : actual) {
      (bucket.kind == BucketKind::month ? by_month : opened) += row[Counter::opened];
      ended += row[Counter::ended];
    }
    const CounterRow now = areas.now(area);
    if (opened != by_month || by_month != ended + now[Counter::open_now]) {
      wrong.add("balance: {} has opened {} by days, {} by months, ended {}, open {}", area, opened, by_month, ended,
                now[Counter::open_now]);
    }
    if (now[Counter::overdue_now] < 0 || now[Counter::overdue_now] > now[Counter::open_now]) {
      wrong.add("balance: {} has {} overdue of {} open", area, now[Counter::overdue_now], now[Counter::open_now]);
    }
  }
  const auto now = total.find({BucketKind::now, 0});
  const CounterRow expected = now == total.end() ? CounterRow{} : now->second;
  if (areas.total_now().n != expected.n) {
    wrong.add("counters: everything now has {}, the cases add up to {}", areas.total_now().n, expected.n);
  }
}

void check_workload(World& world, const std::map<std::string, Counters>& recount, Findings& wrong) {
  std::map<std::string, std::string> newest;
  for (const Written& row : world.read("grid-workload")) newest[row.key] = row.value;
  const auto figures = [](const CounterRow& row) {
    std::string text;
    for (const Counter counter : day_counters()) text += fmt::format("{} ", row[counter]);
    return text;
  };
  std::map<std::string, std::string> expected;
  for (const auto& [area, counters] : recount) {
    for (const auto& [bucket, row] : counters) {
      if (bucket.kind != BucketKind::day || is_zero(row)) continue;
      expected[area + "/" + to_string(bucket)] = figures(row);
    }
  }
  for (const auto& [key, value] : newest) {
    std::string published;
    for (const Counter counter : day_counters()) published += member(value, name(counter)) + " ";
    const auto found = expected.find(key);
    const std::string wanted = found == expected.end() ? figures({}) : found->second;
    if (published != wanted) wrong.add("published: workload {} says {}, it is {}", key, published, wanted);
    if (found != expected.end()) expected.erase(found);
  }
  for (const auto& [key, figure] : expected) wrong.add("published: workload {} is missing", key);
}

void check_rankings(World& world, const Counters& total, Findings& wrong) {
  projections::Areas& areas = world.areas();
  std::map<std::string, std::string> newest;
  for (const Written& row : world.read("district-rankings")) newest[row.key] = row.value;
  std::map<std::string, std::string> published;
  std::set<std::string> levels = areas.directory().levels();
  for (const auto& [key, value] : newest) {
    std::string level = member(value, "level");
    if (level.size() > 2) levels.insert(level.substr(1, level.size() - 2));
    const std::string indicators = member(value, "indicators");
    const bool gone = member(value, "rank").empty() && indicators.find_first_of("123456789") == std::string::npos;
    if (!gone) published[key] = fmt::format("{} of {} {}", member(value, "rank"), member(value, "of"), indicators);
  }
  std::map<std::string, std::string> answered;
  for (const auto& [bucket, row] : total) {
    if (bucket.kind != BucketKind::month) continue;
    for (const std::string& level : levels) {
      const auto places = areas.ranking(bucket.number, level);
      const std::string league = fmt::format("ontime_close/{}/1/{}//", to_string(bucket), level);
      const bool no_league = places.size() == 1 && places.front().area == projections::kUnattributed &&
                             !published.contains(league + std::string(projections::kUnattributed));
      if (no_league) continue;  // no area of the level has ever had a counter in the month
      std::int64_t ranked = 0;
      for (const auto& place : places) ranked += place.rank ? 1 : 0;
      for (const auto& place : places) {
        std::string indicators;
        bool any = false;
        for (const auto& indicator : place.indicators) {
          indicators += fmt::format(R"({}{{"code":"{}","num":{},"den":{}}})", indicators.empty() ? "" : ",",
                                    indicator.code, indicator.num, indicator.den);
          any = any || indicator.num != 0 || indicator.den != 0;
        }
        if (!any) continue;
        answered[league + place.area] =
            fmt::format("{} of {} [{}]", place.rank ? std::to_string(*place.rank) : "", ranked, indicators);
      }
    }
  }
  for (const auto& [key, text] : published) {
    const auto found = answered.find(key);
    if (found == answered.end()) {
      wrong.add("published: ranking {} says {}, but is nothing", key, text);
    } else if (found->second != text) {
      wrong.add("published: ranking {} says {}, it is {}", key, text, found->second);
    }
  }
  for (const auto& [key, text] : answered) {
    if (!published.contains(key)) wrong.add("published: ranking {} is missing, it is {}", key, text);
  }
}

}  // namespace

std::string broken_promises(World& world) {
  Findings wrong;
  std::map<std::string, Counters> recount;
  Counters total;
  check_cases(world, recount, total, wrong);
  check_counters(world.areas(), recount, total, wrong);
  check_workload(world, recount, wrong);
  check_rankings(world, total, wrong);
  std::string all = wrong.text();
  const std::string replicas = world.compare_replicas();
  if (!replicas.empty()) all += "replicas: " + replicas;
  return all;
}

}  // namespace projections_test
