// `gridloop due`: what falls due next, over all partitions.

#include "ops/queries/due_command.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "ops/cli/exit_code.h"
#include "ops/cli/messages.h"
#include "ops/cli/program.h"
#include "ops/cli/text_table.h"
#include "ops/queries/answers.h"
#include "ops/queries/case_text.h"

namespace ops {
namespace {

using engine::Action;
using engine::fail;
using engine::Instant;
using engine::Partition;
using engine::Result;
using projections::Cases;
using projections::Clock;
using projections::ClockKind;
using projections::Directory;
using topics::JsonWriter;
using Align = TextTable::Align;

struct Entry {
  bool paused = false;
  Instant due;
  std::string subject;
  ClockKind kind = ClockKind::handle;
  std::int32_t cycle = 1;
  std::string line;                // of JSON, or else:
  std::vector<std::string> cells;  // of the table

  auto place() const { return std::tie(paused, due, subject, kind, cycle); }
  bool operator<(const Entry& other) const { return place() < other.place(); }
};

// The first `limit` of all that is added.
class Earliest {
 public:
  explicit Earliest(std::uint64_t limit) : limit_(limit) {}

  // Adds the entry; `fill` completes it when it is among the first so far.
  template <class Fill>
  void add(Entry entry, Fill&& fill) {
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
  const std::vector<Entry>& entries() const { return first_; }
  std::uint64_t more() const { return seen_ - first_.size(); }

 private:
  std::uint64_t limit_;
  std::uint64_t seen_ = 0;
  std::vector<Entry> first_;  // a heap with the last of them in front, until sort()
};

struct Question {
  const DueOptions& options;
  std::optional<ClockKind> kind;
  Instant now;
  Instant until;

  bool asks(const Clock& clock) const {
    if (!projections::runs(clock.course) || (kind && clock.kind != *kind)) return false;
    if (!options.unit.empty() && clock.unit != options.unit) return false;
    if (clock.due < now) return options.overdue;
    return clock.due <= until;
  }
  bool asks_area(const Directory& rules, std::string_view area) const {
    if (options.area.empty()) return true;
    const std::vector<std::string> chain = rules.chain(area);
    return area == options.area || std::ranges::find(chain, options.area) != chain.end();
  }
};

std::string left(const Clock& clock, Instant now) {
  const std::int64_t seconds = (clock.due - now) / std::chrono::seconds(1);
  return clock.due < now ? "overdue by " + duration(-seconds) : duration(seconds);
}

// What has to be said of an answer from several tasks.
struct Reservations {
  bool recalculating = false;
  std::optional<Instant> stale_as_of;
};

void fill(const Question& question, const CaseText& text, const projections::Case& subject, const Clock& clock,
          const Reservations& reservations, Entry& entry) {
  if (!question.options.common.json) {
    entry.cells = {text.due(clock) + (clock.provisional ? " (provisional)" : ""),
                   left(clock, question.now),
                   entry.subject,
                   CaseText::name(clock),
                   std::string(clock.unit),
                   std::string(subject.area),
                   entry.paused ? text.state(clock) : std::string()};
    return;
  }
  JsonWriter json(entry.line);
  json.begin_object().key("case").string(entry.subject);
  text.put_clock(json, clock);
  json.key("left_seconds").integer((clock.due - question.now) / std::chrono::seconds(1));
  json.key("area").string(subject.area).key("category").string(subject.category);
  put_recalculating(json, reservations.recalculating);
  if (reservations.stale_as_of)
    json.key("stale").boolean(true).key("as_of").string(text.time(*reservations.stale_as_of));
  json.end_object();
}

Result<> require_area(const Directory& rules, const std::string& area) {
  if (area.empty() || rules.area(area) != nullptr) return {};
  const projections::RetiredArea* retired = rules.retired(area);
  return fail(Action::invalid,
              retired == nullptr || retired->successors.empty()
                  ? fmt::format("unknown area {}", area)
                  : fmt::format("area {} no longer exists: use {}", area, fmt::join(retired->successors, ", ")));
}

void print(const Earliest& earliest, const DueOptions& options, const Reservations& reservations) {
  TextTable table({{"Due"}, {"Left", Align::right}, {"Case"}, {"Clock"}, {"Unit"}, {"Area"}, {"State"}});
  for (const Entry& entry : earliest.entries()) {
    if (options.common.json) {
      fmt::print("{}\n", entry.line);
    } else {
      table.add(entry.cells);
    }
  }
  const std::string more =
      earliest.more() > 0 ? fmt::format("and {} more", with_commas(static_cast<std::int64_t>(earliest.more()))) : "";
  if (options.common.json) {
    if (!more.empty()) say(more);
    return;
  }
  if (!table.empty()) fmt::print("{}", table.text());
  if (!more.empty()) fmt::print("{}\n", more);
  if (table.empty() && more.empty()) say("nothing falls due within this time");
  if (reservations.recalculating) fmt::print("{}", kRecalculating);
}

}  // namespace

Result<int> due(const DueOptions& options) {
  Question question{.options = options, .kind = {}, .now = engine::kMinInstant, .until = {}};
  if (!options.clock.empty()) {
    question.kind = projections::find_clock(options.clock);
    if (!question.kind) return usage_error(fmt::format("--clock {}: unknown kind of clock", options.clock));
  }
  const auto deployment = TRY(open_for_answers(options.common));
  // All tasks are asked as of one time, the latest that one of them has come to.
  std::vector<Deployment::Replica> replicas;
  Reservations reservations;
  for (std::uint32_t p = 0; p < deployment->partitions(); ++p) {
    Deployment::Replica& replica = replicas.emplace_back(TRY(deployment->replica("cases", Partition{p})));
    question.now = std::max(question.now, replica.task->now());
    reservations.recalculating = reservations.recalculating || replica.stage<Cases>().sweeping();
    if (replica.stale) {
      reservations.stale_as_of = std::min(reservations.stale_as_of.value_or(engine::kMaxInstant), replica.task->now());
    }
  }
  question.until = question.now + std::chrono::seconds(options.within_seconds);
  if (!replicas.empty()) TRY(require_area(replicas.front().stage<Cases>().directory(), options.area));
  Earliest earliest(options.limit);
  for (Deployment::Replica& replica : replicas) {
    auto& cases = replica.stage<Cases>();
    const CaseText text(cases);
    cases.each(question.now, [&](std::string_view subject, const projections::CaseAnswer& answer) {
      for (const Clock& clock : answer.clocks) {
        if (!question.asks(clock) || !question.asks_area(cases.directory(), answer.subject.area)) continue;
        Entry entry{.paused = clock.course == projections::Course::paused,
                    .due = clock.due,
                    .subject = std::string(subject),
                    .kind = clock.kind,
                    .cycle = clock.cycle,
                    .line = {},
                    .cells = {}};
        earliest.add(std::move(entry),
                     [&](Entry& added) { fill(question, text, answer.subject, clock, reservations, added); });
      }
    });
    if (replica.task->state().error()) return std::unexpected(*replica.task->state().error());
    replica.task.reset();
    replica.store.reset();
  }
  earliest.sort();
  print(earliest, options, reservations);
  return kOk;
}

void declare_due(Program& program) {
  constexpr std::int64_t kMaxWithinSeconds = 36'525LL * 86'400;  // a century
  Command command = program.command("due", "List the deadlines that fall due next, over all cases",
                                    "  gridloop due --within 2h --data data/town\n"
                                    "  gridloop due --within 1d --overdue --area g7 --clock handle --data data/town\n"
                                    "  gridloop due --unit street-office --limit 20 --data data/town --json\n"
                                    "Paused clocks are listed last.\n");
  auto& options = command.settings<DueOptions>();
  add_log_and_json(command, options.common);
  command.time_span("--within", options.within_seconds, {0, kMaxWithinSeconds},
                    "Show clocks due within this time, such as 30min, 2h or 3d");
  command.text("--area", options.area, "AREA", "Only cases in this area or an area below it");
  command.text("--unit", options.unit, "UNIT", "Only clocks that wait for this unit");
  command.text("--clock", options.clock, "KIND", "Only clocks of this kind: sign, handle, close ...");
  command.flag("--overdue", options.overdue, "Include clocks that are already overdue");
  command.number("--limit", options.limit, {}, "N", "Show at most N");
  command.runs(on_log(options.common, [&options] { return due(options); }));
}

}  // namespace ops
