#include "ops/queries/due.h"

#include <algorithm>
#include <utility>

#include "ops/cli/program.h"
#include "ops/cli/text_table.h"
#include "ops/queries/buckets.h"
#include "ops/queries/case_text.h"

namespace ops {
namespace {

using engine::Instant;
using engine::JsonWriter;
using engine::Result;
using projections::Cases;
using projections::Clock;
using projections::ClockKind;
using projections::Directory;
using Align = TextTable::Align;

// The first `limit` of all that is added.
class Earliest {
 public:
  explicit Earliest(std::uint64_t limit) : limit_(limit) {}

  // Adds the entry; `fill` completes it when it is among the first so far.
  template <class Fill>
  void add(DueEntry entry, Fill&& fill) {
    ++seen_;
    if (limit_ == 0 || (first_.size() == limit_ && !(entry < first_.front()))) return;
    fill(entry);
    if (first_.size() == limit_) {
      std::pop_heap(first_.begin(), first_.end());
      first_.pop_back();
    }
    first_.push_back(std::move(entry));
    std::push_heap(first_.begin(), first_.end());
  }
  void sort() { std::sort_heap(first_.begin(), first_.end()); }
  std::vector<DueEntry> take() { return std::move(first_); }
  std::uint64_t more() const { return seen_ - first_.size(); }

 private:
  std::uint64_t limit_;
  std::uint64_t seen_ = 0;
  std::vector<DueEntry> first_;  // a heap with the last of them in front, until sort()
};

// A request whose terms are resolved.
struct Question {
  const DueRequest& request;
  std::optional<ClockKind> kind;
  Instant now;
  Instant until;

  bool asks(const Clock& clock) const {
    if (!projections::runs(clock.course) || (kind && clock.kind != *kind)) return false;
    if (!request.unit.empty() && clock.unit != request.unit) return false;
    if (clock.due < now) return request.overdue;
    return clock.due <= until;
  }
  bool asks_area(const Directory& rules, std::string_view area) const {
    if (request.area.empty()) return true;
    const std::vector<std::string> chain = rules.chain(area);
    return area == request.area || std::ranges::find(chain, request.area) != chain.end();
  }
};

std::string left(const Clock& clock, Instant now) {
  const std::int64_t seconds = (clock.due - now) / std::chrono::seconds(1);
  return clock.due < now ? "overdue by " + duration(-seconds) : duration(seconds);
}

// The line and the cells of an entry. `all` is how current the answer is as a whole.
void render(const Question& question, const CaseText& text, const projections::Case& subject, const Clock& clock,
            const Freshness& all, DueEntry& entry) {
  entry.cells = {text.due(clock) + (clock.provisional ? " (provisional)" : ""),
                 left(clock, question.now),
                 entry.subject,
                 CaseText::name(clock),
                 std::string(clock.unit),
                 std::string(subject.area),
                 entry.paused ? text.state(clock) : std::string()};
  entry.json = json_line([&](JsonWriter& json) {
    json.key("case").string(entry.subject);
    text.put_clock(json, clock);
    json.key("left_seconds").integer((clock.due - question.now) / std::chrono::seconds(1));
    json.key("area").string(subject.area).key("category").string(subject.category);
    put_recalculating(json, all);
    if (all.stale) json.key("stale").boolean(true).key("as_of").string(text.time(all.now));
  });
}

// Of several tasks: the earliest time of a stale one.
Freshness combined(std::span<const DueSource> sources) {
  Freshness all{.now = engine::kMaxInstant};
  for (const DueSource& source : sources) {
    all.recalculating = all.recalculating || source.freshness.recalculating;
    if (!source.freshness.stale) continue;
    all.stale = true;
    all.now = std::min(all.now, source.freshness.now);
  }
  return all;
}

Result<> require_area(const Directory& rules, const std::string& area) {
  if (area.empty() || rules.area(area) != nullptr) return {};
  return no_such_area(rules, area);
}

}  // namespace

std::optional<std::string> problem(const DueRequest& request) {
  if (request.clock.empty() || projections::find_clock(request.clock)) return std::nullopt;
  return fmt::format("--clock {}: unknown kind of clock", request.clock);
}

Result<DueAnswer> answer(const DueRequest& request, std::span<const DueSource> sources) {
  Question question{.request = request, .kind = {}, .now = engine::kMinInstant, .until = {}};
  if (!request.clock.empty()) question.kind = projections::find_clock(request.clock);
  // All tasks answer as of one time, the latest that one of them has come to.
  for (const DueSource& source : sources) question.now = std::max(question.now, source.freshness.now);
  question.until = question.now + std::chrono::seconds(request.within_seconds);
  if (!sources.empty()) TRY(require_area(sources.front().cases.directory(), request.area));
  const Freshness all = combined(sources);
  Earliest earliest(request.limit);
  for (const DueSource& source : sources) {
    Cases& cases = source.cases;
    const CaseText text(cases);
    cases.each(question.now, [&](std::string_view subject, const projections::CaseAnswer& found) {
      for (const Clock& clock : found.clocks) {
        if (!question.asks(clock) || !question.asks_area(cases.directory(), found.subject.area)) continue;
        DueEntry entry{.paused = clock.course == projections::Course::paused,
                       .due = clock.due,
                       .subject = std::string(subject),
                       .kind = clock.kind,
                       .cycle = clock.cycle,
                       .cells = {},
                       .json = {}};
        earliest.add(std::move(entry),
                     [&](DueEntry& added) { render(question, text, found.subject, clock, all, added); });
      }
    });
  }
  earliest.sort();
  const std::uint64_t more = earliest.more();
  return DueAnswer{.entries = earliest.take(), .more = more, .recalculating = all.recalculating};
}

std::string to_json(const DueAnswer& answer) {
  std::string out;
  for (const DueEntry& entry : answer.entries) out += entry.json;
  return out;
}

std::string to_text(const DueAnswer& answer) {
  TextTable table({{"Due"}, {"Left", Align::right}, {"Case"}, {"Clock"}, {"Unit"}, {"Area"}, {"State"}});
  for (const DueEntry& entry : answer.entries) table.add(entry.cells);
  std::string text = table.empty() ? "" : table.text();
  if (answer.more > 0) text += fmt::format("and {} more\n", with_commas(static_cast<std::int64_t>(answer.more)));
  if (answer.recalculating) text += kRecalculating;
  return text;
}

std::string note(const DueAnswer& answer, bool json) {
  if (json)
    return answer.more > 0 ? fmt::format("and {} more", with_commas(static_cast<std::int64_t>(answer.more))) : "";
  return answer.entries.empty() && answer.more == 0 ? "nothing falls due within this time" : "";
}

Result<int> due(const DueOptions& options) {
  if (const auto wrong = problem(options.request)) return usage_error(*wrong);
  const auto deployment = TRY(open_for_answers(options.common));
  std::vector<Deployment::Replica> replicas;
  std::vector<DueSource> sources;
  for (std::uint32_t p = 0; p < deployment->partitions(); ++p) {
    replicas.push_back(TRY(deployment->replica("cases", engine::Partition{p})));
    auto& cases = replicas.back().stage<Cases>();
    sources.push_back({cases, freshness(replicas.back(), cases.sweeping())});
  }
  const DueAnswer found = TRY(answer(options.request, sources));
  for (const Deployment::Replica& replica : replicas) {
    if (const auto& error = replica.task->state().error()) return std::unexpected(*error);
  }
  return print_answer(found, options.common.json);
}

void declare_due(Program& program) {
  constexpr std::int64_t kMaxWithinSeconds = 36'525LL * 86'400;  // a century
  Command command = program.command("due", "List the deadlines that fall due next, over all cases",
                                    "  gridloop due --within 2h --data data/town\n"
                                    "  gridloop due --within 1d --overdue --area g7 --clock handle --data data/town\n"
                                    "  gridloop due --unit street-office --limit 20 --data data/town --json\n"
                                    "Paused clocks are listed last.\n");
  auto& options = command.settings<DueOptions>();
  auto& request = options.request;
  add_log_and_json(command, options.common);
  command.time_span("--within", request.within_seconds, {0, kMaxWithinSeconds},
                    "Show clocks due within this time, such as 30min, 2h or 3d");
  command.text("--area", request.area, "AREA", "Only cases in this area or an area below it");
  command.text("--unit", request.unit, "UNIT", "Only clocks that wait for this unit");
  command.text("--clock", request.clock, "KIND", "Only clocks of this kind: sign, handle, close ...");
  command.flag("--overdue", request.overdue, "Include clocks that are already overdue");
  command.number("--limit", request.limit, {}, "N", "Show at most N");
  command.runs(on_log(options.common, [&options] { return due(options); }));
}

}  // namespace ops
